"""Which keys a dialplan file has, and what each means: what parsing accepts and the reference is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what its value looks like, the default as one would write it, and its meaning."""

    name: str
    value: str
    default: str
    meaning: str


def _table(*keys: Key) -> dict[str, Key]:
    return {key.name: key for key in keys}


PLAN = _table(
    Key("name", "text", "needed", "names the dialplan in events and figures"),
    Key("language", "`en`, `ko`, `zh`, …", "`en`", "the language of texts and phrases (BCP 47 primary tag)"),
    Key("numbers", "number: block or menu, or see below", "needed", "which called number starts where"),
    Key("defaults", "see below", "", "values for every menu that does not say otherwise"),
    Key("confirming", "see below", "built in for en, ko, zh", "how to ask “did you say …?”"),
    Key("blocks", "name: list of steps", "", "steps that numbers and `goto` lead to"),
    Key("menus", "name: see below", "", "questions to the caller"),
)

NUMBER = _table(
    Key("start", "block or menu", "needed", "where its calls start (not needed for one that is refused)"),
    Key(
        "answer",
        "`at_once`, `early_media`, `ring`, `busy`, `congestion`, `unallocated`",
        "`at_once`",
        "pick up and start; start without picking up; ring, then pick up; or refuse (Q.850 cause 17, 34, 1)",
    ),
    Key("ring", "duration", "`3s`", "how long `answer: ring` rings"),
)

HOURS = _table(
    Key("zone", "`Asia/Seoul`, …", "the dialplan's", "whose clock the hours are of"),
    Key(
        "open",
        "days: range or list of ranges",
        "needed",
        'days are `mon`, `mon-fri`, `"mon, wed"` or `daily`; ranges are `"09:00-16:00"`, over midnight '
        '`"22:00-06:00"`, all day `"00:00-24:00"`',
    ),
    Key("country", "ISO 3166 code", "", "closed on its public holidays"),
    Key("subdivision", "code", "", "and on those of this state or province"),
    Key("closed", "date or list of dates", "", "closed all day; `2026-12-31`, `2026-05-01..2026-05-03`"),
    Key("special", "date: range, list, or `closed`", "", "hours of a date, whatever else it is"),
)

TUNING = _table(
    Key("timeout", "duration", "`5s`", "silence after the prompt that counts as no input"),
    Key("barge_in", "yes or no", "`yes`", "whether speech and keys cut prompts short"),
    Key("accept", "0 to 1", "`0.9`", "confidence from which a spoken phrase is taken"),
    Key("confirm", "0 to 1", "`0.7`", "confidence from which the caller is asked “did you say …?”"),
)

CONFIRMING = _table(
    Key(
        "prompt",
        "text with `{choice}`",
        "needed",
        "the question about the choice's first phrase",
    ),
    Key("yes", "phrases", "needed", "what means yes (key 1 does too)"),
    Key("no", "phrases", "needed", "what means no (key 2 does too)"),
)

MENU = (
    _table(
        Key("prompt", "prompt", "needed", "the question"),
        Key("choices", "name: see below", "needed", "the answers"),
        Key("no_input", "list of prompts", "the prompt, twice", "said after the 1st, 2nd, … silence"),
        Key(
            "no_match",
            "list of prompts",
            "the prompt, twice",
            "said after the 1st, 2nd, … misfit",
        ),
        Key("otherwise", "list of steps", "needed", "what happens after the last of these failed too"),
    )
    | TUNING
)

CHOICE = _table(
    Key("say", "phrases", "", "what the caller may say"),
    Key("keys", "key or list of keys", "", 'what the caller may press; `"12"` is 1, then 2'),
    Key("go", "list of steps", "needed", "what happens then"),
)

STEPS = {
    "say": _table(
        Key("say", "text or prompt", "needed", "speak a text"),
        Key("barge_in", "yes or no", "as `defaults`", "whether a key for a menu ahead cuts it short"),
    ),
    "play": _table(
        Key("play", "file or list of files", "needed", "play recorded files, named without their ending"),
        Key("barge_in", "yes or no", "as `defaults`", "whether a key for a menu ahead cuts it short"),
    ),
    "menu": _table(Key("menu", "menu", "needed", "ask the caller; the last step of its list")),
    "goto": _table(Key("goto", "block or menu", "needed", "go on there; the last step of its list")),
    "queue": _table(
        Key("queue", "queue", "needed", "wait for an agent and talk; then the next step runs"),
        Key("priority", "-100 to 100", "`0`", "added to the queue's own; higher goes first"),
        Key("skills", "skill: level", "", "least levels asked for beside the queue's own (1 to 100)"),
    ),
    "hang_up": _table(
        Key(
            "hang_up",
            "`normal`, `busy`, `congestion`, `unallocated`, `rejected`",
            "`normal`",
            "end the call; the last step of its list",
        ),
    ),
    "answer": _table(Key("answer", "nothing", "", "pick up, where the number says `early_media`")),
}

SECTIONS = {
    "plan": PLAN,
    "number": NUMBER,
    "hours": HOURS,
    "defaults": TUNING,
    "confirming": CONFIRMING,
    "menu": MENU,
    "choice": CHOICE,
}
"""Every table but that of the steps, by the name that the reference calls it."""
