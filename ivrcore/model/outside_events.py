"""Events of what goes beyond the caller's own call: outside numbers, call-backs, messages.

See :mod:`ivrcore.model.events` for the ids. No number is in them: of one that was dialled or refused, only
the prefix of the site's own rules that matched.
"""

from __future__ import annotations

from ivrcore.model.event import Event
from ivrcore.model.names import CallBackEnd, OutboundRefusal, Service, Told, TriesLimit


class OutboundAllowed(Event, frozen=True, kw_only=True):
    """The toll-fraud guard let an outside number be dialled; it counts until `OutboundEnded`.

    ``caller`` is a mark that many callers' numbers share, to limit how often one of them is served; that of
    an ``anonymous`` caller is of the contact. ``called`` is a mark of the number that is called. What was
    ``unlimited`` (a forwarding in an emergency) counts for nobody's limits.
    """

    contact: str
    outbound: str
    service: Service
    prefix: str
    caller: str = ""
    called: str = ""
    anonymous: bool = False
    unlimited: bool = False


class OutboundRefused(Event, frozen=True, kw_only=True):
    """The guard said no."""

    contact: str
    outbound: str
    service: Service
    why: OutboundRefusal
    prefix: str = ""


class OutboundEnded(Event, frozen=True, kw_only=True):
    """An outside number is on the line no more, or never was; ``talked`` in seconds, to the last moment at
    which they were known to talk: the ``since`` of its `LegEnded`, if that has one."""

    contact: str
    outbound: str
    how: Told
    talked: float = 0.0
    inferred: bool = False


class PinNotJudged(Event, frozen=True, kw_only=True):
    """A PIN came after too many wrong ones, and was not looked at. Neither PIN nor customer is in here."""

    contact: str
    request: str
    name: str
    """The lookup that would have judged it."""
    limit: TriesLimit


class CallBackAsked(Event, frozen=True, kw_only=True):
    """The customer may hang up and keeps the place in the queue. ``subject`` has the number.

    ``contact_subject`` is that of `ContactArrived`: who erases one of them means the person, so both.
    """

    contact: str
    queue: str
    subject: str
    contact_subject: str = ""
    number: str = ""
    """The number that was called."""
    priority: int = 0
    skills: dict[str, int] = {}
    since: float | None = None
    """From when its place in the queue counts (UTC seconds), if the caller waited there before."""
    missed: int = 0
    """Tries in vain that count already: of the call-back that this one goes on with."""
    in_person: bool = False
    """Who is to be called back called in, and waits in its place: it holds until they talk with somebody."""
    goes_on_with: str = ""
    """The contact whose call-back this one is from now on: it ended in the same record."""
    asked: float | None = None
    """When it was asked for first (UTC seconds), if that was before: from then on it grows too old."""
    dials: int = 0
    """How often the customer's phone was dialled for it already."""
    again: float | None = None
    """When the next try was planned (UTC seconds), if one was: nobody is rung earlier."""
    through: tuple[str, ...] = ()
    """The queues that it was moved through already."""


class CallBackDialled(Event, frozen=True, kw_only=True):
    """The customer's phone is rung, for the n-th time: an agent took the offer, or is about to be free.

    The guard has allowed it. Each is a try, whoever ended the ringing.
    """

    contact: str
    attempt: int


class CallBackReached(Event, frozen=True, kw_only=True):
    """The customer answered."""

    contact: str
    attempt: int


class CallBackMissed(Event, frozen=True, kw_only=True):
    """The customer could not be reached; tried again at ``again`` (UTC seconds), if ever."""

    contact: str
    attempt: int
    how: Told
    again: float | None = None


class CallBackPostponed(Event, frozen=True, kw_only=True):
    """A limit of the toll-fraud guard let nobody be rung, which is no try; looked at ``again`` (UTC)."""

    contact: str
    why: OutboundRefusal
    again: float


class CallBackEnded(Event, frozen=True, kw_only=True):
    """The call-back is over: the customer was spoken to, or it was given up."""

    contact: str
    how: CallBackEnd
    attempts: int = 0


class MessageRecorded(Event, frozen=True, kw_only=True):
    """A caller left a message, ``seconds`` long; it lies encrypted in the site's folder."""

    contact: str
    message: str
    mailbox: str
    seconds: float


class MessageFetched(Event, frozen=True, kw_only=True):
    """Somebody listened to a message, or saved it."""

    message: str
    mailbox: str
    by: str = ""


class MessageDeleted(Event, frozen=True, kw_only=True):
    """Somebody had a message deleted, for good."""

    message: str
    mailbox: str
    by: str = ""
