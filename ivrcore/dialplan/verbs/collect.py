"""``collect`` and ``identify``: digits into a variable, and who the caller is by a PIN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from ivrcore.dialplan import rules, turns
from ivrcore.dialplan.check_digits import JUDGES
from ivrcore.dialplan.keys import Key, Kind, table
from ivrcore.dialplan.model import Digits
from ivrcore.dialplan.saying import is_currency
from ivrcore.dialplan.step import Name, Refers, Step
from ivrcore.dialplan.texts import Wording
from ivrcore.expressions.syntax import Expression
from ivrcore.expressions.text import Template
from ivrcore.model.names import Service, Told
from ivrcore.speech.decide import Bounds
from ivrcore.speech.endpointing import TurnTaking
from ivrcore.speech.slots import SlotKind

if TYPE_CHECKING:
    from ivrcore.dialplan.commands import ServiceTold
    from ivrcore.dialplan.reading import Reading
    from ivrcore.dialplan.walk import Place, Walk

MOST_DIGITS = 34
"""An IBAN has 34 characters; nobody types more."""

END_SILENCE = 1.0
"""Seconds of silence that end what is said, where it could go on."""
LONGEST = 20.0
"""Seconds that one may speak at least, unless the dialplan says how long: `MOST_DIGITS` at an easy pace."""

MOST_KEYS = {SlotKind.AMOUNT: 12, SlotKind.DATE: 8}
"""Keys of other values: nine digits, the point and two decimals; year, month and day."""

_PROMPT = Key("prompt", "prompt", "needed", "the question", Kind.WORDING)
_LENGTH = Key("length", "`6` or `6-12`", "`1-20`", "how many digits", Kind.LENGTH)
_TERMINATOR = Key("terminator", "`#` or `*`", "`#`", "the key that ends them", Kind.ONE_OF, ("#", "*"))
_TIMEOUT = Key(
    "timeout", "duration", "as `defaults`", "silence after the prompt that counts as no input", Kind.DURATION
)
_TYPE_AHEAD = Key(
    "type_ahead", "yes or no", "as `defaults`", "whether keys count that were pressed before it", Kind.BOOLEAN
)
_BETWEEN = Key("between", "duration", "`3s`", "the pause after a digit that ends them", Kind.DURATION)
_NO_INPUT = Key(
    "no_input", "list of prompts", "the prompt, twice", "said after the 1st, 2nd, … silence", Kind.WORDINGS
)
_OTHERWISE = Key(
    "otherwise",
    "list of steps",
    "the next step",
    "what happens after the last of these failed too",
    Kind.STEPS,
)


@dataclass(frozen=True)
class Collect(Step):
    """Ask for digits; they are a secret unless the dialplan says otherwise."""

    verb: ClassVar[str] = "collect"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key(
            "collect",
            "variable",
            "needed",
            "ask for digits or another value, and keep it in a variable",
            Kind.VARIABLE,
        ),
        _PROMPT,
        Key(
            "type",
            ", ".join(f"`{kind}`" for kind in SlotKind),
            "`digits`",
            "what is asked for; `length` and `check` are of digits",
            Kind.ONE_OF,
            tuple(SlotKind),
        ),
        Key("currency", "`EUR`, …", "", "the currency of an amount (ISO 4217)", Kind.TEXT),
        _LENGTH,
        _TERMINATOR,
        Key(
            "check",
            ", ".join(f"`{name}`" for name in JUDGES),
            "",
            "the rule of their check digit; digits that break it are a misfit",
            Kind.ONE_OF,
            tuple(JUDGES),
        ),
        _TIMEOUT,
        _BETWEEN,
        _TYPE_AHEAD,
        Key("secret", "yes or no", "`yes`", "whether they must be in no event, log or figure", Kind.BOOLEAN),
        Key(
            "speech",
            "yes or no",
            "`no`",
            "whether they may be said too; then `secret` must be written",
            Kind.BOOLEAN,
        ),
        Key(
            "end_silence",
            "200ms to 3s",
            "`1s`",
            "silence that ends what is said, before it is whole",
            Kind.DURATION,
        ),
        Key("confirm", "yes or no", "`no`", "read them back and ask whether they are right", Kind.BOOLEAN),
        _NO_INPUT,
        Key(
            "no_match",
            "list of prompts",
            "the prompt, twice",
            "said after the 1st, 2nd, … misfit",
            Kind.WORDINGS,
        ),
        _OTHERWISE,
    )
    asks: ClassVar[bool] = True
    question: str
    otherwise: str = ""
    variable: Name | None = None
    secret: bool = True

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read the question."""
        name = reading.name()
        judges = reading.word("check", tuple(JUDGES))
        secret = reading.fields.boolean("secret", True)
        speech = reading.fields.boolean("speech", False)
        if speech and not reading.fields.entry("secret"):
            message = "it may be said aloud, and 'secret' does not say what that is"
            hint = "add 'secret: yes' or 'secret: no'; have a PIN typed, who is near can hear it"
            reading.problems.report(rules.SECRET_ALOUD, reading.location, message, hint)
        kind = _kind(reading)
        question = read_digits(
            reading,
            variable=name.text if name else "",
            judges=judges,
            secret=secret,
            confirm=reading.fields.boolean("confirm", False),
            speech=speech,
            kind=kind,
            currency=_currency(reading, kind),
            misfits=reading.wordings("no_match") if reading.fields.entry("no_match") else None,
        )
        if name is None:
            return None
        return cls(reading.location, question.name, question.otherwise, reading.variable(name), secret)

    def run(self, walk: Walk) -> Place | None:
        """Ask."""
        return walk.to(self.question)

    def refers(self) -> Refers:
        """Tell the variable, and what happens without digits."""
        return Refers(
            nested=(self.otherwise,) if self.otherwise else (),
            sets=(self.variable,) if self.variable else (),
            hides=((self.variable.text, None),) if self.variable and self.secret else (),
        )


