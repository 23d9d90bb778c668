"""Explanations: what was decided is rebuilt from the events alone, and said in words."""

from __future__ import annotations

import msgspec
import pytest
import test_router_machine as machine
from hypothesis import settings
from router_desk import Desk, built_in
from strategy_bench import queue

from ivrcore.api import Candidate, Options, Ranked
from ivrcore.errors import RequestRefused
from ivrcore.explaining.model import Decision, Explanation, OfferView
from ivrcore.explaining.story import explain
from ivrcore.explaining.text import as_text
from ivrcore.explaining.words import counted, key_in_words
from ivrcore.model.event import decode, encode
from ivrcore.model.events import OfferMade
from ivrcore.model.names import By, OfferEnd
from ivrcore.model.roster import AgentFacts, MemberFacts, QueueFacts
from ivrcore.routing.commands import (
    AgentPause,
    AgentPickedUp,
    AgentReady,
    Enqueue,
    OfferFailed,
    TakeContact,
    TalkOver,
)
from ivrcore.routing.pool import RENEWED_AT_ONCE
from ivrcore.routing.rulebook import RoutingPlugins


def told(desk: Desk, contact: str, plugins: RoutingPlugins | None = None) -> Explanation:
    """Explain a contact from what the journal would give back."""
    stored = [decode(type(event).__name__, event.VERSION, encode(event)) for event in desk.events]
    return explain(contact, stored, plugins or desk.state.rulebook.plugins)


def offers(found: Explanation) -> list[OfferView]:
    return [decision.offer for decision in found.decisions if decision.offer]


def kinds(found: Explanation) -> list[str]:
    return [decision.kind for decision in found.decisions]


def of_kind(found: Explanation, kind: str) -> Decision:
    return next(decision for decision in found.decisions if decision.kind == kind)


def test_every_agent_of_the_queue_is_listed_with_place_or_reason() -> None:
    agents = [
        AgentFacts(name="ann", endpoint="x", skills={"law": 3}),
        AgentFacts(name="bob", endpoint="x", skills={"law": 2}),
        AgentFacts(name="cy", endpoint="x", skills={"law": 1}),
        AgentFacts(name="dan", endpoint="x", skills={"law": 3}),
        AgentFacts(name="eve", endpoint="x", skills={"tea": 1}),
    ]
    desk = Desk([QueueFacts(name="loans", skills={"law": 1})], agents)
    desk.give(AgentPause("dan"), after=5)
    desk.give(AgentPause("ann"), after=5)
    desk.give(AgentReady("ann"), after=5)
    desk.call("c1", law=2)
    (offer,) = offers(told(desk, "c1"))
    assert offer.same
    assert not offer.note
    assert [(row.agent, row.rank, row.rung, row.reason) for row in offer.agents] == [
        ("ann", 1, True, ""),
        ("bob", 2, False, ""),
        ("cy", 0, False, "lacking law 2"),
        ("dan", 0, False, "paused"),
    ]
    assert offer.agents[0].idle_since == 1000.0
    assert offer.agents[0].skills == {"law": 3}


def test_the_whole_way_of_a_contact_is_told() -> None:
    desk = Desk(agents=["ann", "bob"])
    desk.call("c1", priority=2)
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.REJECTED), after=3)
    desk.now += 4
    desk.answer("c1.v1.o2")
    desk.give(TalkOver("c1.v1.o2", By.CALLER), after=60)
    found = told(desk, "c1")
    assert kinds(found) == [
        "ContactQueued",
        "OfferMade",
        "OfferEnded",
        "OfferMade",
        "OfferAccepted",
        "VisitAnswered",
        "TalkEnded",
    ]
    assert [decision.said for decision in found.decisions] == [
        "queued in loans, priority 2; place 1 of 1",
        "offered to ann (c1.v1.o1)",
        "ann rejected the call, or was busy (c1.v1.o1)",
        "offered to bob (c1.v1.o2)",
        "bob answered (c1.v1.o2)",
        "joined to bob after 7 s, within the queue's threshold",
        "conversation with bob over after 60 s: the caller hung up",
    ]
    second = offers(found)[1]
    assert [(row.agent, row.reason) for row in second.agents] == [("bob", ""), ("ann", "resting")]


