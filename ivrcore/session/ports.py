"""What sessions need from the rest of the server, as narrow as they use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from twisted.internet.defer import Deferred

from ivrcore.config import AgentRules, FeatureCodes, QueueVoice
from ivrcore.dialplan.commands import DoAsk, Prompt
from ivrcore.dialplan.model import Plan
from ivrcore.dialplan.world import CALM, World
from ivrcore.journal.record import Journal
from ivrcore.kept.model import FailedTurn
from ivrcore.model.event import Event
from ivrcore.model.names import CodeAnswer, LeftQueue, Scalar, Service, Told
from ivrcore.routing.commands import Input
from ivrcore.session.begun import Begun
from ivrcore.session.clock import Clock
from ivrcore.session.listening import SpeechEvent
from ivrcore.speech.endpointing import USUAL, TurnTaking
from ivrcore.speech.recogniser import Grammar
from ivrcore.telephony.leg import Arrival, AudioSink, Ended, Leg, LegEvent, Switch


class Listening(AudioSink, Protocol):
    """One turn's ear."""

    def prompt_over(self) -> None:
        """There is no prompt to be stopped any more."""

    def stop(self) -> None:
        """Hear no more; nothing is reported after this returns."""


class Speech(Protocol):
    """Where ears come from."""

    def listen(
        self,
        turn: int,
        grammar: Grammar,
        accept: float,
        confirm: float,
        on_event: Callable[[SpeechEvent], None],
        taking: TurnTaking = USUAL,
        *,
        prompted: bool = False,
    ) -> Listening:
        """Listen for one utterance of the grammar; ``prompted`` while a prompt is heard."""


class Keeper(Protocol):
    """Where the sound of failed turns goes, of callers who agreed to that. Never blocks, never raises."""

    def agreed(self, variables: Mapping[str, Scalar]) -> bool:
        """Whether a caller whose call has these variables agreed."""

    def keep(self, failed: FailedTurn) -> None:
        """Keep it, or say why not, in its own time."""


class Prompts(Protocol):
    """Where prompts become media that Asterisk can play."""

    @property
    def preparing(self) -> bool:
        """Whether what dialplans say is still being spoken, as after a start: what is missing comes soon."""

    def media(self, prompt: Prompt, language: str = "") -> tuple[str, ...]:
        """Give the media URIs of a prompt; empty where nothing can be played."""

    def personal(self, prompt: Prompt, language: str, place: str) -> Deferred[tuple[str, ...]]:
        """Have a prompt with values of one call spoken into a place of that call's own; never fails."""

    def erase(self, place: str) -> None:
        """Delete what was spoken for a call, for good, also what is still being made."""


class Subjects(Protocol):
    """Where personal values go; the rest of the server keeps the id."""

    def put(self, values: Mapping[str, str]) -> str:
        """Store the values, give the subject's id."""

    def keep(self, subject: str, values: Mapping[str, str]) -> None:
        """Store the values under that id, which must tell nothing of them."""

    def get(self, subject: str) -> Mapping[str, str] | None:
        """Give the values, None if they were erased; raise :class:`ivrcore.errors.JournalError`."""

    def erase(self, subject: str) -> bool:
        """Forget the values for good; False if there were none."""


class Pins(Protocol):
    """Agents' PINs; the answers come on the reactor's thread, and never fail."""

    def asked_of(self, agent: str) -> Deferred[CodeAnswer]:
        """Tell what an agent is told first: to enter the PIN, or why that is of no use."""

    def judge(self, agent: str, pin: str) -> Deferred[CodeAnswer]:
        """Tell what came of a PIN: logged in, wrong, or that no try is left for now."""


class Caller(Protocol):
    """Who is brought to an agent: personal, never for a log or an event. An `Arrival` is one."""

    @property
    def number(self) -> str:
        """The number that was called."""

    @property
    def caller_number(self) -> str:
        """Theirs."""

    @property
    def caller_name(self) -> str:
        """What they are called, if known."""


class LegOwner(Protocol):
    """Who is in charge of a caller's leg for a while: a delivery, a transfer, a recording."""

    def from_caller(self, event: LegEvent) -> None:
        """Take an event of the leg (all but the ends of prompts); gives it back after `Ended`."""


class Turns(Protocol):
    """What happens in its turn, and what is written down of it."""

    def record(
        self,
        happened: Sequence[Event],
        then: Callable[[], object] | None = None,
        on_fault: Callable[[], object] | None = None,
    ) -> None:
        """Append events; run ``then`` once they are durable."""

    def enter(self, call: Callable[[], object], on_fault: Callable[[], object] | None = None) -> None:
        """Run a call in its turn, after what happens now."""


class Hall(Turns, Protocol):
    """What whoever stands in a caller's place needs of the exchange."""

    def route(self, given: Input) -> None:
        """Give routing an input."""

    def turn_near(self, contact: str, by: float, rung: Iterable[str]) -> bool:
        """Tell whether a waiting contact's turn is predicted by a time (UTC seconds).

        ``rung`` are the contacts whose customers are rung, or wait on the line: one agent is for one of them.
        """

    def session_over(self, contact: str) -> None:
        """Forget a contact that is closed."""


