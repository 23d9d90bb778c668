"""The fold of open call-backs: what is remembered, what a death of the server makes of it, its end."""

from __future__ import annotations

import pytest

from ivrcore.call_backs import OpenCallBack, OpenCallBacks, asked, given_up, interrupted, miss, postpone
from ivrcore.config import CallBackConfig
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import CallBackEnd, Cause, OutboundRefusal, Outcome, Told

LIMITS = CallBackConfig(tries=3, gap=60.0, longest_wait=600.0)
ASKED = events.CallBackAsked(
    at=100.0, contact="c1", queue="general", subject="s1", number="5000", priority=3, skills={"en": 2}
)
DIALLED = events.CallBackDialled(at=110.0, contact="c1", attempt=1)
REACHED = events.CallBackReached(at=115.0, contact="c1", attempt=1)
LINE_OVER = events.OutboundEnded(at=120.0, contact="c1", outbound="c1.b1", how=Told.NO_ANSWER)
MISSED = events.CallBackMissed(at=120.0, contact="c1", attempt=1, how=Told.BUSY, again=180.0)
PER_HOUR = OutboundRefusal.PER_HOUR
CLOSED = events.ContactClosed(at=130.0, contact="c1", outcome=Outcome.QUEUED, cause=Cause.NORMAL)


def answered(queue: str) -> events.VisitAnswered:
    return events.VisitAnswered(
        at=118.0,
        contact="c1",
        visit="c1.v1",
        queue=queue,
        offer="c1.v1.o1",
        agent="ann",
        bridge="c1.v1.o1.b",
        waited=8.0,
        in_threshold=True,
    )


def fold(*happened: Event) -> OpenCallBacks:
    found = OpenCallBacks()
    for event in happened:
        found.apply(event)
    return found


def one(*happened: Event) -> OpenCallBack:
    return fold(ASKED, *happened).by_contact["c1"]


def test_what_was_asked_for_is_remembered_without_the_number() -> None:
    assert one() == OpenCallBack("c1", "general", "s1", 100.0, "5000", 3, {"en": 2})


def test_tries_are_counted_and_the_next_one_is_known() -> None:
    tried = one(DIALLED, LINE_OVER, MISSED)
    assert (tried.dials, tried.missed, tried.again, tried.dialling, tried.reached) == (
        1,
        1,
        180.0,
        False,
        False,
    )
    assert tried.attempt == 2


def test_a_postponement_is_no_try_and_is_looked_at_again() -> None:
    later = one(DIALLED, events.CallBackPostponed(at=111.0, contact="c1", why=PER_HOUR, again=500.0))
    assert (later.missed, later.again, later.dialling, later.attempt) == (0, 500.0, False, 1)
    assert interrupted(later, LIMITS, 200.0) == []
    assert given_up(later, LIMITS, 200.0) is None


@pytest.mark.parametrize(
    ("until", "again"), [(650.0, 650.0), (900.0, 700.0), (200.0, 201.0)], ids=["known", "too late", "now"]
)
def test_a_limit_is_looked_at_when_it_may_have_passed(until: float, again: float) -> None:
    assert postpone(one(), LIMITS, PER_HOUR, until, 200.0).again == again


def test_a_ringing_that_was_let_go_counts_as_dialled_and_not_as_a_try() -> None:
    let_go = one(DIALLED, LINE_OVER)
    assert (let_go.dials, let_go.missed, let_go.dialling) == (1, 0, False)
    assert interrupted(let_go, LIMITS, 200.0) == []


def test_the_end_of_another_line_of_the_contact_says_nothing() -> None:
    transfer = events.OutboundEnded(at=112.0, contact="c1", outbound="c1.s1", how=Told.DONE)
    assert one(DIALLED, transfer).dialling


@pytest.mark.parametrize(
    "end", [events.CallBackEnded(at=130.0, contact="c1", how=CallBackEnd.TALKED), CLOSED]
)
def test_one_that_is_over_is_forgotten(end: Event) -> None:
    assert fold(ASKED, end).by_contact == {}


