"""What agents ask for, and what a new roster changes."""

import pytest
from router_desk import Desk, agent_facts, built_in, names

from ivrcore.errors import CoreMisuse, PluginError, RequestRefused
from ivrcore.model.events import AgentStateChanged, OfferEnded, TalkEnded, VisitLeft
from ivrcore.model.names import AgentState, By, LeftQueue, OfferEnd
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentLogout,
    AgentPause,
    AgentReady,
    CallerLeft,
    Enqueue,
    Input,
    LoadRoster,
    OfferFailed,
    ReturnContact,
    TalkOver,
    Tick,
)
from ivrcore.routing.router import apply, decide, next_deadline, step

LOANS = QueueFacts(name="loans", wrap_up=10)
QUICK = QueueFacts(name="loans", wrap_up=0)
PAUSE, LOGOUT = AgentPause("ann", "lunch"), AgentLogout("ann")


def talking(queue: QueueFacts = LOANS) -> Desk:
    desk = Desk([queue], ["ann"])
    desk.call("c1")
    desk.answer("c1.v1.o1")
    return desk


def test_new_agents_are_logged_out() -> None:
    desk = Desk([LOANS], ["ann"], ready=False)
    assert desk.agent("ann") is AgentState.LOGGED_OUT
    desk.call("c1")
    assert desk.offers() == []


@pytest.mark.parametrize("given", [AgentReady("anm"), AgentPause("anm"), AgentLogout("anm")])
def test_an_unknown_agent_is_refused_with_a_hint_and_nothing_changes(given: Input) -> None:
    desk = Desk([LOANS], ["ann", "bob"])
    before = desk.state.snapshot()
    with pytest.raises(RequestRefused, match="did you mean ann") as refused:
        desk.give(given)
    assert refused.value.status == 404
    assert desk.state.snapshot() == before


@pytest.mark.parametrize(
    ("given", "to"),
    [
        (AgentPause("ann", "lunch", "sue"), AgentState.PAUSED),
        (AgentLogout("ann", "sue"), AgentState.LOGGED_OUT),
    ],
)
def test_who_asked_for_a_state_is_kept_with_it_and_with_nothing_else(given: Input, to: AgentState) -> None:
    desk = Desk([LOANS], ["ann", "bob"])
    desk.call("c1")
    changed = [one for one in desk.give(given).events if isinstance(one, AgentStateChanged)]
    assert [(one.agent, one.state, one.by) for one in changed] == [
        ("ann", to, "sue"),
        ("bob", AgentState.OFFERED, ""),
    ]
    (back,) = desk.give(AgentReady("ann", "sue")).events
    assert isinstance(back, AgentStateChanged)
    assert (back.state, back.by) == (AgentState.READY, "sue")


@pytest.mark.parametrize(("given", "state"), [(PAUSE, AgentState.PAUSED), (LOGOUT, AgentState.LOGGED_OUT)])
def test_pause_and_logout_of_an_idle_agent_hold_until_ready(given: Input, state: AgentState) -> None:
    desk = Desk([LOANS], ["ann"])
    desk.give(given)
    assert desk.agent("ann") is state
    assert desk.give(given).events == ()
    desk.call("c1")
    assert desk.offers() == []
    desk.give(AgentReady("ann"))
    assert desk.offers() == [("c1", "ann")]


@pytest.mark.parametrize(("given", "state"), [(PAUSE, AgentState.PAUSED), (LOGOUT, AgentState.LOGGED_OUT)])
def test_leaving_while_it_rings_gives_the_visit_to_the_next_agent(given: Input, state: AgentState) -> None:
    desk = Desk([LOANS], ["ann", "bob"])
    desk.call("c1")
    decision = desk.give(given)
    assert names(decision.events) == ["OfferEnded", "AgentStateChanged", "OfferMade", "AgentStateChanged"]
    assert desk.last(OfferEnded).how is OfferEnd.AGENT_LEFT
    assert desk.agent("ann") is state
    assert desk.offers()[-1] == ("c1", "bob")


@pytest.mark.parametrize(("given", "state"), [(PAUSE, AgentState.PAUSED), (LOGOUT, AgentState.LOGGED_OUT)])
def test_leaving_in_conversation_waits_for_its_end_and_wrap_up(given: Input, state: AgentState) -> None:
    desk = talking()
    desk.give(given)
    assert desk.agent("ann") is AgentState.TALKING
    desk.give(TalkOver("c1.v1.o1", By.CALLER), after=5)
    assert desk.agent("ann") is AgentState.WRAP_UP
    desk.pass_time(10)
    assert desk.agent("ann") is state
    assert desk.changes("ann")[-1].reason == ("lunch" if state is AgentState.PAUSED else "")


def test_without_wrap_up_a_pending_pause_comes_at_once() -> None:
    desk = talking(QUICK)
    desk.give(PAUSE)
    desk.give(TalkOver("c1.v1.o1", By.CALLER))
    assert desk.agent("ann") is AgentState.PAUSED


