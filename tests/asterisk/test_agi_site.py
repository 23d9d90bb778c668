"""An Asterisk with a dialplan of its own hands callers over, or asks whom to dial, by the sample files."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ivrcore.lab.phones import Action, Answers, HangUp, Keys, Rejects, Say, Stay, Wait
from ivrcore.lab.voices import recorded_saying
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import By, OfferEnd, Verdict
from ivrcore.web.client import ApiClient
from ivrcore.web.view import AgentAction
from tests.asterisk.agi_site import AgiSite, running
from tests.asterisk.hotlines import (
    AGENT_HERTZ,
    CALLER_HERTZ,
    figures_equal_fold,
    happened,
    hears,
    tone,
)
from tests.asterisk.speech_site import words
from tests.support.held_up import HeldUp

pytestmark = pytest.mark.asterisk


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[AgiSite]:
    """A site that has ARI too."""
    with running(tmp_path / "lab") as site_with_both:
        yield site_with_both


@pytest.fixture
def without_ari(tmp_path: Path) -> Iterator[AgiSite]:
    """A site to which calls come by AGI alone."""
    with running(tmp_path / "lab", asterisk="{ari: no}") as site_without:
        yield site_without


def hang_up_seen(lab: AgiSite, kind: type[Event], script: Sequence[Action], number: str = "800") -> float:
    """Have a caller do this; give the seconds from the end until we knew of it, without the machine's own."""
    before = len(happened(lab, kind))
    lab.phones.call(number, script).result()
    over = time.time()
    with HeldUp() as held:
        lab.wait_for("the hang-up is seen", lambda: len(happened(lab, kind)) > before)
    return happened(lab, kind)[-1].at - over - held.seconds


def test_a_dialplan_that_dials_for_itself(lab: AgiSite) -> None:
    """A reject, then a talk that the agent ends; hang-ups while waiting, ringing, talking; ours is away."""
    lab.phones.add_agents({"agent1": [Rejects(), Answers(3.0, talk=5.0)], "agent2": Answers(1.0, talk=1.5)})
    lab.ready("ann")
    call = lab.phones.call("800", [Stay(30)], caller_name="Kim, Hangup() ${EPOCH} &contact=c-1")
    lab.wait_for("she rejected it", lambda: len(happened(lab, events.OfferEnded)) == 1)
    lab.agent("ann", AgentAction.PAUSE, "lunch")
    lab.ready("bob")
    call.result()
    lab.wait_for("it is closed", lambda: len(happened(lab, events.ContactClosed)) == 1)
    (ended,) = happened(lab, events.OfferEnded)
    assert ended.how is OfferEnd.REJECTED
    (answered,) = happened(lab, events.VisitAnswered)
    (talk,) = happened(lab, events.TalkEnded)
    assert (answered.agent, talk.by) == ("bob", By.AGENT)
    assert 1.0 < talk.talked < 3.0
    (arrived,) = happened(lab, events.ContactArrived)
    assert arrived.number == "800"

    lab.agent("bob", AgentAction.PAUSE, "lunch")
    assert hang_up_seen(lab, events.VisitAbandoned, [Wait(1.0), HangUp()]) < 1.0
    assert hang_up_seen(lab, events.VisitAbandoned, [Wait(1.0), HangUp()], "801") < 5.0  # of 30 that it waits

    talked = len(happened(lab, events.TalkEnded))  # picked up too late: she is let go, the caller waits on
    lab.ready("ann")
    call = lab.phones.call("800", [Stay(30)])
    lab.wait_for("her phone rings", lambda: len(lab.phones.agents["agent1"].calls) == 2)
    handed = {"agent": "bob", "seconds": 20, "author": "sue"}
    ApiClient(lab.url, lab.token).steer(happened(lab, events.OfferMade)[-1].contact, "hand-over", handed)
    late = lab.phones.agents["agent1"].calls[1]
    lab.wait_for("she is let go", lambda: late.ended_at is not None)
    lab.ready("bob")
    call.result()
    lab.wait_for("bob talked", lambda: len(happened(lab, events.TalkEnded)) > talked)
    assert happened(lab, events.VisitAnswered)[-1].agent == "bob"
    lab.agent("ann", AgentAction.PAUSE, "lunch")
    lab.agent("bob", AgentAction.PAUSE, "lunch")

    lab.ready("bob")
    assert hang_up_seen(lab, events.VisitAbandoned, [Wait(0.5), HangUp()]) < 1.0
    lab.ready("bob")
    assert hang_up_seen(lab, events.TalkEnded, [Wait(2.0), HangUp()]) < 1.0
    assert happened(lab, events.TalkEnded)[-1].by is By.CALLER
    assert happened(lab, events.OfferEnded)[-1].how is OfferEnd.CALLER_LEFT
    assert figures_equal_fold(lab) > 50


