"""Codes that agents dial on their own phones, on the real Asterisk."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Stay
from ivrcore.model import events
from ivrcore.model.names import AgentState, CodeAnswer, Device, PhoneCode
from tests.asterisk.desk_phone import DeskPhone
from tests.asterisk.hotlines import happened, opened, site

pytestmark = pytest.mark.asterisk

CARELESS = """\
[from-trunk]
include => ivrcore-agents
"""
"""An admin who let the trunk dial codes, too."""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[HotlineLab]:
    """A hotline with codes; checked and ended when the test is over."""
    with opened(tmp_path / "lab") as hotlines:
        config = site(feature_codes="yes", agent_rules="{pause_reasons: [lunch, training]}")
        yield hotlines.start(config, bare=CARELESS)


def desk_phone(lab: HotlineLab, name: str) -> DeskPhone:
    """An agent's phone in the test's hands."""
    return DeskPhone(lab.pbx.sip_port, name, lab.pbx.passwords[name])


def state(lab: HotlineLab, agent: str) -> AgentState | None:
    """Give an agent's state."""
    seen = [one.state for one in happened(lab, events.AgentStateChanged) if one.agent == agent]
    return seen[-1] if seen else None


def dial(lab: HotlineLab, phone: DeskPhone, code: str) -> CodeAnswer:
    """Dial a code and listen until the server hangs up; give what it said by its own account."""
    before = len(happened(lab, events.FeatureCodeUsed))
    line = phone.call(code)
    assert line.status == 200
    line.wait("told, and hung up", lambda: line.over)
    assert line.loudness() > 2000, "something was said"
    lab.wait_for("an event", lambda: len(happened(lab, events.FeatureCodeUsed)) > before)
    return happened(lab, events.FeatureCodeUsed)[-1].answer


def test_given_an_agents_phone_when_it_dials_codes_then_its_agent_is_told_and_gets_calls_in_between(
    lab: HotlineLab,
) -> None:
    with desk_phone(lab, "agent1") as phone:
        assert dial(lab, phone, "*14") is CodeAnswer.NOT_LOGGED_IN
        assert dial(lab, phone, "*11") is CodeAnswer.LOGGED_IN
        assert state(lab, "ann") is AgentState.READY
        call = lab.phones.call("5001", [Stay(30)])
        line = phone.rings()
        line.answer()
        lab.wait_for("they talk", lambda: happened(lab, events.VisitAnswered))
        line.hang_up()
        assert call.result().ended_by == "far"
        assert dial(lab, phone, "*13") is CodeAnswer.WHICH_REASON
        assert dial(lab, phone, "*132") is CodeAnswer.PAUSED_FOR
        assert state(lab, "ann") is AgentState.PAUSED
        assert dial(lab, phone, "*19") is CodeAnswer.NO_CODE
        assert dial(lab, phone, "*12") is CodeAnswer.LOGGED_OUT
    used = happened(lab, events.FeatureCodeUsed)
    assert {(one.agent, one.endpoint) for one in used} == {("ann", "PJSIP/agent1")}
    assert used[1].code is PhoneCode.LOGIN
    paused = next(one for one in happened(lab, events.AgentStateChanged) if one.state is AgentState.PAUSED)
    assert paused.reason == "training"
    lab.wait_for(
        "the phone is idle", lambda: happened(lab, events.AgentDeviceChanged)[-1].device is Device.IDLE
    )
    assert lab.total("ivrcore_agent_codes_used_total", answer="no_code") == 1
    assert lab.total("ivrcore_agent_codes_used_total", code="pause") == 2
    assert len(happened(lab, events.ContactArrived)) == 1, "only the caller is a contact"


def test_given_who_shows_an_agents_number_when_dialling_a_code_then_it_is_no_agents_phone(
    lab: HotlineLab,
) -> None:
    shown = lab.phones.call("*11", [Stay(15)], caller_id="0215550100", caller_name="agent1").result()
    assert (shown.status, shown.ended_by) == (200, "far")
    pretended = lab.phones.call("*11", [Stay(15)], caller_id="agent1").result()
    assert pretended.status == 401
    (used,) = happened(lab, events.FeatureCodeUsed)
    assert (used.agent, used.endpoint, used.answer) == ("", "PJSIP/trunk", CodeAnswer.NO_AGENT)
    assert state(lab, "ann") is None


def test_given_a_colleagues_call_when_it_is_sent_to_a_code_then_the_colleague_is_told_nothing_of_it(
    lab: HotlineLab,
) -> None:
    with desk_phone(lab, "agent1") as ann, desk_phone(lab, "agent2") as bob:
        assert dial(lab, bob, "*11") is CodeAnswer.LOGGED_IN
        with ThreadPoolExecutor(1) as calling:
            called = calling.submit(bob.call, "9101")  # ann's phone, by the number that colleagues dial
            line = ann.rings()
            line.answer()
            bobs = called.result()
        line.send_to("*12")
        bobs.wait("told, and hung up", lambda: bobs.over)
        lab.wait_for("an event", lambda: len(happened(lab, events.FeatureCodeUsed)) > 1)
    used = happened(lab, events.FeatureCodeUsed)[-1]
    assert (used.agent, used.endpoint, used.answer) == ("", "", CodeAnswer.NO_AGENT)
    assert state(lab, "bob") is AgentState.READY
    log = (lab.folder / "server.log").read_text()
    assert "a call of PJSIP/agent2 was sent to a code of agents by another phone" in log
