"""Who may join a queue, who leaves it in vain, and who moves on to another one with the time it has."""

from __future__ import annotations

from router_desk import Desk, agent_facts, names

from ivrcore.model.events import ContactQueued, JoinRefused, VisitLeft
from ivrcore.model.names import By, LeftQueue
from ivrcore.model.roster import AgentFacts, OverflowFacts, QueueFacts
from ivrcore.routing.commands import (
    AgentLogout,
    AgentPause,
    AgentReady,
    CallerLeft,
    Enqueue,
    LoadRoster,
    ReturnContact,
    TalkOver,
)


def rules(to: str = "loans", after: float | None = None, expected: float | None = None) -> OverflowFacts:
    return OverflowFacts(to=to, after=after, expected=expected)


def two(*overflow: OverflowFacts, others: tuple[OverflowFacts, ...] = ()) -> Desk:
    """Ann serves cards, bob serves loans; both are there."""
    queues = (QueueFacts(name="cards", overflow=overflow), QueueFacts(name="loans", overflow=others))
    agents = [
        AgentFacts(name="ann", endpoint="PJSIP/ann", queues=("cards",)),
        AgentFacts(name="bob", endpoint="PJSIP/bob", queues=("loans",)),
    ]
    return Desk(queues, agents)


def busy(desk: Desk, queue: str, contact: str) -> str:
    """Give a queue's only agent a conversation."""
    desk.call(contact, queue)
    desk.answer(f"{contact}.v1.o1")
    return f"{contact}.v1.o1"


def test_nobody_joins_a_queue_without_anybody_there_that_minds() -> None:
    desk = Desk([QueueFacts(name="loans", join_empty=False)], ["ann"], ready=False)
    decision = desk.call("c1")
    assert names(decision.events) == ["JoinRefused"]
    assert decision.commands == (ReturnContact("c1", "c1.v1", LeftQueue.NOBODY_THERE),)
    assert desk.state.waiting_in("loans") == 0
    desk.give(AgentReady("ann"))
    desk.give(AgentPause("ann"))
    assert names(desk.call("c2").events) == ["ContactQueued"]  # paused: will come back
    assert desk.give(CallerLeft("c1")).events == ()


def test_nobody_joins_who_could_never_be_served() -> None:
    desk = Desk([QueueFacts(name="loans", join_empty=False)], ["ann"])
    assert names(desk.call("c1", french=1).events) == ["JoinRefused"]


def test_a_full_queue_lets_nobody_join_but_call_backs() -> None:
    desk = Desk([QueueFacts(name="loans", join_waiting=1)])
    desk.call("c1")
    desk.call("c2")
    assert [(one.contact, one.why, one.waiting) for one in desk.all(JoinRefused)] == [
        ("c2", LeftQueue.FULL, 1)
    ]
    assert "ContactQueued" in names(desk.give(Enqueue("c3", "c3.v1", "loans", call_back=True)).events)


def test_too_long_an_expected_wait_lets_nobody_join_and_an_unknown_one_anybody() -> None:
    desk = Desk([QueueFacts(name="loans", join_expected=150.0)], ["ann"])
    for number in range(6):
        desk.call(f"c{number}")
        desk.answer(f"c{number}.v1.o1")
        desk.give(TalkOver(f"c{number}.v1.o1", By.AGENT), after=90.0)
        desk.pass_time(30.0)
    for contact in ("c10", "c11", "c12"):
        desk.call(contact)
    refused = desk.last(JoinRefused)
    assert (refused.contact, refused.why, refused.expected) == ("c12", LeftQueue.TOO_LONG, 200.0)


def test_when_the_last_agent_logs_out_those_who_wait_leave_if_the_queue_minds() -> None:
    desk = Desk([QueueFacts(name="loans", leave_empty=True)], ["ann", "bob"])
    busy(desk, "loans", "c0")
    desk.give(AgentPause("bob"))
    desk.call("c1")
    desk.call("c2")
    desk.give(AgentLogout("bob"))
    assert desk.all(VisitLeft) == []
    desk.give(AgentLogout("ann"))  # as soon as the conversation is over
    desk.give(TalkOver("c0.v1.o1", By.CALLER), after=20.0)
    desk.pass_time(60.0)
    assert [(one.contact, one.why) for one in desk.all(VisitLeft)] == [
        ("c1", LeftQueue.NOBODY_THERE),
        ("c2", LeftQueue.NOBODY_THERE),
    ]


def test_a_new_roster_without_anybody_lets_them_leave_too() -> None:
    desk = Desk([QueueFacts(name="loans", leave_empty=True)], ["ann"])
    busy(desk, "loans", "c0")
    desk.call("c1")
    desk.give(TalkOver("c0.v1.o1", By.CALLER))
    assert desk.state.waiting.visits["c1.v1"].waiting
    desk.give(LoadRoster((QueueFacts(name="loans", leave_empty=True),), ()))
    assert desk.last(VisitLeft).why is LeftQueue.NOBODY_THERE


