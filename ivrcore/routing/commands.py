"""What goes into the router and what comes out of it."""

from __future__ import annotations

import msgspec

from ivrcore.model.names import By, Device, LeftQueue, OfferEnd
from ivrcore.model.roster import AgentFacts, QueueFacts

WHO_WAITS = "`ivrcore contact list`, or GET /api/v1/contacts, names those in progress and where each is"
"""What helps who names a contact that does not wait."""
ANSWERED = "who talks with an agent is that agent's: only the agent's phone can pass the call on"
"""What helps who names a contact that an agent has answered for."""

PARKED = "its call is with Asterisk's own dialplan, which has not asked again: it can be taken once it does"
"""What helps who names a contact that is parked."""

# --- inputs -------------------------------------------------------------------------------------


class LoadRoster(msgspec.Struct, frozen=True, gc=False):
    """Configuration took effect. Agents no longer named finish their contact, then are gone."""

    queues: tuple[QueueFacts, ...]
    agents: tuple[AgentFacts, ...]


class Enqueue(msgspec.Struct, frozen=True, gc=False):
    """A contact wants a queue. ``visit`` is a new id.

    A ``call_back`` waits without a caller on the line, so it is not sent on when the queue's longest wait is
    over, and joining it takes longer. Its order of service counts from ``since`` (UTC seconds), if given.
    """

    contact: str
    visit: str
    queue: str
    priority: int = 0
    skills: dict[str, int] = {}
    call_back: bool = False
    since: float | None = None
    preferred: tuple[str, ...] = ()
    """Agents whom the contact should rather have, best first."""
    promised: bool = False
    """It has the place of a call-back: neither how many wait nor for how long keeps it out."""
    caller: str = ""
    """What tells callers apart, if they have a number: a random name that is theirs."""


class CallerLeft(msgspec.Struct, frozen=True, gc=False):
    """The caller hung up, whatever state the visit is in (waiting, offered, talking).

    ``since`` (UTC seconds), here and below: nobody looked from then on, and who left did so between then and
    now; the wait or the conversation counts to then. None: it happened just now.
    """

    contact: str
    since: float | None = None


class LeaveQueue(msgspec.Struct, frozen=True, gc=False):
    """Take a waiting visit out of its queue for a reason other than hang-up; a call-back also when an agent
    has taken it, who waits for the customer. ``key`` is the one that the caller pressed, if that is why."""

    contact: str
    why: LeftQueue
    key: str = ""
    since: float | None = None
    """See `CallerLeft`: Asterisk itself ended, and so the wait, when nobody looked."""


class Park(msgspec.Struct, frozen=True, gc=False):
    """Who has the contact's call could not bring it to an agent just now: it keeps its place and its wait,
    and is offered to nobody until `Unpark`. Whoever was held for it is free again.

    With ``lost`` nobody sees to its offers any more, not even to one that an agent has answered: they failed,
    and their agents, who missed nothing, rest as after a miss, since their phones may ring on.
    """

    contact: str
    lost: bool = False


class Unpark(msgspec.Struct, frozen=True, gc=False):
    """It can be brought to an agent; does nothing for one that is not parked."""

    contact: str


class MoveContact(msgspec.Struct, frozen=True, gc=False):
    """A supervisor (``by``) has a waiting contact wait in another queue, with the time it has waited."""

    contact: str
    queue: str
    by: str


class Prioritise(msgspec.Struct, frozen=True, gc=False):
    """A supervisor gives a waiting contact another priority, in place of the queue's and its own together."""

    contact: str
    priority: int
    by: str


class WithdrawContact(msgspec.Struct, frozen=True, gc=False):
    """A supervisor sends a waiting contact back to its dialplan."""

    contact: str
    by: str
    why: LeftQueue = LeftQueue.WITHDRAWN


class HandOver(msgspec.Struct, frozen=True, gc=False):
    """A supervisor has one agent get a waiting contact, if that is possible within so many seconds."""

    contact: str
    agent: str
    seconds: float
    by: str


Steering = MoveContact | Prioritise | WithdrawContact | HandOver
"""What supervisors want of a waiting contact."""


class AgentPickedUp(msgspec.Struct, frozen=True, gc=False):
    """The phone was picked up for this offer, and the agent is asked to press a key."""

    offer: str


