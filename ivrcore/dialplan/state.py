"""Where a call is in its dialplan. A fold over its events (:mod:`ivrcore.dialplan.fold`), and nothing else.

Secrets are never journalled. `State.private` holds them: keys that no menu has used yet, digits read back,
the values of secret variables. It is no part of the fold or of equality, and after a crash it is empty: the
caller presses again, and what is asked of a lost variable is as of one that was never set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from ivrcore.dialplan.notices import EMERGENCY
from ivrcore.model import events as ev
from ivrcore.model.names import Outcome, Scalar, Service

MAX_SPEECH = 95.0
"""Seconds from begin of speech until the recogniser must have said what it heard, or that it could not.

It sees to that itself, much earlier: this is beyond the longest utterance and the longest wait for an engine
that a site may have (60 s and 30 s).
"""
MAX_ANSWERING = 30.0
"""Seconds in which an answer that was asked for must be there; then the call is ended."""
INTER_KEY = 2.0
"""Seconds between the keys of one sequence, in a menu."""
MOST_MENUS_BACK = 20
"""How many menus `back` can go back."""
MOST_DONE = 20
"""Steps `do` whose blocks a call comes back from; of more, the oldest are forgotten."""
DO, QUEUE = "do", "queue"
"""The verbs that the fold knows: what comes back, and what waits in a queue."""
DIALPLAN_COMMAND = "dialplan"
"""What `CommandFailed.command` says where it is the dialplan that could not go on."""


class Phase(StrEnum):
    """What a call waits for."""

    NEW = "new"
    RINGING = "ringing"
    ANSWERING = "answering"
    STEP = "step"
    """Between two steps; never seen from outside."""
    PROMPT = "prompt"
    MENU = "menu"
    """A question is asked: a menu's, or for digits."""
    QUEUE = "queue"
    SERVICE = "service"
    PAUSE = "pause"
    ENDING = "ending"
    ENDED = "ended"


class Turn(Struct, frozen=True, gc=False):
    """A menu's asking once. Times are UTC seconds.

    ``quiet_since`` is when the no-input timer began (None: it does not run), ``speaking_since`` when the
    caller began to speak, ``keyed_at`` when the last key was pressed. ``ahead``: nothing was played, since
    keys for it had been typed before.
    """

    number: int
    menu: str
    confirming: str
    timeout: float
    barge_in: bool
    speech: bool
    listening: bool
    quiet_since: float | None
    between: float = INTER_KEY
    speaking_since: float | None = None
    keyed_at: float | None = None
    ahead: bool = False


class Spare(Struct, frozen=True, gc=False):
    """Keys that mean nothing any more, since the digits before them were whole without them.

    Until ``until`` that is a ``terminator``; until ``surplus``, `INTER_KEY` after the last of them, all keys
    up to it, where none may be meant ahead. Both are UTC seconds. ``bad``: the digits were no good, so that
    no key is meant for what comes after them.
    """

    terminator: str = ""
    until: float = 0.0
    surplus: float = 0.0
    bad: bool = False

    def drops(self, digit: str, now: float, *, ahead: bool) -> bool:
        """Whether a key pressed now means nothing; ``ahead``: what is asked takes keys typed ahead."""
        if digit == self.terminator:
            return now <= self.until
        return now <= self.surplus and (self.bad or not ahead)

    def after(self, digit: str, now: float, *, ahead: bool) -> Spare:
        """Give what is spare once a key was pressed."""
        if digit == self.terminator or not self.drops(digit, now, ahead=ahead):
            return NOTHING_SPARE
        return replace(self, until=max(self.until, now + INTER_KEY), surplus=now + INTER_KEY)


NOTHING_SPARE = Spare()


class Private(Struct, frozen=True):
    """What must never be in an event, a log or a repr. ``caller`` is the caller's number.

    ``typed`` are keys that no question has used yet, ``typed_at`` when the last came (UTC seconds).
    ``spare`` are keys that may still come for digits that were whole without them.
    """

    typed: str = ""
    entered: str = ""
    caller: str = ""
    secrets: Mapping[str, Scalar] = field(default_factory=dict)
    spare: Spare = NOTHING_SPARE
    typed_at: float = 0.0

    def __repr__(self) -> str:
        """Tell nothing."""
        return "Private(…)"


@dataclass(frozen=True, slots=True)
class Asked:
    """A service that is asked. Times are UTC seconds."""

    request: str
    service: Service
    name: str
    since: float
    until: float


