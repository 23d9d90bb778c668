"""Counters do not jump back at a restart, and equal a count from the journal's first record."""

from functools import partial
from pathlib import Path

import pytest
from twisted.internet import reactor

from ivrcore.journal.local import LocalJournal, read_records
from ivrcore.metrics import snapshot
from ivrcore.metrics.figures import Figures
from ivrcore.metrics.fold import apply, fold
from tests.unit.metrics import metrics_stories as stories


def run(path: Path, events: list, save_after: int | None = None) -> Figures:
    """One life of a server: restore, live, stop."""
    journal = LocalJournal(path, reactor._asyncioEventloop)
    figures = snapshot.restore(journal)
    journal.subscribe(partial(apply, figures))
    for n, event in enumerate(events):
        journal.append([event])
        if n == save_after:
            snapshot.save(journal, figures)
    journal.close()
    return figures


@pytest.mark.parametrize("save_after", [None, 0, 12, 30])
def test_given_restarts_with_or_without_a_snapshot_then_the_figures_are_those_of_the_whole_journal(
    tmp_path: Path, save_after: int | None
) -> None:
    path, day = tmp_path / "journal.db", stories.a_day()
    run(path, day[:35], save_after)
    figures = run(path, day[35:])
    assert figures == fold(stories.records(day))
    assert figures == fold(read_records(path))


@pytest.mark.parametrize("data", [b"not json", b'{"seq": "x"}', b'{"seq": 5, "offered": 900}'])
def test_given_an_unreadable_snapshot_or_one_that_lacks_counts_then_the_whole_journal_is_counted(
    tmp_path: Path, data: bytes
) -> None:
    path, day = tmp_path / "journal.db", stories.a_day()
    run(path, day)
    journal = LocalJournal(path, reactor._asyncioEventloop)
    journal.save_snapshot(snapshot.NAME, 5, data)
    journal.close()
    assert run(path, []) == fold(stories.records(day))


def test_given_a_snapshot_ahead_of_the_journal_then_it_is_left_aside(tmp_path: Path) -> None:
    path, day = tmp_path / "journal.db", stories.a_day()
    ahead = fold(stories.records(day))
    journal = LocalJournal(path, reactor._asyncioEventloop)
    journal.append(day[:3])
    snapshot.save(journal, ahead)
    journal.close()
    assert run(path, []) == fold(stories.records(day[:3]))
