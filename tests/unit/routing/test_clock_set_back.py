"""A clock that was set back while the server was down: what was known moves with it."""

from __future__ import annotations

from router_desk import Desk, built_in
from whole_state import elapsed, whole

from ivrcore.call_backs import OpenCallBacks
from ivrcore.model.events import (
    CallBackAsked,
    CallBackMissed,
    ClockSetBack,
    OfferEnded,
    OutboundAllowed,
    VisitLeft,
)
from ivrcore.model.names import By, LeftQueue, OutboundRefusal, Service, Told
from ivrcore.model.roster import AgentFacts, OverflowFacts, QueueFacts
from ivrcore.routing.commands import AgentPause, AgentReady, HandOver, LoadRoster, TalkOver
from ivrcore.routing.router import RouterState, apply
from ivrcore.tollguard import Asked, GuardState, Refused, Rules, decide
from ivrcore.tollguard import apply as dialled

LOANS = QueueFacts(name="loans", ring_time=20, wrap_up=0, max_wait=100)
HOUR = 3600.0
WHERE = {"ann": "loans", "bob": "cards"}


def restarted(desk: Desk, back: float) -> None:
    """The server is down, the clock is set back, the server is there again."""
    desk.state = RouterState(built_in())
    for event in desk.events:
        apply(desk.state, event)
    desk.set_back(back)
    facts = tuple(agent.facts for agent in desk.state.pool.agents.values())
    desk.give(LoadRoster(tuple(desk.state.queues.values()), facts))


def test_who_was_idle_for_longest_still_is_and_for_as_long() -> None:
    desk = Desk([LOANS], ["ann", "bob"])
    desk.call("c1")
    desk.answer("c1.v1.o1")
    desk.give(TalkOver("c1.v1.o1", By.CALLER), after=30)
    restarted(desk, 900.0)
    ann, bob = (desk.state.agent_view(name) for name in ("ann", "bob"))
    assert ann is not None
    assert bob is not None
    assert (ann.idle_since, bob.idle_since) == (desk.now, desk.now - 30)
    desk.call("c2")  # by a clock that was not set back ann, who is idle since now, would have been first
    desk.call("c3")
    assert desk.offers()[1:] == [("c2", "bob"), ("c3", "ann")]
    assert min(elapsed(desk.state, desk.now).values()) >= 0
    assert whole(desk.replayed(), desk.now) == whole(desk.state, desk.now)


def test_a_wait_ends_when_it_was_to_end() -> None:
    desk = Desk([LOANS], ["ann"], ready=False)
    desk.call("c1")
    desk.pass_time(60)
    restarted(desk, 900.0)
    assert desk.state.longest_wait("loans", desk.now) == 60
    desk.pass_time(39)
    assert desk.all(VisitLeft) == []
    desk.pass_time(1)
    assert (desk.last(VisitLeft).why, desk.last(VisitLeft).waited) == (LeftQueue.TIMED_OUT, 100)


def test_who_waits_overflows_when_due_and_is_held_no_longer_than_was_said() -> None:
    queues = (
        QueueFacts(name="loans", overflow=(OverflowFacts(to="cards", after=50.0),)),
        QueueFacts(name="cards"),
    )
    ann, bob = (AgentFacts(name=name, endpoint=f"PJSIP/{name}", queues=(of,)) for name, of in WHERE.items())
    desk = Desk(queues, [ann, bob])
    desk.give(AgentPause("ann"))
    desk.call("c1")
    desk.call("c2")
    desk.give(HandOver("c2", "ann", 60.0, "sue"))
    desk.pass_time(20)
    restarted(desk, 900.0)
    left = desk.now + 30.0, desk.now + 40.0
    desk.pass_time(41)
    moved = [(event.contact, event.at, event.waited) for event in desk.all(VisitLeft)]
    assert moved == [("c1", left[0], 50.0), ("c2", left[1], 60.0)]


def test_an_offer_ends_at_its_deadline_and_the_newest_contact_waits_behind_the_others() -> None:
    desk = Desk([LOANS], ["ann", "bob"], ready=False)
    desk.call("c1")
    desk.call("c2")
    desk.give(AgentReady("ann"), after=5)
    restarted(desk, 900.0)
    until = desk.now + 22  # as long as it rings, and a grace
    desk.call("c3")
    assert [desk.state.position(f"c{n}.v1") for n in (1, 2, 3)] == [1, 2, 3]
    desk.pass_time(22)
    assert desk.all(OfferEnded)[0].at == until


def test_who_left_the_service_level_half_an_hour_ago_counts_no_more() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.answer("c1.v1.o1")
    restarted(desk, 900.0)
    assert desk.state.queue_view("loans", desk.now).answered == 1
    assert desk.state.queue_view("loans", desk.now + 1801).answered == 0


def test_a_call_back_keeps_its_place_and_its_next_try() -> None:
    fold = OpenCallBacks()
    fold.apply(CallBackAsked(at=5000.0, contact="c1", queue="loans", subject="s1", since=4900.0))
    fold.apply(CallBackMissed(at=5100.0, contact="c1", attempt=1, how=Told.BUSY, again=5400.0))
    fold.apply(ClockSetBack(at=1600.0, seconds=3500.0))
    found = fold.by_contact["c1"]
    assert (found.asked, found.place, found.again) == (1500.0, 1400.0, 1900.0)


def test_the_limits_of_an_hour_are_of_an_hour() -> None:
    state, rules = GuardState(), Rules(allowed=("0",), trunk="PJSIP/{number}@t", per_hour=1)
    allowed = OutboundAllowed(
        at=9000.0, contact="c1", outbound="o1", prefix="0", service=Service.CALL_BACK, called="m1"
    )
    dialled(state, allowed)
    dialled(state, ClockSetBack(at=1000.0, seconds=8000.0))
    state.open.clear()
    refused = decide(state, rules, Asked("0212345678"), 1001.0)
    assert isinstance(refused, Refused)
    assert (refused.why, refused.until) == (OutboundRefusal.PER_HOUR, 1000.0 + HOUR)
