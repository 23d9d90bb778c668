"""What the journal says of earlier runs: routing's state, the figures, the contacts left open,
what is announced."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from ivrcore import tollguard
from ivrcore.announcements import board
from ivrcore.metrics import snapshot
from ivrcore.metrics.days import DayFold
from ivrcore.metrics.traffic import TrafficFold
from ivrcore.model.events import SubjectErased
from ivrcore.routing import fold as routing_fold
from ivrcore.routing.state import RouterState
from ivrcore.session.recovery import OpenContacts
from ivrcore.versions.calls import VersionCalls

if TYPE_CHECKING:
    from datetime import tzinfo

    from ivrcore.journal.record import Journal
    from ivrcore.routing.rulebook import Draw, RoutingPlugins


class Past:
    """The folds of a whole journal (blocks while it reads; for the start only)."""

    def __init__(self, journal: Journal, plugins: RoutingPlugins, draw: Draw, zone: tzinfo = UTC) -> None:
        self.figures = snapshot.restore(journal)
        self.routing = RouterState(plugins, draw)
        self.open = OpenContacts()
        self.calls = VersionCalls()
        self.ways = TrafficFold()
        self.days = DayFold(zone)
        self.board = board.Board()
        self.dialled = tollguard.GuardState()
        self.erased: set[str] = set()
        """Subjects who had themselves erased: of some, files may be left that could not be deleted."""
        for record in journal.read():
            routing_fold.apply(self.routing, record.event)
            self.open.apply(record.event)
            tollguard.apply(self.dialled, record.event)
            self.calls.apply(record.event)
            self.ways.apply(record.event)
            self.days.apply(record.event)
            self.board = board.apply(self.board, record.event)
            if isinstance(record.event, SubjectErased):
                self.erased.add(record.event.subject)
        self.routing.rulebook.take_failures()  # of the past: the next step would tell of them as today's
