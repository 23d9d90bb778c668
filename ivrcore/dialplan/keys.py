"""Which keys a dialplan file has, and what each means: what parsing accepts and the reference is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What may be written as a key's value; the schema for editors is made of it."""

    ANY = "any"
    """Nothing is said of it: no key of a dialplan is of this kind."""
    TEXT = "text"
    TEXTS = "texts"
    """One or a list."""
    WORDING = "wording"
    WORDINGS = "wordings"
    PHRASES = "phrases"
    KEYS = "keys"
    STEPS = "steps"
    CASES = "cases"
    EXITS = "exits"
    """Key of the phone: steps."""
    DURATION = "duration"
    BOOLEAN = "boolean"
    BARGE_IN = "barge_in"
    """Yes, no, or keys of their own."""
    NUMBER = "number"
    INTEGER = "integer"
    LENGTH = "length"
    CONDITION = "condition"
    VALUE = "value"
    VALUES = "values"
    """Name: value."""
    INTO = "into"
    """Variable: field."""
    LEVELS = "levels"
    """Skill: level."""
    ONE_OF = "one_of"
    TARGET = "target"
    MENU = "menu"
    QUEUE = "queue"
    LOOKUP = "lookup"
    MAILBOX = "mailbox"
    VARIABLE = "variable"
    LANGUAGE = "language"
    UNDERSTAND = "understand"
    """`phrases` or `intents`, or these by language."""
    NAMES = "names"
    HOURS = "hours"
    """A range of hours, a list of them, or `closed`."""
    WEEK = "week"
    """Days: hours."""
    DATES = "dates"
    """Date: hours."""
    NOTHING = "nothing"
    SECTION = "section"
    """Keys of its own, by the name of a table below."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what its value looks like, the default as one would write it, and its meaning.

    ``words`` are those of `Kind.ONE_OF`, or the name of the table of a `Kind.SECTION`.
    """

    name: str
    value: str
    default: str
    meaning: str
    kind: Kind = Kind.ANY
    words: tuple[str, ...] = ()

    @property
    def needed(self) -> bool:
        """Whether it must be there."""
        return self.default == "needed"


def table(*keys: Key) -> dict[str, Key]:
    """Put keys together, by name."""
    return {key.name: key for key in keys}


PLAN = table(
    Key("name", "text", "needed", "names the dialplan in events and figures", Kind.TEXT),
    Key(
        "language",
        "`en`, `ko`, `zh`, …",
        "`en`",
        "the one language of texts and phrases (BCP 47 primary tag)",
        Kind.TEXT,
    ),
    Key(
        "languages",
        "list of languages",
        "",
        "several languages; calls begin with the first, `language` steps change it",
        Kind.NAMES,
    ),
    Key(
        "zone",
        "`Asia/Seoul`, …",
        "`UTC`",
        "time zone of `time.*`, and of hours without one of their own",
        Kind.TEXT,
    ),
    Key(
        "numbers",
        "number: block or menu, or see below",
        "needed",
        "which called number starts where",
        Kind.SECTION,
        ("number",),
    ),
    Key("variables", "name: value", "", "the variables of a call, with their first values", Kind.VALUES),
    Key("hours", "name: see below", "", "opening hours, for conditions", Kind.SECTION, ("hours",)),
    Key(
        "defaults",
        "see below",
        "",
        "values for every menu that does not say otherwise",
        Kind.SECTION,
        ("defaults",),
    ),
    Key(
        "universals",
        "name: see below",
        "",
        "what is taken in every menu: help, repeat, back, …",
        Kind.SECTION,
        ("universal",),
    ),
    Key(
        "impatience",
        "see below",
        "",
        "how callers who lose patience get to a person ahead of others",
        Kind.SECTION,
        ("impatience",),
    ),
    Key(
        "confirming",
        "see below",
        "built in for en, ko, zh",
        "how to ask “did you say …?”",
        Kind.SECTION,
        ("confirming",),
    ),
    Key(
        "blocks", "name: list of steps", "", "steps that numbers and `goto` lead to", Kind.SECTION, ("steps",)
    ),
    Key("menus", "name: see below", "", "questions to the caller", Kind.SECTION, ("menu",)),
)

NUMBER = table(
    Key(
        "start",
        "block or menu",
        "needed",
        "where its calls start (not needed for one that is refused)",
        Kind.TARGET,
    ),
    Key(
        "answer",
        "`at_once`, `early_media`, `ring`, `busy`, `congestion`, `unallocated`",
        "`at_once`",
        "pick up and start; start without picking up; ring, then pick up; or refuse (Q.850 cause 17, 34, 1)",
        Kind.ONE_OF,
        ("at_once", "early_media", "ring", "busy", "congestion", "unallocated"),
    ),
    Key("ring", "duration", "`3s`", "how long `answer: ring` rings", Kind.DURATION),
    Key("language", "one of `languages`", "the first", "what calls to this number begin with", Kind.LANGUAGE),
)

