"""The emergency switch by phone: only for who was identified as a supervisor in the same call."""

from __future__ import annotations

import gc
from collections.abc import Mapping

import pytest

from ivrcore.answerers.emergency import EmergencyByPhone, Identified
from ivrcore.answerers.lookups import SUPERVISORS
from ivrcore.dialplan.commands import DoAsk
from ivrcore.errors import RequestRefused, ServiceError
from ivrcore.model import events as e
from ivrcore.model.names import EmergencyAction, Scalar, Service, Told, Via
from ivrcore.session.ports import Call, Done
from tests.unit.announcements.board_desk import Desk

SEOUL = "+82212345678"


class PinDesk:
    """Identifies whoever knows the PIN 271828."""

    def __init__(self) -> None:
        self.stopped: list[str] = []

    def ask(self, asked: DoAsk, call: Call, done: Done) -> None:
        right = asked.payload.get("pin") == "271828"
        done(Told.DONE, {"name": "kim"}) if right else done(Told.REFUSED)

    def stop(self, request: str) -> None:
        self.stopped.append(request)


class Caller:
    """A call, as far as an answerer for the switch looks at it."""

    contact = "c1"
    language = "ko"


class Phone:
    def __init__(self) -> None:
        self.desk = Desk()
        self.pins = PinDesk()
        self.identified = Identified(self.pins)
        self.switch = EmergencyByPhone(self.desk.live, self.identified)
        self.caller = Caller()
        self.told: list[tuple[Told, str]] = []

    def done(self, how: Told, values: Mapping[str, Scalar] | None = None, code: str = "") -> None:
        self.told.append((how, code))

    def identify(self, pin: str = "271828", lookup: str = SUPERVISORS, caller: Caller | None = None) -> None:
        asked = DoAsk("c1.s1", Service.IDENTIFY, lookup, {"who": "", "pin": pin}, 5.0)
        self.identified.ask(asked, caller or self.caller, self.done)

    def ask(self, **payload: Scalar) -> tuple[Told, str]:
        asked = DoAsk("c1.s2", Service.EMERGENCY, "", payload, 5.0)
        self.switch.ask(asked, self.caller, self.done)
        self.desk.steady.advance(0.1)
        return self.told[-1]


@pytest.fixture
def phone() -> Phone:
    return Phone()


def test_a_supervisor_moves_the_switch_and_moves_it_back(phone: Phone) -> None:
    phone.identify()
    assert phone.ask(action="close", text="닫혔습니다.") == (Told.DONE, "")
    [event] = phone.desk.journal.events
    assert isinstance(event, e.EmergencySet)
    assert (event.scope, event.action, event.texts) == ("all", EmergencyAction.CLOSE, {"ko": "닫혔습니다."})
    assert (event.author, event.via) == ("kim", Via.PHONE)
    assert phone.ask(action="forward", scope="5000", number="+82 2 12345678") == (Told.DONE, "")
    assert phone.desk.board.switched["5000"].emergency.number == SEOUL
    assert phone.ask(action="open") == (Told.DONE, "")
    assert set(phone.desk.board.switched) == {"5000"}


@pytest.mark.parametrize(("pin", "lookup"), [("314159", SUPERVISORS), ("271828", "customers")])
def test_nobody_else_does(phone: Phone, pin: str, lookup: str) -> None:
    phone.identify(pin, lookup)
    assert phone.ask(action="close") == (Told.REFUSED, "")
    assert phone.desk.journal.events == []


def test_a_pin_is_good_for_its_own_call_only(phone: Phone) -> None:
    other = Caller()
    phone.identify(caller=other)
    assert phone.ask(action="close") == (Told.REFUSED, "")
    assert phone.identified.supervisor(other) == "kim"
    del other
    gc.collect()
    assert len(phone.identified._names) == 0, "who called is forgotten with the call"


def test_a_wrong_pin_after_the_right_one_takes_nothing_away(phone: Phone) -> None:
    phone.identify()
    phone.identify("314159")
    assert phone.ask(action="close")[0] is Told.DONE


@pytest.mark.parametrize(
    "payload",
    [
        {"action": "close", "scope": "5009"},
        {"action": "forward", "number": "+1900555"},
        {"action": "forward"},
        {"action": "message"},
    ],
)
def test_what_cannot_be_is_refused_with_its_code(phone: Phone, payload: dict[str, Scalar]) -> None:
    phone.identify()
    assert phone.ask(**payload) == (Told.REFUSED, RequestRefused.code)
    assert phone.desk.journal.events == []


def test_a_position_that_is_not_there_is_an_error(phone: Phone) -> None:
    phone.identify()
    with pytest.raises(ServiceError):
        phone.ask(action="explode")


def test_given_the_supervisor_hangs_up_then_the_switch_moves_all_the_same(phone: Phone) -> None:
    phone.identify()
    phone.desk.voice.slow = 1.0
    phone.ask(action="close", text="닫혔습니다.")
    phone.switch.stop("c1.s2")
    phone.identified.stop("c1.s1")
    assert phone.pins.stopped == ["c1.s1"]
    phone.desk.steady.advance(1.0)
    assert set(phone.desk.board.switched) == {"all"}
