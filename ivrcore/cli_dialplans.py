"""``ivrcore dialplan`` and ``ivrcore reload``."""
