"""What the manager interface says of queues, typed: frames in, messages out. Pure.

Names are those of Asterisk 12 and later (https://docs.asterisk.org, AMI events of app_queue).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from ivrcore.app_queue.frames import Frame, Odd

LONGEST_NAME = 200
PRIVILEGE = "agent,all"
"""What Asterisk writes into every event of its queues, the items of a list apart."""
CALLER = ("Channel", "ChannelState", "ChannelStateDesc")
"""What stands before a caller's number in every event that has one.

The number is written as it is, with line ends in it too (a SIP address may have ``%0D%0A``), so it may end
the event and begin another, which what stands behind the number completes. But no more than 79 characters of
it are kept: too few for the beginning of an event with all this.
"""
MOST = 10**12
"""No number of theirs is larger."""


class OddMessage(ValueError):
    """A message is not as Asterisk writes it; the text names its kind and field, never a value."""

    def __init__(self, message: str, why: Odd = Odd.FIELD) -> None:
        super().__init__(message)
        self.why = why


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """A queue by Asterisk's own figures. Times are seconds, its averages smoothed ones."""

    queue: str
    threshold: float
    completed: int
    abandoned: int
    hold: float
    talk: float


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a queue. ``status`` is the device's state (0 to 8), ``last_call`` UTC seconds or 0."""

    queue: str
    interface: str
    name: str
    calls: int
    last_call: float
    wrap_up: float
    in_call: bool
    status: int
    paused: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A caller who waits, by Asterisk's list; ``waited`` in seconds."""

    queue: str
    caller: str
    waited: float


@dataclass(frozen=True, slots=True)
class ListEnd:
    """The end of that list, which has so many items."""

    items: int


@dataclass(frozen=True, slots=True)
class Listed:
    """An item of the list that was asked for with ``action``."""

    action: str
    item: Params | Member | Entry | ListEnd


@dataclass(frozen=True, slots=True)
class Joined:
    """A caller began to wait."""

    queue: str
    caller: str


@dataclass(frozen=True, slots=True)
class Left:
    """A caller waits no more, for whatever reason."""

    queue: str
    caller: str


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A caller hung up, or the wait timed out or the queue ran empty: Asterisk counts all as abandoned."""

    queue: str
    caller: str
    held: float


@dataclass(frozen=True, slots=True)
class Rung:
    """A member's phone is rung for a caller."""

    queue: str


@dataclass(frozen=True, slots=True)
class Missed:
    """A member's phone was rung in vain."""

    queue: str


@dataclass(frozen=True, slots=True)
class Dumped:
    """A member did not take the caller after having heard an announcement."""

    queue: str


@dataclass(frozen=True, slots=True)
class Connected:
    """A member and a caller talk."""

    queue: str
    held: float


@dataclass(frozen=True, slots=True)
class Completed:
    """A conversation is over; now Asterisk counts it as completed."""

    queue: str
    interface: str
    name: str
    held: float
    talked: float


@dataclass(frozen=True, slots=True)
class MemberTold:
    """A member's state, as it now is; ``added`` if it was no member before."""

    member: Member
    added: bool = False

    @property
    def queue(self) -> str:
        """The queue."""
        return self.member.queue


@dataclass(frozen=True, slots=True)
class MemberGone:
    """A member logged out of the queue."""

    queue: str
    interface: str


Message: TypeAlias = (
    Joined
    | Left
    | Abandoned
    | Rung
    | Missed
    | Dumped
    | Connected
    | Completed
    | MemberTold
    | MemberGone
    | Listed
)


def read_message(frame: Frame) -> Message | None:
    """Give what an event says, None if it is of no use here; raise :class:`OddMessage`."""
    event = frame.get("Event", "")
    read = _READERS.get(event)
    if read is None:
        return None
    one = _Headers(frame, event)
    if event not in LISTS:
        one.made_by_asterisk()
    return read(one)


