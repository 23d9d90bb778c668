"""Every figure of a scrape is what the journal's events say, counted a second time from the definitions.

Days of hundreds of contacts, by chance; what a family counts is in `tests.support.recount`. A family that
nobody counts a second time is a failure, but for those that are no fold of events.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ivrcore.journal.memory import MemoryJournal
from ivrcore.journal.record import Record
from ivrcore.metrics.collector import Exposition, FiguresCollector
from ivrcore.metrics.figures import Figures, load
from ivrcore.metrics.fold import apply, fold
from ivrcore.model.event import Event
from tests.scenarios.busy_day import busy_day
from tests.support.recount import COUNTED, LIVE, Past, expected
from tests.support.recount.past import Series, is_live

DEEDS = 900
SEEDS = [1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 15))]
"""Even ones are days on which the server is killed at times, and the machine's clock may be set back."""


@cache
def day(seed: int) -> Past:
    """Play a day; every third comes to its end, else callers wait and agents talk."""
    happened, now = busy_day(seed, DEEDS, restarts=seed % 2 == 0, to_the_end=seed % 3 == 0)
    return Past(happened, now)


def moments(seed: int, how_many: int) -> list[Past]:
    """Give what of a day had happened at some moments, by chance."""
    chance, whole = random.Random(seed), day(seed)
    ends = [chance.randrange(len(whole.journal) // 4, len(whole.journal)) for _ in range(how_many)]
    return [Past(whole.journal[:end], whole.journal[end - 1].at + chance.choice([0.0, 7.3])) for end in ends]


def records(happened: Sequence[Event]) -> list[Record]:
    return [Record(seq, event) for seq, event in enumerate(happened, 1)]


def scraped(figures: Figures, now: float) -> tuple[dict[Series, float], set[str]]:
    """Read what a server with these figures shows: samples, and names of families."""
    body, _ = Exposition(FiguresCollector(figures, lambda: now)).render("text/plain")
    samples: dict[Series, float] = {}
    families: set[str] = set()
    for family in text_string_to_metric_families(body.decode()):
        families.add(family.name)
        for sample in family.samples:
            series = sample.name, frozenset(sample.labels.items())
            assert series not in samples, f"told twice: {series}"
            samples[series] = sample.value
    return samples, families


def differences(past: Past, figures: Figures) -> list[str]:
    """Compare every sample of every family; tell those that are not as counted."""
    samples, families = scraped(figures, past.now)
    found = {series: value for series, value in samples.items() if not is_live(series[0])}
    wanted = expected(past)
    nobody = sorted(one for one in families if one not in COUNTED and not is_live(one))
    told = [f"{name}: nobody counts it a second time" for name in nobody]
    for series in sorted(found.keys() | wanted.keys(), key=str):
        one, two = found.get(series), wanted.get(series)
        if one is None or two is None or one != pytest.approx(two, rel=1e-9, abs=1e-5):
            name, labels = series
            told.append(f"{name}{dict(sorted(labels))}: shown {one}, counted {two}")
    return told


@pytest.mark.parametrize("seed", SEEDS)
def test_given_any_busy_day_then_every_sample_is_what_the_journal_says(seed: int) -> None:
    past = day(seed)
    happened = Counter(type(event).__name__ for event in past.journal)
    assert happened["ContactArrived"] >= 150
    assert seed % 2 or happened["ClockSetBack"] >= 1
    assert differences(past, fold(records(past.journal))) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_given_a_moment_within_a_day_then_every_sample_is_what_the_journal_says_so_far(seed: int) -> None:
    for past in moments(seed, 4):
        assert differences(past, fold(records(past.journal))) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_given_restarts_then_figures_from_a_snapshot_are_those_of_the_whole_journal(seed: int) -> None:
    """Snapshots are taken now and then; what came after the last one is counted on top of it."""
    chance, past = random.Random(seed), day(seed)
    journal, figures = MemoryJournal(), Figures()
    kept = figures.dump()
    journal.subscribe(lambda record: apply(figures, record))
    for number, event in enumerate(past.journal):
        journal.append([event])
        if number % 500 == 250:
            kept = figures.dump()
        if chance.random() < 0.002:
            figures = started(journal, kept)
    assert differences(past, started(journal, kept)) == []


def started(journal: MemoryJournal, kept: bytes) -> Figures:
    """Give the figures of a start: those kept, and on top of them what the journal has since."""
    figures = load(kept)
    return fold(journal.read(figures.seq), figures)


def test_between_them_the_days_move_every_family_off_nothing() -> None:
    moved: set[str] = set()
    for seed in (1, 2):
        for past in (day(seed), *moments(seed, 20)):
            shown, _ = scraped(fold(records(past.journal)), past.now)
            moved |= {name for (name, _), value in shown.items() if value}
    suffixes: Mapping[str, str] = {"counter": "_total", "gauge": "", "histogram": "_count"}
    still = {name for name, one in COUNTED.items() if name + suffixes[one.kind] not in moved}
    assert still == set(), "the days are too quiet to prove anything of these"


def test_nothing_is_said_to_be_live_that_is_not_shown_or_that_somebody_counts() -> None:
    assert not [name for name in COUNTED if is_live(name)]
    shown = scraped(Figures(), 0.0)[1] | {"ivrcore_app_queue_up", "ivrcore_history_healthy"}
    unused = {begin for begin in LIVE if not any(name.startswith(begin) for name in shown)}
    assert unused == set(), "of no family any more"


def test_given_a_figure_that_is_off_by_one_then_it_is_told() -> None:
    past = day(1)
    figures = fold(records(past.journal))
    figures.queues["cards"].wrap_up.total += 1
    figures.queues["loans"].left["moved"] += 1
    figures.menus["busy"]["main"].no_input -= 1
    told = differences(past, figures)
    assert [one.partition("{")[0] for one in told] == [
        "ivrcore_menu_no_input_total",
        "ivrcore_queue_contacts_left_total",
        "ivrcore_queue_wrap_up_seconds_sum",
    ]
