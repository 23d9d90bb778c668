"""What agents do with their own phones in a conversation, and callers who come back, on the real Asterisk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Answers, Call, Say, Stay
from ivrcore.model import events
from ivrcore.model.names import AgentState, By, Device
from ivrcore.web.view import AgentAction
from tests.asterisk.desk_phone import DeskPhone, Line
from tests.asterisk.hotlines import (
    AGENT_HERTZ,
    CALLER_HERTZ,
    counts_much,
    happened,
    hears,
    opened,
    site,
    tone,
)

pytestmark = pytest.mark.asterisk

Start = Callable[..., HotlineLab]
THIRD_HERTZ = 610.0
"""What the third party says; nothing else has it."""


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Start]:
    """Starts a hotline with these parts of the configuration; checked and ended when the test is over."""
    with opened(tmp_path / "lab", counts_much) as hotlines:

        def start(**parts: str) -> HotlineLab:
            return hotlines.start(site(**parts))

        yield start


def desk_phone(lab: HotlineLab, name: str, hertz: float = AGENT_HERTZ) -> DeskPhone:
    """An agent's phone in the test's hands."""
    return DeskPhone(lab.pbx.sip_port, name, lab.pbx.passwords[name], tone=hertz)


def state(lab: HotlineLab, agent: str) -> AgentState:
    """Give an agent's state."""
    return [one.state for one in happened(lab, events.AgentStateChanged) if one.agent == agent][-1]


def device(lab: HotlineLab, agent: str) -> Device:
    """Give what an agent's phone was last seen doing."""
    return [one.device for one in happened(lab, events.AgentDeviceChanged) if one.agent == agent][-1]


# --- who talked with the caller last -------------------------------------------------------------

STICKY = """\
cards:
  skills: {cards: 1}
  wrap_up: 0s
  ring_time: 20s
  last_agent: 1h
  relaxation: {name: preferred, options: {for: 3s}}
loans: {skills: {loans: 1}}
"""
KIM, LEE = "0215550100", "0215550199"


def test_given_last_agent_when_a_caller_comes_back_then_the_same_agent_or_after_a_while_another(
    hotline: Start,
) -> None:
    lab = hotline(queues=STICKY)
    lab.phones.add_agents({"agent1": Answers(0.2), "agent2": Answers(0.2)})
    lab.ready("ann")
    first = talking(lab, KIM)
    lab.ready("bob")
    over(lab, first)
    again = talking(lab, KIM)
    assert agents(lab) == ["ann", "ann"]
    idle_since = [one.at for one in happened(lab, events.AgentStateChanged) if one.agent == "bob"][-1]
    assert idle_since < happened(lab, events.TalkEnded)[0].at, "bob is idle for longer"
    over(lab, again)
    lab.agent("bob", AgentAction.PAUSE)
    other = talking(lab, LEE)
    lab.ready("bob")
    third = talking(lab, KIM)
    assert agents(lab) == ["ann", "ann", "ann", "bob"]
    offer, queued = happened(lab, events.OfferMade)[-1], happened(lab, events.ContactQueued)[-1]
    assert 3.0 <= offer.at - queued.at < 4.0
    for call in (other, third):
        over(lab, call)


def talking(lab: HotlineLab, caller: str) -> Call:
    """Call, and wait until an agent is there."""
    before = len(happened(lab, events.VisitAnswered))
    call = lab.phones.call("5001", [Stay(40)], caller_id=caller)
    lab.wait_for("they talk", lambda: len(happened(lab, events.VisitAnswered)) > before)
    return call


def over(lab: HotlineLab, call: Call) -> None:
    """Hang up, and wait until the agent is free."""
    before = len(happened(lab, events.TalkEnded))
    call.hang_up()
    call.result()
    lab.wait_for("over", lambda: len(happened(lab, events.TalkEnded)) > before)


def agents(lab: HotlineLab) -> list[str]:
    """Give who talked with callers, in order."""
    return [one.agent for one in happened(lab, events.VisitAnswered)]


# --- holds and transfers from the agent's phone --------------------------------------------------


