"""Announcements and the emergency switch on the real Asterisk, by what callers' phones recorded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ivrcore.answerers.supervisors import set_pin
from ivrcore.lab import audio, hearing
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Call, HangUp, Keys, Stay
from ivrcore.model import events as e
from ivrcore.model.names import EmergencyAction, LeftQueue, PromptEnd, Via
from ivrcore.web.client import ApiClient
from tests.asterisk.hotlines import check, happened, hears, site
from tests.asterisk.speech_site import Story

pytestmark = pytest.mark.asterisk

WARNING_HERTZ = 1730.0
"""The recorded warning; no prompt and no music has it."""
SOON = 3.0
"""Seconds from the change to the first sound for who waits."""

PLAN = """\
name: bank
language: en
numbers:
  "5000": {start: main}
  "5001": {start: straight}
  "5009": {start: desk}
defaults: {timeout: 1s}
blocks:
  straight: [{queue: cards}]
  desk:
    - identify: supervisors
      prompt: PIN, please.
      length: 6
      tries: 2
      timeout: 10s
      otherwise: [{say: No.}, {hang_up: rejected}]
    - goto: switch
menus:
  main:
    prompt: Cards or hours?
    choices:
      cards: {keys: "1", go: [{queue: cards}]}
      hours: {keys: "3", go: [{hang_up: normal}]}
    no_input: [Once., Twice., Three., Four., Five., Six., Seven., Eight., Nine., Ten.]
    otherwise: [{queue: cards}]
  switch:
    prompt: One to close, two to open.
    timeout: 10s
    choices:
      close: {keys: "1", go: [{emergency: close, text: We are closed.}, {say: Closed.}, {menu: switch}]}
      open: {keys: "2", go: [{emergency: open}, {say: Open.}, {menu: switch}]}
    otherwise: [{hang_up: normal}]
"""
PIN = "271828"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HotlineLab]:
    """One hotline without agents, with a cache of its own: every text is spoken anew."""
    folder = tmp_path_factory.mktemp("announce")
    config = site(cache="var/cache", supervisors="{numbers: ['5009']}")
    with HotlineLab(folder / "lab", config=config, dialplans={"bank.yaml": PLAN}) as lab:
        set_pin(lab.site / "secrets/supervisors", "kim", PIN)
        audio.write_wav(lab.site / "prompts/warning.wav", audio.tone(WARNING_HERTZ, 1.5))
        lab.serve()
        yield lab


@pytest.fixture
def lab(shared: HotlineLab) -> Iterator[HotlineLab]:
    """The hotline with nothing announced and all open; checked when the test is over."""
    yield shared
    api = client(shared)
    for one in api.announcements():
        api.withdraw(one["name"], "test")
    for one in api.emergencies():
        api.move_emergency(one["scope"], {"author": "test", "action": "open"})
    check(shared)


def client(lab: HotlineLab) -> ApiClient:
    return ApiClient(lab.url, lab.token)


def end(lab: HotlineLab, *calls: Call) -> list[Path]:
    """Hang up; give what each caller's phone recorded."""
    for call in calls:
        call.do(HangUp())
    heard = [call.result().heard for call in calls]
    assert all(heard)
    return [one for one in heard if one is not None]


def played_out(lab: HotlineLab, played: list[e.AnnouncementPlayed]) -> bool:
    """Whether the prompts that hold these announcements have ended."""
    over = {(one.contact, one.playback) for one in happened(lab, e.PromptEnded)}
    started = [one for one in happened(lab, e.PromptStarted) if "announcement" in one.name]
    waiting = {one.contact: one.playback for one in started}
    ids = [
        (one.contact, f"{one.contact}.p{one.prompt}" if one.prompt else waiting.get(one.contact, ""))
        for one in played
    ]
    return all(one in over for one in ids)


def at_switch(story: Story) -> int:
    """How often the supervisors' menu was entered."""
    return sum(one.menu == "switch" for one in story.of(e.MenuEntered))


def test_given_callers_in_a_menu_and_in_a_queue_when_a_warning_is_set_then_both_hear_it_within_seconds(
    lab: HotlineLab,
) -> None:
    story = Story(lab)
    in_menu, in_queue = lab.phones.call("5000"), lab.phones.call("5001")
    story.wait_for(e.MenuEntered)
    story.wait_for(e.ContactQueued)
    answer = client(lab).announce("fraud", {"author": "kim", "recording": "warning"})
    assert answer["spoken"]
    story.wait_for(e.AnnouncementPlayed, 2)
    played = story.of(e.AnnouncementPlayed)
    lab.wait_for("both heard it", lambda: played_out(lab, played))
    [posted] = story.of(e.AnnouncementSet)
    waits = {bool(one.prompt): one.at - posted.at for one in played}
    assert waits[False] < SOON, "who waits"
    assert waits[True] < 2 * SOON, "who is in a menu, at the next prompt"
    for heard in end(lab, in_menu, in_queue):
        assert hears(heard, WARNING_HERTZ)
    assert len(story.of(e.AnnouncementPlayed)) == 2, "once each"


def test_given_a_warning_as_text_then_who_waits_hears_what_the_voice_said(
    lab: HotlineLab,
) -> None:
    story = Story(lab)
    call = lab.phones.call("5001")
    story.wait_for(e.ContactQueued)
    before = set((lab.site / "var/cache/prompts").glob("*.wav"))
    client(lab).announce("fraud", {"author": "kim", "text": "We never ask for your secret number."})
    [spoken] = set((lab.site / "var/cache/prompts").glob("*.wav")) - before
    story.wait_for(e.AnnouncementPlayed)
    lab.wait_for("heard", lambda: played_out(lab, story.of(e.AnnouncementPlayed)))
    [heard] = end(lab, call)
    assert hearing.heard(audio.read_wav(spoken), audio.read_wav(heard)).score > 0.8
    assert all(one.how is PromptEnd.FINISHED for one in story.of(e.PromptEnded))


