"""Who left when nobody looked: waits and conversations count to the end of the looking, everything else goes
on from now."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from router_desk import Desk

from ivrcore.model.events import AgentStateChanged, OfferEnded, TalkEnded, VisitAbandoned, VisitLeft
from ivrcore.model.names import AgentState, By, LeftQueue, OfferEnd
from ivrcore.model.roster import QueueFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    Bridged,
    CallerLeft,
    CustomerMissed,
    Enqueue,
    Input,
    LeaveQueue,
    OfferFailed,
    TalkOver,
)

LOANS = QueueFacts(name="loans", ring_time=100, wrap_up=10, threshold=20, short_abandon=5, redial=60)
OFFER = "c1.v1.o1"
AWAY = 600.0


def waiting(seconds: float) -> tuple[Desk, float]:
    """A caller waits for so long until nobody looks any more; give when that was."""
    desk = Desk([LOANS])
    desk.give(Enqueue("c1", "c1.v1", "loans", caller="m1"))
    desk.now += seconds
    return desk, desk.now


def talking(seconds: float) -> tuple[Desk, float]:
    """The same of one who talks with ann; the agent's phone rang for 4 s."""
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.give(AgentAnswered(OFFER), after=4)
    desk.give(Bridged(OFFER, "b1"))
    desk.now += seconds
    return desk, desk.now


def agrees(desk: Desk) -> bool:
    """Whether the journal's fold has the state that the router has."""
    return desk.replayed().snapshot() == desk.state.snapshot()


@pytest.mark.parametrize(
    ("waited", "in_threshold", "short"), [(4.0, True, True), (16.0, True, False), (42.0, False, False)]
)
def test_an_abandoned_wait_is_what_was_seen_of_it(waited: float, in_threshold: bool, short: bool) -> None:
    desk, since = waiting(waited)
    desk.give(CallerLeft("c1", since), after=AWAY)
    left = desk.last(VisitAbandoned)
    assert (left.waited, left.in_threshold, left.short) == (waited, in_threshold, short)
    assert (left.at, left.since) == (since + AWAY, since)
    level = desk.state.standings.get("loans")
    assert (level.visits if level else 0) == (not in_threshold)
    assert desk.state.estimates.of("loans").patience.under == waited
    assert agrees(desk)


def test_one_who_hangs_up_before_our_eyes_has_waited_to_this_moment() -> None:
    desk, _ = waiting(16.0)
    desk.give(CallerLeft("c1"), after=AWAY)
    left = desk.last(VisitAbandoned)
    assert (left.waited, left.in_threshold, left.since) == (16.0 + AWAY, False, None)


@pytest.mark.parametrize(("ahead", "waited"), [(-30.0, 0.0), (AWAY + 30.0, 16.0 + AWAY)])
def test_no_wait_is_shorter_than_nothing_or_longer_than_to_now(ahead: float, waited: float) -> None:
    desk, since = waiting(16.0)
    desk.give(CallerLeft("c1", since + ahead), after=AWAY)
    assert desk.last(VisitAbandoned).waited == waited
    assert agrees(desk)


def test_a_wait_that_ended_with_asterisk_is_what_was_seen_of_it() -> None:
    desk, since = waiting(16.0)
    desk.give(LeaveQueue("c1", LeftQueue.FAILED, since=since), after=AWAY)
    left = desk.last(VisitLeft)
    assert (left.waited, left.since) == (16.0, since)
    assert agrees(desk)


def test_a_customer_who_was_not_reached_when_nobody_looked_waited_to_then() -> None:
    desk = Desk([LOANS])
    desk.give(Enqueue("c1", "c1.v1", "loans", call_back=True))
    desk.give(CustomerMissed("c1", since=desk.now + 16.0), after=AWAY)
    left = desk.last(VisitLeft)
    assert (left.waited, left.why) == (16.0, LeftQueue.NOT_REACHED)
    assert agrees(desk)


@pytest.mark.parametrize(
    ("given", "by"),
    [
        (lambda since: CallerLeft("c1", since), By.CALLER),
        (lambda since: TalkOver(OFFER, By.AGENT, since), By.AGENT),
        (lambda since: OfferFailed(OFFER, OfferEnd.AGENT_HUNG_UP, since), By.AGENT),
    ],
)
def test_a_conversation_is_what_was_seen_of_it_and_its_agent_wraps_up_from_now_on(
    given: Callable[[float], Input], by: By
) -> None:
    desk, since = talking(30.0)
    desk.give(given(since), after=AWAY)
    talk = desk.last(TalkEnded)
    assert (talk.talked, talk.since, talk.by, talk.at) == (30.0, since, by, since + AWAY)
    wraps = desk.last(AgentStateChanged)
    assert (wraps.state, wraps.until) == (AgentState.WRAP_UP, since + AWAY + 10)
    assert agrees(desk)


def test_a_conversation_that_never_began_is_an_abandoned_wait_of_what_was_seen() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    since = desk.now + 16.0
    desk.give(TalkOver(OFFER, By.CALLER, since), after=AWAY)
    assert desk.last(VisitAbandoned).waited == 16.0
    assert desk.last(OfferEnded).how is OfferEnd.CALLER_LEFT
    assert agrees(desk)


@pytest.mark.parametrize(("unseen", "worked"), [(True, 4.0 + 30.0 + 10.0), (False, 4.0 + 30.0 + AWAY + 10.0)])
def test_what_nobody_saw_is_no_work_by_which_waits_are_estimated(unseen: bool, worked: float) -> None:
    desk, since = talking(30.0)
    desk.give(TalkOver(OFFER, By.AGENT, since if unseen else None), after=AWAY)
    desk.pass_time(10)
    assert desk.agent("ann") is AgentState.READY
    assert desk.state.estimates.of("loans").handling.over == pytest.approx(worked)
    assert agrees(desk)


def test_a_place_is_kept_from_when_it_was_seen_that_the_caller_had_left() -> None:
    """They may have hung up just before that, and it is not their fault that nobody looked."""
    desk, since = waiting(16.0)
    came = since - 16.0
    desk.give(CallerLeft("c1", since), after=AWAY)
    desk.give(Enqueue("c2", "c2.v1", "loans", caller="m1"), after=50)
    assert desk.state.waiting.visits["c2.v1"].since == came
    assert agrees(desk)
