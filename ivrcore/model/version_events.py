"""Events of versions, of dialplans and configuration: what took effect, what was refused, what ended."""

from __future__ import annotations

from ivrcore.model.event import Event
from ivrcore.model.names import PublishedBy


class DialplanPublished(Event, frozen=True, kw_only=True):
    """New calls get this version from now on; calls in progress finish on ``before`` (none: "")."""

    name: str
    version: str
    before: str
    author: str
    how: PublishedBy


class DialplanWithdrawn(Event, frozen=True, kw_only=True):
    """The dialplan's file is gone, and so are its numbers; calls in progress finish on ``version``."""

    name: str
    version: str
    author: str
    how: PublishedBy


class DialplanRefused(Event, frozen=True, kw_only=True):
    """A change did not take effect, since the check found ``errors`` of them.

    ``code`` and ``place`` (file:line:column) are the first one's.
    """

    name: str
    author: str
    how: PublishedBy
    errors: int
    code: str
    place: str


class RosterChanged(Event, frozen=True, kw_only=True):
    """The configuration took effect, as far as it does while the server runs; `RosterLoaded` has the roster.

    ``later`` are the sections that changed too since the start, and take effect with a restart.
    """

    version: str
    before: str
    author: str
    later: tuple[str, ...] = ()


class RosterRefused(Event, frozen=True, kw_only=True):
    """A changed configuration did not take effect for ``errors``, the first with ``code`` at ``place``."""

    author: str
    errors: int
    code: str
    place: str


class DialplanRetired(Event, frozen=True, kw_only=True):
    """The last call of a version that is not current any more has ended."""

    name: str
    version: str
