"""What is announced and how the emergency switch stands: a fold of the journal's events. Pure.

`apply` needs only the board and the event, so a restart that replays the journal has the board of before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ivrcore.model import events
from ivrcore.model.announcement import EVERYWHERE, Announcement, Emergency
from ivrcore.model.event import Event
from ivrcore.model.names import EmergencyAction, Via

_STRICTNESS = {
    EmergencyAction.OPEN: 0,
    EmergencyAction.MESSAGE: 1,
    EmergencyAction.FORWARD: 2,
    EmergencyAction.CLOSE: 3,
}


@dataclass(frozen=True, slots=True)
class Posted:
    """An announcement, and who posted it when (UTC seconds)."""

    announcement: Announcement
    author: str
    via: Via
    since: float


@dataclass(frozen=True, slots=True)
class Switched:
    """The emergency switch of a scope, and who moved it when (UTC seconds)."""

    emergency: Emergency
    author: str
    via: Via
    since: float


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that is posted, by name, and the scopes whose switch is not open."""

    posted: Mapping[str, Posted] = field(default_factory=dict)
    switched: Mapping[str, Switched] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    """Name -> hash of the file that was taken last under it."""
    version: int = 0
    """The last one given to an announcement."""

    def announcements(self, number: str, now: float) -> tuple[Announcement, ...]:
        """Give what callers of a number are to hear now, what was posted first first."""
        if not self.posted:  # mostly, and this is asked at each prompt
            return ()
        held = (one.announcement for one in self.posted.values())
        return tuple(
            sorted((one for one in held if one.holds(number, now)), key=lambda one: one.version),
        )

    def in_force(self, now: float) -> tuple[Posted, ...]:
        """Give what callers of any number hear now."""
        posted = (one for one in self.posted.values() if _current(one.announcement, now))
        return tuple(sorted(posted, key=lambda one: one.announcement.version))

    def emergency(self, number: str) -> Emergency | None:
        """Give the switch that holds for a number: its own or that of all, whichever is stricter."""
        found = [self.switched[scope].emergency for scope in (number, EVERYWHERE) if scope in self.switched]
        return max(found, key=lambda one: _STRICTNESS[one.action], default=None)

    def next_change(self, now: float) -> float | None:
        """Give when the next announcement begins (UTC seconds)."""
        starts = (one.announcement.starts for one in self.posted.values())
        return min((start for start in starts if start > now), default=None)


def _current(announcement: Announcement, now: float) -> bool:
    return announcement.starts <= now and not over(announcement, now)


def over(announcement: Announcement, now: float) -> bool:
    """Whether its time has passed."""
    return announcement.ends is not None and announcement.ends <= now


def fold(happened: Iterable[Event], board: Board | None = None) -> Board:
    """Apply them all."""
    board = board or Board()
    for event in happened:
        board = apply(board, event)
    return board


def apply(board: Board, event: Event) -> Board:
    """Take the next event; most change nothing."""
    match event:
        case events.AnnouncementSet():
            return _set(board, event)
        case events.AnnouncementWithdrawn():
            return _withdrawn(board, event)
        case events.EmergencySet():
            return _switched(board, event)
        case events.ClockSetBack():
            return _set_back(board, event.seconds)
        case _:
            return board


def _set(board: Board, event: events.AnnouncementSet) -> Board:
    announcement = Announcement(
        name=event.name,
        version=event.version,
        texts=event.texts,
        recording=event.recording,
        numbers=tuple(event.numbers),
        whole=event.whole,
        starts=event.starts,
        ends=event.ends,
    )
    # What is over is dropped here: whoever replays drops it at the same event.
    left = {name: one for name, one in board.posted.items() if not over(one.announcement, event.at)}
    marks = {**board.marks, event.name: event.mark} if event.mark else board.marks
    posted = {**left, event.name: Posted(announcement, event.author, event.via, event.at)}
    return replace(board, posted=posted, marks=marks, version=max(board.version, event.version))


def _set_back(board: Board, seconds: float) -> Board:
    """Take so much off every time that a clock gave; what begins or ends when somebody said stays."""
    posted = {name: _earlier(one, seconds) for name, one in board.posted.items()}
    switched = {scope: replace(one, since=one.since - seconds) for scope, one in board.switched.items()}
    return replace(board, posted=posted, switched=switched)


def _earlier(one: Posted, seconds: float) -> Posted:
    announcement = one.announcement
    if announcement.starts <= one.since:  # it began when it was posted
        announcement = replace(announcement, starts=announcement.starts - seconds)
    return replace(one, announcement=announcement, since=one.since - seconds)


def _withdrawn(board: Board, event: events.AnnouncementWithdrawn) -> Board:
    posted, marks = dict(board.posted), dict(board.marks)
    found = posted.get(event.name)
    if event.via is Via.FILE:
        marks.pop(event.name, None)
    if found is not None and (event.via is not Via.FILE or found.via is Via.FILE):
        del posted[event.name]
    return replace(board, posted=posted, marks=marks)


def _switched(board: Board, event: events.EmergencySet) -> Board:
    switched = {scope: one for scope, one in board.switched.items() if scope != event.scope}
    if event.action is not EmergencyAction.OPEN:
        emergency = Emergency(event.scope, event.action, event.texts, event.number)
        switched[event.scope] = Switched(emergency, event.author, event.via, event.at)
    return replace(board, switched=switched)
