"""One hotline at two PBXs: one of them goes away, and is another one when it is back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivrcore.config import FeatureCodes
from ivrcore.config.feature_codes import USUAL
from ivrcore.errors import RequestRefused
from ivrcore.model import events
from ivrcore.model.names import AgentState, Device, LeftQueue, OfferEnd, Outcome
from ivrcore.model.pbx import at
from ivrcore.model.roster import AgentFacts
from ivrcore.routing import commands as routing
from ivrcore.testing import NEVER_ANSWERS, Phone
from ivrcore.testing_leg import FakeLeg
from tests.scenarios.floor import Floor
from tests.support.fake_pbx import FakePbx

BUSAN = "busan"
ANSWERS = Phone(answers_after=2.0)
ANN = AgentFacts(name="ann", endpoint="PJSIP/ann")
BEA = AgentFacts(name="bea", endpoint="PJSIP/bea", pbx=BUSAN)
BY_TRUNK = AgentFacts(name="bea", endpoint="PJSIP/bea", pbx=BUSAN, trunks={"main": "PJSIP/bea@busan"})


def opened(*agents: AgentFacts) -> tuple[Floor, FakePbx]:
    floor = Floor(agents=agents, pbxs=(BUSAN,))
    for agent in agents:
        floor.phone(agent.name, ANSWERS)
    return floor, floor.pbxs[BUSAN]


def contact(leg: FakeLeg) -> str:
    return leg.id.removesuffix(".l1")


def answered(floor: Floor) -> list[tuple[str, str]]:
    """Who was answered by whom, in order."""
    told = floor.happened(events.VisitAnswered)
    return [(one.contact, one.agent) for one in told if isinstance(one, events.VisitAnswered)]


def outcomes(floor: Floor) -> dict[str, Outcome]:
    told = floor.happened(events.ContactClosed)
    return {one.contact: one.outcome for one in told if isinstance(one, events.ContactClosed)}


def waits(floor: Floor, leg: FakeLeg) -> float:
    """Since when, in its queue."""
    return floor.exchange.routing.waiting.by_contact[contact(leg)].since


def over(floor: Floor, *legs: FakeLeg) -> None:
    for leg in legs:
        leg.hang_up()
    floor.settle()
    floor.wait(10)
    floor.check()


def test_given_two_pbxs_when_callers_wait_at_both_then_each_is_rung_to_an_agent_of_its_own() -> None:
    floor, busan = opened(ANN, BEA)
    here, there = floor.call("5001"), floor.call("5001", pbx=BUSAN)
    floor.wait(5)
    floor.ready("ann", "bea")
    floor.wait(5)
    assert sorted(answered(floor)) == sorted([(contact(here), "ann"), (contact(there), "bea")])
    assert [dial.endpoint for dial in floor.switch.dials] == ["PJSIP/ann"]
    assert [dial.endpoint for dial in busan.dials] == ["PJSIP/bea"]
    over(floor, here, there)


def test_given_phones_of_one_name_when_each_dials_a_code_then_it_is_its_own_agents() -> None:
    floor, busan = opened(ANN, AgentFacts(name="bea", endpoint=ANN.endpoint, pbx=BUSAN))
    floor.exchange.ports = replace(floor.exchange.ports, codes=FeatureCodes(dict(USUAL)))
    for switch, phone in ((busan, at(BUSAN, ANN.endpoint)), (floor.switch, ANN.endpoint)):
        switch.dial_code(phone, "*11")
        floor.wait(3)
    used = [one.agent for one in floor.happened(events.FeatureCodeUsed)]  # type: ignore[attr-defined]
    assert used == ["bea", "ann"]
    over(floor)


def test_given_nobody_free_at_a_pbx_then_its_caller_waits_and_why_is_told() -> None:
    floor, _ = opened(ANN, BEA)
    floor.ready("bea")
    first, second = floor.call("5001"), floor.call("5001", pbx=BUSAN)
    floor.wait(5)
    assert answered(floor) == [(contact(second), "bea")]
    (offer,) = floor.happened(events.OfferMade)
    assert isinstance(offer, events.OfferMade)
    assert offer.decided is not None
    assert offer.decided.excluded["with a phone that PBX busan cannot dial"] == 1
    with pytest.raises(RequestRefused, match="with a phone that PBX main cannot dial"):
        floor.exchange.order(routing.HandOver(contact(first), "bea", 60.0, "kim"))
    over(floor, first, second)


def test_given_a_trunk_then_the_caller_who_waits_longest_goes_first_at_whatever_pbx() -> None:
    floor, busan = opened(ANN, BY_TRUNK)
    floor.switch.phones["PJSIP/bea@busan"] = ANSWERS
    first = floor.call("5001")
    floor.wait(2)
    second = floor.call("5001", pbx=BUSAN)
    floor.wait(2)
    floor.ready("bea")
    floor.wait(5)
    assert answered(floor) == [(contact(first), "bea")]
    assert [dial.endpoint for dial in floor.switch.dials] == ["PJSIP/bea@busan"]
    assert list(busan.rung.values()) == ["PJSIP/bea"], "its own PBX must know whose call that is"
    first.hang_up()
    floor.wait(10)
    assert busan.rung == {}
    assert answered(floor) == [(contact(first), "bea"), (contact(second), "bea")]
    assert [dial.endpoint for dial in busan.dials] == ["PJSIP/bea"]
    over(floor, second)


def test_given_a_pbx_that_is_restarted_then_only_its_contacts_end_and_it_serves_again() -> None:
    floor, busan = opened(ANN, BEA)
    floor.ready("bea")
    talking = floor.call("5001", pbx=BUSAN)
    floor.wait(5)
    waiting_there, waiting_here = floor.call("5001", pbx=BUSAN), floor.call("5001")
    floor.wait(5)
    since = waits(floor, waiting_here)
    busan.restart()
    floor.wait(3)
    floor.ready("ann")
    floor.wait(5)
    assert waits(floor, waiting_here) == since, "the place of the other PBX's caller is its own"
    assert answered(floor)[1:] == [(contact(waiting_here), "ann")]
    assert outcomes(floor) == {}, "what became of the others is not known yet"
    busan.unplugged("PJSIP/bea")
    busan.come_back()
    floor.settle()
    floor.wait(1)
    gone = {contact(talking), contact(waiting_there)}
    assert outcomes(floor) == dict.fromkeys(gone, Outcome.QUEUED)
    left = [one for one in floor.happened(events.VisitLeft) if isinstance(one, events.VisitLeft)]
    assert [(one.contact, one.why) for one in left] == [(contact(waiting_there), LeftQueue.FAILED)]
    assert [round(one.waited) for one in left] == [5], "to the crash"
    (talk,) = (one for one in floor.happened(events.TalkEnded) if isinstance(one, events.TalkEnded))
    assert 5 < talk.talked < 10, "likewise"
    assert not floor.happened(events.VisitAbandoned), "nobody has given up"
    ended = [one for one in floor.happened(events.LegEnded) if isinstance(one, events.LegEnded)]
    assert all(one.since is not None for one in ended), "nobody saw when"
    floor.wait(10)
    again = floor.call("5001", pbx=BUSAN)
    floor.wait(5)
    assert len(answered(floor)) == 2, "her phone is not registered yet"
    busan.device("PJSIP/bea", Device.IDLE)
    floor.wait(5)
    assert answered(floor)[2:] == [(contact(again), "bea")]
    over(floor, waiting_here, again)


def test_given_a_link_that_is_cut_while_a_phone_is_to_ring_then_its_agent_has_missed_nothing() -> None:
    floor, busan = opened(ANN, BEA)
    floor.phone("bea", NEVER_ANSWERS)
    caller = floor.call("5001", pbx=BUSAN)
    floor.wait(1)
    busan.go_away()
    floor.ready("bea")
    floor.wait(15)
    offers = [one.how for one in floor.journal.events if isinstance(one, events.OfferEnded)]
    assert offers == [OfferEnd.WITHDRAWN]
    assert floor.exchange.routing.agent_state("bea") is AgentState.READY
    assert floor.exchange.routing.pool.agents["bea"].missed == 0
    floor.phone("bea", ANSWERS)
    busan.come_back()
    floor.wait(5)
    assert answered(floor) == [(contact(caller), "bea")]
    over(floor, caller)


def test_given_a_link_that_is_cut_then_its_callers_go_on_and_keep_their_places() -> None:
    floor, busan = opened(ANN, BEA)
    first, second = floor.call("5001", pbx=BUSAN), floor.call("5001")
    floor.wait(5)
    since = waits(floor, first)
    busan.go_away()
    floor.wait(5)
    busan.come_back()
    floor.settle()
    assert (waits(floor, first), outcomes(floor)) == (since, {})
    floor.ready("bea", "ann")
    floor.wait(5)
    assert sorted(answered(floor)) == sorted([(contact(first), "bea"), (contact(second), "ann")])
    over(floor, first, second)


def test_given_a_trunk_to_a_pbx_that_is_away_then_nobody_is_offered_to_its_phones_until_it_is_back() -> None:
    floor, busan = opened(ANN, BY_TRUNK)
    floor.switch.phones["PJSIP/bea@busan"] = ANSWERS
    floor.ready("bea")
    busan.go_away()
    floor.wait(4)
    waiting = floor.call("5001")
    floor.wait(5)
    assert floor.switch.dials == []
    busan.come_back()
    floor.wait(5)
    assert answered(floor) == [(contact(waiting), "bea")]
    busan.go_away()
    floor.wait(1)
    busan.come_back()
    floor.wait(5)
    told = [one.device for one in floor.happened(events.AgentDeviceChanged)]  # type: ignore[attr-defined]
    assert told.count(Device.UNREACHABLE) == 1, "a moment without the link is not told"
    over(floor, waiting)


def test_given_a_server_that_dies_then_contacts_of_both_pbxs_are_taken_up() -> None:
    floor, _ = opened(ANN, BEA)
    floor.ready("ann", "bea")
    talking = floor.call("5001", pbx=BUSAN)
    floor.wait(5)
    first, second = floor.call("5001", pbx=BUSAN), floor.call("5001")
    floor.wait(5)
    after = floor.replaced(away=2.0)
    adopted = {one.contact for one in after.happened(events.ContactAdopted)}  # type: ignore[attr-defined]
    assert adopted == {contact(talking), contact(first), contact(second)}
    talking.hang_up()
    after.wait(15)
    assert answered(after)[-1] == (contact(first), "bea")
    over(after, first, second)


def test_given_a_start_with_one_pbx_away_then_the_other_ones_callers_are_served() -> None:
    floor, busan = opened(ANN, BEA)
    here, there = floor.call("5001"), floor.call("5001", pbx=BUSAN)
    floor.wait(5)
    after = floor.replaced(linked=False)
    after.switch.come_back()
    after.settle()
    after.ready("ann")
    after.wait(8)
    assert answered(after) == [(contact(here), "ann")]
    assert outcomes(after) == {}
    busan.come_back()
    after.settle()
    after.ready("bea")
    after.wait(5)
    assert answered(after)[1:] == [(contact(there), "bea")]
    over(after, here, there)


def test_given_a_second_pbx_that_gets_agents_while_somebody_waits_then_they_are_told_apart() -> None:
    floor, busan = opened(ANN)
    waiting = floor.call("5001")
    floor.wait(5)
    queues = tuple(floor.exchange.routing.queues.values())
    floor.exchange.order(routing.LoadRoster(queues, (ANN, BEA)))
    floor.phone("bea", ANSWERS)
    floor.ready("bea")
    floor.wait(5)
    assert (answered(floor), busan.dials) == ([], [])
    floor.ready("ann")
    floor.wait(5)
    assert answered(floor) == [(contact(waiting), "ann")]
    over(floor, waiting)
