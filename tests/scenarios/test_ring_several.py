"""Calls for which several phones ring at once, in memory, under a clock of the test's own."""

from __future__ import annotations

import pytest

from ivrcore.config import QueueVoice
from ivrcore.dialplan.commands import Spoken
from ivrcore.model import events
from ivrcore.model.names import AgentState, Cause, OfferEnd
from ivrcore.model.roster import AgentFacts, MemberFacts, QueueFacts
from ivrcore.routing import commands as routing
from ivrcore.telephony import leg as legs
from ivrcore.testing import NEVER_ANSWERS, UNREACHABLE, FakeLeg, Phone
from tests.scenarios.floor import AGENTS, Floor

WHISPER = {"general": QueueVoice(whisper=(Spoken("General enquiry", "en"),))}


def floor_of(strategy: str, voices: dict[str, QueueVoice] | None = None, slow: float = 0.0) -> Floor:
    """A floor whose queue ``general`` has that strategy."""
    floor = Floor(voices=voices, slow=slow)
    roster(floor, strategy)
    return floor


def roster(floor: Floor, strategy: str, agents: tuple[AgentFacts, ...] = AGENTS) -> None:
    options = {"every": 4, "most": 2} if strategy == "progressive" else {}
    queue = QueueFacts(name="general", wrap_up=5.0, ring_time=10.0, strategy=strategy, options=options)
    floor.exchange.order(routing.LoadRoster((queue,), agents))


def rung(floor: Floor) -> list[str]:
    return [dial.endpoint.removeprefix("PJSIP/") for dial in floor.switch.dials]


def ended(floor: Floor) -> dict[str, OfferEnd]:
    found = [event for event in floor.happened(events.OfferEnded) if isinstance(event, events.OfferEnded)]
    assert len({event.offer for event in found}) == len(found)
    return {event.agent: event.how for event in found}


def hung_up(leg: FakeLeg) -> bool:
    return any(isinstance(command, legs.HangUp) for command in leg.commands)


@pytest.mark.parametrize("slow", [0.0, 0.3])
def test_given_ring_all_when_one_answers_then_the_other_phone_stops_and_only_the_first_hears_the_whisper(
    slow: float,
) -> None:
    floor = floor_of("ring_all", WHISPER, slow)
    floor.phone("ann", Phone(answers_after=2.0, hangs_up_after=20.0))
    floor.phone("bob", NEVER_ANSWERS)
    floor.ready("ann", "bob")
    caller = floor.call("5001")
    floor.wait(1.5)
    assert rung(floor) == ["ann", "bob"]
    ann, bob = floor.agent_leg("ann"), floor.agent_leg("bob")
    floor.wait(4)
    assert caller.bridge is not None
    assert ann.bridge == caller.bridge
    assert bob.ended
    assert hung_up(bob)
    assert (floor.heard(ann), floor.heard(bob)) == (["General enquiry"], [])
    assert ended(floor) == {"bob": OfferEnd.TAKEN}
    assert floor.exchange.routing.agent_state("bob") is AgentState.READY
    floor.wait(30)
    assert len(floor.happened(events.VisitAnswered)) == 1
    floor.check()


@pytest.mark.parametrize("slow", [0.0, 0.3])
def test_given_ring_all_when_both_answer_at_once_then_one_talks_and_the_other_is_let_go(slow: float) -> None:
    floor = floor_of("ring_all", WHISPER, slow)
    for agent in ("ann", "bob"):
        floor.phone(agent, Phone(answers_after=2.0, hangs_up_after=20.0))
    floor.ready("ann", "bob")
    caller = floor.call("5001")
    floor.wait(1)
    ann, bob = floor.agent_leg("ann"), floor.agent_leg("bob")
    floor.wait(4)
    assert caller.bridge is not None
    assert [leg.bridge == caller.bridge for leg in (ann, bob)] == [True, False]
    assert floor.heard(bob) == []
    assert bob.ended
    assert len(floor.happened(events.OfferAccepted)) == 1
    floor.wait(30)
    floor.check()


