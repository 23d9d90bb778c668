"""Calls for which several phones ring at once, on the real Asterisk: who answers first has the caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Answers, HangUp, Ignores, Rejects, Say, Stay, Wait
from ivrcore.model import events
from ivrcore.model.names import OfferEnd
from ivrcore.web.view import AgentAction
from tests.asterisk.hotlines import (
    AGENT_HERTZ,
    CALLER_HERTZ,
    happened,
    hears,
    opened,
    site,
    tone,
)

pytestmark = pytest.mark.asterisk

Start = Callable[[str], HotlineLab]
AGENTS = """\
ann: {endpoint: PJSIP/agent1, skills: {cards: 1}}
bob: {endpoint: PJSIP/agent2, skills: {cards: 1}}
cho: {endpoint: PJSIP/agent3, skills: {cards: 1}}
"""


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Start]:
    """Starts a hotline whose queue has this strategy; checked and ended when the test is over."""
    with opened(tmp_path / "lab") as hotlines:

        def start(strategy: str) -> HotlineLab:
            queues = f"cards: {{strategy: {strategy}, ring_time: 8s, wrap_up: 0s, retry_after: 1s}}\n"
            if strategy == "progressive":
                queues = queues.replace(", ring_time", ", options: {every: 1s, most: 2}, ring_time")
            return hotlines.start(site(queues=queues + "loans: {skills: {loans: 1}}\n", agents=AGENTS))

        yield start


def test_given_ring_all_when_one_answers_then_both_talk_and_the_others_stop_ringing(
    hotline: Start, tmp_path: Path
) -> None:
    lab = hotline("ring_all")
    lab.phones.add_agents({"agent1": Ignores(), "agent3": Rejects(after=0.2)})
    lab.phones.add_agents({"agent2": Answers(1.0)}, say=tone(tmp_path, AGENT_HERTZ), repeat=True)
    lab.ready("ann", "bob", "cho")
    caller = [Wait(2.5), Say(tone(tmp_path, CALLER_HERTZ)), Wait(0.5), HangUp()]
    heard = lab.phones.call("5001", caller).result().heard
    (talk,) = lab.phones.agents["agent2"].calls
    (rung,) = lab.phones.agents["agent1"].calls
    lab.wait_for("both phones are down", lambda: talk.ended_at is not None and rung.ended_at is not None)
    assert hears(heard, AGENT_HERTZ)
    assert hears(talk.heard, CALLER_HERTZ)
    made = happened(lab, events.OfferMade)
    assert [one.agent for one in made] == ["ann", "bob", "cho"]
    assert made[0].at == made[2].at
    ends = {one.agent: one.how for one in happened(lab, events.OfferEnded)}
    assert ends == {"ann": OfferEnd.TAKEN, "cho": OfferEnd.REJECTED}
    (answered,) = happened(lab, events.VisitAnswered)
    assert answered.agent == "bob"


def test_given_ring_all_when_two_answer_at_once_then_one_has_the_caller_and_the_other_is_let_go(
    hotline: Start,
) -> None:
    lab = hotline("ring_all")
    lab.phones.add_agents({"agent1": Answers(0.5), "agent2": Answers(0.5)})
    lab.ready("ann", "bob")
    call = lab.phones.call("5001", [Wait(3.0), HangUp()])
    lab.wait_for("answered", lambda: happened(lab, events.VisitAnswered))
    lab.wait_for("one phone is down", lambda: len(happened(lab, events.LegEnded)) == 1)
    assert len(happened(lab, events.OfferAccepted)) == 1
    call.result()


def test_given_progressive_when_the_first_does_not_answer_then_a_second_rings_besides(
    hotline: Start,
) -> None:
    lab = hotline("progressive")
    lab.phones.add_agents({"agent1": Ignores(), "agent2": Answers(0.5, talk=0.5)})
    lab.ready("ann")
    lab.ready("bob")
    lab.phones.call("5001", [Stay()]).result()
    first, second = happened(lab, events.OfferMade)
    assert (first.agent, second.agent) == ("ann", "bob")
    assert 0.9 < second.at - first.at < 4.0
    assert [(one.agent, one.how) for one in happened(lab, events.OfferEnded)] == [("ann", OfferEnd.TAKEN)]


def test_given_pull_when_an_agent_takes_the_caller_by_the_api_then_that_phone_rings(hotline: Start) -> None:
    lab = hotline("pull")
    lab.phones.add_agents({"agent1": Ignores(), "agent2": Answers(0.2, talk=0.5)})
    lab.ready("ann", "bob")
    call = lab.phones.call("5001", [Stay()])
    lab.wait_for("queued", lambda: happened(lab, events.ContactQueued))
    lab.agent("bob", AgentAction.TAKE)
    call.result()
    (made,) = happened(lab, events.OfferMade)
    assert made.agent == "bob"
    assert "taken by bob" in made.why
