"""Which messages may lie in Asterisk yet, as the journal tells."""

from __future__ import annotations

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.message_ids import message_of
from ivrcore.model.names import Outcome, Owner, Service, Told
from ivrcore.session.living import Living
from ivrcore.session.unkept import LONGEST, Unkept, UnkeptMessages


def arrived(contact: str = "c1", at: float = 0.0) -> Event:
    return events.ContactArrived(
        at=at, contact=contact, leg=f"{contact}.l1", channel=contact, number="1", plan="p", plan_version="v",
        subject=f"of {contact}",
    )  # fmt: skip


def asked(contact: str = "c1", step: int = 1, at: float = 1.0) -> Event:
    return events.ServiceAsked(
        at=at, contact=contact, request=f"{contact}.s{step}", service=Service.RECORD, name="box", until=99.0
    )


def begun(contact: str = "c1", at: float = 2.0) -> Event:
    return events.LegHandedOver(at=at, contact=contact, leg=f"{contact}.l1", owner=Owner.SERVICE)


def kept(contact: str = "c1", step: int = 1, at: float = 9.0) -> Event:
    return events.MessageRecorded(
        at=at, contact=contact, message=message_of(f"{contact}.s{step}"), mailbox="box", seconds=3.0
    )


def answered(how: Told, contact: str = "c1") -> Event:
    return events.ServiceAnswered(
        at=8.0, contact=contact, request=f"{contact}.s1", service=Service.RECORD, name="box", how=how
    )


def closed(contact: str = "c1") -> Event:
    return events.ContactClosed(at=8.0, contact=contact, outcome=Outcome.SELF_SERVED)


def after(*happened: Event) -> list[Unkept]:
    living, unkept = Living(), UnkeptMessages()
    for event in happened:
        living.apply(event)
        unkept.apply(event, living)
    return list(unkept.by_request.values())


def test_what_was_said_is_looked_for_until_it_is_in_its_box_and_then_only_to_be_erased() -> None:
    said = Unkept("c1", "c1.s1", "box", "of c1", 2.0, 2.0, begun=True)
    assert after(arrived(), asked(), begun()) == [said]
    assert after(arrived(), asked(), begun(), closed()) == [said]
    (one,) = after(arrived(), asked(), begun(), closed(), kept())
    assert one.kept


def test_nothing_is_looked_for_that_nobody_said() -> None:
    assert after(arrived(), asked(), closed()) == []
    for how in (Told.NO_ANSWER, Told.REFUSED):
        assert after(arrived(), asked(), begun(), answered(how)) == []


def test_what_came_too_late_or_could_not_be_kept_is_looked_for() -> None:
    for how in (Told.TIMED_OUT, Told.FAILED):
        (one,) = after(arrived(), asked(), begun(), answered(how), closed())
        assert (one.begun, one.kept) == (True, False)


def test_each_message_of_a_contact_is_its_own() -> None:
    first, second = after(arrived(), asked(), begun(), kept(), asked(step=2, at=10.0), begun(at=11.0))
    assert (first.request, first.kept) == ("c1.s1", True)
    assert (second.request, second.kept, second.at) == ("c1.s2", False, 11.0)


def test_a_message_that_is_kept_leaves_alone_the_one_before_it_that_could_not_be() -> None:
    again = (asked(step=2, at=10.0), begun(at=11.0), kept(step=2, at=15.0))
    first, second = after(arrived(), asked(), begun(), answered(Told.FAILED), *again)
    assert (first.request, first.kept) == ("c1.s1", False)
    assert (second.request, second.kept) == ("c1.s2", True)


def test_nobody_looks_for_ever() -> None:
    later = 2.0 + LONGEST
    happened = [arrived(), asked(), begun(), closed(), arrived("c2", later)]
    assert len(after(*happened, asked("c2", at=later))) == 2
    (one,) = after(*happened, asked("c2", at=later + 1))
    assert one.contact == "c2"


def test_what_could_not_be_fetched_while_no_server_was_there_is_looked_for_yet() -> None:
    said = [arrived(), asked(), begun(), closed()]
    away = events.ServerStarted(at=3 * LONGEST, node="n", app="a", version="1")
    new = [arrived("c2", 3 * LONGEST), asked("c2", at=3 * LONGEST + 1)]
    first, second = after(*said, away, *new)
    assert (first.request, first.at, first.begun) == ("c1.s1", 2.0, True)
    assert second.contact == "c2"
    (one,) = after(*said, away, *new, closed("c2"), asked("c3", at=4 * LONGEST))
    assert one.contact == "c3"


def test_a_clock_that_is_set_back_makes_nothing_older() -> None:
    back = events.ClockSetBack(at=5.0, seconds=LONGEST)
    (one,) = after(arrived(), asked(at=LONGEST), begun(at=LONGEST + 1), back)
    assert one.at == 1.0


def test_other_services_leave_nothing_in_asterisk() -> None:
    transfer = events.ServiceAsked(
        at=1.0, contact="c1", request="c1.s1", service=Service.TRANSFER, name="", until=9.0
    )
    assert after(arrived(), transfer, begun()) == []
