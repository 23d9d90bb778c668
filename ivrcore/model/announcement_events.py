"""Events of what the site says beside the dialplan: announcements, and the emergency switch.

Each is the record of who changed what, and by which way; the board of :mod:`ivrcore.announcements` is their
fold. Texts of an announcement are the site's own words, heard by every caller: they are no personal values.
"""

from __future__ import annotations

from ivrcore.model.event import Event
from ivrcore.model.names import EmergencyAction, Via


class AnnouncementSet(Event, frozen=True, kw_only=True):
    """Callers hear this from ``starts`` on (UTC seconds), once each; it replaces the one of its name.

    ``version`` is higher than that of every change before, whatever its name. ``mark`` is the hash of the
    file that it came from.
    """

    name: str
    version: int
    texts: dict[str, str] = {}
    recording: str = ""
    numbers: list[str] = []
    whole: bool = True
    starts: float
    ends: float | None = None
    author: str
    via: Via
    mark: str = ""


class AnnouncementWithdrawn(Event, frozen=True, kw_only=True):
    """Callers hear it no more. By a file that is gone, only what came from the file is withdrawn."""

    name: str
    author: str
    via: Via


class AnnouncementRefused(Event, frozen=True, kw_only=True):
    """A file in the folder of announcements was wrong, and nothing was changed; ``problem`` says where."""

    name: str
    problem: str


class EmergencySet(Event, frozen=True, kw_only=True):
    """The emergency switch of ``scope`` (a called number, or all) stands at ``action`` now."""

    scope: str
    action: EmergencyAction
    texts: dict[str, str] = {}
    number: str = ""
    author: str
    via: Via
