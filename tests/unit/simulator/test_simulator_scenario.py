"""Scenarios: what they say is what is simulated; what is wrong in them is told with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.fields import Fields
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState
from ivrcore.model.roster import QueueFacts
from ivrcore.problems import Problems, Rule
from ivrcore.simulator import rules
from ivrcore.simulator.chance import NEVER, Empirical, Exponential, Fixed, Gamma, Lognormal
from ivrcore.simulator.demand import read_traffic
from ivrcore.simulator.past import History
from ivrcore.simulator.people import Person, Shift
from ivrcore.simulator.run import Floor, simulate
from ivrcore.simulator.scenario import WHOLE, Reading, Scenario, read_scenario
from ivrcore.simulator.traffic import Demand, Past, Rate, Several
from ivrcore.yamltree import parse_yaml
from tests.unit.simulator.small_floor import plugins

SCENARIO = """
begins: "08:00"
length: 4h
warm_up: 30m
replications: 7
seed: monday
queues:
  cards: {skills: {cards: 1}, wrap_up: 15s}
  loans: {skills: {loans: 1}, strategy: longest_idle}
agents:
  kim: {skills: [cards, loans], answer: {exponential: 4s}, misses: 0.05}
  team: {count: 3, skills: {cards: 2}, shift: 07:00-16:00, pauses: [12:00-12:30, "09:00-09:15"]}
  lee: {skills: [loans]}
traffic:
  cards:
    per_hour: {"07:30": 20, "09:00": 40.5}
    handling: {lognormal: 3m, cv: 0.8}
    patience: {gamma: 2m, cv: 0.5}
  loans: {per_hour: 6, handling: {values: [60s, 2m]}, priority: 2, skills: [loans]}
variants:
  today: {}
  fewer:
    agents: {team: {count: 1}, lee: }
    queues: {loans: {wrap_up: 30s}}
    traffic: {loans: {per_hour: 12, handling: 90s}}
"""


def read(folder: Path, text: str) -> tuple[Scenario | None, list[tuple[str, int]]]:
    file = folder / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    scenario, problems = read_scenario(file)
    return scenario, [(problem.code, problem.location.line) for problem in problems.errors]


def good(folder: Path, text: str) -> Scenario:
    scenario, problems = read(folder, text)
    assert problems == []
    assert scenario is not None
    return scenario


def demands(floor: Floor) -> dict[str, Demand]:
    assert isinstance(floor.traffic, Several)
    return {one.queue: one for one in floor.traffic.sources if isinstance(one, Demand)}


def test_a_scenario_is_what_it_says(tmp_path: Path) -> None:
    scenario = good(tmp_path, SCENARIO)
    assert (scenario.replications, scenario.seed, list(scenario.variants)) == (
        7,
        "monday",
        ["today", "fewer"],
    )
    today = scenario.variants["today"]
    assert (today.end, today.warm_up) == (4 * 3600.0, 1800.0)
    assert [agent.name for agent in today.agents] == ["kim", "team-1", "team-2", "team-3", "lee"]
    assert today.people["kim"].answer == Exponential(4.0)
    assert today.people["kim"].misses == 0.05
    assert today.people["kim"].shifts is None
    assert today.people["team-2"].shifts == (
        Shift(0.0, 8 * 3600.0, ((3600.0, 4500.0), (4 * 3600.0, 4.5 * 3600.0))),
    )
    found = demands(today)
    assert found["cards"].rates == (Rate(0.0, 20 / 3600), Rate(3600.0, 40.5 / 3600))
    assert (found["cards"].talk, found["cards"].patience) == (Lognormal(180.0, 0.8), Gamma(120.0, 0.5))
    assert (found["loans"].talk, found["loans"].patience) == (Empirical((60.0, 120.0)), NEVER)
    assert (found["loans"].priority, found["loans"].skills) == (2, {"loans": 1})


def test_a_variant_is_put_over_the_rest(tmp_path: Path) -> None:
    scenario = good(tmp_path, SCENARIO)
    today, fewer = scenario.variants["today"], scenario.variants["fewer"]
    assert [agent.name for agent in fewer.agents] == ["kim", "team-1"]
    assert [queue.wrap_up for queue in today.queues] == [15.0, 10.0]
    assert [queue.wrap_up for queue in fewer.queues] == [15.0, 30.0]
    assert demands(fewer)["loans"].rates == (Rate(0.0, 12 / 3600),)
    assert demands(fewer)["loans"].talk == Fixed(90.0)
    assert demands(fewer)["cards"] == demands(today)["cards"]


SITE = """
queues:
  cards: {threshold: 30s}