def test_ready_takes_back_a_pending_pause() -> None:
    desk = talking(QUICK)
    desk.give(PAUSE)
    assert desk.last(AgentStateChanged).pause_next
    desk.give(AgentReady("ann"))
    assert not desk.last(AgentStateChanged).pause_next
    assert desk.give(AgentReady("ann")).events == ()
    desk.give(TalkOver("c1.v1.o1", By.CALLER))
    assert desk.agent("ann") is AgentState.READY


def test_the_latest_wish_counts() -> None:
    desk = talking(QUICK)
    desk.give(LOGOUT)
    desk.give(PAUSE)
    desk.give(TalkOver("c1.v1.o1", By.CALLER))
    assert desk.agent("ann") is AgentState.PAUSED


def test_a_pause_between_answer_and_bridge_waits_too() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.give(AgentAnswered("c1.v1.o1"))
    desk.give(PAUSE)
    assert desk.all(OfferEnded) == []
    desk.give(CallerLeft("c1"))
    assert desk.agent("ann") is AgentState.PAUSED


def test_wrap_up_ends_early_by_ready_or_pause() -> None:
    desk = talking()
    desk.give(TalkOver("c1.v1.o1", By.CALLER))
    desk.give(AgentReady("ann"), after=2)
    assert desk.agent("ann") is AgentState.READY
    assert next_deadline(desk.state) is None
    desk.call("c2")
    desk.answer("c2.v1.o1")
    desk.give(TalkOver("c2.v1.o1", By.CALLER))
    desk.give(PAUSE, after=2)
    assert desk.agent("ann") is AgentState.PAUSED
    desk.pass_time(60)
    assert desk.agent("ann") is AgentState.PAUSED


@pytest.mark.parametrize("back", [3.0, 3600.0])
def test_a_clock_that_was_set_back_while_the_server_was_down_makes_no_wrap_up_longer(back: float) -> None:
    desk = talking()
    desk.give(TalkOver("c1.v1.o1", By.CALLER))
    desk.state = desk.replayed()
    desk.state.rulebook.plugins = built_in()
    desk.set_back(back)
    desk.give(LoadRoster((LOANS,), (agent_facts("ann"),)))
    desk.pass_time(4)
    desk.give(LoadRoster((LOANS,), (agent_facts("ann"), agent_facts("bob"))))  # a change soon after
    desk.pass_time(5.9)
    assert desk.agent("ann") is AgentState.WRAP_UP
    desk.pass_time(0.1)
    assert desk.agent("ann") is AgentState.READY
    assert desk.replayed().snapshot() == desk.state.snapshot()
    known = desk.state.estimates.queues["loans"]  # nobody worked for less than no time
    assert min(known.handling.over, known.share.over) >= 0.0


def test_a_clock_that_was_set_back_makes_no_rest_longer_and_keeps_nobody_who_is_gone() -> None:
    desk = Desk([LOANS], ["ann", "bob"])
    desk.call("c1")
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.REJECTED))
    desk.answer("c1.v1.o2")
    desk.give(TalkOver("c1.v1.o2", By.CALLER))
    desk.state = desk.replayed()
    desk.state.rulebook.plugins = built_in()
    desk.set_back(3600)
    desk.give(LoadRoster((LOANS,), (agent_facts("ann"),)))
    assert (desk.agent("ann"), desk.agent("bob")) == (AgentState.READY, None)
    desk.pass_time(LOANS.retry_after)
    desk.call("c2")
    assert desk.offers()[-1] == ("c2", "ann")


def test_idle_time_begins_anew_at_login_but_not_after_a_pause() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.give(PAUSE, after=10)
    desk.give(AgentReady("ann"), after=10)
    ann = desk.state.agent_view("ann")
    assert ann is not None
    assert ann.idle_since == 1000
    desk.give(LOGOUT)
    desk.give(AgentReady("ann"), after=10)
    ann = desk.state.agent_view("ann")
    assert ann is not None
    assert ann.idle_since == 1030


# --- rosters ------------------------------------------------------------------------------------


def test_changed_facts_take_effect_at_once_and_states_stay() -> None:
    law = QueueFacts(name="loans", skills={"law": 1})
    desk = Desk([law], ["ann"])
    desk.call("c1")
    assert desk.offers() == []
    desk.give(LoadRoster((law,), (AgentFacts(name="ann", endpoint="PJSIP/new", skills={"law": 1}),)))
    assert desk.offers() == [("c1", "ann")]


def test_a_visit_that_rang_for_extra_skills_over_a_reload_still_finds_an_agent() -> None:
    agents = tuple(AgentFacts(name=name, endpoint=f"PJSIP/{name}", skills={"law": 1}) for name in "ab")
    desk = Desk([LOANS], agents)
    desk.call("c1", law=1)
    desk.give(LoadRoster((LOANS,), agents))
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.REJECTED))
    assert desk.offers() == [("c1", "a"), ("c1", "b")]


