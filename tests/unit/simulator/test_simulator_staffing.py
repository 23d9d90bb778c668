"""Plans: the fewest agents that keep the target, and what simulating them says; forecasts."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from ivrcore.errors import RequestRefused
from ivrcore.simulator.erlang import steady
from ivrcore.simulator.forecast import forecast_of, read_forecast
from ivrcore.simulator.past import History
from ivrcore.simulator.people import Shift
from ivrcore.simulator.staffing import Checked, Interval, Target, check, floor_of, plan
from ivrcore.simulator.traffic import Past
from tests.unit.simulator.small_floor import plugins

NINE = 9 * 3600.0


def day(*contacts: float, patience: float = math.inf, handling: float = 180.0) -> list[Interval]:
    return [Interval(NINE + 1800 * n, 1800.0, each, handling, patience) for n, each in enumerate(contacts)]


def test_the_published_example_takes_14_agents() -> None:
    (planned,) = plan(day(100), Target(0.8, 20.0))
    assert (planned.agents, round(planned.steady.service_level, 3)) == (14, 0.888)
    assert planned.asa == pytest.approx(7.8, abs=0.05)


@pytest.mark.parametrize("patience", [math.inf, 90.0])
@pytest.mark.parametrize("contacts", [1.0, 20.0, 100.0, 900.0])
def test_one_agent_less_would_miss(contacts: float, patience: float) -> None:
    target = Target(0.8, 20.0)
    (planned,) = plan(day(contacts, patience=patience), target)
    fewer = steady(planned.agents - 1, planned.interval.load, target.threshold)
    assert planned.steady.service_level >= 0.8 > fewer.service_level


def test_occupancy_abandons_and_shrinkage() -> None:
    (easy,) = plan(day(600), Target(0.8, 20.0))
    (rested,) = plan(day(600), Target(0.8, 20.0, most_occupied=0.8))
    assert easy.steady.occupancy > 0.8 >= rested.steady.occupancy
    assert rested.agents == 75  # 60 erlangs ÷ 0.8
    (kept,) = plan(day(100, patience=90.0), Target(0.1, 20.0, most_abandoned=0.02))
    assert kept.steady.abandoned <= 0.02
    (paid,) = plan(day(100), Target(0.8, 20.0, shrinkage=0.3))
    assert (paid.agents, paid.scheduled) == (14, 20)


def test_little_occupancy_and_patience_is_planned() -> None:
    (idle,) = plan(day(80, patience=120.0), Target(0.8, 20.0, most_occupied=0.02))
    assert (idle.agents, idle.asa) == (400, 0.0)
    (patient,) = plan(day(5000, patience=36_000.0), Target(0.8, 20.0))
    assert 500 < patient.agents < 540


def test_agents_are_there_while_they_are_planned() -> None:
    planned = plan(day(10, 30, 0, 10), Target())
    least, most = planned[0].agents, planned[1].agents
    assert planned[2].agents == 0
    people = floor_of(planned, Target()).people
    assert people["agent-1"].shifts == (Shift(0.0, 3600.0), Shift(5400.0, 7200.0))
    assert people[f"agent-{least + 1}"].shifts == (Shift(1800.0, 3600.0),)
    assert len(people) == most


def test_a_plan_is_checked_by_simulation() -> None:
    target = Target(0.8, 20.0)
    planned = plan(day(60, 90, 40, patience=120.0), target)
    good = check(planned, target, plugins(), replications=6, seed="1")
    assert len(good) == 3
    assert not any(each.misses(target) for each in good)
    short = plan(day(60, 90, 40, patience=120.0), Target(0.4, 20.0))
    bad = check(short, target, plugins(), replications=6, seed="1")
    assert all(each.misses(target) for each in bad)
    assert all(isinstance(each, Checked) and each.abandoned.mean > 0.1 for each in bad)


@pytest.mark.parametrize("replications", [1, 2])
def test_a_hopeless_plan_misses_however_few_the_replications(replications: int) -> None:
    hopeless = plan(day(100, handling=180.0, patience=60.0), Target(0.3, 20.0))
    (found,) = check(hopeless, Target(0.8, 20.0), plugins(), replications=replications, seed="1")
    assert math.isnan(found.service_level.half) == (replications == 1)
    assert found.misses(Target(0.8, 20.0))
    assert not found.doubtful(Target(0.8, 20.0))


@pytest.mark.slow
def test_few_contacts_are_no_better_in_a_simulation_than_by_theory() -> None:
    target = Target(0.8, 20.0)
    planned = plan(day(*[3.0] * 8, handling=600.0), target)
    later = check(planned, target, plugins(), replications=120, seed="1")[3:]
    means = [each.service_level.mean for each in later]
    # the mean of the runs' own shares would be 0.94
    assert sum(means) / len(means) == pytest.approx(planned[0].steady.service_level, abs=0.015)
    assert all(0.01 < each.service_level.half < 0.07 for each in later)


def test_who_waits_for_too_long_when_the_day_ends_has_not_been_answered_in_time() -> None:
    target = Target(0.8, 20.0)
    planned = plan([*day(20, handling=600.0), Interval(NINE + 1800, 1800.0, 300.0, 1.0)], target)
    few = [replace(each, agents=1) for each in planned]
    first, _ = check([replace(few[0], agents=0), few[1]], target, plugins(), replications=3, seed="1")
    (only,) = check([few[0]], target, plugins(), replications=5, seed="1")
    assert only.service_level.mean < 0.15  # one agent for 20 conversations of ten minutes: most still wait
    assert first.service_level.mean < 0.1


# --- forecasts --------------------------------------------------------------------------------------


def problems_of(folder: Path, name: str, text: str) -> list[tuple[str, int]]:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return [(problem.code, problem.location.line) for problem in read_forecast(file)[1]]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f.csv", "interval,contacts,aht,patience\n09:00,12,3m,90\n09:30,8.5,180,\n10:30,4,180,never\n"),
        (
            "f.yaml",
            "- {interval: 09:00, contacts: 12, aht: 3m, patience: 90s}\n"
            "- {interval: 09:30, contacts: 8.5, aht: 180}\n- {interval: 10:30, contacts: 4, aht: 180s}\n",
        ),
    ],
)
def test_forecasts_are_read_and_gaps_filled(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    found, problems = read_forecast(file)
    assert list(problems) == []
    assert found == (
        Interval(NINE, 1800.0, 12.0, 180.0, 90.0),
        Interval(NINE + 1800, 1800.0, 8.5, 180.0),
        Interval(NINE + 3600, 1800.0, 0.0, 0.0),
        Interval(NINE + 5400, 1800.0, 4.0, 180.0),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("interval,contacts,aht\n9 o'clock,1,60\n", ("SIM201", 2)),
        ("interval,contacts,aht\n09:00,1,60\n09:30,many,60\n", ("SIM201", 3)),
        ("interval,contacts,aht\n09:00,1,\n", ("SIM201", 2)),
        ("interval,contacts,aht\n09:00,1,60\n09:30,1,60\n09:30,1,60\n", ("SIM201", 4)),
        ("interval,calls,aht\n09:00,1,60\n", ("SIM201", 1)),
        ("interval,contacts,aht\n", ("SIM201", 1)),
        ("interval,contacts,aht\n09:00,1,60\n09:30,1000000,180\n", ("SIM202", 3)),
        ("interval,contacts,aht,patience\n09:00,99,180,9999999999\n", ("SIM202", 2)),
    ],
)
def test_what_is_wrong_in_a_forecast_has_its_line(
    tmp_path: Path, text: str, expected: tuple[str, int]
) -> None:
    assert expected in problems_of(tmp_path, "f.csv", text)


def test_a_forecast_that_is_not_there(tmp_path: Path) -> None:
    assert [problem.code for problem in read_forecast(tmp_path / "none.csv")[1]] == ["SIM001"]


def test_the_mean_day_of_a_journal() -> None:
    day_one, day_two = 1_800_000_000.0 // 86400 * 86400, 1_800_000_000.0 // 86400 * 86400 + 86400
    came = (
        (day_one + NINE, None, 100.0),
        (day_one + NINE + 60, None, 140.0),
        (day_one + NINE + 4000, 30.0, None),
        (day_two + NINE + 5, None, 120.0),
    )
    callers = tuple(Past(at, "loans", 30.0, patience, talk) for at, patience, talk in came)
    past = History(callers, {"loans": 10.0}, (day_one, day_two + 86400))
    found = forecast_of(past, "loans", 1800.0)
    assert [(each.begin, each.contacts) for each in found] == [
        (NINE, 1.5),
        (NINE + 1800, 0.0),
        (NINE + 3600, 0.5),
    ]
    assert (found[0].handling, found[0].patience) == (130.0, 120.0)
    with pytest.raises(RequestRefused, match="no conversation"):
        forecast_of(past, "loan", 1800.0)


MIDNIGHT = 1_800_000_000.0 // 86400 * 86400


def every_minute(begin: float, end: float) -> tuple[Past, ...]:
    return tuple(Past(at, "loans", 5.0, None, 100.0) for at in range(int(begin), int(end), 60))


def an_hour(past: History) -> dict[float, float]:
    return {each.begin / 3600: each.contacts for each in forecast_of(past, "loans", 3600.0)}


def test_given_24_hours_from_noon_to_noon_then_it_is_one_day() -> None:
    noon = MIDNIGHT + 43200
    callers = every_minute(noon - 86400, noon)
    found = an_hour(History(callers, period=(noon - 86400, noon)))
    assert found == {float(hour): pytest.approx(60.0) for hour in range(24)}
    assert sum(an_hour(History(callers)).values()) == pytest.approx(1440.0, rel=0.001)


def test_given_days_on_which_nobody_called_then_they_count() -> None:
    callers = every_minute(MIDNIGHT + NINE, MIDNIGHT + NINE + 3600)
    period = (MIDNIGHT - 3 * 86400 + 50_000.0, MIDNIGHT + 86400 + 50_000.0)
    assert an_hour(History(callers, period=period)) == {9.0: pytest.approx(15.0)}


def test_given_a_part_of_an_interval_then_the_rest_is_taken_to_be_like_it() -> None:
    begin = MIDNIGHT + NINE + 1800
    past = History(every_minute(begin, begin + 3600), period=(begin, begin + 3600))
    assert an_hour(past) == {9.0: pytest.approx(60.0), 10.0: pytest.approx(60.0)}


def test_who_asks_again_counts_once_in_each_queue() -> None:
    again = Past(MIDNIGHT + NINE + 99, "loans", 5.0, None, 100.0)
    cards = Past(MIDNIGHT + NINE + 50, "cards", 5.0, None, 100.0, later=again)
    first = Past(MIDNIGHT + NINE, "loans", 5.0, None, 100.0, later=cards)
    past = History((first,), period=(MIDNIGHT, MIDNIGHT + 86400))
    assert an_hour(past) == {9.0: pytest.approx(1.0)}
    assert [each.contacts for each in forecast_of(past, "cards", 3600.0)] == [1.0]
