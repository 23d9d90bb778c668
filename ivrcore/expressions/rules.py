"""Every rule that an expression or a text with slots can break; the reference's table is made from this."""

from ivrcore.problems import Rule, Severity

EMPTY = Rule("DP120", "an expression, or a slot of a text, is empty")
MISPLACED = Rule("DP121", "a sign or word of an expression cannot stand where it does")
OPEN_TEXT = Rule("DP122", "a text in an expression is opened with a quote and never closed")
OPEN_BRACKET = Rule("DP123", "a bracket of an expression has no partner")
UNKNOWN_FUNCTION = Rule("DP124", "a function is called that does not exist")
ARGUMENT_COUNT = Rule("DP125", "a function is called with too few or too many values")
TOO_BIG = Rule("DP126", "an expression is too long, nested too deep, or has a number that is too large")
BAD_SLOT = Rule("DP127", "a brace of a text has no partner")
UNKNOWN_SAYING = Rule("DP128", "a slot's value cannot be said that way")
UNKNOWN_NAME = Rule("DP129", "an expression reads a name that does not exist")

NEVER_FITS = Rule("DP321", "a comparison or sum is of values that never fit", Severity.WARNING)

RULES = tuple(rule for rule in list(globals().values()) if isinstance(rule, Rule))
"""All of them, by code."""