def read_digits(
    reading: Reading,
    *,
    misfits: tuple[Wording, ...] | None = None,
    variable: str = "",
    judges: str = "",
    secret: bool = True,
    confirm: bool = False,
    speech: bool = False,
    kind: SlotKind = SlotKind.DIGITS,
    currency: str = "",
    closes: bool = False,
) -> Digits:
    """Read the keys that asking for digits always has; the question gets the step's own address."""
    prompt = reading.wording("prompt", required=True)
    least, most = (1, MOST_KEYS[kind]) if kind in MOST_KEYS else reading.length("length", MOST_DIGITS)
    question = Digits(
        name=reading.address,
        prompt=prompt,
        no_input=reading.wordings("no_input", (prompt, prompt)),
        no_match=(prompt, prompt) if misfits is None else misfits,
        otherwise=reading.steps("otherwise", required=closes, closes=closes),
        timeout=reading.fields.seconds("timeout", reading.parts.tuning.timeout, least=0.5, most=120),
        between=reading.fields.seconds("between", 3.0, least=0.5, most=30),
        barge_in=reading.parts.tuning.barge_in,
        universals=tuple(reading.parts.universals),
        help=prompt,
        location=reading.location,
        type_ahead=reading.fields.boolean("type_ahead", reading.parts.tuning.type_ahead),
        taking=_taking(reading) if speech else reading.parts.tuning.taking,
        variable=variable,
        least=least,
        most=most,
        terminator=reading.word("terminator", ("#", "*")) or "#",
        judges=judges,
        secret=secret,
        confirm=confirm,
        speech=speech,
        kind=kind,
        currency=currency,
        bounds=Bounds(reading.parts.tuning.accept, reading.parts.tuning.confirm),
    )
    reading.ask(question)
    return question


def _kind(reading: Reading) -> SlotKind:
    """Read what is asked for; digits alone have a length and a check digit."""
    kind = SlotKind(reading.word("type", tuple(SlotKind)) or SlotKind.DIGITS)
    for key in ("length", "check") if kind is not SlotKind.DIGITS else ():
        entry = reading.fields.entry(key)
        if entry is not None:
            reading.fields.bad(entry.location, f"{key!r} is for digits, not for '{kind}'", "remove it")
    return kind


def _currency(reading: Reading, kind: SlotKind) -> str:
    entry = reading.fields.entry("currency")
    if entry is None:
        return ""
    code = reading.fields.text("currency")
    if kind is not SlotKind.AMOUNT:
        reading.fields.bad(entry.location, "'currency' is for an amount", "add 'type: amount', or remove it")
    elif not is_currency(code):
        reading.fields.bad(entry.location, f"there is no currency {code!r}", "write its code, such as EUR")
    else:
        return code
    return ""


