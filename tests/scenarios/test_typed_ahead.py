"""Callers who know the way: keys before the question, in a whole hotline."""

from __future__ import annotations

import pytest

from ivrcore.model import events
from ivrcore.model.names import ChosenBy, PromptEnd
from ivrcore.testing import Phone
from ivrcore.testing_leg import FakeLeg
from tests.scenarios.floor import Floor

PLAN = """
name: scenario
language: en
numbers:
  "5000": welcome
blocks:
  welcome:
    - say: Welcome.
    - queue: general
      keys: {"9": [{menu: main}]}
    - menu: main
menus:
  main:
    prompt: Main?
    choices:
      hours: {keys: "1", go: [{say: Nine to five.}, {menu: more}]}
      bye: {keys: "2", go: [{say: Bye.}, {hang_up: normal}]}
    otherwise: [{hang_up: normal}]
  more:
    prompt: More?
    choices:
      bye: {keys: "2", go: [{say: Bye.}, {hang_up: normal}]}
    otherwise: [{hang_up: normal}]
"""
LONGEST_WAIT = 120.0
"""Of queue general."""
QUICK = Phone(answers_after=1.0, hangs_up_after=3.0)


def chosen(floor: Floor) -> list[tuple[str, str]]:
    made = [one for one in floor.journal.events if isinstance(one, events.ChoiceMade)]
    assert {one.by for one in made} <= {ChosenBy.KEY}
    return [(one.menu, one.choice) for one in made]


def test_given_keys_pressed_while_queued_when_the_wait_is_over_then_the_menus_after_it_take_them() -> None:
    floor = Floor(PLAN)
    caller = floor.call()
    floor.wait(LONGEST_WAIT - 20)
    floor.press(caller, "12")
    floor.wait(25)
    assert chosen(floor) == [("main", "hours"), ("more", "bye")]
    assert floor.heard(caller) == ["Welcome.", "Bye."]
    floor.check()


def test_given_keys_pressed_while_queued_when_a_minute_passes_then_the_menu_is_heard() -> None:
    floor = Floor(PLAN)
    caller = floor.call()
    floor.wait(10)
    floor.press(caller, "2")
    floor.wait(LONGEST_WAIT)
    assert floor.heard(caller)[:2] == ["Welcome.", "Main?"]
    assert chosen(floor) == []
    caller.hang_up()
    floor.wait(1)
    floor.check()


def test_given_a_key_of_the_queue_when_pressed_then_what_came_before_it_is_forgotten() -> None:
    floor = Floor(PLAN)
    caller = floor.call()
    floor.wait(5)
    floor.press(caller, "29")
    floor.wait(0.5)
    assert floor.heard(caller) == ["Welcome.", "Main?"]
    floor.press(caller, "2")
    floor.wait(5)
    assert chosen(floor) == [("main", "bye")]
    floor.check()


def test_given_keys_pressed_while_queued_and_talking_when_the_talk_is_over_then_none_counts() -> None:
    floor = Floor(PLAN)
    floor.phone("ann", QUICK)
    caller = floor.call()
    floor.wait(2)
    floor.press(caller, "2")
    floor.ready("ann")
    floor.wait(2)
    assert caller.bridge is not None
    floor.press(caller, "2")
    floor.wait(4)
    assert floor.heard(caller) == ["Welcome.", "Main?"]
    caller.hang_up()
    floor.wait(6)
    floor.check()


def test_given_prompts_when_keys_for_the_menus_ahead_are_pressed_then_they_fall_silent_at_once() -> None:
    floor = Floor(PLAN.replace('    - queue: general\n      keys: {"9": [{menu: main}]}\n', ""))
    caller = floor.call()
    floor.wait(0.3)
    floor.press(caller, "12")
    floor.wait(3)
    assert floor.heard(caller) == ["Welcome.", "Nine to five.", "Bye."]
    ended = [one for one in floor.journal.events if isinstance(one, events.PromptEnded)]
    assert [one.how for one in ended] == [PromptEnd.STOPPED, PromptEnd.STOPPED, PromptEnd.FINISHED]
    assert ended[1].at - ended[0].at < 0.1
    floor.check()


def test_given_a_key_that_leads_on_then_the_leg_may_hear_the_next_one_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(FakeLeg, "command_follows", lambda leg: told.append(leg.id))
    floor = Floor(PLAN.replace('    - queue: general\n      keys: {"9": [{menu: main}]}\n', ""))
    caller = floor.call()
    floor.wait(3)
    assert floor.heard(caller) == ["Welcome.", "Main?"]
    before = len(told)
    assert before > 0  # the question follows the welcome
    floor.press(caller, "1")
    assert len(told) == before
    floor.wait(0.3)
    floor.press(caller, "2")
    floor.wait(3)
    assert chosen(floor) == [("main", "hours"), ("more", "bye")]
    assert floor.heard(caller)[-1] == "Bye."
    floor.check()
