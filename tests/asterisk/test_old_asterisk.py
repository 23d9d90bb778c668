"""Debian bullseye's Asterisk 16: requests over HTTP, a caller's audio as RTP. Chosen by nobody but itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.packages import OLD
from ivrcore.lab.pbx import Pbx
from ivrcore.lab.phones import Answers, HangUp, Keys, Say, Wait
from ivrcore.lab.voices import recorded_saying
from ivrcore.model import events
from ivrcore.model.names import Verdict
from ivrcore.telephony.ari.abilities import Abilities, AudioWay, RequestWay
from tests.asterisk.ari_lab import AriLab, extensions, gives_up_while_it_rings
from tests.asterisk.audio_cases import AUDIO_CASES, AudioCase
from tests.asterisk.hotlines import CALLER_HERTZ, check, hears, site, tone
from tests.asterisk.phone_table import PhoneTable
from tests.asterisk.speech_site import Story, words
from tests.contract.leg_cases import CASES, Case
from tests.support.aio import asyncio_test

pytestmark = [pytest.mark.asterisk, pytest.mark.old_asterisk, pytest.mark.usefixtures("no_leaks")]

ANN_HERTZ = 850.0
PLAN = """\
name: english
language: en
numbers: {"5100": main}
defaults: {timeout: 1s}
menus:
  main:
    prompt: Say agent, telephone number or call forwarding.
    choices:
      agent: {say: agent, keys: "1", go: [{queue: cards}]}
      number: {say: telephone number, keys: "2", go: [{queue: loans}]}
      forwarding: {say: call forwarding, keys: "3", go: [{hang_up: normal}]}
    otherwise: [{hang_up: normal}]
"""


@pytest.fixture(scope="module")
def ari_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    """One instance for the module."""
    includes = [extensions(tmp_path_factory.mktemp("ari"))]
    with Pbx(agents=4, includes=includes, release=OLD) as instance:
        yield instance


@asyncio_test
async def test_what_it_reports_decides_how_it_is_dealt_with(ari: AriLab) -> None:
    async with ari.running() as switch:
        assert ari.ups[0][1].startswith("Asterisk 16.")
        assert switch.server.abilities == Abilities(RequestWay.HTTP, AudioWay.RTP, cause_codes=False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
@asyncio_test
async def test_the_driver_keeps_its_promises(ari: AriLab, case: Case) -> None:
    async with ari.running() as switch, ari.phone() as caller, ari.agent(1) as agent:
        await case(PhoneTable(ari, switch, caller, agent))


@asyncio_test
async def test_a_caller_who_gives_up_before_the_answer_ended_normally(ari: AriLab) -> None:
    await gives_up_while_it_rings(ari)


@pytest.mark.parametrize("case", AUDIO_CASES, ids=lambda case: case.__name__)
@asyncio_test
async def test_a_stream_of_what_the_caller_says(ari: AriLab, case: AudioCase, no_leaks: list[str]) -> None:
    await case(ari, {}, no_leaks)


def test_given_a_caller_who_speaks_and_presses_a_key_then_the_agent_and_both_hear_each_other(
    tmp_path: Path,
) -> None:
    plans = {"english.yaml": PLAN}
    with HotlineLab(tmp_path / "lab", config=site(), dialplans=plans, registering=True, release=OLD) as lab:
        lab.serve()
        lab.phones.add_agents(
            {"agent1": Answers(0.2)}, say={"agent1": tone(tmp_path, ANN_HERTZ)}, repeat=True
        )
        lab.ready("ann")
        story = Story(lab, "5100")
        call = lab.phones.call("5100")
        story.wait_for(events.TurnStarted)
        call.do(Wait(0.5), Say(words(tmp_path, recorded_saying("agent"))))
        asked = story.wait_for(events.TurnStarted, 2)
        assert asked.confirming == "agent"
        call.do(Wait(0.3), Keys("1"))
        answered = story.wait_for(events.VisitAnswered)
        call.do(Say(tone(tmp_path, CALLER_HERTZ, 1.0)), HangUp())
        heard = call.result().heard
        talk = lab.phones.agents["agent1"].calls[-1]
        lab.wait_for("the agent's phone is down", lambda: talk.ended_at is not None)
        (said,) = story.of(events.SpeechHeard)
        assert (said.verdict, said.choice, said.engine) == (Verdict.CONFIRM, "agent", "pocketsphinx")
        assert (answered.queue, answered.agent) == ("cards", "ann")
        assert hears(heard, ANN_HERTZ)
        assert hears(talk.heard, CALLER_HERTZ)
        assert " ERROR" not in lab.pbx.log.read_text()
        check(lab)
