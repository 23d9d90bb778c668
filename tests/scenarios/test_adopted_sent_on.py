"""A server dies under callers whom an agent's phone has sent on: they talk on, and their end is seen."""

from __future__ import annotations

import pytest

from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, AgentState, Outcome
from ivrcore.testing import FakeLeg
from tests.scenarios.floor import Floor
from tests.scenarios.test_adopted import where
from tests.scenarios.test_adopted_outside import one
from tests.scenarios.test_holds import talking


def sent_on() -> tuple[Floor, FakeLeg, FakeLeg]:
    """Ann has sent a caller on, and wraps up; the caller's leg, and whose hers is now."""
    floor, caller, other = talking()
    other.refer()
    floor.wait(2)
    return floor, caller, other


def test_given_who_was_sent_on_when_the_server_dies_then_they_talk_until_the_caller_leaves() -> None:
    floor, caller, other = sent_on()
    bridge = caller.bridge
    floor = floor.replaced(away=1)
    floor = floor.replaced(away=1)
    assert where(floor) == [AdoptedIn.TALK] * 2
    assert caller.bridge == other.bridge == bridge is not None
    floor.wait(10)
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    assert not floor.happened(events.ContactClosed)
    caller.hang_up()
    floor.wait(1)
    assert other.ended
    closed = one(floor, events.ContactClosed)
    assert (closed.outcome, closed.inferred) == (Outcome.QUEUED, False)
    assert len(floor.happened(events.TalkEnded)) == 1
    floor.check()


def test_given_who_was_sent_on_when_the_other_one_hangs_up_then_the_dialplan_goes_on() -> None:
    floor, caller, other = sent_on()
    floor = floor.replaced(away=1)
    floor.wait(2)
    other.hang_up()
    floor.wait(1)
    assert floor.heard(caller)[-1] == "Good bye."
    floor.wait(5)
    floor.check()


@pytest.mark.parametrize("gone", ["caller", "other", "both"])
def test_given_who_was_sent_on_and_left_meanwhile_then_nobody_is_left(gone: str) -> None:
    floor, caller, other = sent_on()
    floor.exchange.stop()
    for leg in [caller] * (gone != "other") + [other] * (gone != "caller"):
        leg.hang_up()
    floor = floor.replaced(away=2)
    floor.wait(6)
    assert caller.ended
    assert other.ended
    assert one(floor, events.ContactClosed).inferred is (gone != "other")
    assert floor.heard(caller)[-1:] == (["Good bye."] if gone == "other" else [])
    floor.check()


@pytest.mark.parametrize("slow", [0.05, 0.2])
@pytest.mark.parametrize("kept", [0.0, 0.3, 0.6, 1.0])
@pytest.mark.parametrize("who", ["", "caller", "other"])
def test_given_any_moment_of_the_sending_on_when_the_server_dies_then_nothing_is_left(
    slow: float, kept: float, who: str
) -> None:
    floor, caller, other = talking()
    floor = floor.replaced(slow=slow)
    other.refer()
    floor.steady.advance(slow / 2)
    if who:
        (caller if who == "caller" else other).hang_up()
        floor.steady.advance(slow / 2)
    floor = floor.replaced(away=0.3, slow=slow, kept=kept)
    floor.wait(1)
    (caller if who == "other" else other).hang_up()
    floor.wait(6)
    caller.hang_up()
    floor.wait(10)
    assert len(floor.happened(events.TalkEnded)) == 1
    floor.check()
