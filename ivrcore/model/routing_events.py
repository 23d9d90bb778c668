"""Events of visits to queues, offers, conversations, agents. See :mod:`ivrcore.model.events` for the ids."""

from __future__ import annotations

from typing import Any

import msgspec

from ivrcore.model.event import Event
from ivrcore.model.names import AgentState, By, CodeAnswer, Device, LeftQueue, OfferEnd, PhoneCode
from ivrcore.model.roster import AgentFacts, QueueFacts


class ContactQueued(Event, frozen=True, kw_only=True):
    """A visit begins. ``skills`` are the least levels asked for beside the queue's own.

    ``priority`` is the queue's and the caller's together; more is sooner. ``since`` is when the contact took
    its place (UTC seconds), if that was before the visit: a ``call_back`` keeps the place that it was given.
    """

    contact: str
    visit: str
    queue: str
    priority: int = 0
    skills: dict[str, int] = {}
    call_back: bool = False
    since: float | None = None
    place: float | None = None
    """From when it counts as waiting by the queue's contact order (UTC seconds): the sort key of its line."""
    preferred: tuple[str, ...] = ()
    """Agents whom the contact should rather have, best first."""
    expected: float | None = None
    """How long it was estimated to wait (seconds from now); None where too little was known."""
    at_most: float | None = None
    """Shorter than this in 19 of 20 cases (seconds); None where too little was known or somebody was free."""
    through: tuple[str, ...] = ()
    """The queues that it was moved through before, without a gap."""
    caller: str = ""
    """A random name that stands for the caller, where the queue wants to know callers again; the row that
    leads from the number to it is erased with the caller's subject."""


class JoinRefused(Event, frozen=True, kw_only=True):
    """A contact wanted a queue and was not let in: no visit begins, it goes on in its dialplan."""

    contact: str
    visit: str
    """What the visit would have been called."""
    queue: str
    why: LeftQueue
    waiting: int
    expected: float | None = None
    priority: int = 0
    """The caller's own, without the queue's."""
    skills: dict[str, int] = {}
    preferred: tuple[str, ...] = ()
    """As the dialplan asked, here and above: see :class:`ContactQueued`."""


class ContactPlaced(Event, frozen=True, kw_only=True):
    """A waiting contact got another place: its priority or the queue's order was changed, by somebody or
    not."""

    contact: str
    visit: str
    queue: str
    priority: int
    place: float
    by: str = ""


class VisitParked(Event, frozen=True, kw_only=True):
    """Who waits could not be given an agent just now: nobody is offered it until `VisitUnparked`.

    Its place and its wait are kept. Ends the offers that were held for it.
    """

    contact: str
    visit: str
    queue: str


class VisitUnparked(Event, frozen=True, kw_only=True):
    """A parked visit can be offered again."""

    contact: str
    visit: str
    queue: str


class NeedRelaxed(Event, frozen=True, kw_only=True):
    """From now on the visit needs this of an agent: rule of eligibility -> what is asked of it.

    ``step`` counts from 1. At ``until`` (UTC seconds), and if ``when_nobody`` also as soon as no agent who is
    logged in fits, the queue's relaxation is asked again: the one at ``stage`` (from 0) of those that the
    queue has, for which the wait counts from ``began`` (UTC seconds; None: since the visit began).
    """

    contact: str
    visit: str
    queue: str
    step: int
    need: dict[str, Any]
    until: float | None
    when_nobody: bool
    why: str
    stage: int = 0
    began: float | None = None
    by: str = ""
    """The supervisor who did it, if it was not the queue's relaxation."""
    held: bool = False
    """Whether until then (or the next such event) the visit is neither moved on nor sent on for its wait."""


class StrategyRemembered(Event, frozen=True, kw_only=True):
    """What a queue's strategy remembers from now on."""

    queue: str
    memory: dict[str, bool | int | float | str | None]


class MoreOffersPlanned(Event, frozen=True, kw_only=True):
    """The strategy is asked at ``due`` (UTC seconds) whom to ring beside those who ring; None: no more."""

    contact: str
    visit: str
    queue: str
    due: float | None


class Decided(msgspec.Struct, frozen=True, gc=False):
    """How an offer was decided. The whole list can be built again from the journal (`ivrcore explain`)."""

    order: str
    """The contact order, and how urgent by it the contact was against the first ones of other lines."""
    claim: float
    need: dict[str, Any]
    """What the visit asked of an agent, and how often that had been relaxed."""
    step: int
    free: int
    """Agents who fit and were free."""
    first: tuple[tuple[str, int, tuple[float | str, ...]], ...]
    """The first ten of these: agent, tier, sort key (empty where the strategy sorts by none)."""
    excluded: dict[str, int]
    """Reason -> how many agents of the queue it left out."""
    drawn: tuple[float, ...] = ()
    """Random numbers that the strategy drew."""


class OfferMade(Event, frozen=True, kw_only=True):
    """An agent is reserved for a visit until ``deadline`` (UTC seconds); ``why`` says how it was decided."""

    contact: str
    visit: str
    queue: str
    offer: str
    agent: str
    deadline: float
    strategy: str
    why: str
    decided: Decided | None = None


