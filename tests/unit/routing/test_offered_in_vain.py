"""Contacts that were offered in vain: they relax, move on and end like those that nobody was found for."""

from __future__ import annotations

import pytest
from msgspec import structs
from relaxing import agent
from router_desk import Desk

from ivrcore.model.events import ContactQueued, NeedRelaxed, OfferMade, PluginFailed, VisitLeft
from ivrcore.model.names import By, LeftQueue, OfferEnd
from ivrcore.model.roster import AgentFacts, OverflowFacts, QueueFacts
from ivrcore.routing import router
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentLogout,
    AgentPause,
    AgentReady,
    Enqueue,
    HandOver,
    LoadRoster,
    MoveContact,
    OfferFailed,
    TakeContact,
    TalkOver,
    Tick,
)
from ivrcore.routing.router import RouterState, next_deadline

ANN, BOB, CHO = (AgentFacts(name=name, endpoint=f"PJSIP/{name}") for name in ("ann", "bob", "cho"))


def check(desk: Desk) -> None:
    """Replay gives the same state, what is due too, and nothing that was due is left."""
    assert desk.replayed().snapshot() == desk.state.snapshot()
    assert next_deadline(desk.replayed()) == next_deadline(desk.state)
    assert (next_deadline(desk.state) or desk.now + 1) > desk.now
    assert not desk.all(PluginFailed)


def test_a_hand_over_ends_though_its_agent_answered_and_was_never_joined() -> None:
    desk = Desk([QueueFacts(name="loans")], [ANN, BOB], ready=False)
    desk.call("c1")
    desk.give(AgentReady("ann"))
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.REJECTED))
    desk.give(HandOver("c1", "ann", 60, "sue"))
    desk.pass_time(10)
    desk.give(AgentAnswered("c1.v1.o2"))
    desk.give(AgentPause("ann"))
    desk.give(AgentReady("bob"))
    desk.pass_time(31)
    assert desk.offers()[-1] == ("c1", "ann"), "the hand-over holds for its time"
    desk.pass_time(30)
    assert desk.offers()[-1] == ("c1", "bob")
    check(desk)


def test_when_the_last_who_fits_goes_while_another_rings_the_need_is_relaxed_after_it() -> None:
    rules = QueueFacts(
        name="loans",
        ring_time=20,
        relaxation="skill_rules",
        relaxation_options={"rules": ["wait < 10 and english", "law", "french"]},
    )
    desk = Desk([rules], [agent("ann", english=1), agent("bob", law=1), agent("cho", french=1)])
    desk.give(AgentPause("bob"))
    desk.call("c1")
    assert desk.offers() == [("c1", "ann")]
    desk.pass_time(15)
    desk.give(AgentLogout("bob"))
    desk.pass_time(8)
    assert desk.offers()[1:] == [("c1", "cho")]
    check(desk)


def overflowing(**queue: object) -> Desk:
    loans = QueueFacts(name="loans", overflow=(OverflowFacts(to="cards", after=60.0),), **queue)  # type: ignore[arg-type]
    agents = [
        AgentFacts(name="ann", endpoint="PJSIP/ann", queues=("loans",)),
        AgentFacts(name="bob", endpoint="PJSIP/bob", queues=("loans",)),
        AgentFacts(name="cho", endpoint="PJSIP/cho", queues=("cards",)),
    ]
    return Desk([loans, QueueFacts(name="cards")], agents)


def test_free_agents_who_never_answer_do_not_keep_a_contact_from_moving_on() -> None:
    desk = overflowing()
    desk.call("c1")
    desk.pass_time(60 + 22)
    assert desk.offers()[-1] == ("c1", "cho")
    assert desk.last(ContactQueued).since == desk.all(ContactQueued)[0].at
    check(desk)


def test_nor_do_agents_who_are_rung_one_after_another_while_the_first_ring() -> None:
    desk = overflowing(strategy="progressive", options={"every": 10}, ring_time=15)
    desk.call("c1")
    desk.pass_time(60 + 40)
    assert desk.offers()[-1] == ("c1", "cho")
    check(desk)


