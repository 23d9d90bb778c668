"""Offers to agents who say by a key that it is they who picked up."""

from router_desk import Desk, names

from ivrcore.model.events import AgentStateChanged, OfferAccepted, OfferEnded, OfferPickedUp
from ivrcore.model.names import AgentState, OfferEnd
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentPickedUp,
    CallerLeft,
    ConnectAgent,
    OfferFailed,
    RingAgent,
    WithdrawOffer,
)
from ivrcore.routing.router import next_deadline

ANN = AgentFacts(name="ann", endpoint="PJSIP/ann", confirm=10.0)
BOB = AgentFacts(name="bob", endpoint="PJSIP/bob", confirm=10.0)
O1, O2 = "c1.v1.o1", "c1.v1.o2"


def desk_of(*agents: AgentFacts, **queue: object) -> Desk:
    desk = Desk([QueueFacts(name="loans", **queue)], agents or (ANN,))  # type: ignore[arg-type]
    desk.call("c1")
    return desk


def test_given_no_wish_for_a_key_then_the_command_does_not_ask_for_one() -> None:
    desk = Desk(agents=["cho"])
    desk.call("c1")
    assert not desk.ordered(RingAgent)[0].confirm


def test_given_the_phone_was_picked_up_then_the_key_has_its_own_time_and_only_it_connects() -> None:
    desk = desk_of()
    assert desk.ordered(RingAgent)[0].confirm
    decision = desk.give(AgentPickedUp(O1), after=19)
    assert names(decision.events) == ["OfferPickedUp"]
    assert decision.commands == ()
    assert desk.last(OfferPickedUp).deadline == desk.now + 10 == next_deadline(desk.state)
    assert desk.agent("ann") is AgentState.OFFERED
    assert desk.replayed().snapshot() == desk.state.snapshot()
    assert desk.give(AgentPickedUp(O1)).events == ()
    assert desk.give(AgentAnswered(O1), after=9).commands == (ConnectAgent(O1, "c1", "ann"),)
    assert len(desk.all(OfferAccepted)) == 1


def test_given_no_key_in_time_then_it_is_a_missed_offer_and_the_next_agent_is_rung() -> None:
    desk = desk_of(ANN, BOB)
    desk.give(AgentPickedUp(O1), after=2)
    desk.pass_time(9.9)
    assert desk.all(OfferEnded) == []
    desk.pass_time(0.2)
    assert desk.last(OfferEnded).how is OfferEnd.UNCONFIRMED
    assert desk.ordered(WithdrawOffer) == [WithdrawOffer(O1, OfferEnd.UNCONFIRMED)]
    assert desk.offers() == [("c1", "ann"), ("c1", "bob")]
    resting = desk.changes("ann")[-1]
    assert (resting.state, resting.until) == (AgentState.READY, desk.now - 0.1 + 5)


def test_given_the_voicemail_every_time_then_the_agent_is_paused_as_for_missed_offers() -> None:
    desk = desk_of(pause_after=2)
    for offer in (O1, O2):
        desk.give(AgentPickedUp(offer), after=2)
        desk.give(OfferFailed(offer, OfferEnd.UNCONFIRMED), after=2)
        desk.pass_time(6)
    assert desk.agent("ann") is AgentState.PAUSED


def test_given_two_picked_up_then_the_first_key_wins() -> None:
    desk = desk_of(ANN, BOB, strategy="ring_all")
    desk.give(AgentPickedUp(O1), after=1)
    desk.give(AgentPickedUp(O2), after=1)
    decision = desk.give(AgentAnswered(O2), after=1)
    assert ConnectAgent(O2, "c1", "bob") in decision.commands
    assert WithdrawOffer(O1, OfferEnd.TAKEN) in decision.commands
    assert desk.agent("ann") is AgentState.READY


def test_given_the_caller_hangs_up_then_the_agent_is_free_at_once() -> None:
    desk = desk_of()
    desk.give(AgentPickedUp(O1), after=2)
    decision = desk.give(CallerLeft("c1"), after=1)
    assert WithdrawOffer(O1, OfferEnd.CALLER_LEFT) in decision.commands
    assert desk.last(AgentStateChanged).state is AgentState.READY


def test_given_the_offer_is_over_when_the_phone_is_picked_up_then_it_is_undone() -> None:
    desk = desk_of()
    desk.give(CallerLeft("c1"), after=1)
    assert desk.give(AgentPickedUp(O1)).commands == (WithdrawOffer(O1, OfferEnd.WITHDRAWN),)
