"""A site where not everything is well: a speech model that cannot be had, and an observer that raises."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab, speech_section
from ivrcore.lab.phones import Action, Answers, HangUp, Keys, Say, Stay, Wait
from ivrcore.lab.voices import recorded_saying, speak
from ivrcore.model import events
from ivrcore.model.names import ChosenBy, Verdict
from tests.asterisk.hotlines import check, figures_equal_fold, happened, site
from tests.asterisk.speech_site import ENGLISH, GRUMBLER, Story, add_plugin, add_prompts, own_parts, words

pytestmark = pytest.mark.asterisk

MODEL = "vosk-model-small-en-us-0.15"
RECOGNISERS = f'[{{name: vosk, model_name: {MODEL}}}, {{name: pocketsphinx, confidence: "0.95"}}]'
READY = 10.0
"""Seconds from the server's start until calls are served although a model is missing. Python's own start is
before it: as long with nothing missing, and many times that on a busy machine."""


@pytest.fixture(scope="module")
def poor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HotlineLab, float]]:
    """The hotline, and the seconds from its server's start until it was ready."""
    folder = tmp_path_factory.mktemp("poor")
    config = site(**own_parts(speech_section(RECOGNISERS)))
    plans = {"english.yaml": ENGLISH.replace("agent, telephone number", "agent, zyxnumber")}
    plans["english.yaml"] = plans["english.yaml"].replace("say: telephone number", "say: zyx number")
    with HotlineLab(folder / "lab", config=config, dialplans=plans, registering=True) as lab:
        add_plugin(lab, "grumbler", GRUMBLER)
        add_prompts(lab, welcome=words(folder, speak("Welcome to the bank.", "slt"), "welcome"))
        with pytest.MonkeyPatch.context() as elsewhere:
            # No model of this machine, and nobody where the models' site would be asked for.
            elsewhere.setenv("HOME", str(folder))
            elsewhere.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
            lab.serve()
            ready = time.time()
        (started,) = happened(lab, events.ServerStarted)
        lab.phones.add_agents({"agent1": Answers(0.2)})
        lab.ready("ann")
        yield lab, ready - started.at


@pytest.fixture
def lab(poor: tuple[HotlineLab, float]) -> Iterator[HotlineLab]:
    """The hotline with its agent ready; checked when the test is over."""
    lab = poor[0]
    lab.wait_for("agent ready", lambda: lab.total("ivrcore_agents", state="ready") == 1)
    yield lab
    check(lab)


def log_lines(lab: HotlineLab, part: str) -> list[str]:
    """Give the lines of the server's log that hold a text."""
    return [line for line in (lab.folder / "server.log").read_text().splitlines() if part in line]


def test_given_a_model_that_cannot_be_had_when_serving_then_one_line_and_the_next_engine(
    poor: tuple[HotlineLab, float], lab: HotlineLab, tmp_path: Path
) -> None:
    print(f"ready after {poor[1]:.1f} s")
    assert poor[1] < READY
    (line,) = log_lines(lab, MODEL)
    assert "speech in en: " in line
    assert line.endswith("pocketsphinx is used")
    story = Story(lab, "5100")
    script: list[Action] = [Wait(0.5), Say(words(tmp_path, recorded_saying("call forwarding"))), Stay(10)]
    assert lab.phones.call("5100", script).result().ended_by == "far"
    # With `confidence: 0.95` it is taken at its word, without asking back.
    (heard,) = story.of(events.SpeechHeard)
    assert (heard.verdict, heard.engine, heard.confidence) == (Verdict.ACCEPT, "pocketsphinx", 0.95)
    assert [one.by for one in story.of(events.ChoiceMade)] == [ChosenBy.SPEECH]
    assert len(story.of(events.TurnStarted)) == 1


def test_given_a_phrase_that_no_model_knows_when_serving_then_it_is_told(lab: HotlineLab) -> None:
    (line,) = log_lines(lab, "can never be heard")
    assert "dialplan english, menu main: 'zyx number'" in line


def test_given_an_observer_that_raises_when_calls_come_then_named_and_the_others_go_on(
    lab: HotlineLab,
) -> None:
    story = Story(lab, "5100")
    call = lab.phones.call("5100", [Wait(0.3), Keys("1")])
    answered = story.wait_for(events.VisitAnswered)
    call.do(HangUp())
    call.result()
    lab.wait_for("ended", lambda: story.of(events.ContactClosed))
    assert answered.agent == "ann"
    # Not at each of its failures: the 1st, the 10th, the 100th.
    named = log_lines(lab, "plugin grumbler failed in ivrcore_event: ")
    assert 1 <= len(named) <= 4
    assert lab.total("ivrcore_plugin_failures_total", plugin="grumbler") == len(named)
    lab.wait_for("told", lambda: log_lines(lab, f"{answered.contact} ended: "))
    assert log_lines(lab, f"{answered.contact} answered by ann (cards)")
    lab.wait_for("agent ready", lambda: lab.total("ivrcore_agents", state="ready") == 1)
    assert figures_equal_fold(lab) > 30
