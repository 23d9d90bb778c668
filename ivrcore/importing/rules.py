"""What an import can meet, with stable codes; the reference's table is made from this.

An error is something that was not translated; a warning was translated, and deserves a look.
"""

from ivrcore.problems import Rule, Severity

UNREADABLE = Rule("IMP001", "a file cannot be read, or is of no kind that can be imported")
NO_STATEMENT = Rule("IMP002", "a line is no statement of its language")
NOT_INCLUDED = Rule("IMP003", "an included file is not read")
REFUSED_XML = Rule("IMP004", "a document is not well-formed, or uses what is refused (entities, DTDs)")

NO_APPLICATION = Rule("IMP101", "an application has no translation")
NO_EXPRESSION = Rule("IMP102", "a variable, function or expression has no translation")
NO_TARGET = Rule("IMP103", "a jump's target is computed, or does not exist")
NO_EXTENSION = Rule("IMP104", "an extension has no translation: it is not entered by a call or a key")
NO_PATTERN = Rule("IMP105", "a pattern stands for more numbers or keys than can be written out")
NO_SETTING = Rule("IMP106", "a setting or keyword has no translation")
NO_ELEMENT = Rule("IMP107", "an element or attribute of VoiceXML has no translation")
NO_GRAMMAR = Rule("IMP108", "a grammar has no translation")
NO_DESTINATION = Rule("IMP109", "a destination is no number that can be transferred to")

BRING_RECORDING = Rule("IMP201", "a recording must be brought to the prompt folder", Severity.WARNING)
BOUNDED = Rule("IMP202", "a question that was asked without end is asked three times", Severity.WARNING)
NO_WAY_OUT = Rule("IMP203", "a menu has no way out; calls end after the last try", Severity.WARNING)
SET_ZONE = Rule("IMP204", "times have no time zone in the source", Severity.WARNING)
SET_NUMBER = Rule("IMP205", "the number that callers dial is not in the source", Severity.WARNING)
NEVER_SET = Rule("IMP206", "a variable is read but never set in the source", Severity.WARNING)
OPTION = Rule("IMP207", "an option or argument was left out", Severity.WARNING)
DIFFERENT = Rule("IMP208", "what is written does almost the same", Severity.WARNING)
NEEDS_SETUP = Rule("IMP209", "the site's configuration must have something", Severity.WARNING)

LOST = Rule("IMP901", "a line of the source was neither translated nor listed: a fault of the importer")

RULES = tuple(rule for rule in list(globals().values()) if isinstance(rule, Rule))
"""All of them, by code."""
