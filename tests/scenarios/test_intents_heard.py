"""Callers with words of their own and a real recogniser that hears free speech: taken, asked about, or not.

The words are such as the model hears in the voice that is made here; most it does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.model import events
from ivrcore.model.names import Cause, Verdict
from tests.scenarios.floor import PLUGINS
from tests.scenarios.test_kept_and_tuned import ENGINE, Heard
from tests.support.speaking import noisy, silence, speech

PLAN = """
name: scenario
language: ko
numbers:
  "5000": {start: mothers, answer: at_once}
  "5001": {start: travels, answer: at_once}
blocks:
  mothers: [{menu: main}]
  travels: [{menu: near}]
  first: [{hang_up: normal}]
  second: [{hang_up: busy}]
  over: [{hang_up: congestion}]
menus:
  main:
    prompt: 무엇을 도와 드릴까요?
    understand: intents
    accept: 0.8
    choices:
      mother: {say: [아이 엄마], keys: "1", go: [{goto: first}]}
      insurance: {say: [자동차 보험], keys: "2", go: [{goto: second}]}
    no_match: [다시 말씀해 주세요.]
    otherwise: [{goto: over}]
  near:
    prompt: 무엇을 도와 드릴까요?
    understand: intents
    choices:
      travel: {say: [아이 엄마 여행], keys: "1", go: [{goto: first}]}
      doctor: {say: [아이 엄마 진료], keys: "2", go: [{goto: second}]}
    otherwise: [{goto: over}]
"""
OWN_WORDS = "아이 엄마 예요"
"""The engine hears the words of a choice with others around them, which are not what is said."""
OTHER = "보험 문의"
"""What it hears of this is near to no choice."""


@pytest.fixture(scope="module", autouse=True)
def _loaded_once() -> Iterator[None]:
    """Keep the model, which all services share, from one test to the next."""
    engine = PLUGINS.recogniser("vosk", "ko", ENGINE)
    yield
    del engine


class Caller(Heard):
    """Speaks to a menu, and waits for what it says."""

    def tell(self, text: str) -> events.SpeechHeard:
        """Say a text; give what was made of it."""
        self.say(noisy(silence(0.6) + speech(text, "ko") + silence(0.8)))
        self.floor.wait(2)
        heard = self.floor.happened(events.SpeechHeard)[-1]
        assert isinstance(heard, events.SpeechHeard)
        return heard

    def asked(self) -> list[str]:
        """What was asked, each time: the menu, or which choice was meant."""
        turns = self.floor.happened(events.TurnStarted)
        return [one.confirming or one.menu for one in turns if isinstance(one, events.TurnStarted)]

    def ended(self) -> list[Cause]:
        """How the calls were ended, which tells where the menu led."""
        ended = self.floor.happened(events.HangUpRequested)
        return [one.cause for one in ended if isinstance(one, events.HangUpRequested)]


@pytest.fixture
def number() -> str:
    return "5000"


@pytest.fixture
def caller(tmp_path: Path, number: str) -> Iterator[Caller]:
    made = Caller(tmp_path / "kept", PLAN, number)
    yield made
    made.over()


@pytest.mark.slow
def test_given_own_words_with_those_of_one_choice_among_them_then_it_is_taken_unasked(caller: Caller) -> None:
    heard = caller.tell(OWN_WORDS)
    assert (heard.verdict, heard.choice, heard.engine) == (Verdict.ACCEPT, "mother", "vosk")
    assert caller.asked() == ["main"]
    assert caller.ended() == [Cause.NORMAL]


@pytest.mark.slow
@pytest.mark.parametrize("number", ["5001"])
def test_given_own_words_that_two_choices_are_as_near_to_then_each_is_asked_about(caller: Caller) -> None:
    heard = caller.tell(OWN_WORDS)
    assert (heard.verdict, heard.choice, heard.others) == (Verdict.CONFIRM, "travel", ["doctor"])
    assert caller.asked() == ["near", "travel"]
    no = caller.tell("아니요")
    assert (no.verdict, no.choice) == (Verdict.ACCEPT, "no")
    assert caller.asked() == ["near", "travel", "doctor"]
    caller.floor.press(caller.leg, "1")
    caller.floor.wait(2)
    assert caller.ended() == [Cause.BUSY]


@pytest.mark.slow
def test_given_words_that_mean_no_choice_then_it_is_asked_again(caller: Caller) -> None:
    heard = caller.tell(OTHER)
    assert (heard.verdict, heard.choice, heard.others) == (Verdict.REJECT, "", [])
    assert caller.asked() == ["main", "main"]
    assert caller.tell(OWN_WORDS).choice == "mother"
    assert caller.ended() == [Cause.NORMAL]
