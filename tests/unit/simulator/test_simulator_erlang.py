"""Erlang C and A: published figures, the balance of states, and the simulator beside them."""

from __future__ import annotations

import math
from functools import partial

import pytest

from ivrcore.simulator.compare import Result, compare
from ivrcore.simulator.erlang import Load, Steady, erlang_a, erlang_b, erlang_c, mean_wait, steady
from ivrcore.simulator.measures import ALL, MEASURES
from tests.unit.simulator.small_floor import markov, plugins

BY_NAME = {measure.name: measure for measure in MEASURES}


slow = partial(pytest.param, marks=pytest.mark.slow)
"""A case that only `make test` runs."""


@pytest.mark.parametrize(
    ("agents", "erlangs", "blocked"),
    [(10, 4.461, 0.01), (20, 12.03, 0.01), (50, 37.90, 0.01), (30, 21.93, 0.02)],
)
def test_erlang_b_gives_the_published_table(agents: int, erlangs: float, blocked: float) -> None:
    # the tables of every telephony handbook: traffic at a grade of service of 1 % and 2 %
    assert erlang_b(agents, erlangs) == pytest.approx(blocked, rel=0.01)


@pytest.mark.parametrize(
    ("agents", "delayed", "level", "asa"),
    [(11, 0.682, 0.39, 122.8), (12, 0.449, 0.64, 40.4), (13, 0.285, 0.796, 17.1), (14, 0.174, 0.888, 7.8)],
)
def test_erlang_c_gives_the_published_example(agents: int, delayed: float, level: float, asa: float) -> None:
    # Call Centre Helper, Erlang C formula made simple: 200 calls an hour of 3 minutes, answered within 20 s
    load = Load(200 / 3600, 180.0)
    found = erlang_c(agents, load, 20.0)
    assert (found.delayed, found.service_level) == (
        pytest.approx(delayed, abs=0.0006),
        pytest.approx(level, abs=0.0006),
    )
    assert mean_wait(agents, load) == pytest.approx(asa, abs=0.06)


def test_erlang_a_gives_the_published_example() -> None:
    # Garnett, Mandelbaum and Reiman 2002: 50 agents, 48 calls a minute of 1 minute, patience 2 minutes
    load = Load(48 / 60, 60.0, 120.0)
    found = erlang_a(50, load, 20.0)
    assert found.abandoned == pytest.approx(0.031, abs=0.0005)
    assert found.occupancy == pytest.approx(0.93, abs=0.005)
    assert found.abandoned * load.patience == pytest.approx(3.7, abs=0.05)  # the mean wait of all, seconds
    assert mean_wait(50, Load(48 / 60, 60.0)) == pytest.approx(20.8, abs=0.1)


@pytest.mark.parametrize(
    ("agents", "load"),
    [
        (1, Load(0.01, 60.0, 30.0)),
        (5, Load(0.2, 60.0, 90.0)),
        (20, Load(0.1, 180.0, 60.0)),
        (3, Load(1, 9, 400)),
    ],
)
def test_erlang_a_agrees_with_the_balance_of_its_states(agents: int, load: Load) -> None:
    states = [1.0]
    for number in range(1, 3000):
        out = min(number, agents) / load.handling + max(0, number - agents) / load.patience
        states.append(states[-1] * load.rate / out)
    total = math.fsum(states)
    waiting = math.fsum((number - agents) * p for number, p in enumerate(states) if number > agents) / total
    found = erlang_a(agents, load, 0.0)
    assert found.delayed == pytest.approx(math.fsum(states[agents:]) / total)
    assert found.abandoned == pytest.approx(waiting / load.patience / load.rate)
    assert found.service_level == pytest.approx(1 - found.delayed)
    assert erlang_a(agents, load, 1e6).service_level == pytest.approx(1 - found.abandoned)


def test_waits_of_those_answered_add_up() -> None:
    load, at = Load(0.2, 60.0, 90.0), 0.0
    answered = 1 - erlang_a(10, load, 0.0).abandoned
    late = [answered - erlang_a(10, load, at + step).service_level for step in range(0, 1200, 2)]
    assert mean_wait(10, load) == pytest.approx(2 * (math.fsum(late) - late[0] / 2) / answered, rel=1e-3)


def test_patience_without_end_is_erlang_c() -> None:
    patient = erlang_a(14, Load(200 / 3600, 180.0, 1e7), 20.0)
    forever = steady(14, Load(200 / 3600, 180.0), 20.0)
    assert patient.service_level == pytest.approx(forever.service_level, abs=1e-4)


