"""Callers and agents who left while nobody looked: their waits and talks count to when the looking ended."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

import pytest

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import By, CallBackEnd, Cause, LeftQueue
from ivrcore.model.roster import AgentFacts
from ivrcore.testing import FakeLeg, Phone
from tests.scenarios.floor import AGENTS, START, Floor
from tests.scenarios.test_adopted_call_backs import BACK, OUTSIDE, called_back, ended

E = TypeVar("E", bound=Event)
AWAY = 42.0
"""Longer than the threshold of the queue."""
BUSAN = "busan"


class Lost(Enum):
    """Why nobody saw it."""

    DEATH = "the server died"
    LINK = "the link was lost"
    LINK_THEN_DEATH = "the link was lost, and then the server died"
    TWO_DEATHS = "the server died, and the next one before it had a link"


def the(floor: Floor, kind: type[E]) -> E:
    """Give the one event of a kind."""
    (found,) = all_of(floor, kind)
    return found


def all_of(floor: Floor, kind: type[E]) -> list[E]:
    """Give the events of a kind, in order."""
    return [one for one in floor.journal.events if isinstance(one, kind)]


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
@pytest.mark.parametrize("how", list(Lost))
def test_given_a_pair_that_parted_while_nobody_looked_then_the_talk_counts_to_then(
    who: str, how: Lost
) -> None:
    floor, caller, agent = talking()
    agent.hold(True)
    floor.wait(1)
    lost = still_there(floor)
    answered, held = the(floor, events.VisitAnswered), the(floor, events.ContactHeld)
    gone = [agent] * (who != "caller") + [caller] * (who != "agent")
    floor = left_unseen(floor, gone, how)
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


@pytest.mark.parametrize("how", list(Lost))
def test_given_callers_who_left_the_queue_while_nobody_looked_then_waits_count_to_then(how: Lost) -> None:
    floor = Floor()
    first = floor.call("5001")
    floor.wait(12)
    second = floor.call("5001")
    floor.wait(4)
    lost = still_there(floor)
    floor = left_unseen(floor, [first, second], how)
    left = all_of(floor, events.VisitAbandoned)
    assert [(one.waited, one.in_threshold, one.short) for one in left] == [
        (16.0, True, False),
        (4.0, True, True),
    ]
    assert {one.since for one in left} == {lost}
    floor.check()


def left_unseen(floor: Floor, gone: list[FakeLeg], how: Lost) -> Floor:
    """Have them hang up while nobody sees it, and somebody look again much later."""
    if how is Lost.DEATH:
        for leg in gone:
            leg.hang_up()
        return floor.replaced(away=AWAY)
    if how is Lost.TWO_DEATHS:
        floor = floor.replaced(linked=False)
    else:
        floor.switch.go_away()
    floor.wait(1)
    for leg in gone:
        leg.hang_up()
    floor.wait(AWAY)
    still_there(floor)
    if how is not Lost.LINK:
        return floor.replaced(away=AWAY)
    floor.switch.come_back()
    floor.settle()
    return floor


def test_given_a_customer_who_was_called_back_and_left_meanwhile_then_the_talk_counts_to_the_death() -> None:
    floor = called_back(100.0)
    customer = floor.switch.legs[next(one.leg for one in floor.switch.dials if "trunk" in one.endpoint)]
    lost = still_there(floor)
    floor = left_unseen(floor, [customer], Lost.DEATH)
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
    floor = left_unseen(floor, [customer], Lost.DEATH)
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


@pytest.mark.parametrize("how", [Lost.LINK_THEN_DEATH, Lost.TWO_DEATHS])
def test_given_a_customer_who_was_called_back_and_left_long_before_the_death_then_the_talk_counts_to_then(
    how: Lost,
) -> None:
    floor = called_back(100.0)
    customer = floor.switch.legs[next(one.leg for one in floor.switch.dials if "trunk" in one.endpoint)]
    lost = still_there(floor)
    floor = left_unseen(floor, [customer], how)
    floor.wait(10)
    talk, line = the(floor, events.TalkEnded), the(floor, events.OutboundEnded)
    assert talk.since == lost
    assert talk.talked == lost - the(floor, events.VisitAnswered).at
    assert line.talked == lost - answered_at(floor, f"{line.outbound}.l")
    floor.check()


def test_given_one_pbx_away_and_traffic_at_the_other_when_the_server_dies_then_each_counts_to_its_own() -> (
    None
):
    agents = (AgentFacts(name="ann", endpoint="PJSIP/ann", pbx=BUSAN), AGENTS[1])
    floor = Floor(agents=agents, pbxs=(BUSAN,))
    busan = floor.pbxs[BUSAN]
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    talking = floor.call("5001", pbx=BUSAN)
    floor.wait(4)
    ann = busan.legs[busan.dials[-1].leg]
    ann.hold(True)
    there, here = floor.call("5001", pbx=BUSAN), floor.call("5001")
    floor.wait(3)
    lost = floor.clock.now()
    busan.go_away()
    floor.wait(1)
    for leg in (talking, ann, there):
        leg.hang_up()
    floor.wait(AWAY)
    floor.call("5001").hang_up()
    floor.wait(1)
    died = still_there(floor)
    here.hang_up()
    floor = floor.replaced(away=AWAY)
    came = {one.contact: one.at for one in all_of(floor, events.ContactQueued)}
    waited = {one.contact: (one.since, one.waited) for one in all_of(floor, events.VisitAbandoned)}
    assert waited[of(there)] == (lost, lost - came[of(there)])
    assert waited[of(here)] == (died, died - came[of(here)])
    talk = the(floor, events.TalkEnded)
    assert (talk.since, talk.talked) == (lost, lost - the(floor, events.VisitAnswered).at)
    assert the(floor, events.ContactResumed).held == lost - the(floor, events.ContactHeld).at
    floor.wait(10)
    floor.check()


def test_given_who_is_found_after_a_death_with_the_link_away_then_it_says_since_when_nobody_looked() -> None:
    floor, caller, _ = talking()
    waits = floor.call("5001")
    floor.wait(3)
    lost = floor.clock.now()
    floor.switch.go_away()
    floor.wait(AWAY)
    still_there(floor)
    floor = floor.replaced(away=AWAY)
    assert {one.since for one in all_of(floor, events.ContactAdopted)} == {lost}
    floor.wait(5)
    caller.hang_up()
    waits.hang_up()
    floor.wait(10)
    talk = the(floor, events.TalkEnded)
    assert talk.since is None, "somebody looked"
    assert talk.talked > 2 * AWAY
    floor.check()


def test_given_a_customer_who_waits_to_be_called_back_then_a_link_that_is_away_loses_nobody() -> None:
    floor = Floor(BACK)
    caller = floor.call("6000")
    floor.wait(1)
    floor.press(caller, "1")
    floor.wait(5)
    assert caller.ended
    floor.switch.go_away()
    floor.wait(AWAY)
    died = still_there(floor)
    floor = floor.replaced(away=AWAY)
    left = all_of(floor, events.VisitLeft)[-1]
    assert (left.why, left.since) == (LeftQueue.FAILED, died)
    floor.exchange.stop()


@pytest.mark.parametrize("away", [True, False])
def test_given_a_stop_in_order_then_who_could_not_be_seen_counts_to_when_they_could(*, away: bool) -> None:
    floor, _, agent = talking()
    agent.hold(True)
    floor.call("5001")
    floor.wait(12)
    lost = still_there(floor)
    if away:
        floor.switch.go_away()
    floor.wait(AWAY)
    stops = still_there(floor)
    floor.stopped()
    talk, left = the(floor, events.TalkEnded), the(floor, events.VisitLeft)
    to = lost if away else stops
    assert talk.talked == to - the(floor, events.VisitAnswered).at
    came = {one.visit: one.at for one in all_of(floor, events.ContactQueued)}
    assert left.waited == to - came[left.visit]
    held = the(floor, events.ContactResumed)
    assert held.held == to - the(floor, events.ContactHeld).at
    assert {talk.since, left.since, held.since} == {lost if away else None}
    assert all(one.since is not None and one.since <= to for one in all_of(floor, events.LegEnded))


def test_given_a_contact_that_is_not_taken_up_and_was_out_of_sight_at_the_death_then_it_counts_to_then() -> (
    None
):
    floor, _caller, agent = talking()
    agent.hold(True)
    floor.wait(2)
    lost = still_there(floor)
    floor.switch.go_away()
    floor.wait(AWAY)
    still_there(floor)
    floor = floor.killed()
    talk, held = the(floor, events.TalkEnded), the(floor, events.ContactResumed)
    assert (talk.since, talk.talked) == (lost, lost - the(floor, events.VisitAnswered).at)
    assert (held.since, held.held) == (lost, lost - the(floor, events.ContactHeld).at)


def of(leg: FakeLeg) -> str:
    """Give the contact of a caller's leg."""
    return leg.id.removesuffix(".l1")


def test_given_callers_by_agi_then_it_is_no_matter_that_the_link_was_away_when_the_server_died() -> None:
    floor = Floor(agi=True)
    caller = floor.call("5001")
    floor.wait(3)
    floor.switch.go_away()
    floor.wait(AWAY)
    died = still_there(floor)
    caller.hang_up()
    floor = floor.replaced(away=AWAY)
    left = the(floor, events.VisitAbandoned)
    assert (left.since, left.waited) == (died, died - the(floor, events.ContactQueued).at)
    floor.check()


@pytest.mark.parametrize("back", [True, False])
def test_given_callers_by_agi_and_two_deaths_then_who_was_not_back_between_counts_to_the_first(
    *, back: bool
) -> None:
    floor = Floor(agi=True)
    caller = floor.call("5001")
    floor.wait(3)
    first = still_there(floor)
    floor = floor.replaced(away=2, linked=back)
    floor.wait(5)
    second = still_there(floor)
    assert len(all_of(floor, events.ContactAdopted)) == back
    caller.hang_up()
    floor = floor.replaced(away=AWAY)
    left = the(floor, events.VisitAbandoned)
    assert left.since == (second if back else first)
    floor.check()