def test_a_dialplan_that_hands_callers_over(lab: AgiSite, tmp_path: Path) -> None:
    """By keys to a queue, whisper, a talk both ways; the same by voice; hang-ups in every state."""
    lab.phones.add_agents({"agent3": Answers(0.3, talk=4.0)}, say=tone(tmp_path, AGENT_HERTZ), repeat=True)
    lab.ready("cho")
    says = [Wait(1.0), Keys("2"), Wait(3.0), Say(tone(tmp_path, CALLER_HERTZ)), Stay(20)]
    call = lab.phones.call("700", says, caller_id="0212345678", caller_name="Kim, Hangup() ${EPOCH}")
    heard = call.result().heard
    (talk,) = lab.phones.agents["agent3"].calls
    lab.wait_for("the agent's phone is down", lambda: talk.ended_at is not None)
    assert hears(heard, AGENT_HERTZ)
    assert hears(talk.heard, CALLER_HERTZ)
    assert "loans: Kim, Hangup() ${EPOCH}" in talk.invite.text
    (answered,) = happened(lab, events.VisitAnswered)
    assert (answered.agent, answered.queue) == ("cho", "loans")
    whispers = [one for one in happened(lab, events.PromptStarted) if one.name == "whisper loans"]
    assert len(whispers) == 1
    lab.wait_for("it is closed", lambda: len(happened(lab, events.ContactClosed)) == 1)
    assert happened(lab, events.TalkEnded)[0].by is By.AGENT

    lab.ready("cho")
    said = words(tmp_path, recorded_saying("call forwarding"))
    lab.phones.call("700", [Wait(1.0), Say(said), Stay(20)]).result()
    (spoken,) = happened(lab, events.SpeechHeard)
    assert (spoken.verdict, happened(lab, events.VisitAnswered)[-1].queue) == (Verdict.ACCEPT, "loans")
    lab.wait_for("it is closed", lambda: len(happened(lab, events.ContactClosed)) == 2)

    ended = events.LegEnded
    assert hang_up_seen(lab, ended, [Wait(0.3), HangUp()], "700") < 1.0  # while the menu's prompt plays
    lab.agent("cho", AgentAction.PAUSE, "lunch")
    waits = [Wait(0.5), Keys("2"), Wait(1.0), HangUp()]
    assert hang_up_seen(lab, events.VisitAbandoned, waits, "700") < 1.0
    lab.ready("cho")
    waits = [Wait(0.5), Keys("2"), Wait(0.2), HangUp()]
    assert hang_up_seen(lab, events.VisitAbandoned, waits, "700") < 1.0  # while the agent's phone rings
    lab.ready("cho")
    talks = [Wait(0.5), Keys("2"), Wait(3.5), HangUp()]
    assert hang_up_seen(lab, events.TalkEnded, talks, "700") < 1.0
    assert happened(lab, events.TalkEnded)[-1].by is By.CALLER
    assert figures_equal_fold(lab) > 50


def test_without_us_callers_go_to_what_the_dialplan_has_for_that(without_ari: AgiSite) -> None:
    """Killed while one waits and one is in a menu, then not there, for both ways; back, it serves again."""
    lab = without_ari
    lab.phones.add_agents({"agent1": Answers(0.1, talk=0.5), "agent2": Answers(0.1, talk=0.5)})
    waits = lab.phones.call("800", [Stay(30)])
    in_menu = lab.phones.call("700", [Stay(30)])
    lab.wait_for("it waits", lambda: happened(lab, events.ContactQueued))
    lab.wait_for("the other hears a menu", lambda: happened(lab, events.PromptStarted))
    assert lab.signal_server(signal.SIGKILL) == 256 - signal.SIGKILL
    for one in (waits, in_menu):
        one.result()
    for number in ("700", "800"):
        lab.phones.call(number, [Stay(30)]).result()
    assert len(lab.phones.agents["agent1"].calls) == 4
    lab.serve()
    lab.ready("bob")
    lab.phones.call("800", [Stay(30)]).result()
    assert [one.agent for one in happened(lab, events.VisitAnswered)] == ["bob"]
    assert len(lab.phones.agents["agent1"].calls) == 4
