"""A dialplan as frozen values, each with the place where it was written.

Every list of steps is a block with an address: ``welcome`` for a block of its own, ``main/cards`` for what a
choice of menu ``main`` does, ``main/otherwise`` for what happens when the caller cannot choose. So a call's
position is always a block's name and a step's index. Must not know of YAML or of how steps are run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from ivrcore.dialplan.commands import Prompt, Spoken
from ivrcore.location import Location
from ivrcore.model.names import Cause

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


@dataclass(frozen=True, slots=True)
class Name:
    """A reference to something by its name, and where it was written."""

    text: str
    location: Location


_FILLERS = str.maketrans("", "", " ()/")


def plain_number(text: str) -> str:
    """Write a number without spaces, brackets and slashes, as calls carry it."""
    return text.translate(_FILLERS)


# --- steps --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One thing that a dialplan does. ``location`` is the verb's."""

    verb: ClassVar[str] = ""
    last: ClassVar[bool] = False
    """Whether the steps after it can never run."""

    location: Location


@dataclass(frozen=True)
class Say(Step):
    """Speak a text. With ``barge_in`` a key that a menu ahead can use cuts it short."""

    verb = "say"
    prompt: Prompt
    barge_in: bool


@dataclass(frozen=True)
class Play(Step):
    """Play recorded files; otherwise as `Say`."""

    verb = "play"
    prompt: Prompt
    barge_in: bool


@dataclass(frozen=True)
class EnterMenu(Step):
    """Go to a menu."""

    verb = "menu"
    last = True
    menu: Name


@dataclass(frozen=True)
class Goto(Step):
    """Go on in another block or menu."""

    verb = "goto"
    last = True
    target: Name


@dataclass(frozen=True)
class Queue(Step):
    """Wait for an agent and talk; the next step runs when the caller comes back."""

    verb = "queue"
    queue: Name
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    skill_names: tuple[Name, ...] = ()


@dataclass(frozen=True)
class HangUp(Step):
    """End the call."""

    verb = "hang_up"
    last = True
    cause: HangUpCause = HangUpCause.NORMAL


@dataclass(frozen=True)
class Answer(Step):
    """Pick up, if the call is not answered yet."""

    verb = "answer"


# --- the parts of a plan ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """A list of steps; after the last one the call is ended normally."""

    name: str
    steps: tuple[Step, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Choice:
    """One way out of a menu: what may be said, which key sequences, and the block that it leads to."""

    name: str
    phrases: tuple[Name, ...]
    keys: tuple[Name, ...]
    go: str
    location: Location


@dataclass(frozen=True, slots=True)
class Menu:
    """A question to the caller.

    ``no_input`` and ``no_match`` are what is said after the 1st, 2nd, … failure of that kind; the failure
    after the last leads to block ``otherwise``. ``timeout`` is seconds of silence after the prompt.
    """

    name: str
    prompt: Prompt
    choices: tuple[Choice, ...]
    no_input: tuple[Prompt, ...]
    no_match: tuple[Prompt, ...]
    otherwise: str
    timeout: float
    barge_in: bool
    accept: float
    confirm: float
    location: Location

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
        return any(choice.phrases for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Tuning:
    """What every menu may set, and where it does not: its dialplan's `defaults`, or these.

    ``timeout`` in seconds; ``accept`` and ``confirm`` are confidences, 0 to 1.
    """

    timeout: float = 5.0
    barge_in: bool = True
    accept: float = 0.9
    confirm: float = 0.7


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
    location: Location


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole dialplan. ``version`` is a short hash of its text; ``files`` are the recordings it names."""

    name: str
    version: str
    language: str
    numbers: Mapping[str, Number]
    blocks: Mapping[str, Block]
    menus: Mapping[str, Menu]
    confirming: Confirming | None
    files: tuple[Name, ...]
    location: Location

    def confirm_prompt(self, choice: Choice) -> Prompt:
        """What is asked to make sure of a choice: by its first phrase."""
        said = choice.phrases[0].text if choice.phrases else choice.name
        text = self.confirming.prompt if self.confirming else "{choice}?"
        return (Spoken(text.replace("{choice}", said), self.language),)

    def prompts(self) -> Iterator[Prompt]:
        """Give every prompt that a call may hear, so that voices can prepare them."""
        for block in self.blocks.values():
            yield from (step.prompt for step in block.steps if isinstance(step, Say | Play))
        for menu in self.menus.values():
            yield from (menu.prompt, *menu.no_input, *menu.no_match)
            if menu.confirm < menu.accept:
                yield from (self.confirm_prompt(choice) for choice in menu.choices if choice.phrases)
