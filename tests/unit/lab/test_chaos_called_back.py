"""What the audit of a chaos run finds wrong with call-backs and callers by AGI, by events and phones."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ivrcore.lab.chaos_agi import CONTEXTS, AgiCallers
from ivrcore.lab.chaos_call_backs import Booked, CallBacks, of_customer
from ivrcore.lab.chaos_callers import CALL_BACK, Crowd
from ivrcore.lab.chaos_site import CUSTOMERS, ENTRIES
from ivrcore.lab.phone_records import AgentCall
from ivrcore.lab.sip_message import parse
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import By, CallBackEnd, Cause, Outcome, Told

INVITE = parse("INVITE sip:agent12@h SIP/2.0\r\n\r\n")


def twelve(_subject: str) -> str:
    """Whoever calls shows 12."""
    return "12"


def asked(at: float) -> Event:
    return events.CallBackAsked(at=at, contact="c1", queue="backs", subject="s1", contact_subject="s0")


def dialled(at: float, attempt: int = 1) -> Event:
    return events.CallBackDialled(at=at, contact="c1", attempt=attempt)


def missed(at: float) -> Event:
    return events.CallBackMissed(at=at, contact="c1", attempt=1, how=Told.BUSY, again=at + 2.0)


def over(at: float, how: CallBackEnd = CallBackEnd.TALKED) -> Event:
    return events.CallBackEnded(at=at, contact="c1", how=how)


def closed(at: float) -> Event:
    return events.ContactClosed(at=at, contact="c1", outcome=Outcome.QUEUED, cause=Cause.NORMAL)


@pytest.mark.parametrize(
    ("happened", "words"),
    [
        ([asked(1.0), dialled(2.0), over(9.0), closed(9.0)], ""),
        ([asked(1.0), asked(2.0)], "to be called back twice"),
        ([dialled(2.0)], "is rung, and not to be called back"),
        ([asked(1.0), over(9.0), over(9.5)], "is over, and was not to be"),
        ([asked(1.0), closed(9.0)], "closed, and still to be called back"),
        ([asked(1.0), missed(3.0), missed(3.04)], "two tries of c1 were in vain within 0.04 s"),
        ([asked(1.0), dialled(2.0), missed(3.0), missed(5.1), over(9.0)], ""),
    ],
)
def test_given_a_call_back_that_is_lost_or_doubled_then_it_is_said(happened: list[Event], words: str) -> None:
    call_backs = CallBacks(twelve)
    wrong = [one for event in happened for one in call_backs.take(event)]
    assert (words in " ".join(wrong)) if words else wrong == []
    if not words:
        assert [(one.number, one.dials, one.how) for one in call_backs.over] == [
            ("12", 1, CallBackEnd.TALKED)
        ]


def test_given_who_waits_to_be_called_back_then_it_has_no_call_once_the_caller_hung_up() -> None:
    call_backs = CallBacks(twelve)
    call_backs.take(asked(1.0))
    assert not call_backs.waiting()
    call_backs.take(events.LegEnded(at=2.0, contact="c1", leg="c1.l1", cause=16, by=By.CALLER))
    assert call_backs.waiting() == {"c1"}


def rang(at: float, until: float | None, answered: float | None = None) -> AgentCall:
    return AgentCall("agent12", f"call{at}", INVITE, at, answered, until)


def booked(dials: int = 1, how: CallBackEnd | None = CallBackEnd.TALKED) -> Booked:
    return Booked("c1", "12", asked=100.0, ended=150.0, how=how, dials=dials)


@pytest.mark.parametrize(
    ("one", "calls", "words"),
    [
        (booked(), [rang(110.0, 140.0, 112.0)], ""),
        (booked(2), [rang(110.0, 116.0), rang(120.0, 140.0, 122.0)], ""),
        (booked(3), [rang(110.0, 116.0), rang(120.0, 140.0, 122.0)], ""),
        (booked(1), [rang(110.0, 116.0), rang(120.0, 140.0, 122.0)], "rung 2 times, 1 are in the journal"),
        (booked(2), [rang(110.0, 130.0), rang(120.0, 140.0, 122.0)], "beside another call"),
        (booked(2), [rang(110.0, 140.0, 112.0), rang(155.0, 160.0)], "at 155.00, and nobody was to"),
        (booked(1), [rang(110.0, 116.0)], "and customer 12 never answered"),
        (booked(1, CallBackEnd.NOT_REACHED), [rang(110.0, 116.0)], ""),
    ],
)
def test_given_a_customers_phone_then_it_rings_for_what_is_wanted_only(
    one: Booked, calls: list[AgentCall], words: str
) -> None:
    wrong = of_customer("12", [one], calls, 0.0)
    assert (words in " ".join(wrong)) if words else wrong == []


def arrived(contact: str, number: str = ENTRIES["700"]) -> Event:
    return events.ContactArrived(
        at=1.0,
        contact=contact,
        leg=f"{contact}.l1",
        channel="x",
        number=number,
        plan="p",
        plan_version="1",
        subject="s",
    )


def row(channel: str, context: str = CONTEXTS[0], application: str = "AGI") -> list[str]:
    found = ["PJSIP/trunk-1", context, "s", "1", "Up", application, *[""] * 7, channel]
    assert len(found) == 14
    return found


def test_given_callers_by_agi_then_each_has_a_channel_and_each_channel_a_caller() -> None:
    callers = AgiCallers()
    callers.take(arrived("c-u.1-aaa"))
    callers.take(arrived("c-u.2", "5000"))
    assert callers.strangers([row("u.1"), row("u.2", "ivrcore-inbound", "Stasis")]) == set()
    assert callers.strangers([]) == {"c-u.1"}
    assert callers.strangers([row("u.1"), row("u.3")]) == {"c-u.3"}
    assert callers.strangers([row("u.1"), row("u.3", application="Congestion")]) == set()


def test_given_a_caller_by_agi_who_comes_again_as_somebody_else_then_that_is_told() -> None:
    callers = AgiCallers()
    for contact in ("c-u.1-aaa", "c-u.2-bbb"):
        callers.take(arrived(contact))
    assert callers.again() == []
    for contact in ("c-u.1-ccc", "c-u.2-ddd"):
        callers.take(arrived(contact))
    assert callers.again() == ["c-u.1-ccc", "c-u.2-ddd"]


def test_given_a_caller_by_agi_who_has_left_and_waits_then_no_channel_is_looked_for() -> None:
    callers, contact = AgiCallers(), "c-u.1-aaa"
    callers.take(arrived(contact, ENTRIES["702"]))
    agents = events.LegDialled(at=2.0, contact=contact, leg=f"{contact}.v1.o1.l", channel="x", agent="a1")
    callers.take(agents)
    assert (callers.strangers([row("u.1")]), callers.dialled) == (set(), 1)
    callers.take(events.LegEnded(at=3.0, contact=contact, leg=agents.leg, cause=16, by=By.AGENT))
    assert callers.on_line == {contact}
    callers.take(events.LegEnded(at=3.0, contact=contact, leg=f"{contact}.l1", cause=16, by=By.CALLER))
    callers.take(events.LegDialled(at=4.0, contact=contact, leg=f"{contact}.b1.l", channel="x"))
    assert (callers.strangers([]), callers.dialled) == (set(), 1)
    assert callers.strangers([row("u.1")]) == {"c-u.1"}


@pytest.mark.parametrize(("wanted", "otherwise"), CALL_BACK.items())
def test_given_who_wants_to_be_called_back_then_it_is_a_customer_who_is_not_on_the_phone(
    wanted: str, otherwise: str, tmp_path: Path
) -> None:
    crowd, numbers = Crowd(tmp_path, {wanted: 1}), {str(one) for one in CUSTOMERS}
    one = crowd.next(random.Random(1), numbers - {"15"})
    assert (one.dials, one.me) == (wanted, "15")
    one = crowd.next(random.Random(1), numbers)
    assert one.dials == otherwise
    assert one.me not in numbers
