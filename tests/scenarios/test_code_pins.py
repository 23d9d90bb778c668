"""Logging in by phone with a PIN, in memory: asked for, judged, bounded, and kept nowhere."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, maybeDeferred

from ivrcore.answerers.agent_pins import AgentPins, remove_pin, set_pin
from ivrcore.answerers.lookups import Tries
from ivrcore.config import FeatureCodes
from ivrcore.config.feature_codes import USUAL
from ivrcore.errors import ConfigError
from ivrcore.model import events
from ivrcore.model.event import encode
from ivrcore.model.names import AgentState, CodeAnswer
from ivrcore.testing import FakeLeg
from tests.scenarios.floor import Floor
from tests.scenarios.test_feature_codes import dial, dialling, state, used

PIN = "48291"
ASKED = "Please enter your PIN, then press hash."


class Office:
    """A floor whose agents log in with PINs, and the file of these."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.floor = Floor()
        self.slow: list[Deferred[None]] | None = None
        """Where judging waits, if it takes time."""
        tries = Tries(5, 900.0, self.floor.clock.now)
        pins = AgentPins(path, self._on_worker, tries)
        codes = FeatureCodes(dict(USUAL), pins=path)
        self.floor.exchange.ports = replace(self.floor.exchange.ports, codes=codes, pins=pins)

    def _on_worker(self, work):  # type: ignore[no-untyped-def]
        if self.slow is None:
            return maybeDeferred(work)
        self.slow.append(Deferred())
        return self.slow[-1].addCallback(lambda _: work())

    def call(self, *typed: str, code: str = "*11") -> tuple[str, FakeLeg]:
        """Dial, type after each question, and give all that was heard."""
        leg = dialling(self.floor, code)
        for keys in typed:
            self.floor.wait(1)
            leg.press(keys)
        self.floor.wait(20)
        return " ".join(self.floor.heard(leg)), leg


@pytest.fixture
def office(tmp_path: Path) -> Office:
    path = tmp_path / "secrets/agents"
    set_pin(path, "ann", PIN)
    return Office(path)


def test_the_right_pin_logs_in_and_stands_nowhere(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        heard, leg = office.call(f"{PIN}#")
    assert heard == f"{ASKED} You are logged in, and ready."
    assert leg.ended
    assert state(office.floor) is AgentState.READY
    (one,) = used(office.floor)
    assert (one.agent, one.answer, one.digits) == ("ann", CodeAnswer.LOGGED_IN, "")
    assert PIN not in caplog.text + "".join(str(encode(event)) for event in office.floor.journal.events)
    assert PIN not in office.path.read_text()
    assert office.path.stat().st_mode & 0o777 == 0o600
    office.floor.check()


def test_silence_after_the_digits_ends_them_and_a_star_begins_anew(office: Office) -> None:
    assert office.call(f"12*{PIN}")[0] == f"{ASKED} You are logged in, and ready."


def test_a_wrong_pin_is_asked_for_again_three_times_in_a_call(office: Office) -> None:
    heard, leg = office.call("111#", "222#", "333#", f"{PIN}#")
    assert (
        heard == f"{ASKED} That is not your PIN. {ASKED} That is not your PIN. {ASKED} That is not your PIN."
    )
    assert leg.ended
    assert state(office.floor) is AgentState.LOGGED_OUT
    assert [one.answer for one in used(office.floor)] == [CodeAnswer.WRONG_PIN]
    office.floor.check()


def test_over_all_calls_five_wrong_ones_lock_for_a_quarter_of_an_hour(office: Office) -> None:
    office.call("111#", "222#", "333#")
    assert "Too many" in office.call("444#", "555#", f"{PIN}#")[0]
    assert office.call(f"{PIN}#")[0] == "Too many wrong PINs. Please try again later."
    assert state(office.floor) is AgentState.LOGGED_OUT
    office.floor.wait(900)
    assert "You are logged in" in office.call(f"{PIN}#")[0]


def test_calls_at_once_have_no_more_tries(office: Office) -> None:
    office.slow = []
    calls = [dialling(office.floor, "*11") for _ in range(8)]
    office.floor.wait(1)
    for one in list(office.slow):
        one.callback(None)
    for leg in calls:
        office.floor.wait(0.1)
        leg.press("111#")
    office.floor.wait(1)
    assert len(office.slow) == 8 + 5


def test_who_hangs_up_meanwhile_is_not_logged_in(office: Office) -> None:
    office.slow = []
    leg = dialling(office.floor, "*11")
    office.slow.pop().callback(None)
    office.floor.wait(1)
    leg.press(f"{PIN}#")
    office.floor.wait(1)
    leg.hang_up()
    office.floor.settle()
    office.slow.pop().callback(None)
    office.floor.wait(1)
    assert state(office.floor) is AgentState.LOGGED_OUT
    assert [one.answer for one in used(office.floor)] == [CodeAnswer.ENTER_PIN]
    office.floor.check()


def test_who_types_nothing_or_has_no_pin_is_not_logged_in(office: Office) -> None:
    assert office.call()[0] == ASKED
    remove_pin(office.path, "ann")
    assert office.call(f"{PIN}#")[0] == "You have no PIN yet. Ask your administrator for one."
    office.path.chmod(0o644)
    assert office.call(f"{PIN}#")[0] == "That did not work. Please try again."
    assert state(office.floor) is AgentState.LOGGED_OUT


def test_nothing_else_asks_for_a_pin(office: Office) -> None:
    office.call(f"{PIN}#")
    for code, said in (("*11", "already"), ("*13", "paused"), ("*14", "ready"), ("*12", "logged out")):
        assert said in dial(office.floor, code)
    assert dial(office.floor, "*11", "PJSIP/trunk") == "This phone belongs to no agent."
    assert not office.floor.happened(events.ContactArrived)


@pytest.mark.parametrize("pin", ["123", "1111", "12a4", ""])
def test_pins_that_cannot_be(tmp_path: Path, pin: str) -> None:
    with pytest.raises(ConfigError):
        set_pin(tmp_path / "agents", "ann", pin)
    with pytest.raises(ConfigError):
        remove_pin(tmp_path / "agents", "ann")