HOURS = table(
    Key("zone", "`Asia/Seoul`, …", "the dialplan's", "whose clock the hours are of", Kind.TEXT),
    Key(
        "open",
        "days: range or list of ranges",
        "needed",
        'days are `mon`, `mon-fri`, `"mon, wed"` or `daily`; ranges are `"09:00-16:00"`, over midnight '
        '`"22:00-06:00"`, all day `"00:00-24:00"`',
        Kind.WEEK,
    ),
    Key("country", "ISO 3166 code", "", "closed on its public holidays", Kind.TEXT),
    Key("subdivision", "code", "", "and on those of this state or province", Kind.TEXT),
    Key(
        "closed",
        "date or list of dates",
        "",
        "closed all day; `2026-12-31`, `2026-05-01..2026-05-03`",
        Kind.TEXTS,
    ),
    Key("special", "date: range, list, or `closed`", "", "hours of a date, whatever else it is", Kind.DATES),
)

TUNING = table(
    Key("timeout", "duration", "`5s`", "silence after the prompt that counts as no input", Kind.DURATION),
    Key(
        "barge_in",
        "yes, no, or see below",
        "`yes`",
        "whether speech and keys cut prompts short",
        Kind.BARGE_IN,
    ),
    Key(
        "end_silence",
        "200ms to 3s",
        "`speech: end_silence`",
        "silence that ends an utterance",
        Kind.DURATION,
    ),
    Key("longest", "1s to 1m", "`speech: longest`", "an utterance is cut after this", Kind.DURATION),
    Key("accept", "0 to 1", "`0.9`", "confidence from which a spoken phrase is taken", Kind.NUMBER),
    Key(
        "confirm",
        "0 to 1",
        "`0.7`",
        "confidence from which the caller is asked “did you say …?”",
        Kind.NUMBER,
    ),
    Key("type_ahead", "yes or no", "`yes`", "whether keys count that were pressed before it", Kind.BOOLEAN),
    Key(
        "understand",
        "`phrases` or `intents`",
        "`phrases`",
        "whether a whole phrase must be said, or own words that come near to one will do; also by language",
        Kind.UNDERSTAND,
    ),
)

BARGE_IN = table(
    Key(
        "after",
        "100ms to 1s",
        "",
        "voice without a pause that it takes to cut a prompt short; a key does at once",
        Kind.DURATION,
    ),
    Key("words", "1 to 5", "", "and so many words that may be said here", Kind.INTEGER),
)

CONTACT = table(
    Key("priority", "value", "", "-100 to 100, added to that of queues; higher goes first", Kind.VALUE),
    Key(
        "skills", "skill: level", "", "least levels asked for beside the queue's own (1 to 100)", Kind.LEVELS
    ),
    Key("tier", "value", "", "what the customer is to the house", Kind.VALUE),
)

CONFIRMING = table(
    Key(
        "prompt",
        "text with `{choice}`",
        "needed",
        "the question about the choice's first phrase",
        Kind.TEXT,
    ),
    Key("yes", "phrases", "needed", "what means yes (key 1 does too)", Kind.PHRASES),
    Key("no", "phrases", "needed", "what means no (key 2 does too)", Kind.PHRASES),
)

MENU = (
    table(
        Key("prompt", "prompt", "needed", "the question", Kind.WORDING),
        Key("choices", "name: see below", "needed", "the answers", Kind.SECTION, ("choice",)),
        Key(
            "no_input",
            "list of prompts",
            "the prompt, twice",
            "said after the 1st, 2nd, … silence",
            Kind.WORDINGS,
        ),
        Key(
            "no_match",
            "list of prompts",
            "the prompt, twice",
            "said after the 1st, 2nd, … misfit",
            Kind.WORDINGS,
        ),
        Key(
            "otherwise",
            "list of steps",
            "needed",
            "what happens after the last of these failed too",
            Kind.STEPS,
        ),
        Key("help", "prompt", "the prompt", "said to who asks for help", Kind.WORDING),
        Key(
            "universals",
            "`no`, or a list",
            "all of the dialplan",
            "which universals are taken here",
            Kind.NAMES,
        ),
    )
    | TUNING
)

CHOICE = table(
    Key(
        "say",
        "phrases",
        "",
        "what the caller may say; `[please] (block | cancel) my card` stands for four phrases",
        Kind.PHRASES,
    ),
    Key("keys", "key or list of keys", "", 'what the caller may press; `"12"` is 1, then 2', Kind.KEYS),
    Key("go", "list of steps", "needed", "what happens then", Kind.STEPS),
)

UNIVERSAL = table(
    Key("say", "phrases", "built in for en, ko, zh", "what the caller may say", Kind.PHRASES),
    Key(
        "keys",
        "key or list of keys",
        "",
        "what the caller may press, where a menu does not use it",
        Kind.KEYS,
    ),
    Key("go", "list of steps", "needed for `agent`", "how `agent` gets to a person", Kind.STEPS),
)

IMPATIENCE = table(
    Key("say", "phrases", "built in for en, ko, zh", "what impatient callers say", Kind.PHRASES),
    Key(
        "failures",
        "0 to 20",
        "`3`",
        "how often in the whole call a caller is not understood before it counts as that; 0: it never does",
        Kind.INTEGER,
    ),
    Key(
        "priority",
        "0 to 100",
        "`20`",
        "what is added to their priority in queues",
        Kind.INTEGER,
    ),
)

SECTIONS = {
    "plan": PLAN,
    "number": NUMBER,
    "hours": HOURS,
    "defaults": TUNING,
    "barge_in": BARGE_IN,
    "confirming": CONFIRMING,
    "menu": MENU,
    "choice": CHOICE,
    "universal": UNIVERSAL,
    "impatience": IMPATIENCE,
    "contact": CONTACT,
}
"""Every table but that of the steps, by the name that the reference calls it."""
