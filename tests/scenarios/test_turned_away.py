"""More callers than the server can take, and a server that takes none: who is turned away, and how."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivrcore.config import (
    Fallback,
    FallbackAction,
    OverloadConfig,
)
from ivrcore.config.overload import OverloadAction
from ivrcore.history.report import About
from ivrcore.metrics.fold import fold
from ivrcore.model import events
from ivrcore.model.names import By, Cause, Outcome
from ivrcore.model.overload_names import TurnedAway, WayOut
from ivrcore.overload import Limits
from ivrcore.session.intake import Intake
from ivrcore.telephony.leg import Arrival, GoOn, HangUp
from ivrcore.testing import NEVER_ANSWERS, FakeLeg
from tests.scenarios.floor import CONFIG, Floor
from tests.scenarios.test_call_backs import ANSWERS, CUSTOMER, PLAN, SITE, asked, dialled
from tests.unit.history.agreeing import LATER
from tests.unit.history.history_site import projected, whole


class Door:
    """A hotline whose new callers come by way of the intake."""

    def __init__(
        self, limits: Limits, action: OverloadAction = OverloadAction.BUSY, floor: Floor | None = None
    ) -> None:
        self.floor = floor or Floor()
        self.config = replace(CONFIG, overload=OverloadConfig(limits, action))
        self.lag, self.streams = 0.0, 0
        self.intake = Intake(self.floor.exchange, lambda: self.config, lambda: self.lag, lambda: self.streams)
        self.floor.switch.on_arrival = self.intake.taking(self.floor.exchange.arrived)

    def turned_away(self) -> list[events.ContactTurnedAway]:
        found = self.floor.happened(events.ContactTurnedAway)
        return [one for one in found if isinstance(one, events.ContactTurnedAway)]

    def served(self, leg: FakeLeg) -> bool:
        return not leg.ended and leg.answered

    def closed(self) -> list[tuple[Outcome, int]]:
        found = self.floor.happened(events.ContactClosed)
        return [(one.outcome, one.cause) for one in found if isinstance(one, events.ContactClosed)]


def test_given_a_number_that_is_not_served_then_reports_tell_its_callers_from_those_turned_away(
    tmp_path: Path,
) -> None:
    door = Door(Limits(calls_per_second=2.0, burst=2.0))
    wrong, _, turned_away = door.floor.call("9999"), door.floor.call("5002"), door.floor.call()
    assert (wrong.commands, turned_away.commands) == ([HangUp(Cause.UNALLOCATED)], [HangUp(Cause.BUSY)])
    database = projected(tmp_path, list(door.floor.journal.events))
    (line,) = whole(database, About.CONTACTS, until=LATER).lines
    database.close()
    assert (line.values["refused"], line.values["no_such_number"]) == (3, 1)


def test_given_two_a_second_when_a_storm_comes_then_the_others_hear_busy_and_those_inside_go_on() -> None:
    door = Door(Limits(calls_per_second=2.0, burst=2.0))
    first, second, third = (door.floor.call() for _ in range(3))
    assert door.served(first)
    assert door.served(second)
    assert third.commands == [HangUp(Cause.BUSY)]
    assert third.ended
    (told,) = door.turned_away()
    assert (told.why, told.way, told.limit) == (TurnedAway.RATE, WayOut.BUSY, 2.0)
    assert door.closed() == [(Outcome.REFUSED, Cause.BUSY)]
    ends = [one for one in door.floor.happened(events.LegEnded) if isinstance(one, events.LegEnded)]
    assert [(one.leg, one.by) for one in ends] == [(third.id, By.SERVER)]
    door.floor.wait(0.5)
    assert door.served(door.floor.call())


def test_given_nobody_of_theirs_is_kept_when_turned_away_then_no_subject_is_made() -> None:
    door = Door(Limits(contacts=1))
    door.floor.call(caller="+82211111111")
    door.floor.call(caller="+82222222222")
    kept = [
        one for one in door.floor.happened(events.ContactArrived) if isinstance(one, events.ContactArrived)
    ]
    assert [bool(one.subject) for one in kept] == [True, False]


@pytest.mark.parametrize("why", [TurnedAway.CONTACTS, TurnedAway.LAG, TurnedAway.STREAMS])
def test_given_a_limit_when_it_is_reached_then_callers_wait_outside_until_it_is_not(why: TurnedAway) -> None:
    door = Door(Limits(contacts=1, lag=0.2, streams=3))
    inside = door.floor.call() if why is TurnedAway.CONTACTS else None
    door.lag = 0.3 if why is TurnedAway.LAG else 0.0
    door.streams = 3 if why is TurnedAway.STREAMS else 0
    assert door.floor.call().ended
    assert [one.why for one in door.turned_away()] == [why]
    door.lag, door.streams = 0.0, 0
    if inside is not None:
        assert door.served(inside)
        inside.hang_up()
        door.floor.settle()
    assert door.served(door.floor.call())
    assert len(door.turned_away()) == 1


@pytest.mark.parametrize(
    ("action", "command", "way"),
    [
        (OverloadAction.CONGESTION, HangUp(Cause.CONGESTION), WayOut.CONGESTION),
        (OverloadAction.PLAY, GoOn("ivrcore-overload", "s", "overload"), WayOut.OVERLOAD),
        (OverloadAction.DIAL, GoOn("ivrcore-overload", "s", "overload"), WayOut.OVERLOAD),
        (OverloadAction.FALLBACK, GoOn("ivrcore-fallback", "5000", "overload"), WayOut.FALLBACK),
    ],
)
def test_given_a_way_when_turned_away_then_it_is_taken(
    action: OverloadAction, command: object, way: WayOut
) -> None:
    door = Door(Limits(contacts=1), action)
    door.config = replace(
        door.config, overload=replace(door.config.overload, steps=Fallback(FallbackAction.PLAY, "sorry"))
    )
    door.floor.call()
    leg = door.floor.call()
    assert leg.commands == [command]
    assert leg.ended
    assert [one.way for one in door.turned_away()] == [way]


def test_given_a_drain_when_callers_come_then_they_go_on_and_those_inside_are_served_to_their_end() -> None:
    door = Door(Limits())
    inside = door.floor.call()
    door.intake.drain(True, "kim")
    door.intake.drain(True, "sue")
    leg = door.floor.call()
    assert leg.commands == [GoOn("ivrcore-drained-a", "5000", "draining")]
    assert door.served(inside)
    door.floor.press(inside, "3")
    sent = FakeLeg(door.floor.switch, "c9.l1", "9", dialled=False, owner=lambda _: None)
    door.floor.switch._keep(sent)
    door.floor.switch.on_arrival(Arrival(sent, "c9", "5000", sent_here=True))
    door.floor.settle()
    assert sent.commands == [GoOn("ivrcore-fallback", "5000", "draining")]
    assert [one.way for one in door.turned_away()] == [WayOut.OTHER_SERVER, WayOut.FALLBACK]
    assert fold(door.floor.journal.records).overload.draining
    door.intake.drain(False, "kim")
    assert door.served(door.floor.call())
    changes = [
        one for one in door.floor.happened(events.DrainChanged) if isinstance(one, events.DrainChanged)
    ]
    assert [(one.draining, one.author) for one in changes] == [(True, "kim"), (False, "kim")]
    figures = fold(door.floor.journal.records)
    assert not figures.overload.draining
    assert figures.overload.turned_away == {"rate": 0, "contacts": 0, "lag": 0, "streams": 0, "draining": 2}


def test_given_a_caller_whom_asterisk_cannot_go_on_with_then_they_are_hung_up() -> None:
    door = Door(Limits(contacts=1), OverloadAction.FALLBACK)
    door.floor.call()
    door.floor.switch.refuse["c2.l1", GoOn] = ("IVR303", 409)
    leg = door.floor.call()
    assert leg.commands[-1] == HangUp(Cause.CONGESTION)
    assert leg.ended


def test_given_a_dialplan_of_asterisks_that_asks_for_agents_then_it_is_told_and_counted() -> None:
    door = Door(Limits(calls_per_second=1.0))
    assert door.intake.refuses("c1") is None
    assert door.intake.refuses("c2") is TurnedAway.RATE
    assert [(one.contact, one.way) for one in door.turned_away()] == [("c2", WayOut.FALLBACK)]


def test_given_a_limit_of_contacts_when_call_backs_only_wait_then_they_keep_nobody_out() -> None:
    door = Door(Limits(contacts=1), floor=Floor(PLAN, rules=SITE))
    floor = door.floor
    asked(floor)
    assert floor.exchange.routing.waiting_in("general") == 1
    inside = floor.call("6002", "+82287654321")
    assert door.served(inside)
    inside.hang_up()
    floor.switch.phones[CUSTOMER] = NEVER_ANSWERS
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    floor.wait(3)
    assert dialled(floor) == ["PJSIP/ann", CUSTOMER]
    assert floor.call("6002", "+82287654321").ended
    assert [one.why for one in door.turned_away()] == [TurnedAway.CONTACTS]