def test_given_ring_all_when_the_caller_hangs_up_then_every_phone_stops() -> None:
    floor = floor_of("ring_all")
    floor.ready("ann", "bob", "cho")
    caller = floor.call("5001")
    floor.wait(3)
    phones = [floor.agent_leg(agent) for agent in ("ann", "bob", "cho")]
    caller.hang_up()
    floor.settle()
    assert all(phone.ended for phone in phones)
    assert set(ended(floor).values()) == {OfferEnd.CALLER_LEFT}
    floor.check()


def test_given_ring_all_when_one_rejects_and_one_is_unreachable_then_the_third_still_rings() -> None:
    floor = floor_of("ring_all")
    floor.phone("ann", Phone(rejects_after=1.0))
    floor.phone("bob", UNREACHABLE)
    floor.phone("cho", Phone(answers_after=4.0, hangs_up_after=5.0))
    floor.ready("ann", "bob", "cho")
    caller = floor.call("5001")
    floor.wait(3)
    assert {agent: how for agent, how in ended(floor).items() if agent != "cho"} == {
        "ann": OfferEnd.REJECTED,
        "bob": OfferEnd.UNREACHABLE,
    }
    floor.wait(2)
    assert caller.bridge is not None
    floor.wait(20)
    floor.check()


def test_given_ring_all_when_the_one_who_answered_hangs_up_in_the_whisper_then_all_free_ring_again() -> None:
    floor = floor_of("ring_all", WHISPER)
    floor.switch.duration = 5.0
    floor.phone("ann", Phone(answers_after=2.0, hangs_up_after=1.0))
    floor.phone("bob", Phone(answers_after=3.0, hangs_up_after=20.0))
    floor.ready("ann", "bob")
    caller = floor.call("5001")
    floor.wait(3.5)
    # ann took it and hung up, so bob, who had stopped ringing, rings once more
    assert rung(floor) == ["ann", "bob", "bob"]
    floor.wait(10)
    assert caller.bridge is not None
    assert floor.agent_leg("bob").bridge == caller.bridge
    floor.wait(30)
    floor.check()


def test_given_progressive_when_nobody_answers_then_another_phone_rings_besides_and_the_first_wins() -> None:
    floor = floor_of("progressive")
    floor.phone("ann", NEVER_ANSWERS)
    floor.phone("bob", Phone(answers_after=3.0, hangs_up_after=10.0))
    floor.ready("ann")
    floor.wait(1)
    floor.ready("bob", "cho")
    caller = floor.call("5001")
    floor.wait(3)
    assert rung(floor) == ["ann"]
    floor.wait(2)
    assert rung(floor) == ["ann", "bob"]
    ann = floor.agent_leg("ann")
    floor.wait(3)
    assert ann.ended
    assert caller.bridge is not None
    assert ended(floor) == {"ann": OfferEnd.TAKEN}
    floor.wait(30)
    floor.check()


def test_given_pull_when_an_agent_takes_the_caller_then_that_phone_rings_and_they_talk() -> None:
    floor = floor_of("pull")
    floor.phone("bob", Phone(answers_after=1.0, hangs_up_after=5.0))
    floor.ready("ann", "bob")
    caller = floor.call("5001")
    floor.wait(5)
    assert rung(floor) == []
    floor.exchange.order(routing.TakeContact("bob"))
    floor.wait(3)
    assert rung(floor) == ["bob"]
    assert caller.bridge is not None
    floor.wait(20)
    floor.check()


def test_given_an_agent_with_room_for_two_when_one_call_ends_then_the_other_goes_on() -> None:
    floor = Floor()
    two = AgentFacts(name="ann", endpoint="PJSIP/ann", capacity=2, members={"general": MemberFacts()})
    roster(floor, "longest_idle", (two,))
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    first = floor.call("5001")
    floor.wait(2)
    second = floor.call("5001")
    floor.wait(2)
    assert first.bridge is not None
    assert second.bridge is not None
    assert first.bridge != second.bridge
    first.hang_up(Cause.NORMAL)
    floor.wait(1)
    assert second.bridge is not None
    assert floor.exchange.routing.agent_state("ann") is AgentState.TALKING
    second.hang_up(Cause.NORMAL)
    floor.wait(10)
    floor.check()