class Party(Protocol):
    """Whom a delivery brings to an agent: a caller's session, or a customer who is called back."""

    contact: str
    owner: LegOwner | None

    @property
    def arrival(self) -> Caller:
        """Who it is."""

    @property
    def leg(self) -> Leg:
        """The leg to be joined; only after `reach` said that it is there."""

    @property
    def partner(self) -> Leg | None:
        """The leg to be joined, if it is there already: what is dialled for it is told of it."""

    @property
    def ended(self) -> bool:
        """Whether nobody is to be brought to an agent any more."""

    def reach(self, offer: str, ready: Callable[[], None]) -> None:
        """The agent of this offer waits: call ``ready`` once the party is on the line, at once or later."""

    def let_go(self) -> None:
        """The agent who waited is gone."""

    def hand_over(self, owner: LegOwner) -> None:
        """Give the leg to a delivery."""

    def take_back(self, *, talked: bool, ended: Ended | None = None) -> None:
        """Own the leg again."""

    def leg_answered(self) -> None:
        """The leg is up, told by whoever owns it."""

    def fold(self, event: Event) -> None:
        """Let it know what routing decided."""

    def returned(self, why: LeftQueue) -> None:
        """The visit ended without a conversation."""

    def news(self) -> None:
        """There may be a new announcement."""

    def broken(self) -> None:
        """A step of it failed by a fault of ours."""

    def halt(self) -> None:
        """Stop timers: the server stops."""


class Successor(Party, Protocol):
    """Who stands in a caller's place when the caller hung up."""

    @property
    def busy(self) -> bool:
        """Whether somebody would be cut short by its end: nobody while it only waits."""

    def begin(self, hall: Hall, visits: int) -> None:
        """Take it; ``visits`` is how many visits the contact had, before a restart too."""


class Call(Turns, Protocol):
    """What an answerer may know of a call, and do with it. The session is one.

    Everything is for the reactor's thread; what calls back from outside goes through `enter`.
    """

    @property
    def contact(self) -> str:
        """The contact's id."""

    @property
    def arrival(self) -> Arrival:
        """Who calls, and which number was called: personal, never for a log or an event."""

    @property
    def subject(self) -> str:
        """The id of the caller's personal values."""

    @property
    def leg(self) -> Leg:
        """The caller's leg: use it between `hand_over` and `take_back` only."""

    @property
    def language(self) -> str:
        """What the caller is spoken to in."""

    @property
    def ended(self) -> bool:
        """Whether the caller is gone."""

    def hand_over(self, owner: LegOwner) -> None:
        """Take charge of the leg; one that is not answered yet is answered. Journal `LegHandedOver`."""

    def take_back(self, *, talked: bool, ended: Ended | None = None) -> None:
        """Give the leg back; with ``ended`` it is gone. ``talked`` is for deliveries."""

    def leg_answered(self) -> None:
        """Keep in mind that the leg is up: told by whoever owns it."""

    def queued_since(self, queue: str) -> float | None:
        """Give from when its place in a queue counts that it waited in and talked to nobody; else None."""

    def stay_open(self, successor: Successor | None) -> None:
        """Do not close the contact when the caller hangs up: this one takes it over (None: nobody)."""


class Done(Protocol):
    """Tells how a request was answered; only the first answer counts, and may come at any time."""

    def __call__(self, how: Told, values: Mapping[str, Scalar] | None = None, code: str = "") -> None:
        """Answer; ``values`` may be secret, ``code`` is an error's stable code."""


class Answerer(Protocol):
    """Who answers one kind of request; see :class:`ivrcore.dialplan.commands.DoAsk`.

    What it raises is logged and answered as `Told.FAILED`.
    """

    def ask(self, asked: DoAsk, call: Call, done: Done) -> None:
        """Begin; ``done`` is called at once or later, once."""

    def stop(self, request: str) -> None:
        """Nobody waits any more (the caller left or the time is up): undo what was begun.

        Also called for a request that is over or unknown: then there is nothing to do.
        """


@runtime_checkable
class TakesUp(Answerer, Protocol):
    """An answerer whose work goes on in Asterisk while no server is there."""

    def take_up(
        self, begun: Begun, line: Leg | None, call: Call, done: Done, again: Callable[[], object]
    ) -> None:
        """Go on with what an earlier life of the server began, before the link is up.

        It is in charge of the caller's leg at once (`Call.hand_over`) and hears :class:`Found` of it.
        ``line`` is the outside leg. ``again`` is called instead of ``done`` where it turns out that nothing
        was begun.
        """


def _unknown(_number: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """A place that a customer has in a queue before coming: that of a call-back."""

    since: float
    """From when it counts (UTC seconds)."""
    taken: Callable[[Call], object]
    """To be called once the customer is there: the call-back goes on with this call's contact, if they hang
    up before an agent is there."""


def _nobody(_contact: str, _number: str, _queue: str) -> KeptPlace | None:
    return None


@dataclass(frozen=True, slots=True)
class Ports:
    """All of the above, as the composition root puts it together."""

    clock: Clock
    journal: Journal
    switch: Switch
    speech: Speech
    prompts: Prompts
    subjects: Subjects
    plan_for: Callable[[str], Plan | None]
    voices: Mapping[str, QueueVoice]
    world: World = CALM
    agent_rules: AgentRules = field(default_factory=AgentRules)
    """What agents may do, and by which key they say that it is they who picked up."""
    codes: FeatureCodes = field(default_factory=FeatureCodes)
    """What they may dial on their own phones."""
    pins: Pins | None = None
    """Who judges the PINs that logging in by a code asks for, if it does."""
    known_as: Callable[[str], str] = _unknown
    """Gives what stands in events for who has a number, the same at each call; "" for a withheld one."""
    called_in: Callable[[str, str, str], KeptPlace | None] = _nobody
    """Told the contact, number and queue of who wants to join one; gives the place of the call-back that
    waits there for the same customer, if one does."""
    talks: Callable[[str, str, str], object] = _nobody
    """Told the same of who is through to an agent: nobody calls them back for this queue any more."""
    keeper: Keeper | None = None
    """Keeps what was said in failed turns; None: nothing is kept of anybody."""
    services: Mapping[Service, Answerer] = field(default_factory=dict)
    """Who answers what a dialplan asks of the outside; a kind that is not here fails."""
