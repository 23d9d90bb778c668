"""The wallboard of a running server: its figures, and what else a screen needs to know of the site."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ivrcore.metrics import days, traffic
from ivrcore.wallboard.board import Board
from ivrcore.wallboard.feed import Feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.config.wallboard import WallboardConfig
    from ivrcore.journal.record import Journal
    from ivrcore.service.past import Past


class LiveWall:
    """What it is made of, and who looks. ``config`` gives what is in force."""

    def __init__(
        self,
        past: Past,
        reactor: Any,
        now: Callable[[], float],
        config: Callable[[], WallboardConfig],
    ) -> None:
        self.ways = past.ways
        self._days = past.days

        routing = past.routing

        def expected(queue: str) -> float | None:
            return routing.expected_wait(queue) if queue in routing.queues else None

        board = Board(past.figures, past.days, expected, past.ways.place_of)
        self.feed = Feed(board, reactor, now, lambda: about(config()))

    def watch(self, journal: Journal) -> None:
        """Take what happens from now on; to be asked for behind the figures, which are to have it already."""
        journal.subscribe(lambda record: self.ways.apply(record.event), traffic.counted_events())
        journal.subscribe(lambda record: self._days.apply(record.event), days.counted_events())
        journal.subscribe(lambda record: self.feed.observe(record.event))


def about(config: WallboardConfig) -> dict[str, object]:
    """Give what the configuration says to screens."""
    return {
        "zone": config.zone.key,
        "levels": {
            "": asdict(config.levels),
            **{queue: asdict(levels) for queue, levels in config.queues.items()},
        },
    }