agents:
  kim: {endpoint: PJSIP/agent1, queues: [cards]}
  lee: {endpoint: PJSIP/agent2, queues: [cards]}
"""


def test_a_sites_queues_and_agents_are_taken(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "ivrcore.yaml").write_text(SITE, encoding="utf-8")
    agents = "agents: {kim: {answer: 3s}, more: {count: 2}}"
    text = f"site: .\ntraffic: {{cards: {{per_hour: 10, handling: 60s}}}}\n{agents}"
    floor = good(tmp_path, text).variants[WHOLE]
    assert [agent.name for agent in floor.agents] == ["kim", "lee", "more-1", "more-2"]
    assert (floor.queues[0].threshold, floor.people["kim"].answer) == (30.0, Fixed(3.0))


H = 3600.0
NIGHT = """
begins: "22:00"
length: 56h
queues: {loans: {}}
agents:
  kim: {shift: [22:00-24:00, 00:00-06:00], pauses: [21:30-22:15, "02:00-02:30", "05:45-06:30", 12:00-13:00]}
  lee: {pauses: 07:30-08:30}
  ann: {shift: 08:00-16:00, pauses: 07:30-08:30}
traffic:
  loans: {per_hour: {"22:00": 36, "06:00": 0}, handling: 60s}
"""


def test_times_of_day_come_again_every_day(tmp_path: Path) -> None:
    floor = good(tmp_path, NIGHT).variants[WHOLE]
    night = Shift(0.0, 8 * H, ((0.0, H / 4), (4 * H, 4.5 * H), (7.75 * H, 8 * H)))
    nights = [
        Shift(night.begin + day, night.end + day, tuple((s + day, u + day) for s, u in night.pauses))
        for day in (0.0, 24 * H, 48 * H)
    ]
    kim = floor.people["kim"].shifts
    assert kim is not None
    assert list(kim[:2]) == nights[:2]
    assert (kim[2].begin, kim[2].pauses) == (48 * H, nights[2].pauses)
    lee = floor.people["lee"].shifts
    assert lee == (Shift(0.0, float("inf"), tuple(((n + 9.5) * H, (n + 10.5) * H) for n in (0, 24, 48))),)
    ann = floor.people["ann"].shifts
    assert ann == tuple(Shift(n * H, (n + 8) * H, ((n * H, (n + 0.5) * H),)) for n in (10, 34, 58))
    busy, idle = 36 / 3600, 0.0
    assert [one for one in demands(floor)["loans"].rates if one.since < 56 * H] == [
        Rate(n * H, rate) for n, rate in ((0, busy), (8, idle), (24, busy), (32, idle), (48, busy))
    ]


def within(person: Person, end: float) -> list[tuple[float, float, list[tuple[float, float]]]]:
    """Give the shifts of a run of that length: what comes later makes no difference."""
    return [
        (one.begin, min(one.end, end), [(s, min(u, end)) for s, u in one.pauses if s < end])
        for one in person.shifts or ()
        if one.begin < end
    ]


ONE_NIGHT = """
begins: "{begins}"
length: 30h
queues: {{loans: {{}}}}
agents: {{kim: {{shift: {shift}, pauses: {pauses}}}}}
traffic: {{loans: {{per_hour: 6, handling: 60s}}}}
"""


@pytest.mark.parametrize("begins", ["00:00", "03:00", "06:00", "12:00", "22:00", "23:30"])
def test_a_shift_over_midnight_may_be_written_as_one(tmp_path: Path, begins: str) -> None:
    one = ONE_NIGHT.format(begins=begins, shift="22:00-06:00", pauses='["23:45-00:15", "02:00-02:30"]')
    two = ONE_NIGHT.format(
        begins=begins,
        shift="[22:00-24:00, 00:00-06:00]",
        pauses='["23:45-24:00", "00:00-00:15", "02:00-02:30"]',
    )
    once, twice = (within(good(tmp_path, text).variants[WHOLE].people["kim"], 30 * H) for text in (one, two))
    assert once == twice
    assert once


def test_given_a_night_shift_then_somebody_works_after_midnight_and_on_the_second_day(tmp_path: Path) -> None:
    floor = good(tmp_path, NIGHT).variants[WHOLE]
    kept: list[Event] = []
    simulate(floor, "1", plugins(), watch=kept.extend)
    hours = {int(e.at // H) for e in kept if isinstance(e, events.VisitAnswered) and e.agent == "kim"}
    assert hours >= {0, 1, 2, 3, 5, 6, 25, 27, 49, 51}
    assert not hours & set(range(9, 24))
    paused = [e.at for e in kept if isinstance(e, events.AgentStateChanged) and e.agent == "ann"
              and e.state is AgentState.PAUSED]  # fmt: skip
    assert paused == [10 * H, 34 * H]


def test_whom_a_replay_leaves_out_is_told(tmp_path: Path) -> None:
    tree = parse_yaml("traffic: journal\n", "s.yaml", Problems())
    assert tree is not None
    problems = Problems()
    callers = (
        Past(5.0, "cards", 1.0, None, 60.0),
        Past(6.0, "loans", 9.0, 9.0, None),
        Past(7.0, "x", 1.0, None, 9.0),
    )
    reading = Reading(problems, tmp_path, past=History(callers))
    queues = (QueueFacts(name="cards"), QueueFacts(name="loans"))
    traffic = read_traffic(Fields(tree, problems, "scenario"), queues, reading)
    assert [caller.queue for caller in traffic.callers("1", 100.0)] == ["cards"]
    told = [(problem.code, problem.message.rpartition(": ")[2]) for problem in problems.warnings]
    assert sorted(told) == [("SIM106", "nobody talked there"), ("SIM106", "there is no such queue")]


ONE = "queues: {loans: {}}\nagents: {kim: {}}\n"
GOOD = "traffic: {loans: {per_hour: 1, handling: 60s}}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("site: nowhere\n" + ONE + GOOD, ("SIM002", 1)),
        (ONE + "traffic: journal\n", ("SIM003", 3)),
        (ONE + "journal: nowhere.db\n" + GOOD, ("SIM003", 3)),
        (ONE + GOOD + "begins: nine\n", ("SIM101", 4)),
        ("queues: {loans: {}}\nagents:\n  kim: {shift: 17:00-17:00}\n" + GOOD, ("SIM101", 3)),
        (ONE + 'traffic:\n  loans: {per_hour: {"9": 1}, handling: 60s}\n', ("SIM101", 4)),
        (ONE + "traffic:\n  loans: {per_hour: 1, handling: soon}\n", ("SIM102", 4)),
        (ONE + "traffic:\n  loans: {per_hour: 1, handling: {normal: 3m}}\n", ("SIM102", 4)),
        (ONE + "traffic:\n  loans: {per_hour: 1, handling: never}\n", ("SIM102", 4)),
        (ONE + "traffic:\n  loan: {per_hour: 1, handling: 60s}\n", ("SIM103", 4)),
        (ONE + "traffic: {}\n", ("SIM104", 3)),
        ("queues: {loans: {}}\n" + GOOD, ("SIM105", 1)),
        (ONE, ("YML102", 1)),
        (ONE + "traffic:\n  loans: {per_hour: 1}\n", ("YML102", 4)),
        (ONE + "traffic:\n  loans: {per_hour: 1, handling: {values: [soon]}}\n", ("YML104", 4)),
        (ONE + GOOD + "replication: 5\n", ("YML101", 4)),
        (ONE + GOOD + "length: 1h\nwarm_up: 2h\n", ("YML104", 1)),
        (ONE + GOOD + "variants: {more: {agent: {}}}\n", ("YML101", 4)),
        ("queues: {loans: {strategy: nobodys}}\nagents: {kim: {}}\n" + GOOD, ("CFG201", 1)),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, expected: tuple[str, int]) -> None:
    assert expected in read(tmp_path, text)[1]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    scenario, problems = read_scenario(tmp_path / "none.yaml")
    assert scenario is None
    assert [problem.code for problem in problems] == ["SIM001"]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.code)
def test_every_rule_has_a_test(rule: Rule) -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert f'"{rule.code}"' in tests
