"""How far a request of the outside was when the server died, by the contact's events alone."""

from __future__ import annotations

import pytest

from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.message_ids import message_of
from ivrcore.model.names import Cause, Owner, Service, Told
from ivrcore.session.begun import Begun, begun

C, REQUEST = "c1", "c1.s1"
LINE = f"{REQUEST}.l"


def asked(service: Service = Service.TRANSFER) -> Event:
    return e.ServiceAsked(at=1.0, contact=C, request=REQUEST, service=service, name="box", until=60.0)


def handed(owner: Owner = Owner.SERVICE) -> Event:
    return e.LegHandedOver(at=2.0, contact=C, leg="c1.l1", owner=owner)


def stood(*happened: Event) -> Begun | None:
    found: Begun | None = None
    for event in happened:
        found = begun(found, event)
    return found


DIALLED = e.LegDialled(at=2.0, contact=C, leg=LINE, channel=LINE, outbound=REQUEST)
ANSWERED = e.LegAnswered(at=5.0, contact=C, leg=LINE)
BRIDGED = e.BridgeRequested(at=5.0, contact=C, bridge="b", legs=("c1.l1", LINE))
GONE = e.LegEnded(at=9.0, contact=C, leg=LINE, cause=Cause.BUSY)


def ended(how: Told) -> Event:
    return e.OutboundEnded(at=9.0, contact=C, outbound=REQUEST, how=how)


@pytest.mark.parametrize(
    ("happened", "goes_on", "again", "told"),
    [
        ([asked()], False, True, None),
        ([asked(), DIALLED], True, False, None),
        ([asked(), DIALLED, handed(), ANSWERED, BRIDGED], True, False, None),
        ([asked(), DIALLED, handed(), ended(Told.BUSY)], False, False, Told.BUSY),
        ([asked(), DIALLED, handed(), GONE], False, False, Told.FAILED),
        ([asked(), DIALLED, handed(), ANSWERED, GONE, ended(Told.DONE)], False, False, Told.FAILED),
        ([asked(), DIALLED, handed(), ANSWERED, BRIDGED, ended(Told.DONE)], False, False, Told.DONE),
    ],
)
def test_a_transfer_goes_on_is_asked_again_or_told(
    happened: list[Event], goes_on: bool, again: bool, told: Told | None
) -> None:
    one = stood(*happened)
    assert one is not None
    assert (one.goes_on, one.again, one.told and one.told[0]) == (goes_on, again, told)


def test_the_outside_leg_is_known_with_its_times() -> None:
    back = e.ClockSetBack(at=5.0, seconds=2.0)
    one = stood(asked(), DIALLED, ANSWERED, BRIDGED, back)
    assert one is not None
    assert (one.line, one.channel, one.answered, one.joining, one.until) == (LINE, LINE, 3.0, True, 58.0)
    agents = e.LegDialled(at=2.0, contact=C, leg="x", channel="x", offer="o")
    strange = e.LegAnswered(at=5.0, contact=C, leg="x")
    one = stood(asked(), agents, strange)
    assert one is not None
    assert (one.line, one.answered) == ("", None)


def test_a_message_goes_on_until_it_is_kept_and_is_told_with_its_name() -> None:
    begun_, back = handed(), handed(Owner.SESSION)
    name = message_of(REQUEST)
    kept = e.MessageRecorded(at=9.0, contact=C, message=name, mailbox="box", seconds=3.04)
    for happened, goes_on, again in (
        ([], False, True),
        ([begun_], True, False),
        ([begun_, back], True, False),
        ([begun_, back, kept], False, False),
    ):
        one = stood(asked(Service.RECORD), *happened)
        assert one is not None
        assert (one.goes_on, one.again) == (goes_on, again)
    assert one.told == (Told.DONE, {"message": name, "seconds": 3.0})


def test_a_message_of_before_that_is_kept_late_is_not_the_one_that_is_being_left() -> None:
    late = e.MessageRecorded(at=9.0, contact=C, message=message_of("c1.s0"), mailbox="box", seconds=3.0)
    one = stood(asked(Service.RECORD), handed(), late)
    assert one is not None
    assert (one.goes_on, one.told) == (True, None)


def test_a_call_back_is_asked_for_again_unless_it_is_promised() -> None:
    one = stood(asked(Service.CALL_BACK))
    assert one is not None
    assert (one.goes_on, one.again, one.told) == (False, True, None)
    promised = e.CallBackAsked(at=4.0, contact=C, queue="cards", subject="s2")
    one = stood(asked(Service.CALL_BACK), promised)
    assert one is not None
    assert one.told == (Told.DONE, {})
    one = stood(asked(Service.LOOKUP), promised)
    assert one is not None
    assert one.told is None


def test_who_asks_the_site_itself_or_was_told_has_begun_nothing() -> None:
    one = stood(asked(Service.LOOKUP))
    assert one is not None
    assert (one.goes_on, one.again, one.told) == (False, False, None)
    over = e.ServiceAnswered(
        at=9.0, contact=C, request=REQUEST, service=Service.TRANSFER, name="", how=Told.DONE, took=1.0
    )
    assert stood(asked(), DIALLED, over) is None
    assert stood(DIALLED) is None
    other = e.ServiceAnswered(
        at=9.0, contact=C, request="c1.s0", service=Service.TRANSFER, name="", how=Told.DONE, took=1.0
    )
    assert stood(asked(), other) is not None
