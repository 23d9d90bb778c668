"""Codes that agents dial on their own phones, in memory: known by the endpoint, told by voice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivrcore.config import AgentRules, FeatureCodes
from ivrcore.config.feature_codes import USUAL
from ivrcore.model import events
from ivrcore.model.names import AgentState, CodeAnswer, Device, PhoneCode
from ivrcore.telephony import leg as legs
from ivrcore.testing import FakeLeg, Phone
from tests.scenarios.floor import Floor

ANN = "PJSIP/ann"


@pytest.fixture
def floor() -> Floor:
    return floor_of()


def floor_of(rules: AgentRules | None = None, slow: float = 0.0) -> Floor:
    floor = Floor(slow=slow)
    codes = FeatureCodes(dict(USUAL))
    floor.exchange.ports = replace(floor.exchange.ports, codes=codes, agent_rules=rules or AgentRules())
    return floor


def dial(floor: Floor, code: str, endpoint: str = ANN) -> str:
    """Dial a code, listen to the end, and give what was said."""
    leg = dialling(floor, code, endpoint)
    floor.wait(2)
    assert leg.ended
    return " ".join(floor.heard(leg))


def dialling(floor: Floor, code: str, endpoint: str = ANN) -> FakeLeg:
    leg = floor.switch.dial_code(endpoint, code)
    floor.settle()
    return leg


def used(floor: Floor) -> list[events.FeatureCodeUsed]:
    return [one for one in floor.journal.events if isinstance(one, events.FeatureCodeUsed)]


def state(floor: Floor) -> AgentState | None:
    return floor.exchange.routing.agent_state("ann")


def test_a_day_by_codes(floor: Floor) -> None:
    assert dial(floor, "*14") == "You are not logged in. Dial star 1 1 first."
    assert dial(floor, "*11") == "You are logged in, and ready."
    assert state(floor) is AgentState.READY
    assert dial(floor, "*11") == "You are logged in already."
    assert dial(floor, "*13") == "You are paused."
    assert state(floor) is AgentState.PAUSED
    assert dial(floor, "*14") == "You are ready."
    assert dial(floor, "*12") == "You are logged out."
    assert state(floor) is AgentState.LOGGED_OUT
    assert [(one.agent, one.endpoint, one.code, one.answer) for one in used(floor)] == [
        ("ann", ANN, PhoneCode.READY, CodeAnswer.NOT_LOGGED_IN),
        ("ann", ANN, PhoneCode.LOGIN, CodeAnswer.LOGGED_IN),
        ("ann", ANN, PhoneCode.LOGIN, CodeAnswer.LOGGED_IN_ALREADY),
        ("ann", ANN, PhoneCode.PAUSE, CodeAnswer.PAUSED),
        ("ann", ANN, PhoneCode.READY, CodeAnswer.READY),
        ("ann", ANN, PhoneCode.LOGOUT, CodeAnswer.LOGGED_OUT),
    ]
    assert not floor.happened(events.ContactArrived)
    floor.check()


def test_a_phone_of_nobody_and_a_code_that_is_none_do_nothing(floor: Floor) -> None:
    for endpoint in ("PJSIP/trunk", "", "SIP/ann"):
        assert dial(floor, "*11", endpoint) == "This phone belongs to no agent."
    assert dial(floor, "*19") == "There is no such code."
    assert dial(floor, "*111") == "There is no such code."
    assert dial(floor, "*13*") == "There is no such code."
    assert not floor.happened(events.AgentStateChanged)
    told = [(one.agent, one.code, one.digits) for one in used(floor)]
    assert told[2:4] == [("", PhoneCode.LOGIN, ""), ("ann", None, "")]
    floor.check()


def test_with_reasons_a_pause_needs_the_number_of_one() -> None:
    floor = floor_of(AgentRules(pause_reasons=("lunch", "training")))
    floor.ready("ann")
    which = "Dial star 1 3 and the number of a reason. 1: lunch, 2: training."
    assert [dial(floor, code) for code in ("*13", "*133", "*130")] == [which] * 3
    assert state(floor) is AgentState.READY
    assert dial(floor, "*132") == "You are paused for: training."
    changed = floor.happened(events.AgentStateChanged)[-1]
    assert isinstance(changed, events.AgentStateChanged)
    assert (changed.state, changed.reason) == (AgentState.PAUSED, "training")
    floor.check()


def test_in_a_conversation_pause_and_log_out_come_after_it_and_are_told_so(floor: Floor) -> None:
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(2)
    assert dial(floor, "*13") == "You will be paused after this call."
    assert dial(floor, "*12") == "You will be logged out after this call."
    assert dial(floor, "*11") == "You are logged in, and ready."
    assert dial(floor, "*13") == "You will be paused after this call."
    assert state(floor) is AgentState.TALKING
    assert dial(floor, "*15") == "You are not in wrap-up."
    caller.hang_up()
    floor.wait(8)
    assert state(floor) is AgentState.PAUSED
    floor.check()


def test_wrap_up_goes_on_for_minutes_and_ends_by_none() -> None:
    floor = floor_of(AgentRules(longest_wrap_up=600.0))
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=2.0))
    floor.ready("ann")
    floor.call("5001")
    floor.wait(4)
    assert state(floor) is AgentState.WRAP_UP
    assert dial(floor, "*1511") == "That is too long. Minutes allowed: 10."
    assert dial(floor, "*15") == "Minutes left for wrap-up: 5."
    floor.wait(250)
    assert state(floor) is AgentState.WRAP_UP
    assert dial(floor, "*152") == "Minutes left for wrap-up: 2."
    floor.wait(60)
    assert state(floor) is AgentState.WRAP_UP
    assert dial(floor, "*150") == "You are ready."
    assert state(floor) is AgentState.READY
    floor.wait(10)
    floor.check()


@pytest.mark.parametrize("slow", [0.0, 0.4])
def test_a_contact_waits_until_the_phone_is_down_again(slow: float) -> None:
    floor = floor_of(slow=slow)
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=2.0))
    floor.call("5001")
    floor.switch.device(ANN, Device.BUSY)
    floor.wait(1)
    dial(floor, "*11")
    floor.wait(1)
    assert floor.switch.dials == []
    floor.switch.device(ANN, Device.IDLE)
    floor.wait(3)
    assert [one.endpoint for one in floor.switch.dials] == [ANN]
    floor.wait(20)
    floor.check()


def test_who_hangs_up_at_once_has_been_obeyed_and_no_timer_stays(floor: Floor) -> None:
    leg = dialling(floor, "*11")
    leg.hang_up()
    floor.settle()
    assert state(floor) is AgentState.READY
    floor.check()


def test_nothing_to_be_heard_a_refused_answer_and_silence_of_asterisk_all_end_the_call(floor: Floor) -> None:
    floor.prompts.unspoken.add("You are logged in, and ready.")
    assert dial(floor, "*11") == ""
    floor.switch.refuse["code2.l1", legs.Answer] = ("IVR303", 500)
    assert dial(floor, "*14") == ""
    floor.switch.duration = 1000.0
    leg = dialling(floor, "*14")
    floor.wait(31)
    assert leg.ended
    floor.check()


def test_a_link_lost_in_the_midst_leaves_nothing(floor: Floor) -> None:
    leg = dialling(floor, "*11")
    floor.switch.go_away()
    leg.hang_up()
    floor.wait(1)
    floor.switch.come_back()
    floor.settle()
    assert leg.ended
    floor.check()


def test_without_codes_nothing_is_one() -> None:
    floor = Floor()
    assert dial(floor, "*11") == "There is no such code."
    floor.check()
