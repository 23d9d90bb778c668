"""What the web layer knows of the server: the `Hotline` it asks, and the values it shows.

No value here holds a caller's number, name or words. Times are UTC seconds, durations seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from ivrcore.model.names import Device
from ivrcore.versions.views import BrokenFile, DialplanView

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from ivrcore.announcements.live import LiveBoard
    from ivrcore.routing.commands import Steering


class AgentAction(StrEnum):
    """What an agent can be told."""

    READY = "ready"
    PAUSE = "pause"
    LOGOUT = "logout"
    TAKE = "take"
    """A contact that waits: a chosen one, or the first."""
    WRAP_UP = "wrap-up"
    """Stay in wrap-up for so many seconds from now."""


class OfferView(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that an agent is offered, or talks with; ``until`` is when that ends by itself."""

    contact: str
    queue: str
    agent: str
    phase: str
    """``ringing``, ``accepted`` (the agent answered, and is being joined) or ``talking``."""
    until: float | None = None


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """An agent as shown; ``state`` as in :data:`ivrcore.model.names.COUNTED`."""

    name: str
    display: str
    state: str
    seconds_in_state: float | None
    """None before the agent's first change of state."""
    reason: str
    queues: tuple[str, ...]
    contacts: int
    """Answered, since the journal began."""
    since: float | None = None
    """When the state began."""
    until: float | None = None
    """When it ends by itself (wrap-up, rest), if it does."""
    then: str = ""
    """``paused`` or ``logged_out``, where that follows what the agent is at."""
    skills: Mapping[str, int] = {}
    tiers: Mapping[str, int] = {}
    """Queue -> tier."""
    device: str = Device.UNKNOWN.value
    """See :class:`ivrcore.model.names.Device`."""
    capacity: int = 1
    """Contacts at once."""
    in_hand: tuple[OfferView, ...] = ()
    missed: int = 0
    """Offers missed in a row."""
    last_talk: float | None = None
    """When the last conversation ended."""


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """A queue as shown; the counts are those of docs/metrics.md, since the journal began."""

    name: str
    waiting: int
    longest_wait: float
    entered: int
    answered: int
    abandoned: int
    left: int
    threshold: float
    objective: float
    """Share that is to be answered within the threshold."""
    service_level: float | None
    """A_T / (A + B), 0 to 1; None before anybody was answered or gave up."""
    agents: Mapping[str, int]
    """State -> agents who serve the queue."""


class Place(StrEnum):
    """Where a contact is."""

    MENU = "menu"
    QUEUE = "queue"
    AGENT = "agent"


class WaitView(msgspec.Struct, frozen=True, kw_only=True):
    """How a contact waits."""

    position: int
    """From 1, by the queue's contact order."""
    priority: int
    entered: float
    """When it came into this queue."""
    waited: float
    """Seconds since then."""
    since: float
    """When it took its place: before ``entered`` for one that was moved, called again, or is called back."""
    place: float
    """From when it counts as waiting by the queue's contact order: who has less is served first."""
    expected: float | None
    """Seconds that it will go on waiting; None where that is not known, and beyond the first of a queue."""
    needs: str
    """What it asks of an agent now, in words."""
    step: int
    """How often that was relaxed, and ``why`` it is what it is now."""
    why: str
    rung: tuple[OfferView, ...]
    """All agents whose phones ring for it, or the one who answered."""
    offers: int
    """How many were made so far, these too."""
    call_back: bool
    """Nobody is on the line: the customer is rung when an agent is free."""
    preferred: tuple[str, ...]
    """Agents whom it should rather have."""
    through: tuple[str, ...]
    """Queues that it was moved through."""


class ContactView(msgspec.Struct, frozen=True, kw_only=True):
    """A contact in progress."""

    contact: str
    dialplan: str
    arrived: float
    seconds: float
    place: Place
    queue: str = ""
    agent: str = ""
    wait: WaitView | None = None
    """While it waits."""


class Waiting(NamedTuple):
    """The first ones of each queue who wait, in the order in which they are served."""

    contacts: Sequence[ContactView]
    more: Mapping[str, int]
    """Queue -> how many others wait in it."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that went wrong, for a person to read."""

    at: float
    what: str


class WatchView(msgspec.Struct, frozen=True, kw_only=True):
    """Something outside that is watched; ``up`` and ``since`` (UTC) are None where it does not tell."""

    name: str
    kind: str
    up: bool | None = None
    since: float | None = None
    sees: str = ""
    error: str = ""
    """What went wrong last, and when."""
    error_at: float | None = None


