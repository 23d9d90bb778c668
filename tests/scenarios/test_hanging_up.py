"""A caller who hangs up is seen at once, whatever a menu was doing; nothing of the call is left."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ivrcore.dialplan.world import HearingNow
from ivrcore.model import events
from ivrcore.model.names import SpeechRefusal, Verdict
from ivrcore.session.listening import Began, GaveUp
from ivrcore.testing import FakeLeg
from tests.scenarios.floor import Floor


def prompt(floor: Floor, caller: FakeLeg) -> None:
    """The menu's prompt plays, and the caller is listened to."""


def asked(floor: Floor, caller: FakeLeg) -> None:
    """The prompt is over."""
    floor.wait(2)


def speaking(floor: Floor, caller: FakeLeg) -> None:
    ear = floor.speech.ears[-1]
    ear.on_event(Began(ear.turn))
    floor.settle()


def keying(floor: Floor, caller: FakeLeg) -> None:
    floor.press(caller, "3")


def misheard(floor: Floor, caller: FakeLeg) -> None:
    floor.say("", verdict=Verdict.REJECT)


def confirming(floor: Floor, caller: FakeLeg) -> None:
    floor.say("loans", confidence=0.8, verdict=Verdict.CONFIRM)


def given_up(floor: Floor, caller: FakeLeg) -> None:
    ear = floor.speech.ears[-1]
    ear.on_event(GaveUp(ear.turn, "vosk", "IVR402"))
    floor.settle()


def refused(floor: Floor, caller: FakeLeg) -> None:
    floor.speech.now = HearingNow(SpeechRefusal.OUT)
    given_up(floor, caller)


def queued(floor: Floor, caller: FakeLeg) -> None:
    floor.say("loans")


STATES = [prompt, asked, speaking, keying, misheard, confirming, given_up, refused, queued]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_given_a_caller_when_they_hang_up_then_the_ear_is_closed_in_that_moment(
    state: Callable[[Floor, FakeLeg], None],
) -> None:
    floor = Floor()
    caller = floor.call()
    floor.wait(1.2)
    assert floor.speech.ears
    state(floor, caller)
    at = floor.clock.now()
    caller.hang_up()
    floor.settle()
    assert floor.clock.now() - at < 0.1
    assert [ear for ear in floor.speech.ears if ear.open] == []
    assert len(floor.happened(events.ContactClosed)) == 1
    told = len(floor.journal.events)
    for ear in floor.speech.ears:  # what an engine still says is for nobody
        ear.on_event(GaveUp(ear.turn, "vosk", "IVR402"))
    floor.wait(30)
    assert len(floor.journal.events) == told
    floor.check()