def test_a_new_roster_lets_nobody_leave_who_came_when_nobody_was_there() -> None:
    desk = Desk([QueueFacts(name="loans", leave_empty=True)], ["ann"], ready=False)
    desk.call("c1")
    desk.call("c2", french=1)
    desk.give(LoadRoster((QueueFacts(name="loans", leave_empty=True, wrap_up=5.0),), ()))
    assert desk.all(VisitLeft) == []
    desk.give(LoadRoster((QueueFacts(name="loans", leave_empty=True),), (agent_facts("ann"),)))
    desk.give(AgentReady("ann"))  # for c1: nobody speaks French
    assert desk.offers() == [("c1", "ann")]
    desk.give(LoadRoster((QueueFacts(name="loans", leave_empty=True),), ()))
    assert [(one.contact, one.why) for one in desk.all(VisitLeft)] == [
        ("c1", LeftQueue.NOBODY_THERE),
        ("c2", LeftQueue.NOBODY_THERE),
    ]


def test_who_waited_for_so_long_moves_on_in_one_decision_and_keeps_the_time() -> None:
    desk = two(rules(after=60.0))
    busy(desk, "cards", "c0")
    busy(desk, "loans", "c1")
    desk.call("c2", "cards")
    came = desk.now
    desk.now += 30.0
    desk.call("c3", "loans")
    desk.pass_time(29.0)
    assert desk.all(VisitLeft) == []
    desk.pass_time(1.0)
    left, queued = desk.last(VisitLeft), desk.last(ContactQueued)
    assert (left.queue, left.why, left.waited) == ("cards", LeftQueue.MOVED, 60.0)
    assert (queued.queue, queued.visit, queued.since, queued.through) == (
        "loans",
        "c2.v1.m",
        came,
        ("cards",),
    )
    assert desk.ordered(ReturnContact) == []
    desk.give(TalkOver("c1.v1.o1", By.CALLER))
    desk.pass_time(10.0)
    assert desk.offers()[-1] == ("c2", "bob")  # before c3, who came later
    assert desk.replayed().snapshot() == desk.state.snapshot()


def test_who_moves_on_to_a_free_agent_is_offered_at_once() -> None:
    desk = two(rules(after=60.0))
    busy(desk, "cards", "c0")
    desk.call("c2", "cards")
    desk.pass_time(60.0)
    assert desk.offers()[-1] == ("c2", "bob")


def test_who_rings_is_not_moved_unless_nothing_comes_of_it() -> None:
    desk = two(rules(after=10.0))
    desk.call("c2", "cards")
    desk.pass_time(20.0)
    assert desk.all(VisitLeft) == []
    desk.pass_time(3.0)
    assert desk.last(VisitLeft).why is LeftQueue.MOVED


def test_nobody_moves_on_to_where_nobody_is_at_work_until_somebody_is() -> None:
    desk = two(rules(after=60.0))
    busy(desk, "cards", "c0")
    desk.give(AgentLogout("bob"))
    desk.call("c2", "cards")
    desk.pass_time(120.0)
    assert desk.all(VisitLeft) == []
    desk.give(AgentReady("bob"))
    desk.pass_time(16.0)
    assert desk.offers()[-1] == ("c2", "bob")


def test_queues_that_overflow_into_each_other_move_nobody_twice() -> None:
    desk = two(rules(after=0.0), others=(rules("cards", after=0.0),))
    busy(desk, "cards", "c0")
    busy(desk, "loans", "c1")
    desk.call("c2", "cards")
    desk.pass_time(600.0)
    assert [(one.contact, one.queue) for one in desk.all(ContactQueued)][-2:] == [
        ("c2", "cards"),
        ("c2", "loans"),
    ]


def test_the_longest_wait_is_each_queues_own_and_counts_from_joining_that_queue() -> None:
    queues = (
        QueueFacts(name="cards", max_wait=100.0, overflow=(rules(after=60.0),)),
        QueueFacts(name="loans", max_wait=100.0),
    )
    agents = [
        AgentFacts(name="ann", endpoint="PJSIP/ann", queues=("cards",)),
        AgentFacts(name="bob", endpoint="PJSIP/bob", queues=("loans",)),
    ]
    desk = Desk(queues, agents)
    busy(desk, "cards", "c0")
    busy(desk, "loans", "c1")
    came = desk.now
    desk.call("c2", "cards")
    desk.pass_time(300.0)
    assert [(left.at - came, left.queue, left.why) for left in desk.all(VisitLeft)] == [
        (60.0, "cards", LeftQueue.MOVED),
        (160.0, "loans", LeftQueue.TIMED_OUT),
    ]


def test_too_long_an_expected_wait_moves_on_who_comes() -> None:
    desk = two(rules(expected=150.0))
    for number in range(6):
        offer = busy(desk, "cards", f"c{number}")
        desk.give(TalkOver(offer, By.AGENT), after=90.0)
        desk.pass_time(30.0)
    busy(desk, "cards", "c10")
    desk.call("c11", "cards")
    assert desk.last(ContactQueued).queue == "cards"
    desk.call("c12", "cards")  # 200 s are expected
    assert desk.last(ContactQueued).queue == "loans"
    assert desk.offers()[-1] == ("c12", "bob")
