"""Callers and agents who left while nobody looked: their waits and talks count to when the looking ended."""

from __future__ import annotations

from typing import TypeVar

import pytest

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import By, CallBackEnd, Cause, LeftQueue
from ivrcore.testing import FakeLeg, Phone
from tests.scenarios.floor import START, Floor
from tests.scenarios.test_adopted_call_backs import BACK, OUTSIDE, called_back, ended

E = TypeVar("E", bound=Event)
AWAY = 42.0
"""Longer than the threshold of the queue."""


def the(floor: Floor, kind: type[E]) -> E:
    """Give the one event of a kind."""
    (found,) = (one for one in floor.journal.events if isinstance(one, kind))
    return found


def still_there(floor: Floor) -> float:
    """Have the server say that it looks after its calls, as it does every few seconds; give when."""
    floor.journal.append([events.CallsWatched(at=floor.clock.now())])
    floor.settle()
    return floor.clock.now()


def talking() -> tuple[Floor, FakeLeg, FakeLeg]:
    """A floor on which ann talks with a caller, for 3 s; the caller's leg and hers."""
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(4)
    return floor, caller, floor.agent_leg("ann")


def test_given_a_caller_of_agi_who_is_not_back_then_the_wait_counts_to_the_death() -> None:
    floor = Floor()
    caller = floor.call("5001")
    floor.wait(16)
    died = still_there(floor)
    floor = floor.replaced(away=AWAY, returning=True, linked=False)
    caller.hang_up()
    floor.wait(15)
    floor.switch.come_back()
    floor.settle()
    left = the(floor, events.VisitAbandoned)
    assert left.waited == died - START == 16.0
    assert left.in_threshold
    assert not left.short
    assert left.since == died < left.at - AWAY
    assert the(floor, events.LegEnded).since == died
    floor.check()


@pytest.mark.parametrize("who", ["caller", "agent", "both"])
@pytest.mark.parametrize("death", [True, False])
def test_given_a_pair_that_parted_while_nobody_looked_then_the_talk_counts_to_then(
    who: str, *, death: bool
) -> None:
    floor, caller, agent = talking()
    agent.hold(True)
    floor.wait(1)
    lost = still_there(floor)
    answered, held = the(floor, events.VisitAnswered), the(floor, events.ContactHeld)
    gone = [agent] * (who != "caller") + [caller] * (who != "agent")
    floor = left_unseen(floor, gone, death=death)
    caller.hang_up()
    floor.wait(10)
    talk = the(floor, events.TalkEnded)
    assert talk.since == lost
    assert talk.talked == lost - answered.at
    assert talk.at >= lost + AWAY
    assert the(floor, events.ContactResumed).held == lost - held.at == 1.0
    if who != "both":  # else nobody knows who was the first
        assert talk.by is (By.AGENT if who == "agent" else By.CALLER)
    floor.check()


@pytest.mark.parametrize("death", [True, False])
def test_given_callers_who_left_the_queue_while_nobody_looked_then_waits_count_to_then(
    *, death: bool
) -> None:
    floor = Floor()
    first = floor.call("5001")
    floor.wait(12)
    second = floor.call("5001")
    floor.wait(4)
    lost = still_there(floor)
    floor = left_unseen(floor, [first, second], death=death)
    left = [one for one in floor.journal.events if isinstance(one, events.VisitAbandoned)]
    assert [(one.waited, one.in_threshold, one.short) for one in left] == [
        (16.0, True, False),
        (4.0, True, True),
    ]
    assert {one.since for one in left} == {lost}
    floor.check()


def left_unseen(floor: Floor, gone: list[FakeLeg], *, death: bool) -> Floor:
    """Have them hang up while the server is dead, or its link away."""
    if death:
        for leg in gone:
            leg.hang_up()
        return floor.replaced(away=AWAY)
    floor.switch.go_away()
    floor.wait(1)
    for leg in gone:
        leg.hang_up()
    floor.wait(AWAY)
    floor.switch.come_back()
    floor.settle()
    return floor


def test_given_a_customer_who_was_called_back_and_left_meanwhile_then_the_talk_counts_to_the_death() -> None:
    floor = called_back(100.0)
    customer = floor.switch.legs[next(one.leg for one in floor.switch.dials if "trunk" in one.endpoint)]
    lost = still_there(floor)
    floor = left_unseen(floor, [customer], death=True)
    floor.wait(10)
    assert ended(floor) == [CallBackEnd.TALKED]
    assert the(floor, events.TalkEnded).talked == lost - the(floor, events.VisitAnswered).at
    line = the(floor, events.OutboundEnded)
    assert line.talked == lost - answered_at(floor, f"{line.outbound}.l")
    floor.check()


def answered_at(floor: Floor, leg: str) -> float:
    """When a leg was answered."""
    (found,) = (
        one.at for one in floor.journal.events if isinstance(one, events.LegAnswered) and one.leg == leg
    )
    return found


def test_given_a_contact_that_is_not_taken_up_then_its_talk_counts_to_the_death() -> None:
    floor, _caller, _agent = talking()
    lost = still_there(floor)
    answered = the(floor, events.VisitAnswered)
    floor.exchange.stop()
    floor.wait(AWAY)
    floor = floor.killed()
    talk = the(floor, events.TalkEnded)
    assert (talk.talked, talk.by) == (lost - answered.at, By.UNKNOWN)


def test_given_a_customer_who_was_not_reached_while_nobody_looked_then_the_wait_counts_to_the_death() -> None:
    floor = Floor(BACK)
    caller = floor.call("6000")
    floor.wait(1)
    floor.press(caller, "1")
    floor.wait(5)
    floor.switch.phones[OUTSIDE] = Phone()
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    floor.wait(4)
    lost = still_there(floor)
    (customer,) = [one for one in floor.switch.legs.values() if one.id.split(".")[-2].startswith("b")]
    floor = left_unseen(floor, [customer], death=True)
    of = [one for one in floor.journal.events if isinstance(one, events.VisitLeft)]
    (left,) = [one for one in of if one.why is LeftQueue.NOT_REACHED]
    queued = [one for one in floor.journal.events if isinstance(one, events.ContactQueued)]
    assert left.since == lost
    assert left.waited == lost - next(one.at for one in queued if one.visit == left.visit)


def test_given_an_agents_leg_that_ended_at_the_death_then_the_talk_counts_to_then() -> None:
    floor, caller, agent = talking()
    floor.wait(5)
    now, answered = floor.clock.now(), the(floor, events.VisitAnswered)
    gone = events.LegEnded(at=now, contact=answered.contact, leg=agent.id, cause=Cause.NORMAL, by=By.AGENT)
    floor.journal.append([gone])  # and the death was before anything followed from that
    floor.settle()
    agent.hang_up()
    floor = floor.replaced(away=AWAY)
    talk = the(floor, events.TalkEnded)
    assert (talk.since, talk.talked, talk.by) == (now, now - answered.at, By.AGENT)
    caller.hang_up()
    floor.wait(10)
    floor.check()
