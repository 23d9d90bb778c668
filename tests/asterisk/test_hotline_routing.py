"""How relaxations ring real phones ring after ring, and calls of the agents' own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Answers, Rejects, Stay
from ivrcore.model import events
from ivrcore.model.names import AgentState, By, Device
from tests.asterisk.hotlines import (
    counts_much,
    happened,
    opened,
    site,
)

pytestmark = pytest.mark.asterisk

Start = Callable[..., HotlineLab]
LOANS = "loans: {skills: {loans: 1}}\n"


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Start]:
    """Starts a hotline with these parts of the configuration; checked and ended when the test is over."""
    with opened(tmp_path / "lab", counts_much) as hotlines:

        def start(**parts: str) -> HotlineLab:
            return hotlines.start(site(**parts))

        yield start


def offered(lab: HotlineLab) -> list[str]:
    """Give the agents in the order in which they were offered something."""
    return [one.agent for one in happened(lab, events.OfferMade)]


# --- ring after ring, and who knows the caller --------------------------------------------------

RINGS = """\
cards:
  skills: {cards: 1}
  wrap_up: 0s
  ring_time: 20s
  relaxation: {name: bullseye, options: {rings: [{for: 2s}]}}
"""
TIERS = """\
ann: {endpoint: PJSIP/agent1, skills: {cards: 1}, queues: {cards: {tier: 2}}}
bob: {endpoint: PJSIP/agent2, skills: {cards: 1}, queues: {cards: {tier: 1}}}
cho: {endpoint: PJSIP/agent3, skills: {loans: 1}}
"""


def test_given_bullseye_when_nobody_of_the_first_ring_is_free_then_the_second_ring_is_rung_after_its_time(
    hotline: Start,
) -> None:
    lab = hotline(queues=RINGS + LOANS, agents=TIERS)
    ann, _bob = lab.phones.add_agents({"agent1": Answers(0.2, talk=0.5), "agent2": Rejects(486)})
    lab.ready("ann", "bob")
    result = lab.phones.call("5001", [Stay(20)]).result()
    assert result.ended_by == "far"
    assert offered(lab) == ["bob", "ann"]
    (queued,) = happened(lab, events.ContactQueued)
    (answered,) = happened(lab, events.VisitAnswered)
    assert answered.agent == "ann"
    first, second = happened(lab, events.OfferMade)
    assert first.at - queued.at < 2.0
    assert second.at - queued.at >= 2.0
    assert ann.answered == 1
    assert [one.step for one in happened(lab, events.NeedRelaxed)] == [1, 2]


# --- calls of the agents' own -------------------------------------------------------------------


def test_given_an_agent_in_a_call_of_ones_own_when_a_caller_waits_then_offered_as_soon_as_it_is_over(
    hotline: Start,
) -> None:
    lab = hotline()
    (phone,) = lab.phones.add_agents({"agent1": [Answers(0.1), Answers(0.1, talk=0.5)]})
    lab.ready("ann")
    lab.wait_for("the phone is seen", lambda: device(lab, "ann") is Device.IDLE)
    private = lab.phones.call("9101", [Stay(30)])
    private.wait_for("answered")
    lab.wait_for("it is seen", lambda: device(lab, "ann") is Device.BUSY)
    call = lab.phones.call("5001", [Stay(30)])
    lab.wait_for("queued", lambda: happened(lab, events.ContactQueued))
    assert offered(lab) == []
    private.hang_up()
    private.result()
    assert call.result().ended_by == "far"
    assert offered(lab) == ["ann"]
    assert phone.answered == 2
    (over,) = [one for one in happened(lab, events.AgentDeviceChanged) if one.device is Device.IDLE][1:]
    (made,) = happened(lab, events.OfferMade)
    assert over.at <= made.at < over.at + 0.5


def device(lab: HotlineLab, agent: str) -> Device | None:
    """Give what an agent's phone was last seen doing."""
    seen = [one.device for one in happened(lab, events.AgentDeviceChanged) if one.agent == agent]
    return seen[-1] if seen else None


# --- transfers from the agent's phone -----------------------------------------------------------


def test_given_a_conversation_when_the_agents_phone_sends_it_on_then_they_talk_on_without_agent(
    hotline: Start,
) -> None:
    lab = hotline()
    (phone,) = lab.phones.add_agents({"agent1": Answers(0.1, talk=0.5, send_on="9006")})
    lab.ready("ann")
    call = lab.phones.call("5001", [Stay(30)])
    lab.wait_for("it is seen", lambda: happened(lab, events.ContactSentOn))
    lab.wait_for("the agent's phone is down", lambda: not phone.live)
    lab.wait_for("the agent is ready", lambda: state(lab, "ann") is AgentState.READY)
    assert device(lab, "ann") is Device.IDLE
    assert len(lab.pbx.channels()) > 1, "the caller and where the call was sent"
    assert not call.happened("ended")
    call.hang_up()
    assert call.result().ended_by == "caller"
    lab.wait_for("closed", lambda: happened(lab, events.ContactClosed))
    (talk,) = happened(lab, events.TalkEnded)
    assert talk.by is By.AGENT
    assert talk.talked < 5


def state(lab: HotlineLab, agent: str) -> AgentState:
    """Give an agent's state."""
    return [one.state for one in happened(lab, events.AgentStateChanged) if one.agent == agent][-1]
