"""``ivrcore simulate`` and ``ivrcore staff``: tables, CSV, pictures, journals; errors that help."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from defusedxml import ElementTree
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from ivrcore.cli import main
from ivrcore.journal.local import LocalJournal
from ivrcore.model.event import Event
from ivrcore.model.events import ContactQueued
from ivrcore.model.roster import QueueFacts
from ivrcore.simulator.chance import Exponential
from ivrcore.simulator.people import Person, Shift
from ivrcore.simulator.run import simulate
from ivrcore.simulator.scenario import past_of, read_scenario, scenario_of_journal
from tests.unit.simulator.small_floor import floor, plugins

DOCS = Path(__file__).parents[2] / "docs"
SCENARIO = """
length: 30m
replications: 2
queues: {cards: {wrap_up: 5s}, loans: {}}
agents: {kim: {}, team: {count: 2}}
traffic:
  cards: {per_hour: 60, handling: {exponential: 90s}, patience: {exponential: 60s}}
  loans: {per_hour: 20, handling: {exponential: 60s}}
variants:
  today: {}
  fewer: {agents: {team: {count: 1}}}
"""
Run = Callable[..., tuple[object, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: object) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as done:
            main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return done.value.code, told.out, told.err

    return command


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    file = tmp_path / "scenario.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    return file


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def words(file: Path) -> str:
    """All that a picture says."""
    return " ".join(text.strip() for text in ElementTree.parse(file).getroot().itertext())


def test_variants_side_by_side(run: Run, scenario: Path, tmp_path: Path) -> None:
    figures, picture = tmp_path / "f.csv", tmp_path / "p.svg"
    code, out, err = run("simulate", scenario, "--csv", figures, "--picture", picture)
    assert (code, err) == (0, "")
    first, second, third, _ = out.split("\n\n")
    assert [line.split("  ")[0] for line in first.splitlines()] == [
        "all queues", first.splitlines()[1], "today", "fewer", "fewer − today",
    ]  # fmt: skip
    assert "fairness" in first
    assert second.startswith("queue cards")
    assert third.startswith("queue loans")
    found = {(row["variant"], row["queue"], row["measure"]): row for row in rows(figures)}
    assert len(found) == len(rows(figures)) == 2 * (14 + 11 + 11)
    fewer = found["fewer", "", "occupancy"]
    assert float(fewer["low"]) <= float(fewer["mean"]) <= float(fewer["high"])
    assert float(fewer["mean"]) - float(found["today", "", "occupancy"]["mean"]) == pytest.approx(
        float(fewer["difference"]), abs=1e-5
    )
    assert found["fewer", "", "entered"]["difference"] == "0"
    assert all(name in words(picture) for name in ("today", "fewer", "service level, %", "ASA, s"))
    assert run("simulate", scenario)[1] == out


@pytest.mark.parametrize("replications", [1, 2])
def test_queues_that_nobody_comes_to_are_named_and_left_out(
    run: Run, scenario: Path, tmp_path: Path, replications: int
) -> None:
    text = SCENARIO.replace("loans: {}}", "loans: {}, cash: {}, law: {}}")
    scenario.write_text(text.replace("{per_hour: 20,", "{per_hour: 0,"), encoding="utf-8")
    figures = tmp_path / "f.csv"
    code, out, err = run("simulate", scenario, "--replications", replications, "--csv", figures)
    assert (code, err) == (0, "")
    every, cards, left_out, _ = out.split("\n\n")
    assert (every.startswith("all queues"), cards.startswith("queue cards")) == (True, True)
    assert left_out == "nobody came to, so left out: loans, cash, law"
    assert {row["queue"] for row in rows(figures)} == {"", "cards", "loans", "cash", "law"}


def test_strategies_and_seeds(run: Run, scenario: Path) -> None:
    code, out, _ = run(
        "simulate", scenario, "--strategies", "longest_idle, linear", "--replications", 1, "--seed", 7
    )
    assert code == 0
    assert "fewer, linear − today, longest_idle" in out
    assert "one run, intervals from its slices" in out
    code, _, err = run("simulate", scenario, "--strategies", "longest_idl")
    assert (code, "did you mean 'longest_idle'?" in err) == (2, True)


def test_errors_say_where(run: Run, scenario: Path) -> None:
    scenario.write_text(SCENARIO.replace("{kim: {}", "{kim: {misses: 3}"), encoding="utf-8")
    code, _, err = run("simulate", scenario)
    assert (code, f"{scenario}:5:" in err) == (2, True)
    code, _, err = run("simulate")
    assert (code, "docs/simulator.md" in err) == (2, True)
    code, _, err = run("staff")
    assert (code, "docs/simulator.md" in err) == (2, True)


FORECAST = "interval,contacts,aht,patience\n09:00,60,120,90\n09:30,90,120,90\n"


def test_a_plan_and_its_check(run: Run, tmp_path: Path) -> None:
    forecast, figures, picture = tmp_path / "f.csv", tmp_path / "o.csv", tmp_path / "p.svg"
    forecast.write_text(FORECAST, encoding="utf-8")
    options = ("--shrinkage", 25, "--replications", 4, "--csv", figures, "--picture", picture)
    code, out, err = run("staff", forecast, *options)
    assert (code, err) == (0, "")
    assert "09:30" in out
    assert "agent hours at the phone" in out
    first, second = rows(figures)
    assert (int(first["agents"]), int(first["scheduled"])) == (6, 8)
    assert int(second["agents"]) > int(first["agents"])
    assert {first["verdict"], second["verdict"]} <= {"kept", "close"}
    assert "scheduled" in words(picture)


@pytest.mark.slow
def test_a_plan_that_misses_ends_with_1(run: Run, tmp_path: Path) -> None:
    forecast = tmp_path / "f.csv"
    # the second would do with five agents, were there not what is left of the first
    rush = "09:00,300,180,\n09:30,40,180,\n"
    forecast.write_text("interval,contacts,aht,patience\n" + rush, encoding="utf-8")
    code, out, _ = run("staff", forecast, "--service-level", 45, "--replications", 12)
    assert (code, "MISSES" in out) == (1, True)


def test_a_forecast_with_an_error(run: Run, tmp_path: Path) -> None:
    forecast = tmp_path / "f.csv"
    forecast.write_text(FORECAST.replace("90,120", "90,soon"), encoding="utf-8")
    code, _, err = run("staff", forecast)
    assert (code, f"{forecast}:3" in err) == (2, True)
    assert run("staff", forecast, "--within", "soon")[0] == 2
    code, _, err = run("staff", forecast, "--queue", "loans")
    assert (code, "--queue is for --journal only" in err) == (2, True)
    code, _, err = run("staff", forecast, "--interval", "1s")
    assert (code, "from 1m to 24h" in err) == (2, True)


def test_a_service_level_as_a_share_is_refused_since_per_cent_are_wanted(run: Run, tmp_path: Path) -> None:
    forecast = tmp_path / "f.csv"
    forecast.write_text(FORECAST, encoding="utf-8")
    code, _, err = run("staff", forecast, "--service-level", 0.8)
    assert (code, "0.8 is not in the range 1<=x<=99.99" in err) == (2, True)


SITE = """
queues: {loans: {wrap_up: 5s}}
agents: {kim: {endpoint: PJSIP/agent1}, lee: {endpoint: PJSIP/agent2}}
"""


SAME_SITE = """
queues: {loans: {wrap_up: 5s}}
agents:
  a0: {endpoint: PJSIP/agent1}
  a1: {endpoint: PJSIP/agent2}
  new: {endpoint: PJSIP/agent3}
