"""A server that drains: who is waited for, when it ends, and what undoing means."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ivrcore.config import QueueVoice
from ivrcore.metrics.fold import fold
from ivrcore.model import events
from ivrcore.model.names import CallBackEnd
from ivrcore.overload import DrainState, Limits, apply
from ivrcore.service.drain import Drain
from ivrcore.telephony.leg import GoOn
from ivrcore.testing import NEVER_ANSWERS, Phone
from tests.scenarios.floor import Floor
from tests.scenarios.test_call_backs import ANSWERS, CUSTOMER, PLAN, SITE, asked, dialled, ended
from tests.scenarios.test_call_backs_customer_first import WHISPER
from tests.scenarios.test_turned_away import Door

TALKS = Phone(answers_after=1.0, hangs_up_after=20.0)


class Draining(Door):
    """A hotline that can be drained; ``ends`` has the times at which it was to end."""

    def __init__(self, floor: Floor | None = None) -> None:
        super().__init__(Limits(), floor=floor)
        self.ends: list[float] = []
        self.began = self.floor.clock.now()
        left = DrainState()
        for event in self.floor.journal.events:
            left = apply(left, event)
        self.drain = Drain(
            self.floor.exchange,
            self.intake,
            self.floor.call_backs,
            lambda: self.ends.append(self.floor.clock.now() - self.began),
            left,
        )
        self.drain.start()


def test_given_then_stop_when_the_last_one_leaves_then_it_ends_once() -> None:
    site = Draining()
    first, second = site.floor.call(), site.floor.call()
    site.drain.begin("kim", then_stop=True)
    view = site.drain.view()
    assert (view.draining, view.inside, view.then_stop, view.until) == (True, 2, True, None)
    late = site.floor.call()
    assert isinstance(late.commands[0], GoOn)
    first.hang_up()
    site.floor.wait(5)
    assert site.ends == []
    second.hang_up()
    site.floor.wait(5)
    assert len(site.ends) == 1


def test_given_nobody_inside_when_told_to_stop_then_it_ends_at_once() -> None:
    site = Draining()
    site.drain.begin("kim", then_stop=True)
    site.floor.wait(1)
    assert len(site.ends) == 1


def test_given_a_time_out_when_it_is_up_then_it_ends_with_callers_inside() -> None:
    site = Draining()
    site.floor.call()
    site.drain.begin("kim", then_stop=True, time_out=4.0)
    site.floor.wait(3)
    assert site.ends == []
    site.floor.wait(2)
    assert len(site.ends) == 1
    assert 4.0 <= site.ends[0] < 5.0


def test_given_a_drain_without_a_stop_when_all_are_gone_then_it_goes_on() -> None:
    site = Draining()
    site.floor.call().hang_up()
    site.drain.begin("kim")
    site.floor.wait(10)
    assert site.ends == []
    assert site.drain.view().draining


def test_given_a_stop_that_is_undone_then_it_takes_calls_and_does_not_end() -> None:
    site = Draining()
    inside = site.floor.call()
    site.drain.begin("kim", then_stop=True, time_out=4.0)
    site.drain.undo("kim")
    inside.hang_up()
    site.floor.wait(10)
    assert site.ends == []
    assert not site.drain.view().draining
    assert site.served(site.floor.call())


def test_given_a_drain_when_told_again_then_the_last_word_counts() -> None:
    site = Draining()
    site.floor.call()
    site.drain.begin("kim", then_stop=True, time_out=2.0)
    site.drain.begin("sue", then_stop=True, time_out=20.0)
    site.floor.wait(10)
    assert site.ends == []
    site.drain.begin("sue")
    site.floor.wait(30)
    assert site.ends == []


# --- call-backs -----------------------------------------------------------------------------------


def with_call_back(customer: Phone = TALKS, voices: Mapping[str, QueueVoice] | None = None) -> Draining:
    """A call-back waits; agents' phones are answered, but they take no contacts yet."""
    site = Draining(Floor(PLAN, rules=SITE, voices=voices))
    asked(site.floor)
    site.floor.switch.phones[CUSTOMER] = customer
    for agent in ("ann", "bob"):
        site.floor.phone(agent, ANSWERS)
    return site


def test_given_a_customer_who_is_called_back_and_talks_then_the_end_waits_for_them() -> None:
    site = with_call_back()
    site.floor.ready("ann")
    site.floor.wait(8)
    assert len(site.floor.happened(events.VisitAnswered)) == 1
    site.drain.begin("kim", then_stop=True)
    assert site.drain.view().inside == 1
    site.floor.wait(5)
    assert site.ends == []
    site.floor.wait(20)
    assert ended(site.floor) == [CallBackEnd.TALKED]
    assert len(site.ends) == 1


def test_given_an_agent_who_took_a_call_back_then_the_end_waits_and_it_comes_about() -> None:
    site = with_call_back(Phone(answers_after=4.0, hangs_up_after=10.0))
    site.floor.ready("ann")
    site.floor.wait(3)
    assert dialled(site.floor) == ["PJSIP/ann", CUSTOMER]
    site.drain.begin("kim", then_stop=True)
    assert site.drain.view().inside == 1
    site.floor.wait(8)
    assert len(site.floor.happened(events.VisitAnswered)) == 1
    assert site.ends == []
    site.floor.wait(10)
    assert len(site.ends) == 1


