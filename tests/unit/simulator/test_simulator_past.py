"""A journal's callers come again as they came: the same times, queues, talks and patience."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivrcore.journal.local import insert, read_back, read_named, span_of
from ivrcore.journal.record import Record
from ivrcore.journal.store import Store
from ivrcore.model import events
from ivrcore.model.event import Event, decode, encode
from ivrcore.model.names import AgentState, By, LeftQueue
from ivrcore.model.roster import AgentFacts, OverflowFacts, QueueFacts
from ivrcore.simulator.attendance import told_before
from ivrcore.simulator.chance import NEVER, Empirical, Exponential, Gamma
from ivrcore.simulator.measures import figures
from ivrcore.simulator.past import BEFORE, History, history
from ivrcore.simulator.people import Person, Shift
from ivrcore.simulator.run import Floor, simulate
from ivrcore.simulator.traffic import Demand, Rate
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


def test_who_left_while_nobody_looked_had_the_patience_that_was_seen() -> None:
    left = events.VisitAbandoned(
        at=DAY + 90,
        contact="c1",
        visit="c1",
        queue="loans",
        waited=10.0,
        in_threshold=True,
        short=False,
        since=DAY + 10,
    )
    past = history([queued("c1", DAY), left], DAY, DAY + 500)
    assert [(one.waited, one.patience) for one in past.callers] == [(10, 10)]


# --- contacts who queue more than once --------------------------------------------------------------


def came_again(base: Floor, queues: list[str]) -> tuple[list[Event], History, list[Event]]:
    """What a run's journal tells, and what happens when its callers come again."""
    journal = recorded(base)
    past = history(journal, 0.0, base.end)
    again: list[Event] = []
    simulate(replace(base, traffic=past.replay(0.0, queues)), "another seed", plugins(), watch=again.extend)
    return journal, past, again


def asked(happened: list[Event]) -> list[tuple[float, str]]:
    """When contacts asked for which queue, but those whom the router moved."""
    kinds = events.ContactQueued | events.JoinRefused
    found = [event for event in happened if isinstance(event, kinds)]
    return [(event.at, event.queue) for event in found if not getattr(event, "through", ())]


def test_whom_the_router_moves_comes_once() -> None:
    queues = (
        QueueFacts(name="a", wrap_up=0.0, overflow=(OverflowFacts(to="b", after=20.0),)),
        QueueFacts(name="b", wrap_up=0.0),
    )
    agents = tuple(AgentFacts(name=n, endpoint="x", queues=(q,)) for n, q in (("x", "a"), ("y", "b")))
    demand = Demand("a", (Rate(0, 1 / 50),), Gamma(60.0, 0.3), Exponential(200.0))
    base = Floor(queues=queues, agents=agents, traffic=demand, end=7200.0)
    journal, past, again = came_again(base, ["a", "b"])
    moved = [event for event in journal if isinstance(event, events.ContactQueued) and event.through]
    assert len(moved) > 20
    assert len(past.callers) == len(asked(journal)) > 100
    assert past.queues == ("a",)
    assert asked(again) == asked(journal)
    talked = [event.talked for event in journal if isinstance(event, events.TalkEnded)]
    assert sorted(one.talk for one in past.callers if one.talk) == pytest.approx(sorted(talked))
    gone = {event.contact: event.at for event in journal if isinstance(event, events.VisitAbandoned)}
    waits = [gone[e.contact] - e.at for e in journal if isinstance(e, events.ContactQueued)
             if e.contact in gone and not e.through]  # fmt: skip
    assert sorted(one.patience for one in past.callers if one.patience is not None) == pytest.approx(
        sorted(waits)
    )


def test_who_was_moved_while_nothing_was_read_is_not_a_caller() -> None:
    moved = queued("v1.m", DAY, through=("cards",))
    assert history([moved], DAY, DAY + 10).callers == ()


def test_whom_join_rules_refused_comes_too() -> None:
    base = floor(2, 1 / 20, queue=QueueFacts(name="loans", wrap_up=0.0, join_waiting=2))
    journal, past, again = came_again(base, ["loans"])
    refused = sum(isinstance(event, events.JoinRefused) for event in journal)
    assert refused > 20
    assert asked(again) == asked(journal)
    assert len(past.callers) == len(asked(journal))
    wide = replace(base, queues=(QueueFacts(name="loans", wrap_up=0.0),))
    everybody: list[Event] = []
    simulate(replace(wide, traffic=past.replay(0.0, ["loans"])), "1", plugins(), watch=everybody.extend)
    assert sum(isinstance(event, events.ContactQueued) for event in everybody) == len(past.callers)


def left(visit: str, at: float, contact: str, waited: float) -> events.VisitLeft:
    return events.VisitLeft(
        at=at, contact=contact, visit=visit, queue="loans", waited=waited, why=LeftQueue.TIMED_OUT
    )


