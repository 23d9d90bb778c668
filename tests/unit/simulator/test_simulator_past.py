"""A journal's callers come again as they came: the same times, queues, talks and patience."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivrcore.model import events
from ivrcore.model.event import Event, decode, encode
from ivrcore.model.names import AgentState, By, LeftQueue
from ivrcore.model.roster import QueueFacts
from ivrcore.simulator.chance import NEVER, Empirical, Exponential, Gamma
from ivrcore.simulator.measures import figures
from ivrcore.simulator.past import history
from ivrcore.simulator.run import Floor, simulate
from tests.unit.simulator.small_floor import floor, plugins

DAY = 1_800_000_000.0


def recorded(base: Floor) -> list[Event]:
    """Every event of a run, as a journal gives it back."""
    kept: list[Event] = []
    simulate(base, "1", plugins(), watch=kept.extend)
    return [decode(type(event).__name__, event.VERSION, encode(event)) for event in kept]


def test_replayed_callers_come_as_they_came_and_are_answered_the_same() -> None:
    queue = QueueFacts(name="loans", priority=3)
    base = floor(3, 1 / 22, talk=Gamma(60.0, 0.5), patience=Exponential(45.0), queue=queue)
    journal = recorded(base)
    past = history(journal, 0.0, 3600.0)
    again: list[Event] = []
    replayed = replace(base, traffic=past.replay(0.0, ["loans"]))
    tally = simulate(replayed, "another seed", plugins(), watch=again.extend)

    def arrivals(happened: list[Event]) -> list[tuple[float, str, int]]:
        found = [event for event in happened if isinstance(event, events.ContactQueued)]
        return [(event.at, event.queue, event.priority) for event in found]

    assert len(arrivals(journal)) > 100
    assert arrivals(again) == arrivals(journal)
    before, after = figures(simulate(base, "1", plugins())), figures(tally)
    assert after["service_level"] == pytest.approx(before["service_level"], abs=0.01)
    assert after["abandon_rate"] == pytest.approx(before["abandon_rate"], abs=0.01)


def queued(visit: str, at: float, **more: object) -> events.ContactQueued:
    return events.ContactQueued(at=at, contact=visit, visit=visit, queue="loans", **more)  # type: ignore[arg-type]


def test_what_is_known_of_whom() -> None:
    common = {"queue": "loans"}
    happened: list[Event] = [
        queued("talked", DAY),
        events.VisitAnswered(
            at=DAY + 5,
            contact="talked",
            visit="talked",
            offer="o",
            agent="ann",
            bridge="b",
            waited=5.0,
            in_threshold=True,
            **common,
        ),
        queued("gave up", DAY + 10, skills={"korean": 1}),
        events.VisitAbandoned(
            at=DAY + 40,
            contact="gave up",
            visit="gave up",
            waited=30.0,
            in_threshold=False,
            short=False,
            **common,
        ),
        queued("sent on", DAY + 20),
        events.VisitLeft(
            at=DAY + 60, contact="sent on", visit="sent on", waited=40.0, why=LeftQueue.TIMED_OUT, **common
        ),
        queued("called back", DAY + 30, call_back=True),
        events.TalkEnded(
            at=DAY + 65, contact="talked", visit="talked", agent="ann", talked=60.0, by=By.CALLER, **common
        ),
        events.AgentStateChanged(at=DAY + 65, agent="ann", state=AgentState.WRAP_UP, until=DAY + 90),
        events.AgentStateChanged(at=DAY + 77, agent="ann", state=AgentState.READY),
        queued("still there", DAY + 100),
        queued("too late", DAY + 1000),
    ]
    past = history(happened, DAY, DAY + 500)
    known = [(one.at - DAY, one.waited, one.patience, one.talk) for one in past.callers]
    assert known == [
        (0, 5, None, 60),
        (10, 30, 30, None),
        (20, 40, None, None),
        (100, 900, None, None),
    ]
    assert past.callers[1].skills == {"korean": 1}
    assert (past.queues, past.wrap_up) == (("loans",), {"loans": 12.0})
    assert past.talk("loans") == Empirical((60.0,))
    assert past.patience("loans") == Exponential(5.0 + 30 + 40 + 900)
    assert (past.talk("cards"), past.patience("cards")) == (None, NEVER)
    assert [caller.at for caller in past.replay(DAY, ["loans", "cards"]).callers("1", 90.0)] == [0, 10, 20]
