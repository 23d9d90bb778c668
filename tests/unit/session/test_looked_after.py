"""Until when each contact was looked after: links are lost, servers die, in any order."""

from __future__ import annotations

from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import AdoptedIn, Cause, Outcome
from ivrcore.model.pbx import MAIN, contact_of, driver_of
from ivrcore.session.looked_after import LookedAfter

BUSAN = "busan"
HERE, THERE = contact_of("1.1"), contact_of("1.1", BUSAN)
BY_AGI = f"{contact_of('1.2')}-abcdef"


def came(at: float, contact: str, channel: str) -> Event:
    return e.ContactArrived(
        at=at, contact=contact, number="5000", plan="p", plan_version="1", subject="s", leg=f"{contact}.l1",
        channel=channel,
    )  # fmt: skip


def up(at: float, pbx: str = MAIN) -> Event:
    return e.LinkCameUp(at=at, driver=driver_of(pbx), peer="Asterisk 22", away=0.0)


def down(at: float, pbx: str = MAIN, reason: str = "no connection") -> Event:
    return e.LinkWentDown(at=at, driver=driver_of(pbx), reason=reason)


def starts(at: float) -> Event:
    return e.ServerStarted(at=at, node="n", app="a", version="1")


def watched(at: float) -> Event:
    return e.CallsWatched(at=at)


BEGUN = (
    starts(1.0),
    up(2.0),
    up(2.0, BUSAN),
    came(3.0, HERE, "1.1"),
    came(3.0, THERE, "1.1"),
    came(3.0, BY_AGI, "1.2"),
)


def after(*happened: Event) -> LookedAfter:
    looked_after = LookedAfter()
    for event in (*BEGUN, *happened):
        looked_after.apply(event)
    return looked_after


def until(*happened: Event) -> tuple[float, float, float]:
    """The caller here, the one at the other PBX, and the one by AGI."""
    found = after(*happened)
    return found.until(HERE), found.until(THERE), found.until(BY_AGI)


def test_while_links_stand_all_are_looked_after_to_the_last_that_is_known() -> None:
    assert until(watched(9.0)) == (9.0, 9.0, 9.0)
    assert after().lost(HERE) is None
    assert LookedAfter().last_at == 0.0


def test_a_link_that_is_lost_loses_the_callers_of_its_pbx_from_sight_and_no_others() -> None:
    lost = after(down(10.0, BUSAN), watched(600.0))
    assert (lost.lost(HERE), lost.lost(THERE), lost.lost(BY_AGI)) == (None, 10.0, None)
    assert until(down(10.0, BUSAN), watched(600.0)) == (600.0, 10.0, 600.0)
    assert until(down(10.0), watched(600.0)) == (10.0, 600.0, 600.0)


def test_a_loss_that_is_told_again_for_another_reason_was_when_it_was_told_first() -> None:
    assert until(down(10.0), down(20.0, reason="the password is wrong"), watched(30.0))[0] == 10.0


def test_a_link_that_is_back_sees_them_again() -> None:
    assert until(down(10.0), up(20.0), watched(30.0))[0] == 30.0
    assert until(down(10.0), up(20.0), down(25.0), watched(30.0))[0] == 25.0


def test_a_server_that_died_with_its_link_away_is_not_when_they_were_lost() -> None:
    assert until(down(10.0), watched(20.0), starts(100.0), watched(105.0)) == (10.0, 20.0, 20.0)
    assert until(down(10.0), watched(20.0), starts(100.0), up(101.0), watched(105.0)) == (105.0, 20.0, 20.0)


def test_of_two_deaths_the_first_counts_where_the_life_between_had_no_link() -> None:
    twice = (watched(20.0), starts(100.0), up(101.0, BUSAN), watched(110.0), starts(200.0), watched(205.0))
    assert until(*twice) == (20.0, 110.0, 20.0)


def test_a_link_that_a_life_never_had_is_not_lost_by_it() -> None:
    refused = (watched(20.0), starts(100.0), down(101.0), watched(110.0))
    assert until(*refused)[0] == 20.0


def test_who_was_handed_over_again_by_the_dialplan_is_looked_after_again() -> None:
    back = e.ContactAdopted(at=103.0, contact=BY_AGI, leg=f"{BY_AGI}.l1", where=AdoptedIn.QUEUE, since=20.0)
    assert until(watched(20.0), starts(100.0), back, watched(105.0)) == (20.0, 20.0, 105.0)


def test_who_came_by_agi_and_is_called_back_is_seen_by_the_link_like_others() -> None:
    gone = e.LegEnded(at=5.0, contact=BY_AGI, leg=f"{BY_AGI}.l1", cause=Cause.NORMAL)
    phone = e.LegEnded(at=5.0, contact=BY_AGI, leg=f"{BY_AGI}.v1.o1.l", cause=Cause.NORMAL)
    assert until(gone, down(10.0), watched(20.0)) == (10.0, 20.0, 10.0)
    assert until(phone, down(10.0), watched(20.0)) == (10.0, 20.0, 20.0)


def test_a_contact_that_is_closed_is_forgotten() -> None:
    closed = e.ContactClosed(at=5.0, contact=BY_AGI, outcome=Outcome.QUEUED)
    assert until(closed, down(10.0), watched(20.0), starts(100.0))[2] == 10.0, (
        "by its PBX, as any that is unknown"
    )


def test_a_clock_that_was_set_back_takes_its_seconds_off() -> None:
    back = e.ClockSetBack(at=15.0, seconds=5.0)
    assert until(down(10.0), watched(20.0), back) == (5.0, 15.0, 15.0)
    assert until(watched(20.0), starts(100.0), watched(105.0), e.ClockSetBack(at=95.0, seconds=10.0)) == (
        10.0,
        10.0,
        10.0,
    )