def talked(visit: str, at: float, contact: str, seconds: float, queue: str = "loans") -> list[Event]:
    return [
        events.VisitAnswered(
            at=at, contact=contact, visit=visit, queue=queue, offer="o", agent="ann", bridge="b", waited=5.0,
            in_threshold=True,
        ),
        events.TalkEnded(
            at=at + seconds, contact=contact, visit=visit, queue=queue, agent="ann", talked=seconds,
            by=By.CALLER,
        ),
    ]  # fmt: skip


def visit(contact: str, number: int, at: float, queue: str = "loans", **more: object) -> events.ContactQueued:
    name = f"{contact}.v{number}"
    return events.ContactQueued(at=at, contact=contact, visit=name, queue=queue, **more)  # type: ignore[arg-type]


def test_whom_the_dialplan_sends_on_comes_again_only_if_he_left() -> None:
    happened = [
        visit("c", 1, DAY),
        left("c.v1", DAY + 60, "c", 60.0),
        visit("c", 2, DAY + 70, "cards"),
        *talked("c.v2", DAY + 75, "c", 30.0, "cards"),
        visit("c", 3, DAY + 200, "cards"),  # the agent sent him there: another conversation
        *talked("c.v3", DAY + 210, "c", 10.0, "cards"),
        *(visit("d", 1, DAY + 300), *talked("d.v1", DAY + 305, "d", 40.0)),
    ]
    past = history(happened, DAY, DAY + 1000)
    assert [(one.at - DAY, one.queue, one.talk) for one in past.callers] == [
        (0, "loans", 30.0),
        (200, "cards", 10.0),
        (300, "loans", 40.0),
    ]
    assert [(one.at - DAY, one.queue) for one in past.visits] == [
        (0, "loans"),
        (70, "cards"),
        (200, "cards"),
        (300, "loans"),
    ]
    first, *_ = past.replay(DAY, ["loans", "cards"]).callers("1", 1000.0)
    assert first.later is not None
    assert (first.later.at, first.later.queue) == (10.0, "cards")
    (only, *_) = past.replay(DAY, ["cards"]).callers("1", 1000.0)
    assert (only.at, only.queue) == (70.0, "cards")

    def queues(**loans: object) -> list[tuple[float, str]]:
        facts = (QueueFacts(name="loans", wrap_up=0.0, **loans), QueueFacts(name="cards", wrap_up=0.0))  # type: ignore[arg-type]
        agents = (AgentFacts(name="ann", endpoint="x", queues=("loans", "cards")),)
        people = {"ann": Person(shifts=(Shift(45.0, 5000.0),))}
        traffic = past.replay(DAY, ["loans", "cards"])
        kept: list[Event] = []
        simulate(Floor(facts, agents, traffic, 190.0, people=people), "1", plugins(), watch=kept.extend)
        return asked(kept)

    assert queues() == [(0.0, "loans")]
    assert queues(max_wait=40.0) == [(0.0, "loans"), (50.0, "cards")]


def test_a_conversation_by_call_back_is_that_of_the_caller_who_waited() -> None:
    happened = [
        visit("c", 1, DAY),
        left("c.v1", DAY + 60, "c", 60.0),
        visit("c", 2, DAY + 70, call_back=True),
        *talked("c.v2", DAY + 75, "c", 30.0),
        visit("web", 1, DAY + 80, call_back=True),
    ]
    past = history(happened, DAY, DAY + 1000)
    assert [(one.at - DAY, one.waited, one.patience, one.talk) for one in past.visits] == [(0, 60, None, 30)]


# --- agents, and what was before --------------------------------------------------------------------


def state(agent: str, at: float, to: AgentState, **more: object) -> events.AgentStateChanged:
    return events.AgentStateChanged(at=at, agent=agent, state=to, **more)  # type: ignore[arg-type]


def roster(at: float, *agents: str) -> events.RosterLoaded:
    facts = tuple(AgentFacts(name=name, endpoint="x") for name in agents)
    return events.RosterLoaded(at=at, queues=(QueueFacts(name="loans", priority=60),), agents=facts)


def test_agents_are_at_work_as_the_journal_has_it() -> None:
    happened = [
        roster(DAY, "ann", "bob", "cho", "dan"),
        state("ann", DAY + 10, AgentState.READY),
        state("ann", DAY + 20, AgentState.OFFERED),
        state("ann", DAY + 25, AgentState.TALKING),
        state("ann", DAY + 40, AgentState.TALKING, pause_next=True),
        state("ann", DAY + 60, AgentState.PAUSED, reason="lunch"),
        state("ann", DAY + 90, AgentState.READY),
        state("ann", DAY + 95, AgentState.TALKING, logout_next=True),
        state("ann", DAY + 99, AgentState.LOGGED_OUT),
        state("bob", DAY + 15, AgentState.PAUSED),
        state("bob", DAY + 30, AgentState.READY),
        state("dan", DAY + 15, AgentState.READY),
        roster(DAY + 50, "ann", "bob", "cho"),
        state("ann", DAY + 200, AgentState.READY),
        queued("v", DAY + 300),
    ]
    inf = float("inf")
    assert history(happened, DAY, DAY + 500).shifts == {
        "ann": (Shift(DAY + 10, DAY + 95, ((DAY + 40, DAY + 90),)), Shift(DAY + 200, inf)),
        "bob": (Shift(DAY + 15, inf, ((DAY + 15, DAY + 30),)),),
        "cho": (),
        "dan": (Shift(DAY + 15, DAY + 50),),
    }


