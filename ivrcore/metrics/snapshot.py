"""The figures over a restart: the last snapshot, and on top of it what the journal has since."""

from __future__ import annotations

from ivrcore.errors import JournalError
from ivrcore.journal.record import Journal
from ivrcore.metrics.figures import Figures, load
from ivrcore.metrics.fold import fold

NAME = "metrics"


def restore(journal: Journal) -> Figures:
    """Give the figures of everything in the journal (blocks: use it before the server runs).

    A snapshot that this release cannot read, or that is ahead of the journal, is left aside: then the whole
    journal is counted.
    """
    figures = Figures()
    snapshot = journal.load_snapshot(NAME)
    if snapshot is not None and snapshot.seq <= journal.last_seq:
        try:
            figures = load(snapshot.data)
        except JournalError:
            figures = Figures()
    return fold(journal.read(figures.seq), figures)


def save(journal: Journal, figures: Figures) -> None:
    """Keep the figures, so that the next start need not count the whole journal."""
    journal.save_snapshot(NAME, figures.seq, figures.dump())