class DrainView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the server takes no new calls; ``inside`` contacts would be cut short by its end."""

    draining: bool
    inside: int = 0
    then_stop: bool = False
    """Whether it ends once nobody is inside."""
    until: float | None = None
    """When it ends anyhow (UTC seconds)."""


def kind_of(link: str) -> str:
    """Give the driver of a link: those of one driver to several PBXs stand in for each other."""
    return link.partition(":")[0]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Whether calls can be served."""

    journal: bool
    links: Mapping[str, bool]
    """Driver -> whether its connection to Asterisk stands."""
    link_reasons: Mapping[str, str] = {}
    """Driver -> why its connection does not stand, where that is known."""
    dialplans: int
    """How many are loaded."""
    plans: Sequence[DialplanView] = ()
    """The dialplans that new calls get."""
    broken: Sequence[BrokenFile] = ()
    """Files that do not take effect as they are saved."""
    prompts: bool = True
    """Whether every prompt given as text has been spoken once (or cannot be)."""
    speech: Mapping[str, str] = {}
    """Recogniser -> its state in words; for information, since menus go on with keys."""
    drain: DrainView = DrainView(draining=False)
    watches: Sequence[WatchView] = ()
    problems: Sequence[Problem] = ()
    """The last ones, newest first."""
    started: float = 0.0
    version: str = ""

    def reasons(self) -> list[str]:
        """Say why calls cannot be served; nothing if they can. Of several PBXs one is enough."""
        standing = {kind_of(name) for name, up in self.links.items() if up}
        why = [self._down(name) for name in self._away() if kind_of(name) not in standing]
        if not self.links:
            why.append("no link to Asterisk was made yet")
        if not self.dialplans:
            why.append("no dialplan is loaded")
        if not self.prompts:
            why.append("prompts are still being made")
        if not self.journal:
            why.append("the journal cannot be written")
        if self.drain.draining:
            why.append("it drains: no new calls are taken")
        return why

    def degraded(self) -> list[str]:
        """Say which PBXs are not served while others are."""
        standing = {kind_of(name) for name, up in self.links.items() if up}
        return [self._down(name) for name in self._away() if kind_of(name) in standing]

    def _away(self) -> list[str]:
        return [name for name, up in self.links.items() if not up]

    def _down(self, name: str) -> str:
        reason = self.link_reasons.get(name, "")
        return f"the link to Asterisk ({name}) is down" + (f": {reason}" if reason else "")


class Hotline(Protocol):
    """The running server, as far as the web shows and steers it. Every method returns at once; what it did is
    in the values shown a moment later (`when_shown`)."""

    def agents(self) -> Sequence[AgentView]:
        """Every configured agent."""

    def queues(self) -> Sequence[QueueView]:
        """Every configured queue."""

    def agent(self, name: str) -> AgentView | None:
        """One of them."""

    def contacts(self) -> Iterator[ContactView]:
        """Every contact in progress; made one by one, and one that ends before its turn is left out."""

    def contact(self, name: str) -> ContactView | None:
        """One of them."""

    def waiting(self, most: int) -> Waiting:
        """Those who wait, ``most`` of each queue."""

    def places(self) -> Mapping[Place, int]:
        """How many contacts are where."""

    def set_agent(self, name: str, action: AgentAction, word: str, by: str = "") -> None:
        """Tell an agent; ``word`` is the reason of a pause, the contact to take ("" for the first), or
        the seconds of wrap-up from now; ``by`` is who asks for it.

        Raises :class:`ivrcore.errors.RequestRefused`: 404 for an unknown one, 409 for what cannot be
        now, 400 for a reason or a time that the configuration does not allow.
        """

    def steer(self, order: Steering) -> None:
        """Have routing do what a supervisor wants of a waiting contact.

        Raises :class:`ivrcore.errors.RequestRefused`: 404 for what is unknown, 409 for what cannot be now.
        """

    def when_shown(self, then: Callable[[], None]) -> None:
        """Call ``then`` once whatever happened until now is in the values shown."""

    def erase_subject(self, subject: str) -> Deferred[bool]:
        """Erase what is kept of a subject for good; fires once it is gone, with False if there was nothing.

        Fails with :class:`ivrcore.errors.RequestRefused` (500) where something could not be deleted.
        """

    @property
    def board(self) -> LiveBoard:
        """Announcements and the emergency switch."""

    def health(self) -> Health:
        """Whether calls can be served, and what went wrong last."""