def test_given_a_stop_that_waits_for_a_caller_then_no_call_back_is_begun_until_it_is_undone() -> None:
    site = with_call_back()
    floor = site.floor
    inside = floor.call("6002", "+82287654321")
    late = floor.call("6000", "+82255555555")  # about to ask for a call-back
    site.drain.begin("kim", then_stop=True)
    assert site.drain.view().inside == 2
    floor.wait(4)
    assert late.ended
    assert site.drain.view().inside == 1
    floor.ready("ann", "bob")
    floor.wait(10)
    assert len(dialled(floor)) == 1
    assert len(floor.happened(events.VisitAnswered)) == 1  # of the caller
    site.drain.undo("kim")
    inside.hang_up()
    floor.wait(60)
    assert site.ends == []
    assert sorted(name for name in dialled(floor) if name.endswith("trunk")) == [
        CUSTOMER,
        "PJSIP/+82255555555@trunk",
    ]
    assert CallBackEnd.TALKED in ended(floor)


def test_given_an_agent_who_is_rung_for_a_call_back_when_a_stop_is_wanted_then_it_is_withdrawn() -> None:
    site = with_call_back()
    site.floor.phone("ann", NEVER_ANSWERS)
    site.floor.ready("ann")
    site.floor.wait(2)
    assert dialled(site.floor) == ["PJSIP/ann"]
    site.drain.begin("kim", then_stop=True)
    site.floor.wait(2)
    assert len(site.ends) == 1
    assert not site.floor.switch.legs


def test_given_a_call_back_that_an_agent_lost_while_a_stop_waits_then_no_other_has_it() -> None:
    site = with_call_back(voices=WHISPER)
    floor = site.floor
    floor.switch.durations["sound:A call-back."] = 5.0
    floor.ready("ann")
    floor.wait(3)
    (offer,) = floor.exchange.deliveries.values()
    assert len(floor.happened(events.OfferAccepted)) == 1
    site.drain.begin("kim", then_stop=True)
    floor.ready("bob")
    floor.exchange.enter(offer.broken)  # by a fault of ours: the call-back keeps its place
    floor.wait(0.2)
    assert floor.exchange.routing.waiting_in("general") == 1
    floor.wait(1)
    assert len(site.ends) == 1
    assert floor.exchange.busy == 0
    assert not floor.switch.legs


def test_given_a_customer_who_cannot_be_reached_while_a_stop_waits_then_no_try_follows() -> None:
    site = with_call_back(NEVER_ANSWERS)
    inside = site.floor.call("6002", "+82287654321")
    site.floor.ready("ann", "bob")
    site.floor.wait(3)
    assert CUSTOMER in dialled(site.floor)
    site.drain.begin("kim", then_stop=True)
    site.floor.wait(100)
    assert len(dialled(site.floor)) == 3
    assert dialled(site.floor).count(CUSTOMER) == 1
    inside.hang_up()
    site.floor.wait(1)
    assert len(site.ends) == 1


# --- a server that dies ---------------------------------------------------------------------------


def test_given_a_server_that_dies_draining_when_it_starts_then_it_goes_on_and_ends() -> None:
    site = Draining()
    inside = site.floor.call()
    site.drain.begin("kim", then_stop=True, time_out=60.0)
    until = site.drain.view().until
    site.floor.wait(2)
    site.drain.stop()
    later = Draining(site.floor.replaced(away=3))
    view = later.drain.view()
    assert (view.draining, view.then_stop, view.until, view.inside) == (True, True, until, 1)
    outside = later.floor.call()
    assert isinstance(outside.commands[0], GoOn)
    later.floor.wait(5)
    assert later.ends == []
    inside.hang_up()
    later.floor.wait(1)
    assert len(later.ends) == 1
    started = events.ServerStarted(at=later.floor.clock.now(), node="n", app="ivrcore-a", version="1")
    later.floor.journal.append([started])
    assert fold(later.floor.journal.records).overload.draining


def test_given_a_time_out_that_passed_while_the_server_was_dead_then_it_ends_soon() -> None:
    site = Draining()
    site.floor.call()
    site.drain.begin("kim", then_stop=True, time_out=5.0)
    site.drain.stop()
    later = Draining(site.floor.replaced(away=10))
    assert later.drain.view().inside == 1
    later.floor.wait(1)
    assert len(later.ends) == 1


def test_given_a_server_that_dies_draining_when_undone_then_it_takes_calls() -> None:
    site = Draining()
    site.drain.begin("kim")
    later = Draining(site.floor.replaced())
    assert later.drain.view().draining
    later.floor.wait(2)
    assert later.ends == []
    later.drain.undo("kim")
    assert later.served(later.floor.call())
    assert not Draining(later.floor.replaced()).drain.view().draining


def test_given_a_server_that_ended_in_order_when_it_starts_then_it_takes_calls() -> None:
    site = Draining()
    site.drain.begin("kim", then_stop=True)
    site.floor.wait(1)
    site.floor.journal.append([events.ServerStopped(at=site.floor.clock.now(), node="n")])
    later = Draining(site.floor.replaced())
    assert not later.drain.view().draining
    assert later.served(later.floor.call())
    assert not fold(later.floor.journal.records).overload.draining


@pytest.mark.parametrize(("back", "until"), [(0.0, 100.0), (30.0, 70.0)])
def test_given_a_clock_set_back_across_the_death_then_the_time_out_is_so_much_earlier(
    back: float, until: float
) -> None:
    left = DrainState()
    for event in (
        events.DrainChanged(at=40.0, draining=True, then_stop=True, until=100.0),
        events.ClockSetBack(at=40.0 - back, seconds=back),
    ):
        left = apply(left, event)
    assert left == DrainState(True, True, until)