"""


def recorded(base: float) -> Sequence[Event]:
    """An hour of a small hotline, beginning then; one of two agents has a pause, and goes early."""
    from msgspec import structs

    kept: list[Event] = []
    queue = QueueFacts(name="loans", priority=60)
    made = floor(2, 1 / 50, talk=Exponential(60.0), patience=Exponential(60.0), queue=queue)
    made = replace(made, people={"a0": Person(shifts=(Shift(0.0, 1800.0, ((600.0, 900.0),)),))})
    simulate(made, "1", plugins(), watch=kept.extend)
    return [structs.replace(event, at=base + event.at) for event in kept]


@ensureDeferred
async def test_given_a_journal_then_its_callers_come_again(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "ivrcore.yaml").write_text(SITE, encoding="utf-8")
    assert run("simulate", "--journal", tmp_path)[0] == 2
    (tmp_path / "var").mkdir()
    journal = LocalJournal(tmp_path / "var" / "journal.db", reactor._asyncioEventloop)  # type: ignore[attr-defined]
    try:
        done: Deferred[None] = Deferred()
        happened = recorded(1_700_000_000.0)
        journal.append(happened, lambda: done.callback(None))
        await done
    finally:
        journal.close()
    came = sum(type(event).__name__ == "ContactQueued" for event in happened)
    code, out, err = run("simulate", "--journal", tmp_path, "--replications", 2)
    assert (code, err) == (0, "")
    assert f" {came} ± 0 " in out
    code, out, err = run("staff", "--journal", tmp_path, "--interval", "1h", "--replications", 0)
    assert (code, err) == (0, "only 22:13 to 23:12 (UTC) was read: the rest of the day is planned empty\n")
    assert [line.split()[0] for line in out.splitlines()[2:4]] == ["22:00", "23:00"]
    assert run("simulate", "--journal", tmp_path, "--since", "1h")[0] == 2
    (tmp_path / "config" / "ivrcore.yaml").write_text(SAME_SITE, encoding="utf-8")
    scenario, problems = scenario_of_journal(tmp_path, "", "")
    assert (list(problems), scenario is None) == ([], False)
    (replayed,) = scenario.variants.values() if scenario else ()
    ((shift,), (always,)) = (replayed.people[name].shifts or () for name in ("a0", "a1"))
    first = next(event.at for event in happened if isinstance(event, ContactQueued)) - 1_700_000_000.0
    assert (shift.begin, shift.end + first) == (0.0, pytest.approx(1800.0))
    assert [(s + first, u + first) for s, u in shift.pauses] == [pytest.approx((600.0, 900.0))]
    assert always == Shift(0.0, float("inf"))
    assert replayed.people["new"].shifts is None
    half = 1_700_000_000.0 + 1800
    when = datetime.fromtimestamp(half, UTC).isoformat()
    past, began = past_of(tmp_path, when, "")
    assert began == half
    assert past.period == (half, pytest.approx(happened[-1].at))
    assert {one.priority for one in past.callers} == {0}
    assert set(past.shifts) == {"a0", "a1"}


def test_the_example_of_the_documentation_can_be_read() -> None:
    scenario, problems = read_scenario(DOCS / "simulator.yaml")
    assert list(problems) == []
    assert scenario is not None
    page = (DOCS / "simulator.md").read_text(encoding="utf-8")
    assert all(f"\n{name}   " in page for name in scenario.variants)
    assert all(name in words(DOCS / "simulator.svg") for name in scenario.variants)
