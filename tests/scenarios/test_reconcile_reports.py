"""Every figure of every report is what the journal's events say, counted a second time.

The days are those of `test_reconcile`; the database is filled from the journal's file as a server does.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ivrcore.history.database import Database
from ivrcore.history.projection import Projection
from ivrcore.history.report import About, Asked, make_report
from tests.scenarios.test_reconcile import day, moments
from tests.support.recount import Past
from tests.support.recount.reports import REPORTS, told_apart
from tests.unit.history.history_site import append, projected

SEEDS = [1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 15))]


def differences(database: Database, past: Past) -> list[str]:
    """Compare every measure of every report about all time."""
    told: list[str] = []
    latest = max(past.now, *(event.at for event in past.journal))
    for about in About:
        report = make_report(database, Asked(about, 0.0, latest + 1.0), past.now)
        shown = {line.key: line.values for line in report.lines}
        told += told_apart(shown, past, about.value)
    return told


def test_every_report_is_counted_a_second_time() -> None:
    assert set(REPORTS) == {about.value for about in About}


@pytest.mark.parametrize("seed", SEEDS)
def test_given_any_busy_day_then_every_report_tells_what_the_journal_says(seed: int, tmp_path: Path) -> None:
    past = day(seed)
    database = projected(tmp_path, past.journal)
    assert differences(database, past) == []
    database.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_given_a_history_that_stops_and_goes_on_then_its_reports_are_right_at_every_moment(
    seed: int, tmp_path: Path
) -> None:
    chance, taken = random.Random(seed), 0
    for past in sorted(moments(seed, 3), key=lambda one: len(one.journal)):
        append(tmp_path / "journal.db", past.journal[taken:])
        taken = len(past.journal)
        database = Database(f"sqlite:///{tmp_path / 'history.db'}")
        projection = Projection(tmp_path / "journal.db", database)
        while projection.step(chance.randint(1, 400)):
            pass
        assert differences(database, past) == []
        database.close()
