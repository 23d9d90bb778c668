"""A simulated run: nothing is lost, chance is repeatable, and people behave as they were told to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from msgspec import structs

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import LeftQueue, OfferEnd
from ivrcore.model.roster import AgentFacts, OverflowFacts, QueueFacts
from ivrcore.simulator.chance import Exponential, Fixed, Lognormal
from ivrcore.simulator.compare import compare
from ivrcore.simulator.measures import ALL, MEASURES, Measure, figures
from ivrcore.simulator.people import Person, Shift
from ivrcore.simulator.run import Floor, simulate
from ivrcore.simulator.tally import Tally
from ivrcore.simulator.traffic import Demand, Rate, Several
from tests.unit.simulator.small_floor import floor, plugins


class Log:
    """Every event of a run."""

    def __init__(self, floor: Floor, seed: str = "1", slices: int = 1) -> None:
        self.events: list[Event] = []
        self.tally: Tally = simulate(floor, seed, plugins(), slices, self.events.extend)

    def count(self, kind: type[Event]) -> int:
        return sum(type(event) is kind for event in self.events)

    def arrivals(self) -> list[tuple[float, str]]:
        return [(event.at, event.queue) for event in self.events if isinstance(event, events.ContactQueued)]


def two_queues() -> Floor:
    """Too few agents for two queues, some of whom miss calls, and callers sent on after two minutes."""
    queues = (
        QueueFacts(name="cards", skills={"cards": 1}, wrap_up=5.0, max_wait=120.0),
        QueueFacts(name="loans", skills={"loans": 1}, wrap_up=8.0),
    )
    agents = (
        AgentFacts(name="ann", endpoint="x", skills={"cards": 1}),
        AgentFacts(name="bob", endpoint="x", skills={"cards": 1, "loans": 1}),
        AgentFacts(name="cho", endpoint="x", skills={"loans": 2}),
    )
    traffic = Several(
        (
            Demand("cards", (Rate(0.0, 1 / 50),), Lognormal(80.0, 0.7), Exponential(100.0)),
            Demand("loans", (Rate(0.0, 1 / 90), Rate(1800.0, 1 / 40)), Exponential(120.0), Exponential(90.0)),
        )
    )
    slow = Person(answer=Exponential(6.0), misses=0.1)
    return Floor(queues, agents, traffic, 3600.0, people={"ann": slow, "bob": slow})


def test_nobody_is_lost() -> None:
    log = Log(two_queues())
    for name, (counts,) in log.tally.queues.items():
        closed = counts.answered + counts.abandoned + counts.left
        assert counts.entered == closed + counts.waiting, name
    total = Counter(type(event) for event in log.events)
    (cards,), (loans,) = log.tally.queues["cards"], log.tally.queues["loans"]
    assert total[events.ContactQueued] == cards.entered + loans.entered > 80
    assert total[events.VisitAnswered] == cards.answered + loans.answered > 0
    assert total[events.VisitAbandoned] == cards.abandoned + loans.abandoned > 0
    assert total[events.VisitLeft] == cards.left > 0
    assert loans.left == 0


def test_slices_and_warm_up_take_nothing_twice() -> None:
    whole, cut = Log(two_queues()).tally, Log(two_queues(), slices=7).tally
    for name, (counts,) in whole.queues.items():
        parts = cut.queues[name]
        assert sum(part.entered for part in parts) == counts.entered
        assert sum(part.answered for part in parts) == counts.answered
        assert max(part.longest for part in parts) == counts.longest
    for name, (work,) in whole.agents.items():
        assert sum(part.busy for part in cut.agents[name]) == pytest.approx(work.busy)
        assert sum(part.ready for part in cut.agents[name]) == pytest.approx(work.ready)
    later = Log(replace(two_queues(), warm_up=1800.0))
    after = [
        event for event in later.events if isinstance(event, events.ContactQueued) and event.at >= 1800.0
    ]
    assert sum(counts.entered for (counts,) in later.tally.queues.values()) == len(after)


def test_the_same_seed_gives_the_same_run_and_another_seed_another() -> None:
    first, again, other = Log(two_queues()), Log(two_queues()), Log(two_queues(), seed="2")
    assert first.events == again.events
    assert figures(first.tally) == figures(again.tally)
    assert first.arrivals() != other.arrivals()


def test_what_is_not_explained_is_decided_the_same() -> None:
    log = Log(two_queues())
    quick = simulate(two_queues(), "1", plugins())
    assert quick.queues == log.tally.queues
    assert quick.agents == log.tally.agents
    assert all(event.decided for event in log.events if isinstance(event, events.OfferMade))


def test_variants_meet_the_same_callers() -> None:
    base = two_queues()
    queues = tuple(structs.replace(queue, wrap_up=60.0) for queue in base.queues)
    only = replace(base, agents=base.agents[:2], queues=queues)
    assert Log(base).arrivals() == Log(only).arrivals()


@pytest.mark.parametrize("strategy", sorted(plugins().strategies))
def test_every_strategy_can_be_simulated(strategy: str) -> None:
    base = two_queues()
    queues = tuple(structs.replace(queue, strategy=strategy) for queue in base.queues)
    log = Log(replace(base, queues=queues, end=900.0))
    assert not log.tally.failures
    for (counts,) in log.tally.queues.values():
        assert counts.entered == counts.answered + counts.abandoned + counts.left + counts.waiting


def test_an_agent_who_answers_nothing_misses_every_offer() -> None:
    log = Log(floor(1, 1 / 60, end=600.0, person=Person(misses=1.0)))
    missed = [event for event in log.events if isinstance(event, events.OfferEnded)]
    assert missed
    assert {event.how for event in missed} == {OfferEnd.NO_ANSWER}
    assert log.count(events.VisitAnswered) == 0
    (counts,) = log.tally.queues["loans"]
    assert counts.waiting == counts.entered
    assert counts.longest > 500


def test_who_waits_too_long_is_sent_on() -> None:
    log = Log(floor(0, 1 / 60, end=600.0, queue=QueueFacts(name="loans", max_wait=30.0)))
    left = [event for event in log.events if isinstance(event, events.VisitLeft)]
    assert {(event.why, round(event.waited)) for event in left} == {(LeftQueue.TIMED_OUT, 30)}


def test_who_is_not_let_in_is_counted_apart() -> None:
    queue = QueueFacts(name="loans", join_waiting=2)
    log = Log(floor(1, 1 / 20, end=3600.0, talk=Fixed(60.0), queue=queue))
    (counts,) = log.tally.queues["loans"]
    assert counts.refused == log.count(events.JoinRefused) > 0
    assert counts.entered == counts.answered + counts.waiting
    found = figures(log.tally)["refused_rate"]
    assert found == counts.refused / (counts.refused + counts.entered)


def test_who_overflows_waits_on_in_the_other_queue() -> None:
    base = two_queues()
    overflow = (OverflowFacts(to="loans", after=30.0),)
    queues = (structs.replace(base.queues[0], overflow=overflow, max_wait=None), base.queues[1])
    log = Log(replace(base, queues=queues))
    (cards,), (loans,) = log.tally.queues["cards"], log.tally.queues["loans"]
    moved = [event for event in log.events if isinstance(event, events.VisitLeft)]
    assert {event.why for event in moved} == {LeftQueue.MOVED}
    assert cards.left == len(moved)
    for counts in (cards, loans):
        assert counts.entered == counts.answered + counts.abandoned + counts.left + counts.waiting


def test_times_are_as_told() -> None:
    told = Person(answer=Fixed(4.0))
    log = Log(floor(1, 1 / 300, end=7200.0, talk=Fixed(50.0), person=told))
    for event in log.events:
        if isinstance(event, events.TalkEnded):
            assert event.talked == pytest.approx(50.0)
    waits = [event.waited for event in log.events if isinstance(event, events.VisitAnswered)]
    assert min(waits) == pytest.approx(4.0)


def test_agents_come_pause_and_go() -> None:
    shifts = (Shift(600.0, 2400.0, ((1200.0, 1500.0),)),)
    log = Log(floor(2, 1 / 40, end=3600.0, patience=Fixed(60.0), person=Person(shifts=shifts)))
    at = [event.at for event in log.events if isinstance(event, events.OfferMade)]
    assert at[0] >= 600.0
    assert at[-1] <= 2400.0
    assert not [one for one in at if 1200.0 <= one < 1500.0]
    works = [work for (work,) in log.tally.agents.values()]
    assert all(1400.0 < work.busy + work.ready < 1700.0 for work in works)  # talk goes on after the end


def test_one_run_is_cut_into_slices_and_several_are_not() -> None:
    base = floor(3, 1 / 30, end=7200.0)
    (one,) = compare({"it": base}, plugins(), replications=1, seed="1").results
    (many,) = compare({"it": base}, plugins(), replications=3, seed="1").results
    level = next(measure for measure in MEASURES if measure.name == "service_level")
    longest = next(measure for measure in MEASURES if measure.name == "longest_wait")
    assert (one.estimate(ALL, level).values, many.estimate(ALL, level).values) == (20, 3)
    assert one.estimate(ALL, level).mean == figures(simulate(base, "1/1", plugins()))["service_level"]
    assert one.estimate(ALL, longest).values == 1


def test_given_too_few_agents_then_who_still_waits_is_shown_and_not_answered_in_time() -> None:
    log = Log(floor(2, 1 / 20, end=4 * 3600.0))
    (counts,) = log.tally.queues["loans"]
    assert counts.waiting > 100
    assert counts.waiting - 5 < counts.late <= counts.waiting
    found = figures(log.tally)
    assert found["waiting_rate"] == counts.waiting / counts.entered
    assert found["service_level"] == counts.in_threshold / (counts.answered + counts.late)
    stuck = figures(simulate(floor(2, 1 / 20, talk=Fixed(1e9)), "1", plugins()))
    assert stuck["service_level"] < 0.02


def test_what_is_nothing_is_shown_unless_it_cannot_be() -> None:
    nobody = floor(0, 1 / 60, end=600.0)
    comparison = compare({"it": nobody}, plugins(), replications=2, seed="1")
    assert comparison.results[0].estimate(ALL, named("service_level")).mean == 0.0
    hidden = {each.name for each in MEASURES if not comparison.can_be(ALL, each)}
    assert hidden == {"left_rate", "refused_rate", "call_back_rate", "called_back", "until_called"}
    rules: dict[str, dict[str, object]] = {
        "left_rate": {"max_wait": 900.0},
        "refused_rate": {"join_empty": False},
    }
    for name, rule in rules.items():
        queue = QueueFacts(name="loans", **rule)  # type: ignore[arg-type]
        ruled = compare(
            {"it": nobody, "ruled": replace(nobody, queues=(queue,))}, plugins(), replications=1, seed="1"
        )
        assert ruled.can_be("loans", named(name))


def named(name: str) -> Measure:
    return next(measure for measure in MEASURES if measure.name == name)
