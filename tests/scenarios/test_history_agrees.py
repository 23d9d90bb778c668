"""Reports, metrics and a plain count of the journal tell the same of any day: to the last contact."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ivrcore.model.event import Event
from tests.scenarios.test_any_day import BAD_DAY, SEVERAL, WEIGHTS, Day, step_of
from tests.unit.history.agreeing import agree
from tests.unit.history.history_site import projected


def day_of(seed: int, weights: Mapping[str, int], *, to_the_end: bool) -> list[Event]:
    """Play a day of 80 steps; without its end callers wait and agents talk."""
    chance = random.Random(seed)
    day = Day(chance.choice([0.0, 0.03, 0.4]))
    for _ in range(80):
        day.play(step_of(chance, weights))
    events = list(day.floor.journal.events)
    day.end()
    return list(day.floor.journal.events) if to_the_end else events


def check(events: Sequence[Event], folder: Path) -> Counter[str]:
    """Compare a day; give how often things happened."""
    folder.mkdir()
    database = projected(folder, events)
    happened = agree(database, events)
    database.close()
    return happened


ENOUGH = {"VisitAnswered", "VisitAbandoned", "OfferEnded", "NoMatch", "ChoiceMade", "TalkEnded"}


@pytest.mark.parametrize(
    "seeds",
    [range(48, 49), *(pytest.param(range(n, n + 20), marks=pytest.mark.slow) for n in (1, 21))],
    ids=lambda seeds: f"{seeds.start}-{seeds.stop}",
)
def test_given_any_days_then_report_metrics_and_journal_are_the_same(seeds: range, tmp_path: Path) -> None:
    happened: Counter[str] = Counter()
    for seed in seeds:
        weights = (WEIGHTS, BAD_DAY, SEVERAL)[seed % 3]
        happened += check(day_of(seed, weights, to_the_end=seed % 2 == 0), tmp_path / str(seed))
    assert not ENOUGH - set(happened), "the days are too quiet to prove anything"
    assert happened["ContactArrived"] >= 5 * len(seeds)
