"""The live view of the world that the interpreter asks: queue figures, announcements, the emergency switch.

The expected wait is an estimate from the last conversations of each queue; where too little is known it says
nothing. Must not know where announcements come from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from ivrcore.dialplan.model import plain_number
from ivrcore.dialplan.world import QueueNow
from ivrcore.model import events
from ivrcore.model.names import AgentState

if TYPE_CHECKING:
    from ivrcore.announcements.board import Board
    from ivrcore.model.announcement import Announcement, Emergency
    from ivrcore.model.event import Event
    from ivrcore.routing.state import RouterState

RECENT = 20
"""Conversations of a queue that its mean handling time is taken from."""
LEAST = 3
"""With fewer, nothing is said of the wait."""

WORKING = (AgentState.READY, AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP)
"""Agents in these take the next contact sooner or later."""


class RecentTalks:
    """How long the last conversations of each queue took: a fold of the journal."""

    def __init__(self) -> None:
        self._talks: dict[str, deque[float]] = {}

    def apply(self, event: Event) -> None:
        """Take the next event."""
        if isinstance(event, events.TalkEnded):
            self._talks.setdefault(event.queue, deque(maxlen=RECENT)).append(event.talked)

    def mean(self, queue: str) -> float | None:
        """Give the mean in seconds; None where too few are known."""
        talks = self._talks.get(queue, ())
        return sum(talks) / len(talks) if len(talks) >= LEAST else None


class LiveWorld:
    """A :class:`ivrcore.dialplan.world.World` over routing's state and the board."""

    def __init__(
        self,
        routing: RouterState,
        talks: RecentTalks,
        board: Callable[[], Board],
        now: Callable[[], float],
        always_open: Collection[str] = (),
    ) -> None:
        """``always_open`` are the supervisors' own numbers, from which an emergency can be ended."""
        self._routing = routing
        self._talks = talks
        self._board = board
        self._now = now
        self._always_open = always_open

    def queue(self, name: str) -> QueueNow | None:
        """Give a queue's figures; None for one that is not configured."""
        if name not in self._routing.queues:
            return None
        waiting = self._routing.waiting_in(name)
        return QueueNow(
            waiting=waiting,
            ready=self._routing.agents_on(name).get(AgentState.READY, 0),
            longest_wait=self._routing.longest_wait(name, self._now()),
            expected_wait=self._expected_wait(name, waiting),
        )

    def announcements(self, number: str, now: float) -> Sequence[Announcement]:
        """Give what callers of this number are to hear now."""
        return self._board().announcements(plain_number(number), now)

    def emergency(self, number: str) -> Emergency | None:
        """Give the switch that holds for calls to this number."""
        called = plain_number(number)
        return None if called in self._always_open else self._board().emergency(called)

    def _expected_wait(self, name: str, waiting: int) -> float | None:
        """Say how long who comes now would wait: everybody ahead, and then one more end of a conversation.

        With s agents at work and a mean handling time h, ends come every h / s seconds (exact for
        exponential handling times; an M/M/s queue's wait of who finds n waiting is (n + 1) h / s).
        Agents who serve other queues too make it too short: what those take is not looked at.
        """
        agents = self._routing.agents_on(name)
        if agents.get(AgentState.READY, 0) > waiting:
            return 0.0
        talk = self._talks.mean(name)
        staff = sum(agents.get(state, 0) for state in WORKING)
        if talk is None or not staff:
            return None
        return (waiting + 1) * (talk + self._routing.queues[name].wrap_up) / staff
