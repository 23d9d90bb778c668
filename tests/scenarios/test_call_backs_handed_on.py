"""What is handed on where a customer calls in whose call-back waits: tries, times, and the promise itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ivrcore.config import CallBackConfig
from ivrcore.metrics.traffic import TrafficFold
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import CallBackEnd
from ivrcore.routing.commands import Prioritise
from ivrcore.testing import NEVER_ANSWERS, FakeLeg
from tests.scenarios.floor import Floor
from tests.scenarios.test_call_backs_called_in import (
    CUSTOMERS,
    TALKS,
    given_up,
    moved,
    put_off,
    waiting_in,
)
from tests.scenarios.test_call_backs_kept import CUSTOMER, PLAN, SITE, VOICES, ended, places


def goes_on(floor: Floor) -> list[events.CallBackAsked]:
    """What was handed over to who called in."""
    return [one for one in floor.journal.events if isinstance(one, events.CallBackAsked) and one.goes_on_with]


def missed_once(**settings: Any) -> Floor:
    """The customer was rung once in vain, and ann is there still."""
    floor = Floor(PLAN, rules=SITE, voices=VOICES, call_back=CallBackConfig(ring=10.0, **settings))
    put_off(floor, CUSTOMERS)
    floor.phone("ann", TALKS)
    floor.switch.phones[CUSTOMER] = NEVER_ANSWERS
    floor.ready("ann")
    floor.wait(15.0)
    floor.ready("ann")
    return floor


@pytest.mark.parametrize("dies", [False, True])
def test_given_a_try_in_vain_when_somebody_calls_in_and_hangs_up_then_the_next_try_is_not_earlier(
    dies: bool,
) -> None:
    floor = missed_once(gap=600.0, tries=3)
    (missed,) = floor.happened(events.CallBackMissed)
    assert isinstance(missed, events.CallBackMissed)
    for _ in range(3):
        caller = floor.call("6000", CUSTOMERS)
        floor.wait(0.2)
        caller.hang_up()
        floor.wait(20.0)
        floor.ready("ann")
    assert len(floor.happened(events.CallBackDialled)) == 1
    if dies:
        floor = floor.killed()
    (one,) = floor.call_backs.open.values()
    assert (one.contact, one.missed, one.dials, one.again) == ("c4", 1, 1, missed.again)


def test_given_the_time_of_the_next_try_when_somebody_called_in_meanwhile_then_it_is_made() -> None:
    floor = missed_once(gap=60.0, tries=3)
    caller = floor.call("6000", CUSTOMERS)
    floor.wait(0.2)
    caller.hang_up()
    floor.wait(70.0)
    assert [one.attempt for one in floor.journal.events if isinstance(one, events.CallBackDialled)] == [1, 2]


def test_given_who_called_in_then_the_promise_goes_over_in_one_record() -> None:
    appends: list[list[type[Event]]] = []
    floor = Floor(PLAN, rules=SITE, voices=VOICES)
    put_off(floor, CUSTOMERS)
    append = floor.journal.append

    def seen(happened: Sequence[Event], then: Callable[[], object] | None = None) -> None:
        appends.append([type(one) for one in happened])
        append(happened, then)  # type: ignore[arg-type]

    floor.journal.append = seen  # type: ignore[method-assign]
    floor.call("6000", CUSTOMERS)
    floor.wait(2.0)
    assert [events.CallBackEnded, events.CallBackAsked] in appends
    assert sum(events.CallBackEnded in one for one in appends) == 1
    (handed,) = goes_on(floor)
    assert (handed.contact, handed.goes_on_with, ended(floor)) == ("c2", "c1", [CallBackEnd.GOES_ON])


def test_given_who_called_in_when_it_grows_too_old_then_the_time_is_that_of_the_first_asking() -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES, call_back=CallBackConfig(longest_wait=100.0))
    put_off(floor, CUSTOMERS)
    (first,) = floor.happened(events.CallBackAsked)
    floor.wait(80.0)  # the caller came more than 100 s ago, and asked less than that ago
    caller = floor.call("6000", CUSTOMERS)
    floor.wait(2.0)
    caller.hang_up()
    floor.wait(2.0)
    (one,) = floor.call_backs.open.values()
    assert (one.contact, one.asked) == ("c2", first.at)
    floor.wait(20.0)
    assert ended(floor) == [CallBackEnd.GOES_ON, CallBackEnd.TOO_OLD]
    (_, over) = floor.happened(events.CallBackEnded)
    assert over.at - first.at == pytest.approx(100.0, abs=1.0)
    floor.check()


def test_given_it_grew_too_old_while_who_called_in_waits_when_they_hang_up_then_that_was_it() -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES, call_back=CallBackConfig(longest_wait=100.0))
    put_off(floor, CUSTOMERS)
    given_up(floor, 2.0)
    assert ended(floor) == [CallBackEnd.GOES_ON, CallBackEnd.TOO_OLD]
    assert places(floor).count(floor.happened(events.ContactQueued)[0].at) == 2
    floor.check()


def test_given_a_call_back_that_was_moved_when_who_called_in_hangs_up_then_either_queue_knows_them() -> None:
    floor = moved()
    given_up(floor)
    given_up(floor)
    assert len(goes_on(floor)) == 2
    assert waiting_in(floor, "general") + waiting_in(floor, "cards") == 1


@pytest.mark.parametrize("called", [0, 1, 2])
def test_given_who_called_in_and_hung_up_in_the_queue_then_the_picture_counts_them_as_hung_up(
    called: int,
) -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES, call_back=CallBackConfig(longest_wait=100.0))
    put_off(floor, CUSTOMERS)
    for _ in range(called):
        given_up(floor, 0.1)
    floor.wait(100.0)
    assert floor.call_backs.open == {}
    fold = TrafficFold().fold(floor.journal.events)
    counts = fold.counts(floor.plan.name, fold.versions(floor.plan.name), floor.clock.now())
    over = {how: sum(n for way, n in counts.ways.items() if way[0] == how) for how in ("ended", "hung_up")}
    assert over == {"ended": 1, "hung_up": called}


@pytest.mark.parametrize("dies", [False, True])
def test_given_somebody_has_the_place_when_the_customer_talks_on_another_call_then_nobody_is_rung(
    dies: bool,
) -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES)
    put_off(floor, CUSTOMERS)
    other = floor.call("6000", CUSTOMERS)
    floor.wait(1.0)
    floor.call("6000", CUSTOMERS)
    floor.wait(1.0)
    for agent in ("ann", "bob"):
        floor.phone(agent, TALKS)
    floor.exchange.order(Prioritise("c3", 1000, "sue"))
    floor.ready("ann")
    floor.wait(5.0)
    assert [one.contact for one in floor.journal.events if isinstance(one, events.VisitAnswered)] == ["c3"]
    assert floor.call_backs.open == {}
    if dies:
        assert floor.killed().call_backs.open == {}
        return
    other.hang_up()
    floor.ready("bob")
    floor.wait(60.0)
    assert floor.happened(events.CallBackDialled) == []
    assert ended(floor) == [CallBackEnd.GOES_ON, CallBackEnd.CALLED_IN]
    assert floor.subjects.kept.keys() == {one.subject for one in floor.happened(events.ContactArrived)}
    floor.check()


def holds_another() -> tuple[Floor, FakeLeg]:
    """Who called in has a call-back of their own, to another number, and waits in the customer's place."""
    asks = '    - call_back: cards\n      number: "+82311111111"\n    - queue: general\n'
    floor = Floor(PLAN.replace("    - queue: cards\n", asks), rules=SITE, voices=VOICES)
    put_off(floor, CUSTOMERS)
    caller = floor.call("6001", CUSTOMERS)
    floor.wait(2.0)
    assert list(floor.call_backs.open) == ["c1", "c2"]
    assert places(floor)[-1] == floor.happened(events.ContactQueued)[0].at
    return floor, caller


