"""What the journal says of earlier runs: routing's state, the figures, the contacts left open,
what is announced."""

from __future__ import annotations

import logging
import random
from datetime import UTC
from typing import TYPE_CHECKING, Protocol

from ivrcore import overload, tollguard
from ivrcore.announcements import board
from ivrcore.collecting import uncollected
from ivrcore.errors import JournalError
from ivrcore.metrics import fold as metrics_fold
from ivrcore.metrics.days import DayFold
from ivrcore.metrics.figures import FOLD as FIGURES_FOLD
from ivrcore.metrics.figures import Figures
from ivrcore.metrics.traffic import TrafficFold
from ivrcore.model.events import SubjectErased
from ivrcore.routing import fold as routing_fold
from ivrcore.routing.state import RouterState
from ivrcore.service import frozen
from ivrcore.session.living import Living
from ivrcore.session.looked_after import LookedAfter
from ivrcore.session.recovery import OpenContacts
from ivrcore.session.unkept import UnkeptMessages
from ivrcore.versions.calls import VersionCalls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from ivrcore.config import Config
    from ivrcore.journal.record import Record
    from ivrcore.journal.snapshots import Snapshots
    from ivrcore.plugin_manager import Plugins
    from ivrcore.routing.rulebook import Draw, RoutingPlugins

FOLD = 5
"""Of the folds here that have no number of their own. Raised when one of them counts another way or keeps
something more: then snapshots of before are left aside."""

log = logging.getLogger("ivrcore")


def past_of(config: Config, plugins: Plugins, journal: Readable, snapshots: Snapshots) -> Past:
    """Read what a site's journal says of earlier runs (blocks)."""
    chance = random.SystemRandom().random
    return Past(journal, plugins.routing(), chance, config.wallboard.zone, snapshots)


class Readable(Protocol):
    """As much of a journal as is needed here."""

    def read(self, after: int = 0) -> Iterator[Record]:
        """See :meth:`ivrcore.journal.record.Journal.read`."""


class Past:
    """The folds of a whole journal (blocks while it reads; for the start only).

    With ``snapshots`` the journal is read only from the newest of them on that fits: this journal, these
    plugins and this zone, folded as this release folds. Everything that is an attribute is in a snapshot.
    """

    def __init__(
        self,
        journal: Readable,
        plugins: RoutingPlugins,
        draw: Draw,
        zone: tzinfo = UTC,
        snapshots: Snapshots | None = None,
    ) -> None:
        self.seq = 0
        """The last record that is in everything here."""
        self.figures = Figures()
        self.routing = RouterState(plugins, draw)
        self.open = OpenContacts()
        self.living = Living()
        self.looked_after = LookedAfter()
        self.unkept = UnkeptMessages()
        self.calls = VersionCalls()
        self.ways = TrafficFold()
        self.days = DayFold(zone)
        self.board = board.Board()
        self.dialled = tollguard.GuardState()
        self.drain = overload.DrainState()
        self.erased: set[str] = set()
        """Subjects who had themselves erased: of some, files may be left that could not be deleted."""
        known = {"rulebook": self.routing.rulebook, "draw": self.routing.draw, "zone": zone}
        about = _about(plugins, zone)
        with uncollected():
            if snapshots is not None:
                self._take_up(snapshots, about, known)
            self._began = self.seq
            for record in journal.read(self.seq):
                self._apply(record)
        self.routing.rulebook.take_failures()  # of the past: the next step would tell of them as today's
        self._known, self._about = known, about

    def follow(self, journal: Readable) -> None:
        """Fold what was written since (blocks); before a server lives on with it."""
        with uncollected():
            for record in journal.read(self.seq):
                self._apply(record)
        self.routing.rulebook.take_failures()

    @property
    def began(self) -> int:
        """The record after which the snapshot was that it began from, 0 for the whole journal."""
        return self._began

    def save(self, snapshots: Snapshots) -> None:
        """Keep it all as a snapshot; raises :class:`JournalError`. Not once the server lives on with it: what
        it decides is in memory before it is in the journal."""
        kept = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        data, classes = frozen.freeze(kept, self._known)
        snapshots.write(self.seq, self._about, classes, data)

    def _take_up(self, snapshots: Snapshots, about: dict[str, object], known: frozen.Known) -> None:
        others = False
        for found in snapshots.newest_first():
            try:
                snapshot = snapshots.read(found)
                if snapshot.about != about:
                    others = True
                    log.info("the snapshot %s is of another release or configuration: left aside", found)
                    continue
                kept = frozen.thaw(snapshot.data, known, snapshot.notes)
            except JournalError as error:
                log.warning("the snapshot %s is left aside: %s", found, error.message)
                continue
            if kept.keys() != {name for name in vars(self) if not name.startswith("_")}:
                log.info("the snapshot %s lacks something that this release keeps: left aside", found)
                continue
            vars(self).update(kept)
            return
        if others:
            log.warning(
                "all of the journal is read; ivrcore journal snapshot spares a new release's start that"
            )

    def _apply(self, record: Record) -> None:
        event = record.event
        metrics_fold.apply(self.figures, record)
        routing_fold.apply(self.routing, event)
        self.open.apply(event)
        self.living.apply(event)
        self.looked_after.apply(event)
        self.unkept.apply(event, self.living)
        tollguard.apply(self.dialled, event)
        self.drain = overload.apply(self.drain, event)
        self.calls.apply(event)
        self.ways.apply(event)
        self.days.apply(event)
        self.board = board.apply(self.board, event)
        if isinstance(event, SubjectErased):
            self.erased.add(event.subject)
        self.seq = record.seq


def _about(plugins: RoutingPlugins, zone: tzinfo) -> dict[str, object]:
    """Give what a snapshot must have in common with who takes it up."""
    kinds = (plugins.strategies, plugins.eligibility, plugins.relaxations, plugins.contact_orders)
    return {
        "folds": [FOLD, FIGURES_FOLD, routing_fold.FOLD],
        "zone": str(zone),
        "plugins": [sorted(kind) for kind in kinds],
    }