def test_an_agent_no_longer_named_is_gone_at_once_when_idle_or_ringing() -> None:
    desk = Desk([LOANS], ["ann", "bob"])
    desk.call("c1")
    desk.give(LoadRoster((LOANS,), ()))
    assert desk.last(OfferEnded).how is OfferEnd.AGENT_LEFT
    assert desk.state.snapshot().agents == ()
    assert [change.state for change in desk.all(AgentStateChanged)[-2:]] == [AgentState.LOGGED_OUT] * 2
    assert desk.state.position("c1.v1") == 1
    with pytest.raises(RequestRefused):
        desk.give(AgentReady("ann"))


def test_an_agent_no_longer_named_finishes_the_conversation_first() -> None:
    desk = talking()
    desk.give(LoadRoster((LOANS,), ()))
    assert desk.agent("ann") is AgentState.TALKING
    with pytest.raises(RequestRefused):
        desk.give(AgentReady("ann"))
    desk.give(TalkOver("c1.v1.o1", By.CALLER))
    assert desk.all(TalkEnded) != []
    assert desk.state.snapshot().agents == ()


def test_an_agent_named_again_in_time_stays() -> None:
    desk = talking(QUICK)
    desk.give(LoadRoster((QUICK,), ()))
    desk.give(LoadRoster((QUICK,), (agent_facts("ann"),)))
    desk.give(TalkOver("c1.v1.o1", By.CALLER))
    assert desk.agent("ann") is AgentState.READY


def test_given_its_queue_vanishes_then_a_waiting_or_ringing_contact_goes_back() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.call("c2")
    desk.give(LoadRoster((), (agent_facts("ann"),)))
    assert [event.why for event in desk.all(VisitLeft)] == [LeftQueue.FAILED] * 2
    assert [command.contact for command in desk.ordered(ReturnContact)] == ["c1", "c2"]
    assert desk.agent("ann") is AgentState.READY


def test_given_its_queue_vanishes_then_a_conversation_goes_on_to_its_end() -> None:
    desk = talking()
    desk.give(LoadRoster((), (agent_facts("ann"),)))
    assert desk.all(VisitLeft) == []
    desk.give(TalkOver("c1.v1.o1", By.CALLER))
    assert desk.agent("ann") is AgentState.WRAP_UP


def test_given_its_queue_vanishes_after_the_answer_and_the_agent_hangs_up_then_the_contact_goes_back() -> (
    None
):
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.give(AgentAnswered("c1.v1.o1"))
    desk.give(LoadRoster((), (agent_facts("ann"),)))
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.AGENT_HUNG_UP))
    assert desk.last(VisitLeft).why is LeftQueue.FAILED
    assert desk.state.snapshot().visits == ()


def test_a_new_limit_holds_for_those_who_wait_already() -> None:
    desk = Desk([LOANS])
    desk.call("c1")
    desk.give(LoadRoster((QueueFacts(name="loans", max_wait=30),), ()), after=10)
    assert next_deadline(desk.state) == 1030
    desk.pass_time(20)
    assert desk.last(VisitLeft).waited == 30


def test_a_strategy_that_nobody_provides_is_refused_before_anything_changes() -> None:
    desk = Desk([LOANS], ["ann"])
    with pytest.raises(PluginError, match="use longest_idle"):
        desk.give(LoadRoster((QueueFacts(name="loans", strategy="longest_idel"),), ()))
    assert desk.agent("ann") is AgentState.READY


# --- misuse, purity, replay ---------------------------------------------------------------------


def test_a_contact_queued_twice_is_a_bug() -> None:
    desk = Desk([LOANS])
    desk.call("c1")
    with pytest.raises(CoreMisuse):
        desk.give(Enqueue("c1", "c1.v2", "loans"))


def test_an_event_that_does_not_fit_the_state_is_a_bug() -> None:
    desk = talking()
    with pytest.raises(CoreMisuse, match="OfferEnded"):
        apply(
            Desk([LOANS]).state,
            OfferEnded(at=1, contact="c", visit="v", queue="q", offer="o", agent="a", how=OfferEnd.FAILED),
        )
    assert desk.agent("ann") is AgentState.TALKING


def test_decide_alone_changes_nothing() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    before = desk.state.snapshot()
    decision = decide(desk.state, CallerLeft("c1"), desk.now)
    assert names(decision.events) == ["VisitAbandoned", "OfferEnded", "AgentStateChanged"]
    assert desk.state.snapshot() == before


def test_a_replayed_state_equals_the_live_one_and_goes_on_from_there() -> None:
    desk = Desk([LOANS], ["ann", "bob"])
    desk.call("c1")
    desk.call("c2")
    desk.call("c3")
    desk.answer("c1.v1.o1")
    desk.give(AgentAnswered("c2.v1.o1"))
    replayed = desk.replayed()
    assert replayed.snapshot() == desk.state.snapshot()
    assert next_deadline(replayed) == next_deadline(desk.state)
    for contact in ("c1", "c2", "c3"):
        step(replayed, CallerLeft(contact), desk.now + 1)
    step(replayed, Tick(), desk.now + 60)
    assert replayed.snapshot().visits == ()
    assert replayed.agents_on("loans") == {"ready": 2}
