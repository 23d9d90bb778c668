"""Takes a journal into a history database, a bounded step at a time. Blocks; must not know of threads.

What was taken in stands in the database alone: after any failure, here or there, the next step begins from
what that says. So the journal is the buffer while the database is away.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.errors import HistoryError, HistoryMoved
from ivrcore.history.book import CHANGES, History
from ivrcore.history.database import Place
from ivrcore.history.fold import apply
from ivrcore.journal.local import mark_of, read_batch, time_of

if TYPE_CHECKING:
    from ivrcore.history.database import Database

STEP = 500
"""Records of one step: one transaction."""
PRUNED_AT_ONCE = 1000
"""Rows of each table that are deleted in one transaction at most."""


class Projection:
    """The history of one journal in one database."""

    def __init__(self, journal: Path, database: Database) -> None:
        self.database = database
        self._journal = journal
        self._names = frozenset(event.__name__ for event in CHANGES)
        self._history: History | None = None
        self.place = Place()
        """How far the journal is taken in, as of the last step."""

    def step(self, most: int = STEP) -> int:
        """Take in the next records; give how many they were, 0 at the journal's end.

        Raise :class:`HistoryError` or :class:`ivrcore.errors.JournalError`; then nothing was taken in, and
        the next step begins anew.
        """
        try:
            return self._step(self._begun(), most)
        except BaseException:
            self._history = None
            raise

    def _begun(self) -> History:
        if self._history is not None:
            return self._history
        self.database.upgrade()
        self.place, rows = self.database.load()
        mark = mark_of(self._journal)
        if self.place.journal and self.place.journal != mark:
            raise HistoryError(
                f"the history database {self.database.name} is of another journal than {self._journal}",
                hint="`ivrcore history rebuild` makes it anew; each server needs a database of its own",
            )
        if self.place.seq and time_of(self._journal, self.place.seq) != self.place.at:
            raise HistoryError(
                f"the journal {self._journal} is not the journal it was: its record {self.place.seq}, the "
                f"last one that the history database {self.database.name} has, is missing or another",
                hint="an older copy was put back? run `ivrcore history rebuild`: it makes the history anew",
            )
        self._history = History(rows)
        return self._history

    def _step(self, history: History, most: int) -> int:
        batch = read_batch(self._journal, self._names, self.place.seq, most)
        taken = batch.seq - self.place.seq
        if taken == 0:
            return 0
        for record in batch.records:
            apply(history, record)
        after = Place(self.place.journal or mark_of(self._journal), batch.seq, batch.at)
        self.database.write(history.take(), self.place, after)
        self.place = after
        return taken

    def catch_up(self, tell: Callable[[int], object] = lambda seq: None) -> int:
        """Take in all there is; give how many records it was. ``tell`` hears how far it is, now and then.

        A server that takes records in at the same time is no fault: what it took in need not be.
        """
        total = taken = 0
        while True:
            try:
                taken = self.step()
            except HistoryMoved:
                continue
            if taken == 0:
                return total
            total += taken
            tell(self.place.seq)

    def prune(self, before: float) -> int:
        """Delete old closed rows, a bounded number; give how many. Call again until it is 0."""
        return self.database.prune(before, PRUNED_AT_ONCE)
