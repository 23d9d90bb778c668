"""Prompts with values of the call, in memory: spoken for it, stopped, given up, and erased with it."""

from __future__ import annotations

import pytest

from ivrcore.model import events
from ivrcore.model.names import PromptEnd
from tests.scenarios.floor import Floor

PLAN = """
name: personal
language: en
numbers: {"6000": {start: tell}}
variables: {balance: 1234}
blocks:
  tell:
    - say: "You have {balance} won."
    - say: "Thank you."
    - pause: 60s
"""


@pytest.fixture
def floor() -> Floor:
    return Floor(PLAN)


def ends(floor: Floor) -> list[PromptEnd]:
    return [one.how for one in floor.journal.events if isinstance(one, events.PromptEnded)]


def test_given_a_text_with_values_then_it_is_spoken_for_the_call_and_erased_with_it(floor: Floor) -> None:
    caller = floor.call("6000")
    floor.wait(3)
    first, second = floor.heard(caller)
    assert ("1234" in first or "234" in first, second) == (True, "Thank you.")
    assert floor.prompts.places == ["c1"]
    assert floor.prompts.erased == []
    caller.hang_up()
    floor.settle()
    assert floor.prompts.erased == ["c1"]
    floor.check()


def test_given_a_voice_that_hangs_then_the_call_goes_on(floor: Floor) -> None:
    floor.prompts.slow = []
    caller = floor.call("6000")
    floor.wait(8)
    assert ends(floor) == [PromptEnd.FAILED, PromptEnd.FINISHED]
    floor.prompts.slow[0].callback(("sound:late",))
    floor.wait(1)
    assert floor.heard(caller) == ["Thank you."]
    caller.hang_up()
    floor.check()


def test_given_the_caller_hangs_up_while_it_is_made_then_it_is_not_played(floor: Floor) -> None:
    floor.prompts.slow = []
    caller = floor.call("6000")
    caller.hang_up()
    floor.settle()
    floor.prompts.slow[0].callback(("sound:late",))
    floor.settle()
    assert floor.heard(caller) == []
    assert floor.prompts.erased == ["c1"]
    floor.check()


def test_given_a_start_whose_prompts_are_being_spoken_then_the_caller_waits_for_what_is_said(
    floor: Floor,
) -> None:
    floor.prompts.preparing = True
    floor.prompts.unspoken = {"Thank you."}
    caller = floor.call("6000")
    floor.prompts.slow = []
    floor.wait(3)
    assert len(floor.heard(caller)) == 1
    floor.prompts.unspoken = set()
    floor.prompts.slow[0].callback(("sound:Thank you.",))
    floor.wait(2)
    assert floor.heard(caller)[1:] == ["Thank you."]
    assert ends(floor) == [PromptEnd.FINISHED, PromptEnd.FINISHED]
    caller.hang_up()
    floor.check()


def test_given_prompts_that_cannot_be_spoken_when_all_were_tried_then_nobody_waits(floor: Floor) -> None:
    floor.prompts.unspoken = {"Thank you."}
    caller = floor.call("6000")
    floor.prompts.slow = []
    floor.wait(3)
    assert floor.prompts.slow == []
    assert ends(floor) == [PromptEnd.FINISHED, PromptEnd.FAILED]
    caller.hang_up()
    floor.check()
