"""A dialplan as frozen values, each with the place where it was written.

Every list of steps is a block with an address: ``welcome`` for a block of its own, ``main/cards`` for what a
choice of menu ``main`` does, ``main/otherwise`` for what happens when the caller cannot choose,
``welcome/2.then`` for a list within the third step of ``welcome``. So a call's position is always a block's
name and a step's index. Must not know of YAML or of how steps are run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from ivrcore.dialplan.commands import Prompt, Spoken
from ivrcore.dialplan.hours import Hours
from ivrcore.dialplan.step import Name, Refers, Step
from ivrcore.dialplan.texts import Wording, plain
from ivrcore.location import Location
from ivrcore.model.names import Cause, Scalar, Universal
from ivrcore.speech.decide import USUAL_BOUNDS, Bounds
from ivrcore.speech.endpointing import USUAL, TurnTaking
from ivrcore.speech.recogniser import Grammar
from ivrcore.speech.slots import SlotKind

OTHERWISE = "otherwise"
"""Last part of the address of a menu's default."""


class AnswerPolicy(StrEnum):
    """What a number does with a call that rings."""

    AT_ONCE = "at_once"
    EARLY_MEDIA = "early_media"
    RING = "ring"
    BUSY = "busy"
    CONGESTION = "congestion"
    UNALLOCATED = "unallocated"

    @property
    def refusal(self) -> Cause | None:
        """The Q.850 cause that the call is refused with; None if it is taken."""
        return _REFUSALS.get(self)


_REFUSALS = {
    AnswerPolicy.BUSY: Cause.BUSY,
    AnswerPolicy.CONGESTION: Cause.CONGESTION,
    AnswerPolicy.UNALLOCATED: Cause.UNALLOCATED,
}


class HangUpCause(StrEnum):
    """Words for the causes that a dialplan may hang up with."""

    NORMAL = "normal"
    BUSY = "busy"
    CONGESTION = "congestion"
    UNALLOCATED = "unallocated"
    REJECTED = "rejected"

    @property
    def code(self) -> Cause:
        """The Q.850 code."""
        return Cause[self.name]


_FILLERS = str.maketrans("", "", " ()/")


def plain_number(text: str) -> str:
    """Write a number without spaces, brackets and slashes, as calls carry it."""
    return text if text.isalnum() else text.translate(_FILLERS)  # asked at each prompt, mostly of digits


# --- the parts of a plan ------------------------------------------------------------------------


class Block(msgspec.Struct, frozen=True):
    """A list of steps. After the last one the call goes on after step ``within``, of which this is a part.

    Without ``within`` it comes back to where `do` left for it, or else is ended normally. With ``closes`` it
    is ended in any case: what stands after the step is not for who comes here. ``refers`` is what each step
    refers to, asked once when it was read; a block that was not read has none.
    """

    name: str
    steps: tuple[Step, ...]
    location: Location
    within: tuple[str, int] | None = None
    closes: bool = False
    refers: tuple[Refers, ...] = ()


Phrases = Mapping[str, tuple[Name, ...]]
"""What may be said, by language."""


class Choice(msgspec.Struct, frozen=True):
    """One way out of a menu: what may be said, which key sequences, and the block that it leads to."""

    name: str
    said: Phrases
    keys: tuple[Name, ...]
    go: str
    location: Location

    def phrases(self, language: str) -> tuple[Name, ...]:
        """Give what may be said in a language."""
        return self.said.get(language, ())


class Understand(StrEnum):
    """How what callers say becomes a choice."""

    PHRASES = "phrases"
    INTENTS = "intents"


@dataclass(frozen=True, slots=True)
class Tuning:
    """What every menu may set, and where it does not: its dialplan's `defaults`, or these.

    ``timeout`` in seconds; ``accept`` and ``confirm`` are confidences, 0 to 1; ``type_ahead`` tells whether
    keys count that were pressed before the question, ``taking`` when speech stops a prompt, and when it ends.
    ``intents`` are the languages in which callers may use words of their own.
    """

    timeout: float = 5.0
    barge_in: bool = True
    accept: float = 0.9
    confirm: float = 0.7
    type_ahead: bool = True
    intents: frozenset[str] = frozenset()
    taking: TurnTaking = USUAL


@dataclass(frozen=True, slots=True)
class Question:
    """What the caller is asked: a menu, or digits to be entered.

    ``no_input`` and ``no_match`` are what is said after the 1st, 2nd, … failure of that kind; the failure
    after the last leads to block ``otherwise``. ``timeout`` is seconds of silence after the prompt,
    ``between`` those between the keys of one sequence. ``universals`` are those that are taken here. Without
    ``type_ahead`` keys that were pressed before it are forgotten.
    """

    name: str
    prompt: Wording
    no_input: tuple[Wording, ...]
    no_match: tuple[Wording, ...]
    otherwise: str
    timeout: float
    between: float
    barge_in: bool
    universals: tuple[Universal, ...]
    help: Wording
    location: Location
    type_ahead: bool = True
    taking: TurnTaking = USUAL

    @property
    def keys(self) -> dict[str, str]:
        """Key sequence -> choice."""
        return {}

    @property
    def wordings(self) -> tuple[Wording, ...]:
        """All that it may say of its own."""
        return (self.prompt, *self.no_input, *self.no_match, self.help)


