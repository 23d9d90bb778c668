"""The live view of the world that the interpreter asks: queue figures, announcements, the emergency switch.

Must not know where announcements come from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from ivrcore.dialplan.model import plain_number
from ivrcore.dialplan.world import HearingNow, QueueNow
from ivrcore.model.names import AgentState

if TYPE_CHECKING:
    from ivrcore.announcements.board import Board
    from ivrcore.model.announcement import Announcement, Emergency
    from ivrcore.routing.state import RouterState


class LiveWorld:
    """A :class:`ivrcore.dialplan.world.World` over routing's state and the board."""

    def __init__(
        self,
        routing: RouterState,
        board: Callable[[], Board],
        now: Callable[[], float],
        always_open: Collection[str] = (),
        hearing: Callable[[str, bool], HearingNow] = lambda language, stays: HearingNow(),
    ) -> None:
        """``always_open`` are the supervisors' own numbers, from which an emergency can be ended."""
        self._routing = routing
        self._board = board
        self._now = now
        self._always_open = always_open
        self._hearing = hearing

    def queue(self, name: str) -> QueueNow | None:
        """Give a queue's figures; None for one that is not configured."""
        if name not in self._routing.queues:
            return None
        return QueueNow(
            waiting=self._routing.waiting_in(name),
            ready=self._routing.agents_on(name).get(AgentState.READY, 0),
            longest_wait=self._routing.longest_wait(name, self._now()),
            expected_wait=self._routing.expected_wait(name),
        )

    def announcements(self, number: str, now: float) -> Sequence[Announcement]:
        """Give what callers of this number are to hear now."""
        return self._board().announcements(plain_number(number), now)

    def emergency(self, number: str) -> Emergency | None:
        """Give the switch that holds for calls to this number."""
        called = plain_number(number)
        return None if called in self._always_open else self._board().emergency(called)

    def hearing(self, language: str, *, stays: bool) -> HearingNow:
        """Tell whether a caller of this language can be listened to now; ``stays``: as until this moment."""
        return self._hearing(language, stays)
