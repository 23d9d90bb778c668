"""The deciding half of speech: grammars, end of speech, what to make of a hypothesis. Pure."""
