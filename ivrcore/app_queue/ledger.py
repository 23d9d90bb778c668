"""What is known of one Asterisk's queues, and how sure that is: frames and the link's fate come in. Pure.

A status (all queues, members and waiting callers in one list) is newer than every event before it on the
wire, but may have overtaken some that come after it; what is told twice counts once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ivrcore.app_queue import fold
from ivrcore.app_queue.figures import Figures
from ivrcore.app_queue.frames import Frame, Odd
from ivrcore.app_queue.messages import Entry, Listed, ListEnd, Member, OddMessage, Params, read_message

MOST_ITEMS = 200_000
"""Of one status."""
FORGOTTEN = 7 * 86400.0
"""Seconds after which the figures of an absent queue are let go."""


class Ledger:
    """Owns the figures. ``at`` is UTC seconds and does not go back."""

    def __init__(self, figures: Figures | None = None) -> None:
        self.figures = Figures() if figures is None else figures
        self.up = False
        """Whether events come in, and the first status came."""
        self.told_at: float | None = None
        """When the last status came."""
        self.doubt = False
        """Whether a status is wanted soon; who asks for one sets it back."""
        self._action = ""
        self._items: list[Params | Member | Entry] = []
        self._spoilt: list[tuple[str, str]] = []
        """Event and queue of the items of the status under way that could not be believed."""
        self.complaints: list[str] = []
        """What could not be believed for the first time, never a value; who tells of it empties the list."""
        self._complained: set[str] = set()

    def opened(self, at: float) -> None:
        """Take it that a new link is made, before any event can come over it."""
        for queue in self.figures.queues.values():
            for tally in queue.tallies():
                tally.opened()

    def greeted(self, started: str, at: float) -> None:
        """Take when Asterisk started, as it tells itself; empty if it does not."""
        before, self.figures.started = self.figures.started, started or self.figures.started
        if before and started and before != started:
            self._restarted()

    def asked(self, action: str) -> None:
        """Take it that a status was asked for, by this id."""
        self._action, self._items, self._spoilt = action, [], []

    def heard(self, frame: Frame, at: float) -> None:
        """Take an event; one that is odd changes nothing and is counted."""
        try:
            message = read_message(frame)
            if isinstance(message, Listed):
                self._listed(message, at)
            elif message is not None:
                known = self._here(message.queue)
                fold.apply(self.figures, message, at)
                self.doubt = self.doubt or not known
        except OddMessage as odd:
            self._complain(odd)
            if self._action and frame.get("ActionID") == self._action:
                self._spoilt.append((frame.get("Event", ""), frame.get("Queue", "")))
            elif odd.why is not Odd.TOO_MANY:
                self.doubt = True
            # of an odd item, or of what is too many, another status would say the same

    def _here(self, name: str) -> bool:
        queue = self.figures.queues.get(name)
        return queue is not None and not queue.absent

    def odd(self, counts: Mapping[Odd, int]) -> None:
        """Count what could not be believed: what it would have said, the next status tells."""
        for why, count in counts.items():
            self._count(why, count)
            self._first(f"the wire: {why.value.replace('_', ' ')}")
            self.doubt = True

    def _complain(self, odd: OddMessage) -> None:
        self._count(odd.why, 1)
        self._first(str(odd))

    def _first(self, what: str) -> None:
        if what not in self._complained:
            self._complained.add(what)
            self.complaints.append(what)

    def _count(self, why: Odd, count: int) -> None:
        self.figures.odd[why.value] = self.figures.odd.get(why.value, 0) + count

    def lost(self, at: float) -> None:
        """Take it that the link is gone."""
        if self.figures.lost_since is None:
            self.figures.lost_since = at
        self.figures.losses += self.up
        self.up, self._action, self._items = False, "", []

    # --- statuses -----------------------------------------------------------------------------------------

    def _listed(self, listed: Listed, at: float) -> None:
        if not self._action or listed.action != self._action:
            return  # of somebody's question whose answer is wanted no more
        if not isinstance(listed.item, ListEnd):
            if len(self._items) >= MOST_ITEMS:
                raise OddMessage("a status has too many items", Odd.TOO_MANY)
            self._items.append(listed.item)
            return
        items, self._action, self._items = self._items, "", []
        whole = len(items) + len(self._spoilt) == listed.item.items
        if not whole:
            self._count(Odd.LIST, 1)
            self._first("QueueStatusComplete: the list was not complete")
        self._status(items, at, whole=whole)

    def _status(self, items: list[Params | Member | Entry], at: float, *, whole: bool) -> None:
        """Take a status; of one that is not whole, what is not in it may be there still."""
        figures = self.figures
        figures.statuses += 1
        if figures.lost_since is not None:
            figures.away += max(0.0, at - figures.lost_since)
            figures.lost_since = None
        self.up, self.told_at = True, at
        queues = [item for item in items if isinstance(item, Params)]
        members = [item for item in items if isinstance(item, Member)]
        waiting = [item for item in items if isinstance(item, Entry)]
        if whole:
            self._forget(queues, members, waiting, at)
        self._queues(queues, at)
        for each in members:
            with self._item():
                queue = fold.queue_of(self.figures, each.queue, at)
                fold.told_of(self.figures, queue, each).calls.told(each.calls)
        for entry in waiting:
            with self._item():
                fold.joined(fold.queue_of(self.figures, entry.queue, at), entry.caller, at - entry.waited)

    @contextmanager
    def _item(self) -> Iterator[None]:
        """Leave out an item beyond a bound, and no other."""
        try:
            yield
        except OddMessage as odd:
            self._complain(odd)

    def _queues(self, told: list[Params], at: float) -> None:
        for params in told:
            with self._item():
                queue = fold.queue_of(self.figures, params.queue, at)
                queue.told = params
                queue.hold_answered.add_edge(params.threshold)
                queue.hold_abandoned.add_edge(params.threshold)
                queue.completed.told(params.completed)
                queue.abandoned.told(params.abandoned)

    def _forget(self, told: list[Params], members: list[Member], waiting: list[Entry], at: float) -> None:
        """Let go of what a whole status does not have, but for what an odd item of it may have told of."""
        odd = set(self._spoilt)
        queues = {params.queue for params in told}
        there = {(member.queue, member.interface) for member in members}
        callers = {(entry.queue, entry.caller) for entry in waiting}
        for name, queue in list(self.figures.queues.items()):
            for interface, member in queue.members.items():
                if (name, interface) not in there and ("QueueMember", name) not in odd:
                    member.told = None
            if ("QueueEntry", name) not in odd:
                for caller in [caller for caller in queue.waiting if (name, caller) not in callers]:
                    fold.left(queue, caller)
            queue.lacking += name not in queues and ("QueueParams", name) not in odd
            if queue.absent and at - queue.seen > FORGOTTEN:
                fold.forget(self.figures, name)

    def _restarted(self) -> None:
        """Take it that Asterisk started again: no call and no count of its own outlived that."""
        self.figures.restarts += 1
        for queue in self.figures.queues.values():
            for caller in list(queue.waiting):
                fold.left(queue, caller)
            for tally in queue.tallies():
                tally.began_anew()