class _Headers:
    def __init__(self, frame: Mapping[str, str], event: str) -> None:
        self._frame = frame
        self.event = event

    def text(self, header: str) -> str:
        value = self._frame.get(header, "")
        if not value or len(value) > LONGEST_NAME or any(unicodedata.category(one) == "Cc" for one in value):
            raise OddMessage(f"{self.event}: {header} is no name")
        return value

    def number(self, header: str, default: str | None = None) -> int:
        value = self._frame.get(header, default)
        if value is None or not (value.isascii() and value.isdigit()) or len(value) > 12:
            raise OddMessage(f"{self.event}: {header} is no number")
        return int(value)

    def made_by_asterisk(self) -> None:
        """Refuse what lacks what Asterisk always says: see :data:`CALLER`."""
        if self._frame.get("Privilege") != PRIVILEGE:
            raise OddMessage(f"{self.event}: it has no privilege, so it may be a part of a caller's number")
        for header in () if self.event.startswith("QueueMember") else CALLER:
            self.text(header)

    @property
    def queue(self) -> str:
        return self.text("Queue")

    @property
    def caller(self) -> str:
        return self.text("Uniqueid")

    def seconds(self, header: str) -> float:
        return float(self.number(header))


def _member(one: _Headers, interface: str, name: str) -> Member:
    status = one.number("Status")
    if status > 8:
        raise OddMessage(f"{one.event}: Status is no state of a device")
    return Member(
        queue=one.queue,
        interface=one.text(interface),
        name=one.text(name),
        calls=one.number("CallsTaken"),
        last_call=one.seconds("LastCall"),
        wrap_up=float(one.number("Wrapuptime", "0")),
        in_call=one.number("InCall", "0") > 0,
        status=status,
        paused=one.number("Paused") > 0,
    )


def _params(one: _Headers) -> Params:
    return Params(
        queue=one.queue,
        threshold=one.seconds("ServiceLevel"),
        completed=one.number("Completed"),
        abandoned=one.number("Abandoned"),
        hold=one.seconds("Holdtime"),
        talk=one.seconds("TalkTime"),
    )


def _listed(read: Callable[[_Headers], Params | Member | Entry | ListEnd]) -> Callable[[_Headers], Listed]:
    return lambda one: Listed(one.text("ActionID"), read(one))


def _told(one: _Headers, *, added: bool = False) -> MemberTold:
    return MemberTold(_member(one, "Interface", "MemberName"), added)


def _gone(one: _Headers) -> MemberGone:
    told = _told(one)  # all of it: else a caller's number could hold one
    return MemberGone(told.queue, told.member.interface)


_READERS: dict[str, Callable[[_Headers], Message]] = {
    "QueueCallerJoin": lambda one: Joined(one.queue, one.caller),
    "QueueCallerLeave": lambda one: Left(one.queue, one.caller),
    "QueueCallerAbandon": lambda one: Abandoned(one.queue, one.caller, one.seconds("HoldTime")),
    "AgentCalled": lambda one: Rung(one.queue),
    "AgentRingNoAnswer": lambda one: Missed(one.queue),
    "AgentDump": lambda one: Dumped(one.queue),
    "AgentConnect": lambda one: Connected(one.queue, one.seconds("HoldTime")),
    "AgentComplete": lambda one: Completed(
        one.queue,
        one.text("Interface"),
        one.text("MemberName"),
        one.seconds("HoldTime"),
        one.seconds("TalkTime"),
    ),
    "QueueMemberStatus": _told,
    "QueueMemberPause": _told,
    "QueueMemberPenalty": _told,
    "QueueMemberRinginuse": _told,
    "QueueMemberAdded": lambda one: _told(one, added=True),
    "QueueMemberRemoved": lambda one: MemberGone(
        one.queue, _member(one, "Interface", "MemberName").interface
    ),
    "QueueParams": _listed(_params),
    "QueueMember": _listed(lambda one: _member(one, "Location", "Name")),
    "QueueEntry": _listed(lambda one: Entry(one.queue, one.caller, one.seconds("Wait"))),
    "QueueStatusComplete": _listed(lambda one: ListEnd(one.number("ListItems"))),
}
"""Event -> reads it."""

LISTS = frozenset(("QueueParams", "QueueMember", "QueueEntry", "QueueStatusComplete"))
"""Those of a list that was asked for: they have the question's id, and no privilege."""

EVENTS = tuple(_READERS)
"""The events that are read."""
