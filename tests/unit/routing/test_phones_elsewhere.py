"""Callers and agents at several PBXs: one order of service, and only phones that can be dialled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from router_desk import Desk, built_in

from ivrcore.api import Floor, Options, Relaxed, VisitFacts
from ivrcore.explaining.story import explain
from ivrcore.explaining.text import as_text
from ivrcore.explaining.words import need_in_words
from ivrcore.model.event import decode, encode
from ivrcore.model.events import ContactQueued, JoinRefused, RosterLoaded, VisitLeft
from ivrcore.model.names import LeftQueue
from ivrcore.model.roster import AgentFacts, OverflowFacts, QueueFacts
from ivrcore.routing.commands import AgentReady, Enqueue, LoadRoster, RingAgent
from ivrcore.routing.need import PBX

ANN = AgentFacts(name="ann", endpoint="PJSIP/1")
BEA = AgentFacts(name="bea", endpoint="PJSIP/1", pbx="busan")
BY_TRUNK = AgentFacts(name="bea", endpoint="PJSIP/1", pbx="busan", trunks={"main": "PJSIP/1@busan"})
HERE, THERE = "c-1.1", "c-busan~1.1"


class Anybody:
    """A relaxation that forgets everything that was asked for."""

    name = "anybody"

    def check(self, options: Options) -> Sequence[str]:
        return ()

    def relax(
        self, visit: VisitFacts, need: Mapping[str, Any], floor: Floor, options: Options, now: float
    ) -> Relaxed:
        return Relaxed({}, "anybody will do")


def test_given_several_pbxs_then_the_need_says_which_and_nothing_relaxes_it() -> None:
    plugins = replace(built_in(), relaxations={"anybody": Anybody()})
    loans = QueueFacts(name="loans", relaxation="anybody")
    desk = Desk([loans], [ANN, BEA], ready=False, plugins=plugins)
    desk.call(HERE, french=3)
    desk.give(AgentReady("bea"))
    desk.pass_time(60)
    assert desk.offers() == []
    assert desk.state.waiting.by_contact[HERE].need == ((PBX, "main"),)
    desk.give(AgentReady("ann"))
    assert desk.offers() == [(HERE, "ann")]
    assert desk.replayed().snapshot() == desk.state.snapshot()


def test_given_one_pbx_then_no_need_speaks_of_it() -> None:
    desk = Desk(agents=["ann"], ready=False)
    desk.call(HERE)
    assert desk.state.waiting.by_contact[HERE].need == ()


def test_given_a_trunk_then_the_phone_is_dialled_by_it_and_known_as_its_own_pbxs() -> None:
    desk = Desk(agents=[BY_TRUNK])
    desk.call(HERE)
    desk.answer(f"{HERE}.v1.o1")
    (ring,) = desk.ordered(RingAgent)
    assert (ring.endpoint, ring.home) == ("PJSIP/1@busan", "busan~PJSIP/1")
    other = Desk(agents=[BY_TRUNK])
    other.call(THERE)
    (ring,) = other.ordered(RingAgent)
    assert (ring.endpoint, ring.home) == ("PJSIP/1", "")


def test_given_trunks_then_who_waits_longest_goes_first_at_whatever_pbx() -> None:
    desk = Desk(agents=[BY_TRUNK, ANN], ready=False)
    desk.call(HERE)
    desk.now += 1
    desk.call(THERE)
    desk.now += 1
    desk.call("c-1.2")
    desk.give(AgentReady("bea"))
    desk.give(AgentReady("ann"))
    assert desk.offers() == [(HERE, "bea"), ("c-1.2", "ann")]


def test_given_agents_at_the_other_pbx_only_then_a_queue_that_nobody_may_join_empty_refuses() -> None:
    desk = Desk([QueueFacts(name="loans", join_empty=False)], [ANN, BEA], ready=False)
    desk.give(AgentReady("bea"))
    desk.call(HERE)
    assert desk.last(JoinRefused).why is LeftQueue.NOBODY_THERE
    desk.call(THERE)
    assert desk.last(ContactQueued).contact == THERE


def test_given_a_queue_whose_agents_cannot_be_dialled_from_here_then_nobody_overflows_into_it() -> None:
    cards = QueueFacts(name="cards", overflow=(OverflowFacts(to="loans", after=5.0),))
    loans = QueueFacts(name="loans", join_empty=False)
    agents = [
        msgspec.structs.replace(ANN, queues=("cards",)),
        msgspec.structs.replace(BEA, queues=("loans",)),
    ]
    desk = Desk([cards, loans], agents, ready=False)
    desk.give(AgentReady("bea"))
    desk.call(HERE, "cards")
    desk.call(THERE, "cards")
    desk.pass_time(20)
    assert [one.contact for one in desk.all(VisitLeft)] == [THERE]
    assert desk.offers() == [(THERE, "bea")]


def test_given_agents_who_are_free_elsewhere_only_then_nobody_is_told_that_there_is_no_wait() -> None:
    desk = Desk(agents=[ANN, BEA], ready=False)
    desk.give(AgentReady("bea"))
    assert desk.state.expected_wait("loans", contact=THERE) == 0.0
    assert desk.state.expected_wait("loans", contact=HERE) is None


def test_why_tells_who_was_left_out_for_the_phone() -> None:
    desk = Desk(agents=[ANN, BEA])
    desk.call(HERE)
    stored = [decode(type(event).__name__, event.VERSION, encode(event)) for event in desk.events]
    found = explain(HERE, stored, desk.state.rulebook.plugins)
    assert found.agrees
    (offer,) = (decision.offer for decision in found.decisions if decision.offer)
    assert {row.agent: row.reason for row in offer.agents} == {
        "ann": "",
        "bea": "with a phone that PBX main cannot dial",
    }
    assert "with a phone that PBX main cannot dial" in as_text(found)
    assert need_in_words({PBX: "main"}) == "a phone that PBX main can dial"


def test_a_roster_from_before_there_were_several_is_read_as_one_of_the_first() -> None:
    loaded = RosterLoaded(at=1.0, queues=(QueueFacts(name="loans"),), agents=(ANN,))
    old = msgspec.json.decode(encode(loaded))
    for agent in old["agents"]:
        del agent["pbx"], agent["trunks"]
    again = decode("RosterLoaded", RosterLoaded.VERSION, msgspec.json.encode(old))
    assert again == loaded


def test_given_agents_who_move_to_another_pbx_then_those_who_wait_are_told_apart() -> None:
    desk = Desk(agents=[ANN], ready=False)
    desk.give(Enqueue(HERE, f"{HERE}.v1", "loans"))
    desk.give(LoadRoster((QueueFacts(name="loans"),), (msgspec.structs.replace(ANN, pbx="busan"),)))
    desk.give(AgentReady("ann"))
    assert desk.offers() == []
    desk.give(LoadRoster((QueueFacts(name="loans"),), (ANN,)))
    assert desk.offers() == [(HERE, "ann")]
    assert desk.state.waiting.by_contact[HERE].need == ()
    assert desk.replayed().snapshot() == desk.state.snapshot()
