"""What the journal says of earlier runs: routing's state, the figures, the contacts left open,
what is announced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore import tollguard
from ivrcore.announcements import board
from ivrcore.metrics import snapshot
from ivrcore.metrics.traffic import TrafficFold
from ivrcore.routing import fold as routing_fold
from ivrcore.routing.state import RouterState
from ivrcore.session.recovery import OpenContacts
from ivrcore.versions.calls import VersionCalls

if TYPE_CHECKING:
    from ivrcore.journal.record import Journal
    from ivrcore.routing.rulebook import Draw, RoutingPlugins


class Past:
    """The folds of a whole journal (blocks while it reads; for the start only)."""

    def __init__(self, journal: Journal, plugins: RoutingPlugins, draw: Draw) -> None:
        self.figures = snapshot.restore(journal)
        self.routing = RouterState(plugins, draw)
        self.open = OpenContacts()
        self.calls = VersionCalls()
        self.ways = TrafficFold()
        self.board = board.Board()
        self.dialled = tollguard.GuardState()
        for record in journal.read():
            routing_fold.apply(self.routing, record.event)
            self.open.apply(record.event)
            tollguard.apply(self.dialled, record.event)
            self.calls.apply(record.event)
            self.ways.apply(record.event)
            self.board = board.apply(self.board, record.event)
