"""The rules that announcements and emergency messages must keep, by stable code."""

from ivrcore.problems import Rule, Severity

NOTHING_SAID = Rule("ANN101", "an announcement or message has neither a text nor a recording")
BAD_TEXT = Rule("ANN102", "a text or its language cannot be used")
MISSING_RECORDING = Rule("ANN103", "an announcement names a recording that is not there")
UNKNOWN_NUMBER = Rule("ANN104", "a number that no dialplan takes")
BAD_TIME = Rule("ANN105", "an announcement's time cannot be used")
BAD_NAME = Rule("ANN106", "a name holds characters that cannot be used there")
TOO_MANY = Rule("ANN107", "there are as many as there may be")
BAD_FORWARD = Rule("ANN108", "calls cannot be forwarded to this number")
ALWAYS_OPEN = Rule("ANN110", "the emergency switch of a supervisors' line cannot be moved")
UNREADABLE = Rule("ANN109", "a file in the folder of announcements cannot be read")
UNTOLD_LANGUAGE = Rule("ANN201", "callers of a language will hear it in another", Severity.WARNING)
UNHEARD_LANGUAGE = Rule("ANN202", "a text is in a language that no dialplan speaks", Severity.WARNING)
OVER = Rule("ANN203", "an announcement's time has passed", Severity.WARNING)
RULES = tuple(rule for rule in list(globals().values()) if isinstance(rule, Rule))
"""All of them."""