def test_given_a_saved_file_then_who_waits_hears_it_within_seconds_and_a_broken_one_changes_nothing(
    lab: HotlineLab,
) -> None:
    story = Story(lab)
    call = lab.phones.call("5001")
    story.wait_for(e.ContactQueued)
    file = lab.site / "announcements/storm.yaml"
    file.write_text("recording: warning\n")
    story.wait_for(e.AnnouncementPlayed)
    lab.wait_for("heard", lambda: played_out(lab, story.of(e.AnnouncementPlayed)))
    file.write_text("recording: no-such\n")
    story.wait_for(e.AnnouncementRefused)
    assert [one["name"] for one in client(lab).announcements()] == ["storm"]
    file.unlink()
    story.wait_for(e.AnnouncementWithdrawn)
    [heard] = end(lab, call)
    assert hears(heard, WARNING_HERTZ)


def test_given_the_hotline_is_closed_then_callers_hear_why_and_are_let_go_until_it_opens(
    lab: HotlineLab,
) -> None:
    story = Story(lab)
    client(lab).move_emergency("all", {"author": "kim", "action": "close", "text": "We are closed today."})
    closed = lab.phones.call("5000").result()
    assert closed.ended_by == "far"
    assert closed.heard is not None
    assert hearing.sounds(audio.read_wav(closed.heard), level=0.02)
    [met] = story.of(e.EmergencyMet)
    assert met.action is EmergencyAction.CLOSE
    assert lab.total("ivrcore_emergency", scope="all", action="close") == 1
    client(lab).move_emergency("all", {"author": "kim", "action": "open"})
    again = lab.phones.call("5000")
    story.wait_for(e.MenuEntered)
    end(lab, again)


def test_given_a_caller_who_waits_when_the_hotline_is_closed_then_the_call_hears_why_and_is_ended_soon(
    lab: HotlineLab,
) -> None:
    story = Story(lab)
    call = lab.phones.call("5001")
    story.wait_for(e.ContactQueued)
    client(lab).move_emergency("all", {"author": "kim", "action": "close", "text": "We are closed today."})
    result = call.result()
    assert result.ended_by == "far"
    [left] = story.of(e.VisitLeft)
    assert left.why is LeftQueue.EMERGENCY
    [met] = story.of(e.EmergencyMet)
    assert met.at - story.of(e.EmergencySet)[0].at < SOON
    said = next(one for one in story.of(e.PromptStarted) if one.at >= met.at)
    ended = next(one for one in story.of(e.PromptEnded) if one.playback == said.playback)
    assert ended.how is PromptEnd.FINISHED, "the message was heard to its end"
    assert not story.of(e.VisitAbandoned)
    client(lab).move_emergency("all", {"author": "kim", "action": "open"})


def test_given_a_supervisors_pin_then_the_hotline_is_closed_and_opened_by_phone(lab: HotlineLab) -> None:
    story = Story(lab)
    call = lab.phones.call("5009")
    story.wait_for(e.PromptEnded)
    call.do(Keys(PIN))
    lab.wait_for("let in", lambda: at_switch(story) == 1)
    call.do(Keys("1"))
    closed = story.wait_for(e.EmergencySet)
    assert (closed.action, closed.author, closed.via) == (EmergencyAction.CLOSE, "kim", Via.PHONE)
    turned_away = lab.phones.call("5000").result()
    assert turned_away.ended_by == "far"
    assert PIN not in "".join(repr(record.event) for record in lab.records())
    lab.wait_for("asked again", lambda: at_switch(story) == 2)
    call.do(Keys("2"))
    story.wait_for(e.EmergencySet, 2)
    end(lab, call)
    assert client(lab).emergencies() == []


def test_given_wrong_pins_then_nothing_moves(lab: HotlineLab) -> None:
    story = Story(lab)
    call = lab.phones.call("5009")
    story.wait_for(e.PromptEnded)
    call.do(Keys("314159"))
    story.wait_for(e.ServiceAnswered)
    story.wait_for(e.PromptEnded, 2)
    call.do(Keys("161803"), Stay(20.0))
    assert call.result().ended_by == "far"
    assert not story.of(e.EmergencySet)


def in_force(api: ApiClient) -> list[dict[str, object]]:
    """Give announcements and emergencies but for their times, which the clock moves."""
    every = [*api.announcements(), *api.emergencies()]
    return [{key: one[key] for key in one if key not in ("starts", "since")} for one in every]


def test_given_a_restart_with_the_clock_set_back_then_what_was_announced_and_switched_still_holds(
    lab: HotlineLab,
) -> None:
    api = client(lab)
    api.announce("fraud", {"author": "kim", "recording": "warning"})
    api.move_emergency("5000", {"author": "kim", "action": "message", "text": "A storm is coming."})
    before = in_force(api)
    lab.stop_server()
    with closing(sqlite3.connect(lab.journal)) as journal:  # as a run does whose clock is an hour ahead
        journal.execute("UPDATE event SET at = at + 3600, crc = NULL")
        journal.commit()
    lab.serve()
    (back,) = (record.event for record in lab.records() if isinstance(record.event, e.ClockSetBack))
    assert 3500 < back.seconds < 3600
    assert in_force(api) == before
    story = Story(lab)
    call = lab.phones.call("5000")
    story.wait_for(e.EmergencyMet)
    story.wait_for(e.AnnouncementPlayed)
    story.wait_for(e.PromptEnded)
    [heard] = end(lab, call)
    assert hears(heard, WARNING_HERTZ)
