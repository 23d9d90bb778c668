"""Digits that a caller says, in a whole call: they are in no event and in no log."""

from __future__ import annotations

import logging

import pytest

from ivrcore.model import events
from ivrcore.model.event import encode
from tests.scenarios.test_keys_over_speech import Spoken
from tests.support.engines import ScriptedEngine

PLAN = """
name: scenario
language: en
numbers: {"5000": {start: account}}
universals:
  agent: {keys: "0", go: [{queue: general}]}
blocks:
  account:
    - collect: account
      prompt: Your account?
      length: 5-8
      speech: yes
      secret: yes
      otherwise: [hang_up]
    - queue: general
"""


@pytest.mark.parametrize(("confidence", "turns"), [(1.0, 1), (0.8, 2)])
def test_given_digits_said_when_they_are_taken_then_they_are_nowhere_to_be_read(
    confidence: float, turns: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    spoken = Spoken("5000", ScriptedEngine("four two double seven oh", "yes", confidence=confidence), PLAN)
    spoken.floor.wait(1)
    for _ in range(turns):
        spoken.say(20)
        spoken.say(60, voiced=False)
        spoken.floor.wait(3)
    assert [one.verdict for one in spoken.happened(events.SpeechHeard)][:1] == (
        ["accept"] if confidence == 1.0 else ["confirm"]
    )
    assert len(spoken.happened(events.ContactQueued)) == 1
    written = b"\n".join(encode(one) for one in spoken.floor.journal.events).decode() + caplog.text
    for part in ("42770", "four two", "double seven", "seven seven"):
        assert part not in written
    spoken.over()


def test_given_keys_while_digits_are_said_then_the_keys_are_taken() -> None:
    spoken = Spoken("5000", ScriptedEngine("four two double seven oh"), PLAN)
    spoken.floor.wait(1)
    spoken.say(20, working=False)
    spoken.caller.press("1")
    spoken.rest()
    for key in "2345#":
        spoken.caller.press(key)
    spoken.rest()
    spoken.floor.settle()
    assert spoken.happened(events.SpeechHeard) == []
    (collected,) = spoken.happened(events.DigitsCollected)
    assert isinstance(collected, events.DigitsCollected)
    assert collected.count == 5
    spoken.over()