def test_events_of_other_contacts_and_without_one_change_nothing() -> None:
    other = events.CallBackDialled(at=110.0, contact="c2", attempt=1)
    stopped = events.ServerStopped(at=120.0, node="n")
    assert one(other, stopped) == one()


def test_a_later_state_leaves_the_present_one_alone() -> None:
    now = fold(ASKED)
    assert now.after([CLOSED]).by_contact == {}
    assert "c1" in now.by_contact


@pytest.mark.parametrize("happened", [[DIALLED], [DIALLED, REACHED]])
def test_a_server_that_dies_while_the_customer_is_rung_or_on_hold_costs_one_try(
    happened: list[Event],
) -> None:
    (tried,) = interrupted(one(*happened), LIMITS, 200.0)
    assert tried == events.CallBackMissed(at=200.0, contact="c1", attempt=1, how=Told.FAILED, again=260.0)


def test_a_server_that_dies_in_the_conversation_leaves_nothing_to_do() -> None:
    (over,) = interrupted(one(DIALLED, REACHED, answered("general")), LIMITS, 200.0)
    assert over == events.CallBackEnded(at=200.0, contact="c1", how=CallBackEnd.TALKED, attempts=1)


def test_a_server_that_dies_before_any_ringing_costs_nothing() -> None:
    assert interrupted(one(), LIMITS, 200.0) == []


def test_who_talked_in_the_call_in_which_they_asked_is_served() -> None:
    (over,) = interrupted(one(answered("general")), LIMITS, 200.0)
    assert over == events.CallBackEnded(at=200.0, contact="c1", how=CallBackEnd.CALLED_IN, attempts=0)


def test_who_talked_in_another_queue_is_called_back_still() -> None:
    assert interrupted(one(answered("loans")), LIMITS, 200.0) == []


def test_who_talked_before_they_asked_anew_is_called_back() -> None:
    assert interrupted(one(answered("general"), ASKED), LIMITS, 200.0) == []


@pytest.mark.parametrize(
    ("missed", "now", "again"), [(0, 200.0, 260.0), (2, 200.0, None), (0, 640.0, None), (0, 639.0, 699.0)]
)
def test_the_next_try_is_within_tries_and_time(missed: int, now: float, again: float | None) -> None:
    state = OpenCallBack("c1", "general", "s1", 100.0, missed=missed)
    assert miss(state, LIMITS, Told.BUSY, now).again == again


@pytest.mark.parametrize(
    ("missed", "again", "now", "why"),
    [
        (0, None, 200.0, None),
        (1, 180.0, 200.0, None),
        (1, None, 200.0, CallBackEnd.NOT_REACHED),
        (3, 180.0, 200.0, CallBackEnd.NOT_REACHED),
        (0, None, 700.0, CallBackEnd.TOO_OLD),
        (1, 180.0, 700.0, CallBackEnd.TOO_OLD),
    ],
)
def test_one_is_taken_up_within_its_limits_only(
    missed: int, again: float | None, now: float, why: CallBackEnd | None
) -> None:
    state = OpenCallBack("c1", "general", "s1", 100.0, missed=missed, again=again)
    assert given_up(state, LIMITS, now) is why


def test_asking_again_begins_anew() -> None:
    second = events.CallBackAsked(at=150.0, contact="c1", queue="loans", subject="s2")
    assert one(DIALLED, MISSED, second) == asked(second)


def queued(queue: str, *, call_back: bool = True) -> events.ContactQueued:
    return events.ContactQueued(
        at=110.0, contact="c1", visit="c1.v2", queue=queue, priority=0, skills={}, call_back=call_back
    )


def test_one_that_is_moved_is_for_the_other_queue_from_then_on() -> None:
    moved = one(queued("general"), queued("loans"))
    assert (moved.queue, moved.through) == ("loans", ("general",))


def test_a_queue_that_the_caller_still_waits_in_in_person_is_not_the_call_backs() -> None:
    assert one(queued("loans", call_back=False)) == one()
