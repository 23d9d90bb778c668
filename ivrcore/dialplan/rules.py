"""Every rule that a dialplan can break, with its stable code; the reference's table is made from this."""

from ivrcore.problems import Rule, Severity

UNKNOWN_VERB = Rule("DP101", "a step's verb is not known")
NOT_ONE_VERB = Rule("DP102", "a step must have exactly one verb")
BAD_NAME = Rule("DP103", "a name has characters that it must not have")
BAD_KEYS = Rule("DP104", "keys are made of 0-9, *, # and A-D")
BAD_NUMBER = Rule("DP105", "a called number cannot look like this")
NO_PROMPT = Rule("DP106", "there is nothing to say or play")
NO_STEPS = Rule("DP107", "a list of steps is empty")
NO_CHOICES = Rule("DP108", "a menu has no choices")
BROKEN_VERB = Rule("DP109", "the plugin of a verb failed to read a step of it")
UNKNOWN_LANGUAGE = Rule("DP110", "a language that is not among the dialplan's is used")
UNKNOWN_UNIVERSAL = Rule("DP111", "a universal that there is not, or that the dialplan does not have")
BAD_PATTERN = Rule("DP112", "the signs `[ ] ( ) |` of a phrase do not fit")
TOO_MANY_WAYS = Rule("DP113", "the phrases of a choice can be said in too many ways")
NO_AGENT = Rule("DP114", "`impatience` without the universal `agent`")

BAD_ZONE = Rule("DP131", "a time zone is not known")
BAD_DAYS = Rule("DP132", "days of the week of opening hours are wrong, or a day stands twice")
BAD_RANGE = Rule("DP133", "a range of hours is wrong, or overlaps another")
BAD_DATE = Rule("DP134", "a date of opening hours is wrong, or stands twice")
BAD_COUNTRY = Rule("DP135", "no public holidays are known for a country or its subdivision")

UNKNOWN_TARGET = Rule("DP201", "a block or menu that does not exist is named")
UNKNOWN_QUEUE = Rule("DP202", "a queue that is not configured is named")
UNKNOWN_SKILL = Rule("DP203", "a skill that no agent and no queue has is named")
SHARED_KEY = Rule("DP204", "two choices of a menu share a key")
SHARED_PHRASE = Rule("DP205", "two choices of a menu share a phrase (case, spaces and punctuation aside)")
NO_INPUT_WAY = Rule("DP206", "a choice can neither be said nor pressed")
NUMBER_TWICE = Rule("DP207", "a number is used twice")
NO_RECORDING = Rule("DP208", "a recorded file is not there")
NEVER_RUN = Rule("DP209", "a step stands after one that never comes back")
NO_WAY_OUT = Rule("DP210", "calls that come here can never end or reach a queue")
SILENT_LOOP = Rule("DP211", "a caller who does nothing goes round for ever")
NO_CONFIRMING = Rule("DP212", "there are no words to confirm with in this language")
SAME_NAME = Rule("DP213", "a block and a menu have the same name")
EMPTY_PHRASE = Rule("DP214", "a phrase has neither letters nor digits")
CONFIRM_ABOVE_ACCEPT = Rule("DP215", "`confirm` is above `accept`")
UNKNOWN_LOOKUP = Rule("DP216", "a lookup that is not configured is named")
UNKNOWN_MAILBOX = Rule("DP217", "a mailbox that is not configured is named")
CAPABILITY = Rule("DP218", "a step needs what the telephony in use cannot do")
NOT_OVER_AGI = Rule("DP220", "a number whose calls come by AGI leads to what AGI cannot do")
SECRET_ALOUD = Rule("DP219", "what may be said aloud is not stated to be a secret, or none")

UNREACHABLE = Rule("DP301", "no number leads to a block or menu", Severity.WARNING)
SPEECH_ONLY = Rule("DP302", "a menu cannot be answered by keys when recognition fails", Severity.WARNING)
SLOW_KEY = Rule("DP303", "a key is also the beginning of a longer one, so it takes 2 s", Severity.WARNING)
NOT_IN_LANGUAGE = Rule("DP305", "a text is not there in every language", Severity.WARNING)
PHRASE_TWICE = Rule("DP304", "a choice has the same phrase twice", Severity.WARNING)
NO_PHRASES = Rule("DP306", "a menu or choice cannot be said in one of the languages", Severity.WARNING)
NO_UNIVERSAL_PHRASES = Rule("DP307", "a universal cannot be said in one of the languages", Severity.WARNING)
HIDES_UNIVERSAL = Rule("DP308", "a choice takes a phrase that callers say for a universal", Severity.WARNING)
CONFUSABLE = Rule(
    "DP309", "phrases of two choices sound so alike that the recogniser may confuse them", Severity.WARNING
)
UNHEARD = Rule("DP310", "a phrase has a word that no recogniser of the language knows", Severity.WARNING)
NO_COMING_BACK = Rule("DP311", "`do` names what never comes back", Severity.WARNING)
RETURN_NOWHERE = Rule("DP312", "`return` stands where no `do` leads: it ends the call", Severity.WARNING)
NO_PERSON = Rule("DP313", "from a menu no caller can reach a person", Severity.WARNING)
CONSTANT_CONDITION = Rule("DP314", "a condition holds always, or never", Severity.WARNING)
NEVER_READ = Rule("DP315", "a variable is set and never read", Severity.WARNING)
NEVER_SET = Rule("DP316", "a variable is read that nothing ever sets", Severity.WARNING)
OPEN_SECRET = Rule(
    "DP317", "digits that ought to be secret are collected with `secret: no`", Severity.WARNING
)
UNSET_AFTER = Rule(
    "DP318", "`collect` without `otherwise` goes on without the digits, and they are read", Severity.WARNING
)
NEVER_OPEN = Rule("DP319", "opening hours are never open", Severity.WARNING)
LONG_PAST = Rule("DP320", "a date of opening hours passed more than a year ago", Severity.WARNING)
SECRET_SHOWN = Rule("DP322", "`contact` is told what is always a secret, so it is left out", Severity.WARNING)
CUT_SENTENCE = Rule("DP323", "a text seems to be cut in two at a comma of `[…]`", Severity.WARNING)
IMPATIENT_TWICE = Rule(
    "DP324", "what impatient callers say is said for a universal too, and is only that", Severity.WARNING
)
UNCOMPARED = Rule("DP325", "a menu has too many phrases to compare how they all sound", Severity.WARNING)
LESS_OVER_AGI = Rule(
    "DP327", "a number whose calls come by AGI leads to what does less for them", Severity.WARNING
)
LARGE_MENU = Rule(
    "DP328", "a menu has more words than its recogniser hears as well as it can", Severity.WARNING
)
UNSAYABLE = Rule(
    "DP326", "digits that callers may say cannot be said in one of the languages", Severity.WARNING
)

RUNAWAY = Rule("DP901", "a call went through 300 steps without waiting; it is ended")
LOST = Rule("DP902", "a call's position is not in its dialplan; it is ended")

RULES = tuple(rule for rule in list(globals().values()) if isinstance(rule, Rule))
"""All of them, by code."""
