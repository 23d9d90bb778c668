"""The rules that a configuration file must keep, beyond those of its values' kinds (`ivrcore.fields`)."""

from ivrcore.problems import Rule, Severity

NO_FILE = Rule("CFG001", "the configuration file is not there or cannot be read")
NO_FOLDER = Rule("CFG002", "a folder that is named is not there")
NO_FILE_HERE = Rule("CFG003", "a file that is named is not there")
NO_SECRET = Rule("CFG101", "a password, token or key is not given, or its file or variable is not there")
OPEN_SECRET = Rule("CFG102", "a secret's file may be read or written by other users")
BAD_SECRET = Rule("CFG103", "a secret is empty or has the wrong form")
OPEN_BIND = Rule("CFG104", "an address that other machines reach is used without `allow_remote: yes`")
BAD_ADDRESS = Rule("CFG105", "an address or URL cannot be used")
BAD_NAME = Rule("CFG106", "a name holds characters that cannot be used there")
UNSAFE_TEXT = Rule("CFG107", "a text for Asterisk's files holds characters that Asterisk would interpret")
UNKNOWN_STRATEGY = Rule("CFG201", "no plugin gives this routing strategy")
UNKNOWN_QUEUE = Rule("CFG202", "an agent names a queue that is not there")
UNUSED_SKILL = Rule("CFG203", "an agent has a skill that no queue and no dialplan asks for", Severity.WARNING)
UNSERVED_QUEUE = Rule("CFG204", "no agent can serve this queue", Severity.WARNING)
IDLE_AGENT = Rule("CFG205", "an agent can serve no queue", Severity.WARNING)
SHARED_PHONE = Rule("CFG206", "two agents have the same endpoint")
BAD_LOOKUP = Rule("CFG211", "a lookup cannot be made of what is configured")
BAD_PREFIX = Rule("CFG212", "a prefix, number or trunk of the toll-fraud guard cannot be used")
WIDE_PREFIX = Rule("CFG213", "the toll-fraud guard allows every number", Severity.WARNING)
NO_COUNTRY = Rule("CFG214", "prefixes of the toll-fraud guard without the site's country code")
UNKNOWN_ROUTING = Rule("CFG215", "no plugin gives this relaxation, contact order or rule of eligibility")
BAD_OPTION = Rule("CFG216", "an option of a routing plugin is not known, or not possible")
MISSING_SKILL = Rule("CFG217", "a queue, or its options, name a skill that no agent has", Severity.WARNING)
MISSING_AGENT = Rule("CFG220", "a queue's rule names an agent that is not there", Severity.WARNING)
PROMISED = Rule(
    "CFG221",
    "a queue of a running server is gone while its callers wait to be called back",
)
VAIN_WAIT = Rule(
    "CFG222",
    "for a part of their wait no agent of the queue has the skills that its contacts need",
    Severity.WARNING,
)
OVERFLOW_LOOP = Rule("CFG218", "queues overflow into each other in a circle", Severity.WARNING)
NO_OVERFLOW = Rule("CFG219", "a queue overflows to one that is not there, or to itself")
BAD_WATCH = Rule("CFG230", "a watch cannot be made of what is configured")
UNKNOWN_PBX = Rule("CFG231", "an agent or a trunk names a PBX that is not there")
SAME_PBX = Rule("CFG232", "two PBXs have the same URL")
UNREACHED_PBX = Rule(
    "CFG233", "no agent has a phone that callers of a PBX can be connected with", Severity.WARNING
)
NO_DIALPLAN = Rule("CFG209", "the folder of dialplans is empty")
NO_RECORDING = Rule("CFG210", "a queue names a recorded file that is not there")
UNKNOWN_LANGUAGE = Rule("CFG207", "a queue or a code speaks a language that has no voice", Severity.WARNING)
BROKEN_PLUGIN = Rule("CFG301", "a plugin cannot be loaded")
STALE_FILES = Rule(
    "CFG302", "a file for Asterisk is not what this configuration would write", Severity.WARNING
)
UNREADABLE_PROMPTS = Rule(
    "CFG303", "prompts that only their owner can read: Asterisk's own user could not", Severity.WARNING
)
NO_VOICE = Rule("CFG304", "a voice cannot be had, and no other speaks its language", Severity.WARNING)
BAD_RECOGNISER = Rule("CFG305", "an option of a recogniser cannot be used")
UNUSABLE_HERE = Rule(
    "CFG306", "a recogniser lacks something on this machine, or nobody knows it", Severity.WARNING
)
UNHEARD_LANGUAGE = Rule(
    "CFG308", "a grammar for Asterisk's dialplans is in a language that has no recogniser", Severity.WARNING
)
NO_CONSENT = Rule(
    "CFG307", "utterances are to be kept with a consent that no dialplan asks for", Severity.WARNING
)
UNKNOWN_NUMBER = Rule("CFG309", "a number that may come by AGI is in no dialplan", Severity.WARNING)
UNCALLED_NUMBER = Rule("CFG310", "the number that the canary calls is in no dialplan")
OVERTAKEN = Rule(
    "CFG311", "a recogniser waits for its servers longer than its answer is waited for", Severity.WARNING
)
RULES = tuple(rule for rule in list(globals().values()) if isinstance(rule, Rule))
"""All of them, by code."""