class DialHandedOut(Event, frozen=True, kw_only=True):
    """Intent: a dialplan of Asterisk's own is told to dial the agent of an offer; the leg is not ours."""

    contact: str
    visit: str
    queue: str
    offer: str
    agent: str


class OfferPickedUp(Event, frozen=True, kw_only=True):
    """The phone was picked up, perhaps by a voicemail: the agent takes the offer by a key, by ``deadline``.

    The caller waits on. Only for agents of whom the configuration wants it.
    """

    contact: str
    visit: str
    queue: str
    offer: str
    agent: str
    deadline: float


class OfferAccepted(Event, frozen=True, kw_only=True):
    """The agent answered, and the caller is still there. By ``deadline`` they must be in one bridge."""

    contact: str
    visit: str
    queue: str
    offer: str
    agent: str
    deadline: float | None = None


class OfferEnded(Event, frozen=True, kw_only=True):
    """The offer is over without a conversation; the visit waits on unless it ended too."""

    contact: str
    visit: str
    queue: str
    offer: str
    agent: str
    how: OfferEnd


class VisitAnswered(Event, frozen=True, kw_only=True):
    """Caller and agent are in one bridge. ``waited`` is seconds since ContactQueued; A and A_T count this."""

    contact: str
    visit: str
    queue: str
    offer: str
    agent: str
    bridge: str
    waited: float
    in_threshold: bool


class VisitAbandoned(Event, frozen=True, kw_only=True):
    """The caller hung up while waiting: B, and B_T / B_s by the flags.

    ``since`` (UTC seconds) is set where that was inferred, as after a death of the server: the caller was
    last known to be there then, and hung up between then and ``at``. ``waited`` and the flags count to
    ``since``: what nobody saw is in no figure.
    """

    contact: str
    visit: str
    queue: str
    waited: float
    in_threshold: bool
    short: bool
    since: float | None = None


class VisitLeft(Event, frozen=True, kw_only=True):
    """The visit ended otherwise: X. ``since``: see `VisitAbandoned`; ``waited`` counts to it."""

    contact: str
    visit: str
    queue: str
    waited: float
    why: LeftQueue
    by: str = ""
    """The supervisor who moved it or sent it back, if it was one."""
    key: str = ""
    """The key of the phone with which the caller left, if that is why."""
    since: float | None = None


class ContactHeld(Event, frozen=True, kw_only=True):
    """The agent put the caller on hold, from the agent's own phone."""

    contact: str
    visit: str
    queue: str
    agent: str


class ContactResumed(Event, frozen=True, kw_only=True):
    """The hold is over, or the conversation ended in it; ``held`` seconds long.

    ``since``: see `TalkEnded`; ``held`` counts to it.
    """

    contact: str
    visit: str
    queue: str
    agent: str
    held: float
    since: float | None = None


class ContactSentOn(Event, frozen=True, kw_only=True):
    """The agent sent the caller to somebody else, from the agent's own phone: their conversation is over.

    Caller and that somebody talk on without an agent, until one of them hangs up.
    """

    contact: str
    visit: str
    queue: str
    agent: str
    channel: str = ""
    """The channel of that somebody, which is the agent's leg from now on; "" in journals of before 0.1."""


class TalkEnded(Event, frozen=True, kw_only=True):
    """A conversation is over; ``talked`` seconds long, holds included.

    ``since`` (UTC seconds) is set where that was inferred: the two were last known to talk then, and parted
    between then and ``at``; ``talked`` counts to ``since``. The agent was held for it until ``at``.
    """

    contact: str
    visit: str
    queue: str
    agent: str
    talked: float
    by: By
    since: float | None = None


# --- agents and the roster -------------------------------------------------------------------


class RosterLoaded(Event, frozen=True, kw_only=True):
    """The configuration's queues and agents took effect; later decisions know only these."""

    queues: tuple[QueueFacts, ...]
    agents: tuple[AgentFacts, ...]


class AgentStateChanged(Event, frozen=True, kw_only=True):
    """The agent is now in ``state``; ``until`` is when it ends by itself (UTC seconds), if it does.

    A ready agent with ``until`` rests after a missed offer: nothing is offered before then.
    ``pause_next`` tells that the agent is to be paused (or logged out, if ``logout_next``) as soon as the
    present contact is over.
    """

    agent: str
    state: AgentState
    reason: str = ""
    until: float | None = None
    pause_next: bool = False
    logout_next: bool = False
    by: str = ""
    """Who asked for it over the API, if somebody did: the name of a token."""


class AgentDeviceChanged(Event, frozen=True, kw_only=True):
    """Asterisk said what the agent's phone is doing; one in a call that is not ours is offered nothing."""

    agent: str
    device: Device


class FeatureCodeUsed(Event, frozen=True, kw_only=True):
    """A phone dialled a code: ``answer`` is what came of it, and what was said. The agent is the author."""

    agent: str
    """Whose phone it is; "" for nobody's."""
    endpoint: str
    """By which the channel came: Asterisk's word, not the caller's."""
    channel: str
    code: PhoneCode | None
    """None where it was none."""
    digits: str
    """Behind the code: the number of a reason, or minutes."""
    answer: CodeAnswer