def _taking(reading: Reading) -> TurnTaking:
    """Who says a number thinks between its parts: give them longer than for a word, in all too."""
    usual = reading.parts.tuning.taking
    silence = reading.fields.seconds("end_silence", END_SILENCE, least=0.2, most=3.0)
    return replace(usual, end_silence=silence, at_least=LONGEST)


@dataclass(frozen=True)
class Identify(Step):
    """Ask for a PIN, and a lookup whether it is right; each wrong one is a misfit.

    ``otherwise`` is needed: without it a caller with no PIN would go where one with a PIN goes.
    """

    verb: ClassVar[str] = "identify"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key(
            "identify",
            "lookup, or `supervisors`",
            "needed",
            "ask for a PIN and have it judged; the next step runs if it is right",
            Kind.LOOKUP,
        ),
        Key("who", "value", "the caller's number", "whose PIN it is", Kind.VALUE),
        _PROMPT,
        _LENGTH,
        _TERMINATOR,
        _TIMEOUT,
        _BETWEEN,
        _TYPE_AHEAD,
        Key("tries", "1 to 9", "`3`", "how many PINs may be entered", Kind.INTEGER),
        Key("wrong", "list of prompts", "the prompt", "said after the 1st, 2nd, … wrong PIN", Kind.WORDINGS),
        Key("into", "variable: field", "", "what the lookup tells of the caller", Kind.INTO),
        Key("secret", "yes or no", "`yes`", "whether that must be in no event, log or figure", Kind.BOOLEAN),
        Key("wait", "duration", "`5s`", "how long the lookup may take", Kind.DURATION),
        _NO_INPUT,
        Key(
            "otherwise",
            "list of steps",
            "needed",
            "what happens without a right PIN; at their end the call is ended, inside of `do` too",
            Kind.STEPS,
        ),
    )
    asks: ClassVar[bool] = True
    question: str
    source: Name
    who: Expression | Template | None = None
    into: Mapping[str, str] = field(default_factory=dict)
    into_names: tuple[Name, ...] = ()
    secret: bool = True
    wait: float = 5.0
    otherwise: str = ""

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read the question and who judges the answer."""
        source = reading.name()
        tries = reading.fields.integer("tries", 3, least=1, most=9)
        again = reading.wordings("wrong") or (reading.wording("prompt"),)
        misfits = tuple(again[min(at, len(again) - 1)] for at in range(tries - 1))
        question = read_digits(reading, misfits=misfits, closes=True)
        into, names = reading.into("into")
        if source is None:
            return None
        return cls(
            reading.location,
            question.name,
            source,
            reading.value("who") if reading.fields.entry("who") else None,
            into,
            names,
            reading.fields.boolean("secret", True),
            reading.fields.seconds("wait", 5.0, least=0.1, most=60),
            question.otherwise,
        )

    def run(self, walk: Walk) -> Place | None:
        """Ask for the PIN."""
        return walk.to(self.question)

    def collected(self, walk: Walk, digits: str) -> Place | None:
        """Have it judged."""
        who = walk.scalar(self.who) if self.who else walk.caller
        walk.ask(Service.IDENTIFY, self.source.text, {"who": who, "pin": digits}, self.wait)
        return None

    def told(self, walk: Walk, told: ServiceTold) -> Place | None:
        """Go on, or ask again; a lookup that fails is no wrong PIN, but nobody is let through either."""
        question = walk.plan.question(self.question)
        if told.how is Told.DONE:
            walk.set({name: told.values.get(key) for name, key in self.into.items()}, secret=self.secret)
            return walk.next
        if question is None or told.how is not Told.REFUSED:
            return turns.give_up(walk, question) if question else walk.next
        return turns.no_match(walk, question)

    def refers(self) -> Refers:
        """Tell the lookup, the variables, and what happens without a PIN."""
        return Refers(
            nested=(self.otherwise,) if self.otherwise else (),
            reads=(self.who,) if self.who else (),
            sets=self.into_names,
            hides=tuple((name, None) for name in self.into) if self.secret else (),
            site=(("lookup", self.source),),
        )