class State(Struct, frozen=True):
    """A call in its dialplan. A Struct, since events change it fifty times a call and more: `replace` takes
    0.4 µs, 20 µs of a frozen dataclass with so many fields.

    ``prompt`` is the number of the prompt that is heard now (0: none), ``prompts`` and ``turns`` how many
    there were. ``block`` and ``index`` are the present step; index -1: the block has not begun. ``uncut``
    is the number of a prompt that must be heard out, ``stack`` has the steps that `do` left for another
    block, ``trail`` the menus that `back` goes back through, ``depths`` how long the stack was at each.
    """

    contact: str
    leg: str
    phase: Phase = Phase.NEW
    answered: bool = False
    ring_until: float | None = None
    answer_until: float | None = None
    block: str = ""
    index: int = -1
    prompt: int = 0
    prompts: int = 0
    turn: Turn | None = None
    turns: int = 0
    menu: str = ""
    no_inputs: int = 0
    no_matches: int = 0
    speech_gone: bool = False
    chosen: bool = False
    served: bool = False
    gave_up: bool = False
    queued: bool = False
    refused: bool = False
    failed: bool = False
    hung_up: bool = False
    number: str = ""
    start: str = ""
    language: str = ""
    variables: Mapping[str, Scalar] = field(default_factory=dict)
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    tier: str = ""
    disposition: str = ""
    others: tuple[str, ...] = ()
    uncut: int = 0
    stack: tuple[tuple[str, int], ...] = ()
    trail: tuple[str, ...] = ()
    depths: Mapping[str, int] = field(default_factory=dict)
    asked: Asked | None = None
    requests: int = 0
    pause_until: float | None = None
    announced: Mapping[str, int] = field(default_factory=dict)
    emergency: ev.EmergencyMet | None = None
    misheard: int = 0
    """How often what was said was not understood, since the call began or the caller was last hurried."""
    unsaid: int = 0
    """The same, since the present question was come to."""
    raised: int = 0
    """What a lost patience adds to ``priority``."""
    sent_on: bool = False
    """It was transferred, and somebody answered."""
    private: Private = Private()

    def __eq__(self, other: object) -> bool:
        """Compare all that is a fold of the events."""
        return isinstance(other, State) and all(getattr(self, one) == getattr(other, one) for one in FOLDED)

    __hash__ = None  # type: ignore[assignment]  # it holds mappings

    def before(self, question: str) -> str:
        """Give the menu that `back` leads to from a question; empty if there is none."""
        trail = self.trail[:-1] if self.trail and self.trail[-1] == question else self.trail
        return trail[-1] if trail else ""


FOLDED = tuple(name for name in State.__struct_fields__ if name != "private")
"""The fields that follow from the events."""


def playback_id(contact: str, prompt_id: int) -> str:
    """Give the id of the playback that plays a contact's prompt."""
    return f"{contact}.p{prompt_id}"


def next_deadline(state: State) -> float | None:
    """When a `Tick` is due (UTC seconds); None while something else is waited for."""
    if state.phase is Phase.RINGING:
        return state.ring_until
    if state.phase is Phase.ANSWERING:
        return state.answer_until
    if state.phase is Phase.SERVICE:
        return state.asked.until if state.asked else None
    if state.phase is Phase.PAUSE:
        return state.pause_until
    turn = state.turn
    if state.phase is not Phase.MENU or turn is None:
        return None
    if turn.speaking_since is not None:
        return turn.speaking_since + MAX_SPEECH
    if state.prompt:
        return None
    if turn.keyed_at is not None:
        return turn.keyed_at + turn.between
    return None if turn.quiet_since is None else turn.quiet_since + turn.timeout


def outcome(state: State) -> Outcome:
    """How the contact ended (or would, if the caller hung up now).

    Queued if it ever was in a queue; self-served if it was not transferred, and information that a choice
    asked for was heard to its end, or the dialplan said something and ended the call itself, neither for want
    of a choice nor for an emergency; left in a menu otherwise.
    """
    if state.queued:
        return Outcome.QUEUED
    if state.refused:
        return Outcome.REFUSED
    if state.failed:
        return Outcome.FAILED
    ended = state.hung_up and state.prompts > 0 and not state.gave_up and state.block != EMERGENCY
    on_the_way = state.asked is not None and state.asked.service is Service.TRANSFER
    if (state.served or ended) and not (state.sent_on or on_the_way):
        return Outcome.SELF_SERVED
    return Outcome.LEFT_IN_MENU