def test_who_moves_on_is_rung_for_what_the_other_queue_asks_at_first() -> None:
    cards = QueueFacts(
        name="cards",
        relaxation="steps",
        relaxation_options={"steps": [{"skills": {"law": 5}, "for": 30}]},
    )
    loans = QueueFacts(name="loans", overflow=(OverflowFacts(to="cards", after=10.0),))
    desk = Desk([loans, cards], [AgentFacts(name="ann", endpoint="PJSIP/ann", queues=("cards",))])
    desk.call("c1")
    desk.pass_time(11)
    assert desk.last(ContactQueued).queue == "cards"
    assert desk.last(NeedRelaxed).need == {"skills": (("law", 5),)}
    assert desk.offers() == []
    check(desk)
    desk.pass_time(30)
    assert desk.offers() == [("c1", "ann")]


def test_a_priority_is_the_contacts_own_in_another_queue_whatever_was_configured_meanwhile() -> None:
    five, none = QueueFacts(name="loans", priority=5), QueueFacts(name="loans")
    desk = Desk([five, QueueFacts(name="cards")], [ANN], ready=False)
    desk.call("c1", priority=1)
    desk.give(LoadRoster((none, QueueFacts(name="cards")), (ANN,)))
    desk.give(MoveContact("c1", "cards", "sue"))
    assert desk.last(ContactQueued).priority == 1


def preferring(*there: str) -> Desk:
    queue = QueueFacts(name="loans", relaxation="preferred", relaxation_options={"for": 20})
    desk = Desk([queue], [ANN, BOB, CHO], ready=False)
    for name in there:
        desk.give(AgentReady(name))
    for number, name in enumerate(there):  # each has a conversation, so nobody is free at first
        desk.give(Enqueue(f"old{number}", f"old{number}.v1", "loans", preferred=(name,)))
        desk.answer(f"old{number}.v1.o1")
    desk.give(Enqueue("c1", "c1.v1", "loans", preferred=("ann", "bob")))
    return desk


def turns(desk: Desk) -> list[tuple[float, object]]:
    """Whom the contact waited for from when, in seconds since it came."""
    came = next(one.at for one in desk.all(ContactQueued) if one.contact == "c1")
    relaxed = [one for one in desk.all(NeedRelaxed) if one.contact == "c1"]
    return [(one.at - came, one.need.get("agents")) for one in relaxed]


def test_a_preferred_agent_who_comes_later_takes_no_time_from_the_next() -> None:
    desk = preferring("bob", "cho")
    desk.give(AgentReady("ann"), after=10)
    desk.pass_time(30)
    assert turns(desk) == [(0, ("bob",)), (20, None)]


def test_a_preferred_agent_who_goes_leaves_the_next_a_whole_turn() -> None:
    queue = QueueFacts(name="loans", relaxation="preferred", relaxation_options={"for": 20})
    desk = Desk([queue], [ANN, BOB, CHO])
    for name in ("ann", "bob", "cho"):
        desk.give(AgentPause(name))
    desk.give(Enqueue("c1", "c1.v1", "loans", preferred=("ann", "bob")))
    desk.give(AgentLogout("ann"), after=5)
    desk.pass_time(30)
    assert turns(desk) == [(0, ("ann",)), (5, ("bob",)), (25, None)]
    assert not desk.all(OfferMade)


def test_with_others_free_who_were_not_tried_nobody_moves_on() -> None:
    loans = QueueFacts(name="loans", ring_time=20, overflow=(OverflowFacts(to="cards", after=15.0),))
    here = [
        AgentFacts(name=name, endpoint=f"PJSIP/{name}", queues=("loans",)) for name in ("ann", "bob", "eve")
    ]
    there = AgentFacts(name="cho", endpoint="PJSIP/cho", queues=("cards",))
    desk = Desk([loans, QueueFacts(name="cards")], [*here, there])
    desk.call("c1")
    desk.pass_time(23)
    assert [name for _, name in desk.offers()] == ["ann", "bob"]
    desk.pass_time(23)
    assert [name for _, name in desk.offers()] == ["ann", "bob", "eve"]
    desk.pass_time(23)
    assert desk.offers()[-1] == ("c1", "cho")
    check(desk)


