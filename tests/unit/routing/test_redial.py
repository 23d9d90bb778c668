"""Who hangs up while waiting and calls again soon has the place again, once."""

from __future__ import annotations

from router_desk import Desk

from ivrcore.model.events import ContactQueued
from ivrcore.model.roster import AgentFacts, OverflowFacts, QueueFacts
from ivrcore.routing.commands import CallerLeft, Enqueue

QUEUE = QueueFacts(name="loans", redial=300.0)


def call(desk: Desk, contact: str, caller: str = "m1", queue: str = "loans") -> ContactQueued:
    desk.give(Enqueue(contact, f"{contact}.v1", queue, caller=caller))
    return desk.last(ContactQueued)


def drop(desk: Desk, contact: str = "c1", waited: float = 40.0) -> float:
    """A caller waits and hangs up; give when he came."""
    came = desk.now
    desk.give(CallerLeft(contact), after=waited)
    return came


def test_who_calls_again_soon_is_where_he_was() -> None:
    desk = Desk([QUEUE])
    call(desk, "c1")
    came, desk.now = desk.now, desk.now + 1.0
    call(desk, "c2", "m2")
    drop(desk)
    desk.now += 300.0
    again = call(desk, "c3")
    assert again.since == came
    assert desk.state.position("c3.v1") == 1
    assert desk.replayed().snapshot() == desk.state.snapshot()


def test_too_late_another_caller_or_none_at_all_begins_anew() -> None:
    desk = Desk([QUEUE])
    call(desk, "c1")
    drop(desk)
    assert call(desk, "c2", "m2").since is None
    assert call(desk, "c3", "").since is None
    desk.now += 301.0
    assert call(desk, "c4").since is None


def test_a_place_is_given_once_but_may_be_lost_and_found_again() -> None:
    desk = Desk([QUEUE])
    call(desk, "c1")
    came = drop(desk)
    call(desk, "c2")
    assert call(desk, "c3").since is None
    drop(desk, "c2")
    assert call(desk, "c4").since == came


def test_no_mark_is_kept_where_nobody_has_the_place_again() -> None:
    desk = Desk([QueueFacts(name="loans")])
    assert call(desk, "c1").caller == ""
    drop(desk)
    assert desk.state.snapshot().dropped == ()


def test_who_was_moved_on_finds_the_place_in_the_queue_that_he_calls() -> None:
    queues = [
        QueueFacts(name="cards", redial=300.0, overflow=(OverflowFacts(to="loans", after=10.0),)),
        QueueFacts(name="loans"),
    ]
    desk = Desk(queues, [AgentFacts(name="ann", endpoint="PJSIP/a", queues=("loans",))])
    desk.call("c0", "loans")
    desk.answer("c0.v1.o1")
    came = desk.now
    call(desk, "c1", queue="cards")
    desk.pass_time(15.0)
    assert desk.last(ContactQueued).queue == "loans"
    desk.give(CallerLeft("c1"))
    desk.now += 60.0
    assert call(desk, "c2", queue="cards").since == came


def test_old_places_are_forgotten() -> None:
    desk = Desk([QUEUE])
    call(desk, "c1")
    drop(desk)
    desk.now += 3700.0
    call(desk, "c2", "m2")
    drop(desk, "c2")
    assert [key for key, _ in desk.state.snapshot().dropped] == [("loans", "m2")]