class AgentAnswered(msgspec.Struct, frozen=True, gc=False):
    """The agent takes this offer: the phone was picked up and, where that is wanted, the key pressed."""

    offer: str


class OfferFailed(msgspec.Struct, frozen=True, gc=False):
    """The agent's leg ended or could not be made before the conversation."""

    offer: str
    how: OfferEnd
    since: float | None = None
    """See `CallerLeft`; counts where the two were in conversation after all."""


class CustomerMissed(msgspec.Struct, frozen=True, gc=False):
    """The customer of a call-back cannot be reached, whether an agent waits for it, is rung, or neither.

    With ``agent_left`` the agent who had taken it hung up, which ended the ringing of the customer's phone.
    """

    contact: str
    agent_left: bool = False
    since: float | None = None
    """See `CallerLeft`."""


class Bridged(msgspec.Struct, frozen=True, gc=False):
    """Caller and agent hear each other."""

    offer: str
    bridge: str


class TalkOver(msgspec.Struct, frozen=True, gc=False):
    """The conversation of this offer ended; ``since``: see `CallerLeft`."""

    offer: str
    by: By
    since: float | None = None


class AgentReady(msgspec.Struct, frozen=True, gc=False):
    """The agent (logged out, paused or in wrap-up) takes contacts; cancels a pending pause."""

    agent: str
    by: str = ""
    """Who asks for it, here and below; "" for the agent's own doing."""


class AgentPause(msgspec.Struct, frozen=True, gc=False):
    """The agent takes no contacts; while in one, as soon as it is over."""

    agent: str
    reason: str = ""
    by: str = ""


class TakeContact(msgspec.Struct, frozen=True, gc=False):
    """A free agent takes a contact: a chosen one, or ("") the one who waits first of all that fit."""

    agent: str
    contact: str = ""
    by: str = ""


class AgentDevice(msgspec.Struct, frozen=True, gc=False):
    """Asterisk says what the agent's phone is doing."""

    agent: str
    device: Device


class ExtendWrapUp(msgspec.Struct, frozen=True, gc=False):
    """The agent in wrap-up needs so many seconds from now; None: until ready is said."""

    agent: str
    seconds: float | None
    by: str = ""


class AgentLogout(msgspec.Struct, frozen=True, gc=False):
    """The agent goes; while in a contact, as soon as it is over."""

    agent: str
    by: str = ""


class Tick(msgspec.Struct, frozen=True, gc=False):
    """Time passed: `next_deadline` may have come."""


Input = (
    LoadRoster
    | Enqueue
    | CallerLeft
    | LeaveQueue
    | Park
    | Unpark
    | MoveContact
    | Prioritise
    | WithdrawContact
    | HandOver
    | AgentPickedUp
    | AgentAnswered
    | OfferFailed
    | CustomerMissed
    | Bridged
    | TalkOver
    | AgentReady
    | AgentPause
    | AgentLogout
    | TakeContact
    | AgentDevice
    | ExtendWrapUp
    | Tick
)


# --- commands -----------------------------------------------------------------------------------


class RingAgent(msgspec.Struct, frozen=True, gc=False):
    """Make the agent's leg for this offer; answer with AgentAnswered or OfferFailed.

    With ``confirm`` say AgentPickedUp first, and AgentAnswered once a key was pressed. ``known`` if the
    contact should rather have this agent than others. ``home`` is the phone (see
    :func:`ivrcore.model.pbx.at`) where that is at another PBX than the contact.
    """

    offer: str
    contact: str
    visit: str
    queue: str
    agent: str
    endpoint: str
    ring_time: float
    confirm: bool = False
    known: bool = False
    home: str = ""


class ConnectAgent(msgspec.Struct, frozen=True, gc=False):
    """The offer is accepted: join the two legs; answer with Bridged, or OfferFailed, or CallerLeft."""

    offer: str
    contact: str
    agent: str


class WithdrawOffer(msgspec.Struct, frozen=True, gc=False):
    """End the agent's leg of an offer that is over; a late answer must be hung up too."""

    offer: str
    how: OfferEnd


class ReturnContact(msgspec.Struct, frozen=True, gc=False):
    """The visit ended without a conversation: the contact goes on in its dialplan."""

    contact: str
    visit: str
    why: LeftQueue


Command = RingAgent | ConnectAgent | WithdrawOffer | ReturnContact