def test_a_phone_that_stopped_ringing_as_its_agent_left_sends_nobody_to_a_longer_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def expected(state: RouterState, queue: str, place: object = None, contact: str = "") -> float:
        return 20.0 if queue == "loans" else 900.0

    desk = overflowing()
    for contact, queue in (("x", "cards"), ("y", "loans")):
        desk.call(contact, queue)
        desk.answer(desk.last(OfferMade).offer)
    monkeypatch.setattr(RouterState, "expected_wait", expected)
    desk.call("c")
    desk.give(AgentPause("bob"), after=1)
    desk.pass_time(120)
    assert desk.last(ContactQueued).queue == "loans"


def test_after_half_an_hour_who_waits_goes_first_though_priority_put_it_behind() -> None:
    last = QueueFacts(name="loans", priority=-10, order="priority")
    heavy = QueueFacts(name="cards", order="weights", order_options={"weight": 100})
    desk = Desk([last, heavy], [ANN], ready=False)
    desk.call("c1")
    desk.pass_time(2340)
    desk.call("w1", "cards")
    desk.pass_time(60)
    desk.give(AgentReady("ann"))
    assert desk.offers() == [("c1", "ann")]


def test_a_fault_in_a_round_of_offers_leaves_nobody_waiting_beside_a_free_agent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk([QueueFacts(name="loans"), QueueFacts(name="cards")], [ANN, BOB], ready=False)
    for contact in ("c1", "c2", "c3"):
        desk.call(contact)

    def broken(*_given: object, **_more: object) -> bool:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(router, "offer", broken)
        for name in ("ann", "bob"):
            with pytest.raises(ZeroDivisionError):
                desk.give(AgentReady(name))
    desk.give(Tick())
    assert sorted(desk.offers()) == [("c1", "ann"), ("c2", "bob")]


def test_when_a_hand_over_ends_with_its_agent_nobody_rings_for_who_waited_too_long() -> None:
    desk = Desk([QueueFacts(name="loans", max_wait=60.0)], [ANN, BOB], ready=False)
    desk.give(AgentReady("ann"))
    desk.call("c0")
    desk.answer("c0.v1.o1")
    desk.call("c1")
    desk.give(HandOver("c1", "ann", 600.0, "sue"))
    desk.give(AgentReady("bob"))
    desk.pass_time(100)
    desk.give(AgentLogout("ann"))
    desk.give(TalkOver("c0.v1.o1", By.CALLER))
    desk.pass_time(60)
    assert desk.offers() == [("c0", "ann")]
    assert desk.last(VisitLeft).why is LeftQueue.TIMED_OUT


def test_after_a_hand_over_a_relaxation_starts_from_what_the_queue_asks() -> None:
    queue = QueueFacts(
        name="loans",
        strategy="pull",
        relaxation="skill_rules",
        relaxation_options={"rules": ["english > 50"]},
    )
    desk = Desk([queue], [agent("ann"), agent("eve", english=60)])
    desk.call("c1")
    desk.give(HandOver("c1", "ann", 30.0, "sue"))
    desk.pass_time(120)
    desk.give(TakeContact("eve", "c1"))
    assert desk.offers() == [("c1", "eve")]


def test_who_is_handed_over_is_not_sent_away_while_others_are_logged_in() -> None:
    loans, cards = QueueFacts(name="loans", leave_empty=True), QueueFacts(name="cards")
    both = AgentFacts(name="ann", endpoint="PJSIP/ann", queues=("loans", "cards"))
    bob = AgentFacts(name="bob", endpoint="PJSIP/bob", queues=("loans",))
    desk = Desk([loans, cards], [both, bob], ready=False)
    desk.give(AgentReady("bob"))
    desk.call("c0")
    desk.answer("c0.v1.o1")
    desk.give(AgentReady("ann"))
    desk.give(AgentPause("ann"))
    desk.call("c1")
    desk.give(HandOver("c1", "ann", 600.0, "sue"))
    desk.give(AgentReady("ann"))
    desk.give(LoadRoster((loans, cards), (structs.replace(both, queues=("cards",)), bob)))
    desk.pass_time(60)
    assert not desk.all(VisitLeft)


def test_who_asks_for_more_than_the_queue_is_promised_nothing_when_moved_there() -> None:
    desk = overflowing()
    desk.give(AgentPause("ann"))
    desk.give(AgentPause("bob"))
    desk.call("c1", french=3)
    desk.give(MoveContact("c1", "cards", "sue"))
    assert desk.last(ContactQueued).expected is None
