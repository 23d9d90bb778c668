"""Events of the server, its links and plugins, and of what people asked of it."""

from __future__ import annotations

from ivrcore.model.event import Event
from ivrcore.model.names import EngineChange, EngineFault


class ServerStarted(Event, frozen=True, kw_only=True):
    """The server came up as ``app`` (node + slot)."""

    node: str
    app: str
    version: str


class ServerStopped(Event, frozen=True, kw_only=True):
    """The server went down in an orderly way."""

    node: str


class ServerHandedOver(Event, frozen=True, kw_only=True):
    """The server gave its calls to a new process of release ``to``, which starts next; nobody was hung up.

    Nothing that happened from ``since`` on (UTC seconds) was taken: the new process finds it.
    """

    node: str
    to: str
    since: float


class CallsWatched(Event, frozen=True, kw_only=True):
    """The server was there, and a link stood: said every few seconds while contacts are in progress, so that
    the next start knows until when somebody looked after them, however little happened. Of a link that was
    away meanwhile `LinkWentDown` tells."""


class LinkWentDown(Event, frozen=True, kw_only=True):
    """The connection to Asterisk is lost."""

    driver: str
    reason: str


class LinkCameUp(Event, frozen=True, kw_only=True):
    """The connection to Asterisk stands; ``away`` is how many seconds it was down (0 at the first)."""

    driver: str
    peer: str
    away: float


class OrphanEnded(Event, frozen=True, kw_only=True):
    """A channel or bridge of ours that nobody owned was ended or sent on to the fallback."""

    what: str
    id: str
    action: str


class CommandFailed(Event, frozen=True, kw_only=True):
    """A command towards Asterisk failed for good. ``command`` is its name, ``code`` the error's."""

    contact: str
    leg: str
    command: str
    code: str
    status: int = 0


class PluginFailed(Event, frozen=True, kw_only=True):
    """A plugin raised; the others went on. ``contact`` is whose step it cost, where it was a verb's."""

    plugin: str
    hook: str
    error: str
    contact: str = ""


class RecogniserChanged(Event, frozen=True, kw_only=True):
    """A recogniser was taken out, is tried again, or is back; ``rank`` is its place in the language's list.

    ``seconds`` is how long it is left out at least, ``fault`` why (both only for one that was taken out).
    """

    engine: str
    language: str
    rank: int
    change: EngineChange
    fault: EngineFault | None = None
    seconds: float = 0.0


class ClockJumped(Event, frozen=True, kw_only=True):
    """The machine's clock was set; ``seconds`` forward (or back, negative) against steady time."""

    seconds: float


class ClockSetBack(Event, frozen=True, kw_only=True):
    """The machine's clock was set back while the server was down, and is followed from now on.

    What is recorded before has times that are up to ``seconds`` ahead of this one: every fold takes that off
    the times that it keeps, so that none of them lies in the future.
    """

    seconds: float


class SubjectErased(Event, frozen=True, kw_only=True):
    """Somebody had the personal values of a subject erased, for good."""

    subject: str


class SubjectsForgotten(Event, frozen=True, kw_only=True):
    """The personal values of ``count`` subjects were removed, for good: their contacts had closed before
    ``before`` (UTC seconds), longer ago than values are kept."""

    count: int
    before: float
