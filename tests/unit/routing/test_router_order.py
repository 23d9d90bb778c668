"""Which contact goes first, to which agent, and where everybody stands."""

from router_desk import Desk

from ivrcore.model.events import ContactQueued, OfferMade, VisitLeft
from ivrcore.model.names import By, OfferEnd
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing.commands import (
    AgentReady,
    CallerLeft,
    Enqueue,
    LoadRoster,
    OfferFailed,
    ReturnContact,
    TalkOver,
)

LOANS, CARDS = QueueFacts(name="loans", wrap_up=0), QueueFacts(name="cards", wrap_up=0)


def expert(name: str, **skills: int) -> AgentFacts:
    return AgentFacts(name=name, endpoint=f"PJSIP/{name}", skills=skills)


def serving(name: str, *queues: str) -> AgentFacts:
    return AgentFacts(name=name, endpoint=f"PJSIP/{name}", queues=queues)


def test_priority_then_age_within_a_queue() -> None:
    desk = Desk([LOANS], ["ann"], ready=False)
    for contact, priority in (("c1", 0), ("c2", 5), ("c3", 5)):
        desk.now += 1
        desk.call(contact, priority=priority)
    assert [desk.state.position(f"{contact}.v1") for contact in ("c1", "c2", "c3")] == [3, 1, 2]
    desk.give(AgentReady("ann"))
    for offer in ("c2.v1.o1", "c3.v1.o1"):
        desk.answer(offer)
        desk.give(TalkOver(offer, By.AGENT))
    assert [contact for contact, _ in desk.offers()] == ["c2", "c3", "c1"]


def test_across_queues_the_highest_priority_then_the_oldest_first() -> None:
    desk = Desk([LOANS, QueueFacts(name="cards", priority=3, wrap_up=0)], ["ann"], ready=False)
    desk.call("old", "loans")
    desk.call("card", "cards", priority=1)
    desk.call("urgent", "loans", priority=5)
    assert [event.priority for event in desk.all(ContactQueued)] == [0, 4, 5]
    desk.give(AgentReady("ann"))
    for offer in ("urgent.v1.o1", "card.v1.o1"):
        desk.answer(offer)
        desk.give(TalkOver(offer, By.AGENT))
    assert [contact for contact, _ in desk.offers()] == ["urgent", "card", "old"]


def test_positions_keep_while_somebody_ahead_is_being_offered_and_move_up_after() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.call("c2")
    assert desk.state.position("c2.v1") == 2
    desk.answer("c1.v1.o1")
    assert (desk.state.position("c1.v1"), desk.state.position("c2.v1")) == (0, 1)


def test_figures_of_a_queue() -> None:
    desk = Desk([LOANS], ["ann", "bob"], ready=False)
    assert (desk.state.waiting_in("loans"), desk.state.longest_wait("loans", desk.now)) == (0, 0.0)
    desk.call("c1")
    desk.now += 10
    desk.call("c2", priority=9)
    assert (desk.state.waiting_in("loans"), desk.state.longest_wait("loans", desk.now + 5)) == (2, 15.0)
    assert desk.state.agents_on("loans") == {"logged_out": 2}
    desk.give(CallerLeft("c1"))
    assert desk.state.longest_wait("loans", desk.now + 5) == 5.0
    assert desk.state.agents_on("nowhere") == {}


def test_longest_idle_first_and_a_missed_offer_counts_as_work() -> None:
    desk = Desk([LOANS], [], ready=False)
    desk.give(LoadRoster((LOANS,), (serving("ann"), serving("bob"), serving("cho"))))
    for name in ("cho", "ann", "bob"):
        desk.give(AgentReady(name), after=1)
    desk.call("c1")
    desk.call("c2")
    assert desk.offers() == [("c1", "cho"), ("c2", "ann")]
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.REJECTED), after=1)
    assert desk.offers()[-1] == ("c1", "bob")
    desk.answer("c2.v1.o1")
    desk.give(TalkOver("c2.v1.o1", By.AGENT), after=1)
    desk.give(AgentReady("cho"))
    desk.call("c3")
    assert desk.offers()[-1] == ("c3", "cho")


def test_the_queues_own_skills_decide_who_serves_it() -> None:
    korean = QueueFacts(name="korean", skills={"korean": 2})
    desk = Desk([korean], [expert("ann", korean=1), expert("bob"), expert("cho", korean=2)])
    desk.call("c1", "korean")
    desk.call("c2", "korean")
    assert desk.offers() == [("c1", "cho")]


def test_named_queues_are_served_and_no_others() -> None:
    desk = Desk([LOANS, CARDS], [serving("ann", "cards")])
    desk.call("c1", "loans")
    assert desk.offers() == []
    desk.call("c2", "cards")
    assert desk.offers() == [("c2", "ann")]


def test_extra_skills_must_be_met_too_and_block_nobody_behind() -> None:
    desk = Desk([LOANS], [expert("ann"), expert("bob", gold=3)])
    desk.call("c1", gold=2)
    desk.call("c2", gold=2)
    desk.call("c3")
    assert desk.offers() == [("c1", "bob"), ("c3", "ann")]
    assert "1 lacking gold 2" in desk.all(OfferMade)[0].why


def test_a_heavier_queue_does_not_hold_back_an_agent_who_does_not_serve_it() -> None:
    """Other systems do: a weighted queue blocks agents who are not even eligible for it."""
    heavy = QueueFacts(name="heavy", priority=100, skills={"law": 1})
    desk = Desk([heavy, LOANS], [expert("ann")])
    desk.call("c1", "heavy")
    desk.call("c2", "loans")
    assert desk.offers() == [("c2", "ann")]


def test_one_input_can_make_many_offers_best_visit_to_best_agent() -> None:
    desk = Desk([LOANS], ["ann", "bob"], ready=False)
    desk.give(LoadRoster((LOANS,), (serving("ann", "cards"), serving("bob", "cards"))))
    desk.give(AgentReady("bob"), after=1)
    desk.give(AgentReady("ann"), after=1)
    desk.call("c1")
    desk.call("c2", priority=1)
    assert desk.offers() == []
    desk.give(LoadRoster((LOANS,), (serving("ann"), serving("bob"))))
    assert desk.offers() == [("c2", "bob"), ("c1", "ann")]


def test_why_tells_rule_words_and_who_else_there_was() -> None:
    desk = Desk([LOANS], ["ann", "bob", "cho", "dan"])
    desk.call("c1")
    desk.now += 63
    desk.answer("c1.v1.o1")
    desk.call("c2")
    assert desk.last(OfferMade).why == "longest_idle: idle for 63 s; first of 3 free (1 talking)"
    assert desk.last(OfferMade).strategy == "longest_idle"


def test_an_unknown_queue_gives_the_contact_back_without_a_visit() -> None:
    desk = Desk([LOANS])
    decision = desk.give(Enqueue("c1", "c1.v1", "laons"))
    assert decision.events == ()
    assert [type(command) for command in decision.commands] == [ReturnContact]
    assert desk.all(VisitLeft) == []
