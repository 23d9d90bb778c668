"""Callers who know the way, on the real Asterisk: keys during greetings, between menus, while queued."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ivrcore.lab import audio
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Keys, Wait
from ivrcore.model import events
from ivrcore.model.names import PromptEnd
from tests.asterisk.hotlines import check, site
from tests.asterisk.speech_site import Story

pytestmark = pytest.mark.asterisk

PLAN = """\
name: ahead
language: en
numbers:
  "5000": {start: greeting}
  "5001": {start: queued}
blocks:
  greeting:
    - play: greeting
    - menu: first
  queued:
    - queue: brief
    - menu: second
  block:
    - collect: pin
      prompt: {play: greeting}
      length: 4
    - confirm: {play: greeting}
      yes: [{hang_up: normal}]
menus:
  first:
    prompt: {play: greeting}
    choices:
      on: {keys: "1", go: [{play: greeting}, {menu: second}]}
    otherwise: [{hang_up: busy}]
  second:
    prompt: {play: greeting}
    choices:
      block: {keys: "2", go: [{goto: block}]}
    otherwise: [{hang_up: busy}]
"""
GREETING = 5.0
"""Seconds: who had to hear one of them out would take longer than the whole call does."""
QUEUES = "brief: {ring_time: 6s, max_wait: 4s}\n"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HotlineLab]:
    folder = tmp_path_factory.mktemp("ahead")
    config = site(queues=QUEUES, agents="{}")
    with HotlineLab(folder / "lab", config=config, dialplans={"ahead.yaml": PLAN}) as one:
        (one.site / "prompts").mkdir(exist_ok=True)
        audio.write_wav(one.site / "prompts" / "greeting.wav", audio.tone(440.0, GREETING))
        one.serve()
        yield one
        check(one)


def test_given_a_greeting_when_all_keys_are_typed_at_once_then_only_the_confirmation_is_waited_for(
    lab: HotlineLab,
) -> None:
    story = Story(lab, "5000")
    call = lab.phones.call("5000", [Wait(0.5), Keys("124711")])
    asked = story.wait_for(events.TurnStarted, 4)
    (digits,) = story.of(events.DigitsCollected)
    assert [one.menu for one in story.of(events.ChoiceMade)] == ["first", "second"]
    assert digits.count == 4
    assert (asked.menu, asked.prompt > 0) == ("block/1", True)
    assert asked.at - story.of(events.PromptStarted)[0].at < GREETING, "no prompt was heard out"
    assert story.of(events.PromptEnded)[0].how is PromptEnd.STOPPED
    call.hang_up()
    call.result()
    log = (lab.folder / "server.log").read_text()
    assert "4711" not in log


def test_given_a_queue_when_keys_are_pressed_while_waiting_then_the_menu_after_it_takes_them(
    lab: HotlineLab,
) -> None:
    story = Story(lab, "5001")
    call = lab.phones.call("5001", [Wait(1.0), Keys("24711")])
    left = story.wait_for(events.VisitLeft)
    digits = story.wait_for(events.DigitsCollected)
    assert digits.at - left.at < 2.0, "neither prompt was heard"
    assert story.of(events.ChoiceMade)[0].menu == "second"
    assert not story.of(events.NoMatch)
    call.hang_up()
    call.result()