def test_what_was_before_is_read_backwards_no_further_than_needed() -> None:
    before = [
        roster(DAY - 90, "ann"),
        state("ann", DAY - 80, AgentState.PAUSED),
        roster(DAY - 70, "ann", "bob"),
        state("bob", DAY - 60, AgentState.PAUSED),
        state("bob", DAY - 50, AgentState.READY),
    ]
    backwards = iter(before[::-1])
    told = told_before(backwards)
    assert told == [before[1], before[2], before[4]]
    assert list(backwards) == [before[0]]
    past = history([*told, queued("v", DAY + 5, priority=60)], DAY, DAY + 500)
    assert [one.priority for one in past.callers] == [0]
    assert past.shifts["bob"] == (Shift(DAY - 50, float("inf")),)


# --- a clock that was set back ----------------------------------------------------------------------


def test_a_clock_that_was_set_back_takes_shifts_wrap_up_and_waits_with_it() -> None:
    happened = [
        roster(DAY + 9000, "ann", "bob"),
        state("ann", DAY + 10_000, AgentState.READY),
        *(queued(name, DAY + 10_020) for name in ("gave up", "talked")),
        *talked("talked", DAY + 10_030, "talked", 10.0)[:-1],
        events.TalkEnded(
            at=DAY + 10_040, contact="talked", visit="talked", queue="loans", agent="bob", talked=10.0,
            by=By.CALLER,
        ),
        state("bob", DAY + 10_040, AgentState.WRAP_UP),
        events.ClockSetBack(at=DAY + 6500, seconds=3600.0),
        state("bob", DAY + 6510, AgentState.READY),
        events.VisitAbandoned(
            at=DAY + 6520, contact="gave up", visit="gave up", queue="loans", waited=100.0,
            in_threshold=False, short=False,
        ),
        state("ann", DAY + 9000, AgentState.LOGGED_OUT),
    ]  # fmt: skip
    past = history(happened, DAY, DAY + 20_000)
    assert past.shifts["ann"] == (Shift(DAY + 6400, DAY + 9000),)
    assert past.wrap_up == {"loans": 70.0}
    known = {(one.at - DAY, one.waited, one.patience) for one in past.callers}
    assert known == {(6420.0, 10.0, None), (6420.0, 100.0, 100.0)}


def test_what_was_before_comes_in_the_order_of_the_journal() -> None:
    before = [
        roster(DAY + 5000, "ann", "bob"),
        state("ann", DAY + 5000, AgentState.READY),
        events.ClockSetBack(at=DAY + 2000, seconds=3600.0),
        state("bob", DAY + 2100, AgentState.READY),
    ]
    told = told_before(reversed(before))
    assert told == before
    past = history([*told, queued("v", DAY + 2200)], DAY + 2200, DAY + 2300)
    inf = float("inf")
    assert past.shifts == {"ann": (Shift(DAY + 1400, inf),), "bob": (Shift(DAY + 2100, inf),)}


def test_a_journal_whose_clock_was_set_back_is_read_by_the_clock_of_now(tmp_path: Path) -> None:
    happened: list[Event] = [
        roster(DAY + 9990, "ann"),
        state("ann", DAY + 10_000, AgentState.READY),
        queued("early", DAY + 10_010),
        queued("late", DAY + 10_100),
        events.ClockSetBack(at=DAY + 6500, seconds=3600.0),
        queued("after", DAY + 6600),
        state("ann", DAY + 9000, AgentState.LOGGED_OUT),
    ]
    path = tmp_path / "state" / "journal.db"
    path.parent.mkdir()
    store = Store(path)
    records = [Record(seq, event) for seq, event in enumerate(happened, 1)]
    store.commit([insert(records)])
    store.close()
    assert span_of(path) == (DAY + 6390, DAY + 9000)
    begin = DAY + 6450
    assert [one.contact for one in read_named(path, ["ContactQueued"], begin)] == ["late", "after"]  # type: ignore[attr-defined]
    assert list(read_back(path, BEFORE, begin)) == [happened[1], happened[0]]
    assert list(read_back(path, BEFORE, DAY + 9001))[-1] == happened[0]
    assert list(read_named(path, ["ContactQueued"], DAY + 9001)) == []