def test_a_queue_that_only_grows_and_one_nobody_comes_to() -> None:
    load = Load(200 / 3600, 180.0)
    assert erlang_c(10, load, 20.0) == Steady(10, 0.0, 1.0, 0.0, 1.0)
    assert mean_wait(10, load) == math.inf
    assert (steady(0, Load(0.0, 60.0), 20.0).service_level, mean_wait(0, Load(0.0, 60.0))) == (1.0, 0.0)
    assert steady(0, Load(0.1, 60.0, 60.0), 20.0).abandoned == 1.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("agents", "load"),
    [
        (400, Load(8 / 180, 180.0, 60.0)),  # 1 ÷ Erlang B is beyond floating point
        (500, Load(500 / 180, 180.0, 36_000.0)),
        (450, Load(500 / 180, 180.0, 36_000.0)),
        (2700, Load(3000 / 180, 180.0, 86_400.0)),
        (60, Load(40 / 60, 180.0, 1e5)),
        (20_000, Load(20_000 / 180, 180.0, 9e5)),
        (1, Load(50.0, 180.0, 0.001)),
    ],
)
def test_no_load_is_too_much(agents: int, load: Load) -> None:
    levels = [erlang_a(agents, load, threshold) for threshold in (0.0, 20.0, 300.0, 1e7)]
    assert [each.service_level for each in levels] == sorted(each.service_level for each in levels)
    for found in levels:
        assert all(0.0 <= part <= 1.0 for part in (found.delayed, found.abandoned, found.occupancy))
        assert found.occupancy * agents == pytest.approx(load.erlangs * (1 - found.abandoned))  # Little's law
    assert levels[0].service_level == pytest.approx(1 - levels[0].delayed, abs=1e-6)
    assert levels[-1].service_level == pytest.approx(1 - levels[-1].abandoned, abs=1e-6)
    if agents <= 0.9 * load.erlangs and load.patience > 1000:
        assert levels[0].abandoned == pytest.approx(1 - agents / load.erlangs, rel=1e-6)
    assert mean_wait(agents, load) >= 0.0
    assert erlang_c(agents, Load(load.rate, load.handling), 20.0).service_level >= 0.0


# --- the simulator against them ---------------------------------------------------------------------


def simulated(agents: int, occupancy: float, patience: float | None, contacts: int) -> Result:
    floor = markov(agents, occupancy, contacts, patience=patience)
    (result,) = compare({"it": floor}, plugins(), replications=8, seed="theory").results
    return result


def inside(result: Result, name: str, theory: float, narrow: float) -> None:
    """Theory lies in the interval of 95 %, and the interval is narrow enough to tell anything."""
    found = result.estimate(ALL, BY_NAME[name])
    assert found.low <= theory <= found.high, f"{name}: {found} does not hold {theory}"
    assert found.half <= narrow, f"{name}: {found}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("agents", "occupancy", "narrow"),
    [(5, 0.7, 0.06), slow(2, 0.5, 0.04), slow(12, 0.8, 0.09)],
)
def test_given_m_m_c_then_the_simulator_gives_erlang_c(agents: int, occupancy: float, narrow: float) -> None:
    result = simulated(agents, occupancy, None, contacts=750)
    load = Load(agents * occupancy / 60.0, 60.0)
    theory = erlang_c(agents, load, 20.0)
    inside(result, "service_level", theory.service_level, narrow)
    inside(result, "asa", mean_wait(agents, load), 6.0)
    inside(result, "occupancy", theory.occupancy, narrow)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("agents", "occupancy", "patience"), [(3, 0.8, 60.0), slow(8, 1.0, 120.0), slow(6, 1.4, 40.0)]
)
def test_given_impatience_then_the_simulator_gives_erlang_a(
    agents: int, occupancy: float, patience: float
) -> None:
    result = simulated(agents, occupancy, patience, contacts=600)
    load = Load(agents * occupancy / 60.0, 60.0, patience)
    theory = erlang_a(agents, load, 20.0)
    inside(result, "abandon_rate", theory.abandoned, 0.03)
    inside(result, "service_level", theory.service_level, 0.07)
    inside(result, "asa", mean_wait(agents, load), 6.0)
    inside(result, "occupancy", theory.occupancy, 0.04)