def test_given_who_called_in_has_a_call_back_of_their_own_when_they_hang_up_then_both_hold() -> None:
    floor, caller = holds_another()
    caller.hang_up()
    floor.wait(2.0)
    assert (waiting_in(floor, "general"), waiting_in(floor, "cards")) == (1, 1)
    floor.switch.phones[CUSTOMER] = TALKS
    floor.phone("ann", TALKS)
    floor.ready("ann")
    floor.wait(15.0)
    assert [one.contact for one in floor.journal.events if isinstance(one, events.VisitAnswered)] == ["c1"]
    floor.wait(60.0)
    assert ended(floor)[0] is CallBackEnd.TALKED


def test_given_who_called_in_has_a_call_back_of_their_own_when_they_talk_then_that_was_the_customer() -> None:
    floor, _ = holds_another()
    floor.exchange.order(Prioritise("c2", 1000, "sue"))
    floor.phone("ann", TALKS)
    floor.ready("ann")
    floor.wait(5.0)
    assert [one.contact for one in floor.journal.events if isinstance(one, events.VisitAnswered)] == ["c2"]
    assert ended(floor) == [CallBackEnd.CALLED_IN]
    assert list(floor.call_backs.open) == ["c2"]
    floor.wait(30.0)
    assert floor.switch.dials[0].endpoint == "PJSIP/ann"
