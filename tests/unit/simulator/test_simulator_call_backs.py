"""Simulated callers who ask to be called back: their place, their tries, and what is counted of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import LeftQueue
from ivrcore.model.roster import AgentFacts, OverflowFacts, QueueFacts
from ivrcore.simulator.chance import Exponential, Fixed
from ivrcore.simulator.compare import compare
from ivrcore.simulator.measures import Figures, figures
from ivrcore.simulator.run import Floor, simulate
from ivrcore.simulator.scenario import read_scenario
from ivrcore.simulator.table import table
from ivrcore.simulator.tally import Counts, Tally
from ivrcore.simulator.traffic import Demand, Rate, Several, Wishes
from tests.unit.simulator.small_floor import floor, plugins

SOON = Wishes(after=30.0, accepts=0.7, answer=Exponential(8.0), misses=0.2, gap=120.0)


def busy(wishes: Wishes | None, patience: float = 120.0, agents: int = 4) -> Floor:
    """An hour with a third more callers than its agents can serve, and one to clear up after it."""
    made = floor(agents, agents / 45, patience=Exponential(patience), end=7200.0)
    (demand,) = made.traffic.sources  # type: ignore[attr-defined]
    rates = (demand.rates[0], demand.rates[0]._replace(since=3600.0, per_second=0.0))
    return replace(made, traffic=Several((replace(demand, rates=rates, call_back=wishes),)))


def run(wishes: Wishes, **changes: float) -> tuple[list[Event], Tally, Counts]:
    seen: list[Event] = []
    tally = simulate(busy(wishes, **changes), "1", plugins(), watch=seen.extend)  # type: ignore[arg-type]
    (counts,) = tally.queues["loans"]
    return seen, tally, counts


def queued(seen: list[Event]) -> list[events.ContactQueued]:
    return [one for one in seen if isinstance(one, events.ContactQueued)]


def left(seen: list[Event]) -> Counter[LeftQueue]:
    return Counter(one.why for one in seen if isinstance(one, events.VisitLeft))


def test_nobody_is_lost_or_counted_twice() -> None:
    seen, tally, counts = run(SOON)
    callers = [one for one in queued(seen) if not one.call_back]
    talked = [one.contact for one in seen if isinstance(one, events.VisitAnswered)]
    assert counts.entered == len(callers) == counts.answered + counts.abandoned + counts.left + counts.waiting
    assert counts.left == counts.asked == left(seen)[LeftQueue.BY_KEY] > 20
    assert len(talked) == len(set(talked)) == counts.answered + counts.called_back
    assert 0.9 < figures(tally)["called_back"] <= 1.0
    assert counts.until_called / counts.called_back > 60.0
    assert figures(tally)["left_rate"] == 0.0


def test_they_keep_their_place_and_are_rung_only_once_an_agent_is_there() -> None:
    seen, _, _ = run(SOON)
    came = {one.contact: one.at for one in queued(seen) if not one.call_back}
    back = [one for one in queued(seen) if one.call_back]
    assert back
    assert all(one.since == came[one.contact] for one in back)
    assert left(seen)[LeftQueue.NOT_REACHED] > 0
    accepted = {one.visit for one in seen if isinstance(one, events.OfferAccepted)}
    missed = [one for one in seen if isinstance(one, events.VisitLeft) and one.why is LeftQueue.NOT_REACHED]
    assert {one.visit for one in missed} <= accepted


@pytest.mark.parametrize(
    "never",
    [replace(SOON, misses=1.0), replace(SOON, patience=Fixed(0.0)), replace(SOON, answer=Fixed(31.0))],
    ids=["not there", "not any more", "too late"],
)
def test_who_answers_no_call_is_rung_so_often_and_not_once_more(never: Wishes) -> None:
    seen, _, counts = run(never)
    assert counts.called_back == 0
    tries = Counter(one.contact for one in queued(seen) if one.call_back)
    assert max(tries.values()) == 3
    assert left(seen)[LeftQueue.NOT_REACHED] > 2 * counts.asked


def test_a_call_back_that_is_too_old_is_given_up() -> None:
    seen, _, counts = run(replace(SOON, longest_wait=200.0))
    given_up = left(seen)[LeftQueue.TIMED_OUT]
    assert given_up > 0
    assert counts.called_back <= counts.asked - given_up
    late = [one for one in seen if isinstance(one, events.VisitLeft) and one.why is LeftQueue.TIMED_OUT]
    assert max(one.waited for one in late) == 200.0


def lost(one: Figures) -> float:
    """The part that nobody talked with."""
    asked = one["call_back_rate"]
    return one["abandon_rate"] + (asked * (1 - one["called_back"]) if asked else 0.0)


@pytest.mark.slow  # two days of callers
def test_variants_meet_the_same_callers_and_fewer_are_lost_by_call_backs() -> None:
    without, less, more = (busy(wishes) for wishes in (None, SOON, replace(SOON, accepts=1.0)))
    found = compare({"no": without, "some": less, "all": more}, plugins(), replications=3, seed="1")
    no, some, every = (one.values[""] for one in found.results)
    for one, two, three in zip(no, some, every, strict=True):
        assert one["entered"] == two["entered"] == three["entered"]
        assert two["call_back_rate"] > 0.3
        assert lost(one) > lost(three) + 0.05
    assert "call-backs" in table(found)
    assert "call-backs" not in table(compare({"no": without}, plugins(), replications=2, seed="1"))


SCENARIO = """
length: 1h
replications: 2
queues: {loans: {}}
agents: {ann: {}, bob: {}}
traffic:
  loans:
    per_hour: 150
    handling: 60s
    patience: {exponential: 2m}
    call_back: {after: 30s, accepts: 0.5, patience: {exponential: 1h}, tries: 2, gap: 1m}
"""


def test_a_scenario_says_who_asks_for_it(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(SCENARIO)
    scenario, problems = read_scenario(file)
    assert not list(problems)
    assert scenario is not None
    (demand,) = scenario.variants["scenario"].traffic.sources  # type: ignore[attr-defined]
    assert isinstance(demand, Demand)
    assert demand.call_back == Wishes(30.0, 0.5, Exponential(3600.0), Fixed(5.0), tries=2, gap=60.0)
    found = compare(scenario.variants, scenario.plugins, replications=2, seed="1")
    assert "called back" in table(found)


def test_what_is_wrong_with_it_is_told(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(SCENARIO.replace("accepts: 0.5", "accepts: 5").replace("tries: 2", "trys: 2"))
    _, problems = read_scenario(file)
    assert len(list(problems)) == 2


def test_a_call_back_that_was_moved_stays_where_it_was_moved_to_for_its_next_tries() -> None:
    queues = (
        QueueFacts(name="a", wrap_up=0.0, overflow=(OverflowFacts(to="b", after=20.0),)),
        QueueFacts(name="b", wrap_up=0.0),
    )
    agents = (AgentFacts(name="ann", endpoint="x", queues=("b",)),)
    never = Wishes(after=10.0, accepts=1.0, answer=Fixed(5.0), misses=1.0, tries=3, gap=60.0)
    demand = Demand("a", (Rate(0, 1 / 100),), Fixed(60.0), Fixed(500.0), call_back=never)
    seen: list[Event] = []
    simulate(Floor(queues, agents, demand, 1000.0), "1", plugins(), watch=seen.extend)
    back = [one for one in queued(seen) if one.call_back]
    first = [one.queue for one in back if one.contact == back[0].contact]
    assert first == ["a", "b", "b", "b"]
