"""Agents whose phones are in calls that no queue gave, or cannot be reached, in memory."""

from __future__ import annotations

from msgspec import structs

from ivrcore.model import events
from ivrcore.model.names import Device
from ivrcore.routing.commands import LoadRoster
from ivrcore.testing import Phone
from tests.scenarios.floor import AGENTS, QUEUES, Floor

ANN = "PJSIP/ann"


def rung(floor: Floor) -> list[str]:
    return [dial.endpoint for dial in floor.switch.dials]


def devices(floor: Floor) -> list[Device]:
    happened = floor.happened(events.AgentDeviceChanged)
    return [
        one.device for one in happened if isinstance(one, events.AgentDeviceChanged) and one.agent == "ann"
    ]


def test_given_a_call_of_ones_own_when_a_contact_waits_then_offered_as_soon_as_it_is_over() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=5.0))
    floor.ready("ann")
    floor.switch.device(ANN, Device.BUSY)
    floor.settle()
    floor.call("5001")
    floor.wait(10)
    assert rung(floor) == []
    assert floor.exchange.routing.agents_on("general")["off_queue"] == 1
    floor.switch.device(ANN, Device.IDLE)
    floor.wait(0.1)
    assert rung(floor) == [ANN]
    floor.wait(20)
    assert devices(floor) == [Device.IDLE, Device.BUSY, Device.IDLE]
    floor.check()


def test_given_a_phone_that_is_not_there_when_a_contact_waits_then_offered_once_it_registers() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=5.0))
    floor.switch.device(ANN, Device.UNREACHABLE)
    floor.ready("ann")
    floor.call("5001")
    floor.wait(5)
    assert rung(floor) == []
    floor.switch.device(ANN, Device.IDLE)
    floor.wait(20)
    assert rung(floor) == [ANN]
    floor.check()


def test_given_a_conversation_when_a_call_of_ones_own_begins_then_the_next_contact_waits_for_both() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=5.0))
    floor.ready("ann")
    floor.call("5001")
    floor.wait(3)
    floor.switch.device(ANN, Device.BUSY)
    floor.wait(20)
    floor.call("5001")
    floor.wait(5)
    assert rung(floor) == [ANN]
    floor.switch.device(ANN, Device.IDLE)
    floor.wait(20)
    assert rung(floor) == [ANN, ANN]
    floor.check()


def test_given_a_lost_link_when_the_call_of_ones_own_ends_meanwhile_then_known_once_it_is_back() -> None:
    floor = Floor()
    floor.switch.device(ANN, Device.BUSY)
    floor.ready("ann")
    floor.switch.go_away()
    floor.switch.device(ANN, Device.IDLE)
    floor.wait(1)
    assert devices(floor)[-1] is Device.BUSY
    floor.switch.come_back()
    floor.settle()
    assert devices(floor)[-1] is Device.IDLE
    floor.check()


def test_given_a_phone_out_of_reach_when_the_agent_gets_another_then_the_old_ones_state_is_gone() -> None:
    floor = Floor()
    floor.switch.device(ANN, Device.UNREACHABLE)
    floor.ready("ann")
    floor.call("5001")
    floor.wait(5)
    assert rung(floor) == []
    mobile = "PJSIP/0170@trunk"
    floor.switch.phones[mobile] = Phone(answers_after=1.0, hangs_up_after=5.0)
    moved = [structs.replace(one, endpoint=mobile) if one.name == "ann" else one for one in AGENTS]
    floor.exchange.order(LoadRoster(QUEUES, tuple(moved)))
    floor.wait(20)
    assert rung(floor) == [mobile]
    assert Device.UNKNOWN in devices(floor)
    floor.check()