def test_given_a_voicemail_then_the_picking_up_and_the_missing_key_are_told() -> None:
    desk = Desk(agents=[AgentFacts(name="ann", endpoint="x", confirm=10.0)])
    desk.call("c1")
    desk.give(AgentPickedUp("c1.v1.o1"), after=3)
    desk.pass_time(10)
    assert [decision.said for decision in told(desk, "c1").decisions[2:]] == [
        "ann's phone was picked up; the key is awaited for 10 s (c1.v1.o1)",
        "ann picked up (it may have been a voicemail), and did not press the key (c1.v1.o1)",
    ]


def test_relaxing_is_told_with_what_was_asked_before() -> None:
    tiers = {"loans": MemberFacts(tier=2)}
    loans = QueueFacts(name="loans", relaxation="tiers", relaxation_options={"wait": 30})
    desk = Desk([loans], [AgentFacts(name="far", endpoint="x", members=tiers), "ann"], ready=False)
    desk.give(AgentReady("far"))
    desk.call("c1")
    desk.pass_time(100)
    found = told(desk, "c1")
    relaxed = [decision for decision in found.decisions if decision.kind == "NeedRelaxed"]
    assert relaxed
    assert all(decision.details[0].startswith("was: ") for decision in relaxed)


def test_others_who_wait_are_shown_with_their_claims() -> None:
    cards = QueueFacts(name="cards", skills={"cards": 1})
    desk = Desk([QueueFacts(name="loans"), cards], [AgentFacts(name="ann", endpoint="x", queues=("loans",))])
    desk.give(AgentPause("ann"))
    desk.call("c1", "cards")
    desk.give(Enqueue("c2", "c2.v1", "loans", skills={"law": 1}), after=10)
    desk.call("c3")
    desk.give(AgentReady("ann"), after=10)
    (offer,) = offers(told(desk, "c3"))
    assert [(row.contact, row.claim, row.reason) for row in offer.others] == [
        ("c1", 20.0, "nobody who fits it was free"),
        ("c2", 10.0, "nobody who fits it was free"),
    ]


def test_all_phones_of_one_decision_share_its_list() -> None:
    desk = Desk([queue("ring_all")], ["a", "b", "c"])
    desk.call("c1")
    found = offers(told(desk, "c1"))
    assert [offer.agent for offer in found] == ["a", "b", "c"]
    assert all(offer.same for offer in found)
    assert [[row.agent for row in offer.agents if row.rung] for offer in found] == [["a"], ["b"], ["c"]]


def test_a_strategy_that_is_gone_is_said_and_the_event_tells() -> None:
    desk = Desk([queue("fewest_contacts")], ["a", "b"])
    desk.call("c1")
    plugins = built_in()
    without = RoutingPlugins(
        {name: one for name, one in plugins.strategies.items() if name != "fewest_contacts"},
        plugins.eligibility,
        plugins.relaxations,
        plugins.contact_orders,
    )
    found = told(desk, "c1", without)
    (offer,) = offers(found)
    assert "not installed any more" in offer.note
    assert not offer.same
    assert offer.kept == desk.last(OfferMade).decided
    assert "not installed any more" in as_text(found)
    assert found.failed[0].startswith("fewest_contacts: PluginError")


def test_taken_contacts_are_explained_too() -> None:
    desk = Desk([queue("pull")], ["a", "b"])
    desk.call("c1")
    desk.give(TakeContact("b", "c1"))
    (offer,) = offers(told(desk, "c1"))
    assert offer.same
    assert "taken by b" in offer.why


def test_an_unknown_contact_is_refused() -> None:
    with pytest.raises(RequestRefused, match="never was in a queue") as refused:
        told(Desk(agents=["a"]), "c9")
    assert refused.value.status == 404


