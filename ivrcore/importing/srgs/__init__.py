"""Speech grammars of the W3C (Speech Recognition Grammar Specification 1.0), in both of their forms."""
