"""Events of visits to queues, offers, conversations, agents. See :mod:`ivrcore.model.events` for the ids."""

from __future__ import annotations

from ivrcore.model.event import Event
from ivrcore.model.names import AgentState, By, LeftQueue, OfferEnd
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
    """The caller hung up while waiting: B, and B_T / B_s by the flags."""

    contact: str
    visit: str
    queue: str
    waited: float
    in_threshold: bool
    short: bool


class VisitLeft(Event, frozen=True, kw_only=True):
    """The visit ended otherwise: X."""

    contact: str
    visit: str
    queue: str
    waited: float
    why: LeftQueue


class TalkEnded(Event, frozen=True, kw_only=True):
    """A conversation is over; ``talked`` seconds long."""

    contact: str
    visit: str
    queue: str
    agent: str
    talked: float
    by: By


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
