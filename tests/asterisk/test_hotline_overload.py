"""More callers than the server takes: a storm of ten times as many, and the ways of who is turned away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab, speech_section
from ivrcore.lab.phones import Answers, HangUp, Keys, Stay, Wait
from ivrcore.lab.storm import ADMITTED, BURST, CALM_KEYS, INSIDERS, storm, storm_lab
from ivrcore.lab.voices import speak
from ivrcore.model import events
from ivrcore.model.names import Cause
from ivrcore.model.overload_names import TurnedAway, WayOut
from tests.asterisk.hotlines import PLAN, Opened, check, counts_much, happened, opened, site
from tests.asterisk.speech_site import ENGLISH, add_plugin, add_prompts, own_parts, words

pytestmark = pytest.mark.asterisk

SECONDS = 15.0
"""Of the storm; `python -m ivrcore.lab bench --only storm` has the whole minute."""
AT_ONCE = 5.0
"""Seconds within which most are refused, and those inside hear what they asked for, on a busy machine."""


SLEEPER = '''\
"""An observer that takes its time."""

import time

from ivrcore.api import events, hookimpl, observes


@hookimpl
@observes(events.KeyPressed)
def ivrcore_event(event):
    time.sleep(1.0)
'''


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Opened]:
    with opened(tmp_path / "lab", counts_much) as one:
        yield one


def test_given_ten_calls_a_second_when_a_hundred_come_then_ten_are_served_and_the_others_refused_at_once(
    tmp_path: Path,
) -> None:
    lab = storm_lab(tmp_path / "lab")
    with lab:
        lab.serve()
        seen = storm(lab, SECONDS)
        expected = ADMITTED * seen.lasted + BURST
        assert 0.7 * expected <= seen.admitted <= expected + 1
        assert seen.arrived == seen.made
        assert seen.refused == seen.arrived - seen.admitted
        assert seen.served == seen.admitted
        assert sorted(seen.refusals)[len(seen.refusals) // 2] < AT_ONCE
        assert max(seen.refusals) < 4 * AT_ONCE
        for delays, keys in ((seen.calm, CALM_KEYS), (seen.meanwhile, SECONDS / 6)):
            assert len(delays) >= INSIDERS * keys
            assert sorted(delays)[int(0.9 * len(delays))] < AT_ONCE
        assert seen.answered < AT_ONCE
        assert seen.back < 10.0
        assert {one.why for one in happened(lab, events.ContactTurnedAway)} == {TurnedAway.RATE}
        assert lab.total("ivrcore_contacts_turned_away_total", why="rate") == seen.refused
        check(lab)


@pytest.mark.parametrize(
    ("action", "way", "cause"),
    [("busy", WayOut.BUSY, Cause.BUSY), ("congestion", WayOut.CONGESTION, Cause.CONGESTION)],
)
def test_given_a_hotline_that_is_full_when_somebody_calls_then_refused_and_the_next_is_served(
    hotline: Opened, action: str, way: WayOut, cause: Cause
) -> None:
    lab = hotline.start(site(overload=f"{{contacts: 1, action: {action}}}"))
    inside = lab.phones.call("5000", [Stay(30)])
    inside.wait_for("answered")
    refused = lab.phones.call("5000").result()
    assert (refused.ended_by, refused.answered_at, refused.cause) == ("refused", None, cause)
    assert [one.way for one in happened(lab, events.ContactTurnedAway)] == [way]
    inside.hang_up()
    lab.wait_for("room", lambda: len(happened(lab, events.ContactClosed)) == 2)
    assert lab.phones.call("5000", [Wait(0.3), HangUp()]).result().ended_by == "caller"


def test_given_a_message_when_full_then_asterisk_plays_it_and_hangs_up(hotline: Opened) -> None:
    lab = hotline.start(site(overload="{contacts: 1, action: play, sound: tt-allbusy}"))
    inside = lab.phones.call("5000", [Stay(30)])
    inside.wait_for("answered")
    told = lab.phones.call("5000", [Stay(30)]).result()
    assert told.ended_by == "far"
    assert told.answered_at is not None
    assert told.ended_at - told.answered_at > 1.0
    assert [one.way for one in happened(lab, events.ContactTurnedAway)] == [WayOut.OVERLOAD]
    inside.hang_up()


def test_given_another_site_when_full_then_its_phone_rings_and_they_talk(hotline: Opened) -> None:
    lab = hotline.start(site(overload="{contacts: 1, action: dial, dial: PJSIP/agent4}"))
    (other,) = lab.phones.add_agents({"agent4": Answers(0.2, talk=0.5)})
    inside = lab.phones.call("5000", [Stay(30)])
    inside.wait_for("answered")
    lab.wait_for("the other site is there", lambda: "agent4" in lab.pbx.rx("pjsip show contacts"))
    talked = lab.phones.call("5000", [Stay(30)]).result()
    assert (talked.ended_by, other.answered) == ("far", 1)
    inside.hang_up()


def served_again(lab: HotlineLab, number: str) -> bool:
    """Call; tell whether somebody is let in."""
    return lab.phones.call(number, [Wait(0.3), HangUp()]).result().ended_by == "caller"


def test_given_a_plugin_that_stops_the_loop_when_somebody_calls_then_refused_and_who_is_inside_stays(
    tmp_path: Path,
) -> None:
    config = site(overload="{lag: 300ms, action: busy}")
    plans = {"bank.yaml": PLAN.replace("timeout: 1s", "timeout: 60s")}
    with HotlineLab(tmp_path / "lab", config=config, dialplans=plans, registering=True) as lab:
        add_plugin(lab, "sleeper", SLEEPER)
        lab.serve()
        inside = lab.phones.call("5000", [Wait(0.5), Keys("9"), Stay(60)])
        lab.wait_for("the key", lambda: happened(lab, events.KeyPressed))
        refused = lab.phones.call("5000").result()
        assert (refused.ended_by, refused.cause) == ("refused", Cause.BUSY)
        assert [one.why for one in happened(lab, events.ContactTurnedAway)] == [TurnedAway.LAG]
        assert not inside.happened("ended")
        lab.wait_for("room", lambda: served_again(lab, "5000"))
        inside.hang_up()
        check(lab)


def test_given_as_many_who_are_listened_to_as_may_be_when_somebody_calls_then_refused_until_one_is_not(
    tmp_path: Path,
) -> None:
    parts = own_parts(speech_section("[{name: pocketsphinx}]"))
    config = site(**parts, overload="{streams: 1, action: busy}")
    plans = {"english.yaml": ENGLISH}
    with HotlineLab(tmp_path / "lab", config=config, dialplans=plans, registering=True) as lab:
        add_prompts(lab, welcome=words(tmp_path, speak("Welcome to the bank.", "slt"), "welcome"))
        lab.serve()
        inside = lab.phones.call("5100", [Stay(60)])
        lab.wait_for("heard", lambda: lab.total("ivrcore_speech_streams") == 1)
        refused = lab.phones.call("5100").result()
        assert (refused.ended_by, refused.cause) == ("refused", Cause.BUSY)
        assert [one.why for one in happened(lab, events.ContactTurnedAway)] == [TurnedAway.STREAMS]
        inside.hang_up()
        lab.wait_for("room", lambda: served_again(lab, "5100"))
        check(lab)
