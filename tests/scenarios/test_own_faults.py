"""Faults of our own, in memory: every contact is closed all the same, and no agent waits for nobody."""

from __future__ import annotations

from unittest.mock import patch

from ivrcore.model import events
from ivrcore.model.names import AgentState
from ivrcore.session.session import Session
from ivrcore.testing import Phone
from tests.scenarios.floor import Floor


def test_given_prompts_that_cannot_be_ended_when_the_caller_hangs_up_then_the_contact_is_closed() -> None:
    floor = Floor()
    caller = floor.call()
    floor.wait(1)
    (session,) = floor.exchange.sessions.values()
    assert isinstance(session, Session)
    with patch.object(session._playing, "end", side_effect=OSError("gone")):
        caller.hang_up()
        floor.settle()
    assert len(floor.happened(events.ContactClosed)) == 1
    assert not floor.exchange.sessions
    assert floor.exchange.faults == 1


def test_given_a_visit_whose_party_is_missing_when_it_is_offered_then_the_offer_fails() -> None:
    floor = Floor()
    caller = floor.call("5001")
    floor.wait(1)
    lost = floor.exchange.sessions.pop("c1")
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    floor.wait(1)
    assert floor.exchange.faults == 0
    assert len(floor.happened(events.OfferEnded)) == 1
    assert floor.exchange.routing.waiting_in("general") == 0
    assert floor.exchange.routing.agent_state("ann") is not AgentState.OFFERED
    floor.exchange.sessions["c1"] = lost
    caller.hang_up()
    floor.wait(20)
    floor.check()