@dataclass(frozen=True, slots=True)
class Menu(Question):
    """A question with choices; ``accept`` and ``confirm`` are confidences."""

    choices: tuple[Choice, ...] = ()
    accept: float = 0.9
    confirm: float = 0.7
    intents: frozenset[str] = frozenset()

    def choice(self, name: str) -> Choice | None:
        """Find a choice by name."""
        return next((choice for choice in self.choices if choice.name == name), None)

    @property
    def keys(self) -> dict[str, str]:
        """Key sequence -> choice."""
        return {keys.text: choice.name for choice in self.choices for keys in choice.keys}

    @property
    def spoken(self) -> bool:
        """Whether anything can be said here."""
        return any(any(choice.said.values()) for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Digits(Question):
    """A question that is answered by ``least`` to ``most`` digits, or an amount; ``judges`` is their rule.

    ``confirm``: they are read back and asked about. ``speech``: they may be said too, ``bounds`` tell what is
    taken and what is asked about then. ``currency`` (ISO 4217) is an amount's, if it was told.
    """

    variable: str = ""
    least: int = 1
    most: int = 20
    terminator: str = "#"
    judges: str = ""
    secret: bool = True
    confirm: bool = False
    speech: bool = False
    bounds: Bounds = USUAL_BOUNDS
    kind: SlotKind = SlotKind.DIGITS
    currency: str = ""


@dataclass(frozen=True, slots=True)
class UniversalWay:
    """How a universal is said and pressed; ``go`` is the block of `Universal.AGENT`."""

    universal: Universal
    said: Phrases
    keys: tuple[Name, ...]
    go: str
    location: Location


@dataclass(frozen=True, slots=True)
class Impatience:
    """What callers say who lose patience; such a caller goes where the universal `agent` leads.

    So does who was not understood ``failures`` times (0: never) in the whole call. ``priority`` is then
    added to that of queues.
    """

    said: Phrases
    failures: int
    priority: int
    location: Location


@dataclass(frozen=True, slots=True)
class Confirming:
    """How to ask "did you say …?": ``prompt`` has ``{choice}`` for the phrase; keys 1 and 2 answer too."""

    prompt: str
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A called number: the block or menu where its calls start; ``ring`` is seconds of ringing before."""

    number: str
    start: Name | None
    answer: AnswerPolicy
    ring: float
    language: str
    location: Location


UTC = ZoneInfo("UTC")
"""The zone of a dialplan that names none."""


@dataclass(frozen=True, slots=True)
class KnownGrammar:
    """What may be said to a question, as it was on a day."""

    question: Question
    today: date | None
    grammar: Grammar


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole dialplan. ``version`` is a short hash of its text; ``files`` are the recordings it names.

    ``languages`` has at least one; calls begin with the first. ``confirming`` is by language.
    """

    name: str
    version: str
    languages: tuple[str, ...]
    zone: tzinfo
    numbers: Mapping[str, Number]
    blocks: Mapping[str, Block]
    menus: Mapping[str, Menu]
    digits: Mapping[str, Digits]
    universals: Mapping[Universal, UniversalWay]
    confirming: Mapping[str, Confirming]
    variables: Mapping[str, Scalar]
    hours: Mapping[str, Hours]
    files: tuple[Name, ...]
    location: Location
    texts: tuple[Location, ...] = field(default=(), repr=False)
    """Where texts are that are not in every language."""
    sets: frozenset[str] = frozenset()
    """Variables that steps set beside those that are declared."""
    impatience: Impatience | None = None
    grammars: dict[tuple[str, str, bool], KnownGrammar] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """By question, language and whether it is confirmed: made when they are first asked for."""

    @property
    def language(self) -> str:
        """The language that calls begin with."""
        return self.languages[0]

    def question(self, name: str) -> Question | None:
        """Find a menu, or the digits asked for at an address."""
        return self.menus.get(name) or self.digits.get(name)

    def confirm_prompt(self, choice: Choice, language: str) -> Prompt:
        """What is asked to make sure of a choice: by its first phrase."""
        phrases = choice.phrases(language)
        said = phrases[0].text if phrases else choice.name
        return (Spoken(self.confirm_text(said, language), language),)

    def confirm_text(self, said: str, language: str) -> str:
        """Give the text that asks whether these words were said."""
        confirming = self.confirming.get(language)
        return (confirming.prompt if confirming else "{choice}?").replace("{choice}", said)

    def prompts(self) -> Iterator[Prompt]:
        """Give every prompt that calls may hear and that is the same in all, for voices to prepare."""
        for language in self.languages:
            yield from self.prompts_in(language)

    def prompts_in(self, language: str) -> Iterator[Prompt]:
        """Give those of one language."""
        wordings = [
            wording
            for block in self.blocks.values()
            for refers in block.refers
            for wording in refers.wordings
        ]
        for question in (*self.menus.values(), *self.digits.values()):
            wordings += question.wordings
        yield from (prompt for wording in wordings if (prompt := plain(wording, language)))
        yield from self._confirmations(language)

    def _confirmations(self, language: str) -> Iterator[Prompt]:
        for menu in self.menus.values():
            if menu.confirm < menu.accept:
                yield from (
                    self.confirm_prompt(one, language) for one in menu.choices if one.phrases(language)
                )