def answered(lab: HotlineLab, phone: DeskPhone) -> Line:
    """Have the phone's agent take the caller who is waiting."""
    line = phone.rings()
    line.answer()
    lab.wait_for("they talk", lambda: happened(lab, events.VisitAnswered))
    return line


def test_given_a_conversation_when_the_agents_phone_holds_it_then_each_hold_and_its_seconds_are_counted(
    hotline: Start,
) -> None:
    lab = hotline()
    with desk_phone(lab, "agent1") as phone:
        lab.ready("ann")
        call = lab.phones.call("5001", [Stay(40)])
        line = answered(lab, phone)
        for number, seconds in enumerate((1.0, 2.0), start=1):
            line.hold(True)
            lab.wait_for("held", lambda number=number: len(happened(lab, events.ContactHeld)) == number)
            since = happened(lab, events.ContactHeld)[-1].at
            lab.wait_for("a while", lambda end=since + seconds: time.time() > end)
            line.hold(False)
            lab.wait_for("back", lambda number=number: len(happened(lab, events.ContactResumed)) == number)
        line.hang_up()
        assert call.result().ended_by == "far"
    held = [one.held for one in happened(lab, events.ContactResumed)]
    assert [round(one) for one in held] == [1, 2]
    lab.wait_for("talked", lambda: happened(lab, events.TalkEnded))
    (talk,) = happened(lab, events.TalkEnded)
    assert (talk.agent, talk.by) == ("ann", By.AGENT)
    assert talk.talked > sum(held)
    assert lab.total("ivrcore_queue_hold_seconds_count", queue="cards") == 2
    assert lab.total("ivrcore_queue_hold_seconds_sum", queue="cards") == pytest.approx(sum(held))


def test_given_a_conversation_when_the_agent_asks_a_third_and_joins_them_then_they_talk_on_without_agent(
    hotline: Start, tmp_path: Path
) -> None:
    lab = hotline()
    lab.phones.add_agents({"agent3": Answers(0.2)}, say=tone(tmp_path, THIRD_HERTZ), repeat=True)
    with desk_phone(lab, "agent1") as phone:
        lab.ready("ann")
        caller = [Say(tone(tmp_path, CALLER_HERTZ, 20.0)), Stay(20)]
        call = lab.phones.call("5001", caller)
        line = answered(lab, phone)
        line.wait("the caller is heard", lambda: line.hears(CALLER_HERTZ))
        line.hold(True)
        lab.wait_for("held", lambda: happened(lab, events.ContactHeld))
        consultation = phone.call("9103")
        consultation.wait("the third is heard", lambda: consultation.hears(THIRD_HERTZ))
        line.send_on_to(consultation)
        lab.wait_for("it is seen", lambda: happened(lab, events.ContactSentOn))
        assert state(lab, "ann") is AgentState.WRAP_UP
        line.wait("told of success", lambda: "SIP/2.0 200 OK" in line.sipfrags)
        line.hang_up()  # as phones do that were told so
        line.wait("the consultation is over", lambda: consultation.over)
        lab.wait_for("ann is ready", lambda: state(lab, "ann") is AgentState.READY)
        lab.wait_for("and idle", lambda: device(lab, "ann") is Device.IDLE)
        sent_on = happened(lab, events.ContactSentOn)[0].at
        lab.wait_for("they have talked", lambda: time.time() > sent_on + 3.0)
    call.hang_up()
    result = call.result()
    assert result.ended_by == "caller"
    assert hears(result.heard, AGENT_HERTZ)
    assert hears(result.heard, THIRD_HERTZ)
    (third,) = lab.phones.agents["agent3"].calls
    lab.wait_for("the third's phone is down", lambda: third.ended_at is not None)
    assert hears(third.heard, CALLER_HERTZ)
    lab.wait_for("closed", lambda: happened(lab, events.ContactClosed))
    for kind in (events.ContactArrived, events.VisitAnswered, events.TalkEnded, events.ContactResumed):
        assert len(happened(lab, kind)) == 1, kind.__name__
    assert happened(lab, events.TalkEnded)[0].by is By.AGENT
