"""The server dies under calls of AGI, which Asterisk's dialplan hands over again."""

from __future__ import annotations

from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, AgentState, OfferEnd
from ivrcore.testing import Phone
from tests.scenarios.floor import Floor


def let_go(floor: Floor) -> None:
    """Asterisk lets go of the phones that the dead server rang."""
    for leg in [one for one in floor.switch.orphans.values() if one.dialled]:
        leg.hang_up()
    floor.settle()


def test_given_callers_in_menu_and_queue_when_they_are_handed_over_again_then_they_go_on() -> None:
    floor = Floor()
    waits, menu = floor.call("5001"), floor.call("5000")
    floor.wait(3)
    before = floor.exchange.routing.snapshot().visits
    floor = floor.replaced(away=3, returning=True)
    assert floor.exchange.routing.snapshot().visits == before
    adopted = [one.where for one in floor.journal.events if isinstance(one, events.ContactAdopted)]
    assert adopted == [AdoptedIn.QUEUE, AdoptedIn.DIALPLAN]
    assert waits.music == "default"
    assert floor.heard(menu)[-1] == "Cards, loans or opening hours?"
    waits.hang_up()
    menu.hang_up()
    floor.wait(2)
    floor.check()


def test_given_a_phone_that_rings_then_its_offer_failed_and_the_caller_waits_on_at_the_place() -> None:
    floor = Floor()
    floor.phone("ann", Phone())
    floor.ready("ann")
    floor.call("5001")
    floor.wait(2)
    rung = floor.agent_leg("ann")
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=3.0))
    floor = floor.replaced(away=1, returning=True)
    let_go(floor)
    (ended,) = [one for one in floor.journal.events if isinstance(one, events.OfferEnded)]
    assert ended.how is OfferEnd.FAILED
    assert rung.ended
    assert floor.exchange.routing.position("c1.v1") == 1 or floor.exchange.deliveries
    floor.wait(30)
    assert len(floor.happened(events.VisitAnswered)) == 1
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    floor.check()


def test_given_who_talks_then_the_contact_is_closed_and_the_agent_is_free() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(4)
    floor = floor.replaced(away=1, returning=True)
    assert not floor.exchange.sessions
    assert len(floor.happened(events.ContactClosed)) == 1
    assert len(floor.happened(events.TalkEnded)) == 1
    caller.hang_up()
    let_go(floor)
    floor.wait(10)
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    assert not floor.switch.legs