def test_text_is_cut_short_unless_everything_is_wanted() -> None:
    desk = Desk(agents=[f"a{number:02}" for number in range(40)])
    desk.call("c1")
    found = told(desk, "c1")
    assert "… and 25 more (--all)" in as_text(found)
    assert "a39: tier 1" in as_text(found, everything=True)


class ExplainedDays(machine.CallCentre):
    """Random days, after which every contact is explained."""

    def teardown(self) -> None:
        """Every list that is rebuilt is as the event says, and all of it can be written out and read."""
        super().teardown()
        for number in range(1, self.contacts + 1):
            self.check(f"c{number}")

    def check(self, contact: str) -> None:
        """Explain one contact."""
        made = [event for event in self.desk.all(OfferMade) if event.contact == contact]
        try:
            found = told(self.desk, contact)
        except RequestRefused:
            assert not made
            return
        assert [offer.offer for offer in offers(found)] == [event.offer for event in made]
        for offer in offers(found):
            assert offer.same, as_text(found, everything=True)
        assert as_text(found)
        read = msgspec.json.decode(msgspec.json.encode(found), type=Explanation)
        assert [one.offer.same for one in read.decisions if one.offer] == [True] * len(made)


ExplainedDays.TestCase.settings = settings(machine.CallCentre.TestCase.settings, max_examples=20)
TestExplainedDays = pytest.mark.slow(ExplainedDays.TestCase)


def test_what_is_compared_is_told_in_words_that_a_supervisor_knows() -> None:
    desk = Desk([QueueFacts(name="loans", order="weights", order_options={"weight": 3})], ["ann"])
    desk.now = 1_795_338_000.0  # 09:00 UTC
    desk.give(AgentPause("ann"))
    desk.call("c1")
    desk.pass_time(2400.0)
    desk.give(AgentReady("ann"))
    text = as_text(told(desk, "c1"))
    assert "goes before all who have not waited for 30 min yet (order: weights)" in text
    assert "e+" not in text
    assert key_in_words((0, 1_795_338_003.0, -2.5, "a")) == "0/09:00:03/-2.5/a"


class Asked:
    """Sorts by when its key was asked for, and wants to be asked again soon."""

    name = "asked"

    def key(self, candidate: Candidate, options: Options, now: float) -> Ranked:
        return Ranked((-now, candidate.agent), until=now + 10)

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        return "asked for early"


@pytest.mark.parametrize("between", [0.0, 0.001])
def test_with_more_keys_due_than_are_renewed_at_once_the_lists_are_as_they_were(between: float) -> None:
    names = [f"a{number:03}" for number in range(3 * RENEWED_AT_ONCE)]
    agents = [AgentFacts(name=name, endpoint="x", queues=("loans",)) for name in names]
    queues = [QueueFacts(name="loans", strategy="asked"), QueueFacts(name="cards", skills={"cards": 1})]
    desk = Desk(queues, agents, strategies=[Asked()])
    desk.now += 60
    for number in range(4):
        desk.call(f"o{number}", "cards")  # nobody is there for it: but keys are renewed
        for name in names[number::9]:
            desk.give(AgentPause(name), after=between)
        desk.call(f"c{number}")
        for name in names[number::18]:
            desk.give(AgentReady(name), after=between)
        desk.call(f"d{number}")
        desk.now += number * 5
    for contact in [f"{letter}{number}" for number in range(4) for letter in "cd"]:
        found = offers(told(desk, contact))
        assert found
        assert all(offer.same for offer in found), contact


def test_numbers_are_told_as_people_say_them() -> None:
    assert [counted(number, "contact") for number in (0, 1, 2)] == ["0 contacts", "1 contact", "2 contacts"]


def test_given_a_clock_that_was_set_back_then_it_is_told_and_the_time_goes_on() -> None:
    desk = Desk(agents=["ann"])
    desk.call("c1")
    desk.pass_time(2.0)
    desk.set_back(3600.0)
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.FAILED), after=3.0)
    found = told(desk, "c1")
    words = as_text(found)
    assert of_kind(found, "ClockSetBack").visit == "c1.v1"
    assert " +2 s  the clock was set back by 1 h 00 min" in words
    assert " +5 s  " in words
    assert "+-" not in words
