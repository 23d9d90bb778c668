"""How each message changes the figures. Pure: ``at`` is UTC seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ivrcore.app_queue import messages
from ivrcore.app_queue.figures import Figures, MemberFigures, QueueFigures
from ivrcore.app_queue.frames import Odd
from ivrcore.app_queue.messages import Member, Message, OddMessage

MOST_QUEUES = 1_000
MOST_MEMBERS = 2_000
"""Of one queue, those who logged out since included."""
MOST_NAMES = 1_000
"""Names of members that have rows of their own, over all queues; the others are counted together."""
OTHERS = "(others)"
"""Their name."""
MOST_WAITING = 20_000
"""Of one queue."""


def apply(figures: Figures, message: Message, at: float) -> None:
    """Take a message that is no item of a list; raise :class:`OddMessage` beyond the bounds."""
    _CHANGES[type(message)](figures, message, at)


def queue_of(figures: Figures, name: str, at: float) -> QueueFigures:
    """Give the figures of a queue that is heard of, new ones if it was not known.

    Raise :class:`OddMessage` for one too many.
    """
    queue = figures.queues.get(name)
    if queue is None:
        if len(figures.queues) >= MOST_QUEUES and not _forget_queue(figures):
            raise OddMessage(f"there are more than {MOST_QUEUES} queues", Odd.TOO_MANY)
        queue = figures.queues[name] = QueueFigures()
    queue.lacking, queue.seen = 0, at
    return queue


def member_of(figures: Figures, queue: QueueFigures, interface: str, name: str) -> MemberFigures:
    """Give a member's figures, new ones if there were none; raise :class:`OddMessage` for one too many."""
    member = queue.members.get(interface)
    if member is None:
        if len(queue.members) >= MOST_MEMBERS and not _forget_one(queue):
            raise OddMessage(f"a queue has more than {MOST_MEMBERS} members", Odd.TOO_MANY)
        member = queue.members[interface] = MemberFigures(name=name, own=_own(figures, queue, name))
    return member


def told_of(figures: Figures, queue: QueueFigures, told: Member) -> MemberFigures:
    """Take a member's state."""
    member = member_of(figures, queue, told.interface, told.name)
    if member.name != told.name:
        _leave_calls(queue, member)
        member.name, member.own = told.name, _own(figures, queue, told.name)
    member.told = told
    return member


def forget(figures: Figures, name: str) -> None:
    """Let go of a queue."""
    figures.names -= len(figures.queues.pop(name).names)


def _own(figures: Figures, queue: QueueFigures, name: str) -> bool:
    """Decide whether a name has rows of its own; once it has, it keeps them."""
    if name not in queue.names and name != OTHERS and figures.names < MOST_NAMES:
        queue.names[name] = 0
        figures.names += 1
    return name in queue.names


def _leave_calls(queue: QueueFigures, member: MemberFigures) -> None:
    """Count what a phone's member did so far to the name, which the phone has no more."""
    if member.own:
        queue.names[member.name] += member.calls.total
    else:
        queue.others += member.calls.total
    member.calls.total = member.calls.unseen = 0


def joined(queue: QueueFigures, caller: str, since: float) -> None:
    """Take it that a caller waits, since when; told twice it counts once."""
    if caller in queue.waiting:
        return
    if len(queue.waiting) >= MOST_WAITING:
        raise OddMessage(f"more than {MOST_WAITING} callers wait in a queue", Odd.TOO_MANY)
    queue.joined += 1
    queue.waiting[caller] = since


def left(queue: QueueFigures, caller: str) -> None:
    """Take it that a caller waits no more; told twice it counts once."""
    if queue.waiting.pop(caller, None) is not None:
        queue.left += 1


def _forget_queue(figures: Figures) -> bool:
    absent = [name for name, queue in figures.queues.items() if queue.absent]
    if absent:
        forget(figures, min(absent, key=lambda name: figures.queues[name].seen))
    return bool(absent)


def _forget_one(queue: QueueFigures) -> bool:
    gone = next((interface for interface, member in queue.members.items() if member.told is None), None)
    if gone is None:
        return False
    _leave_calls(queue, queue.members.pop(gone))
    return True


def _in_threshold(queue: QueueFigures, held: float) -> int:
    return int(queue.told is not None and held <= queue.told.threshold)


def _joined(figures: Figures, message: messages.Joined, at: float) -> None:
    joined(queue_of(figures, message.queue, at), message.caller, at)


def _left(figures: Figures, message: messages.Left, at: float) -> None:
    left(queue_of(figures, message.queue, at), message.caller)


def _abandoned(figures: Figures, message: messages.Abandoned, at: float) -> None:
    queue = queue_of(figures, message.queue, at)
    queue.abandoned.event()
    queue.abandoned_in_threshold += _in_threshold(queue, message.held)
    queue.hold_abandoned.observe(message.held)


def _connected(figures: Figures, message: messages.Connected, at: float) -> None:
    queue = queue_of(figures, message.queue, at)
    queue.connected += 1
    queue.hold_answered.observe(message.held)


def _completed(figures: Figures, message: messages.Completed, at: float) -> None:
    queue = queue_of(figures, message.queue, at)
    queue.completed.event()
    queue.completed_in_threshold += _in_threshold(queue, message.held)
    queue.talk.observe(message.talked)
    member_of(figures, queue, message.interface, message.name).calls.event()


def _rung(figures: Figures, message: messages.Rung, at: float) -> None:
    queue_of(figures, message.queue, at).rung += 1


def _missed(figures: Figures, message: messages.Missed, at: float) -> None:
    queue_of(figures, message.queue, at).missed += 1


def _dumped(figures: Figures, message: messages.Dumped, at: float) -> None:
    queue_of(figures, message.queue, at).dumped += 1


def _member(figures: Figures, message: messages.MemberTold, at: float) -> None:
    member = told_of(figures, queue_of(figures, message.queue, at), message.member)
    if message.added:  # Asterisk counts anew for who logs in
        member.calls.logged_in(message.member.calls)


def _gone(figures: Figures, message: messages.MemberGone, at: float) -> None:
    member = queue_of(figures, message.queue, at).members.get(message.interface)
    if member is not None:
        member.told = None


_CHANGES: Mapping[type, Callable[[Figures, Any, float], None]] = {
    messages.Joined: _joined,
    messages.Left: _left,
    messages.Abandoned: _abandoned,
    messages.Connected: _connected,
    messages.Completed: _completed,
    messages.Rung: _rung,
    messages.Missed: _missed,
    messages.Dumped: _dumped,
    messages.MemberTold: _member,
    messages.MemberGone: _gone,
}
"""Message class -> what it changes."""
