"""Agents take contacts: from pull queues the first, from any queue a chosen one."""

import pytest
from router_desk import Desk
from strategy_bench import queue

from ivrcore.errors import RequestRefused
from ivrcore.model.events import MoreOffersPlanned, OfferEnded, OfferMade
from ivrcore.model.names import AgentState, By, OfferEnd
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentPause,
    AgentReady,
    CallerLeft,
    OfferFailed,
    RingAgent,
    TakeContact,
    TalkOver,
)

PULL = queue("pull")


def test_nobody_is_rung_until_an_agent_takes_the_first() -> None:
    desk = Desk([PULL], ["ann", "bob"])
    desk.call("c1")
    desk.call("c2", priority=1)
    desk.give(AgentReady("ann"), after=60)
    assert desk.offers() == []
    desk.give(TakeContact("bob"))
    assert desk.offers() == [("c2", "bob")]
    assert desk.last(OfferMade).why == "pull: taken by bob; one of 2 free"
    assert [command.agent for command in desk.ordered(RingAgent)] == ["bob"]
    desk.answer("c2.v1.o1")
    assert desk.agent("bob") is AgentState.TALKING
    desk.give(TakeContact("ann"))
    assert desk.offers()[-1] == ("c1", "ann")


def test_a_chosen_contact_is_taken_out_of_turn() -> None:
    desk = Desk([PULL], ["ann"])
    for contact in ("c1", "c2", "c3"):
        desk.call(contact)
    desk.give(TakeContact("ann", "c2"))
    assert desk.offers() == [("c2", "ann")]
    assert desk.state.position("c3.v1") == 3


def test_the_first_is_the_most_urgent_of_all_queues_that_the_agent_serves() -> None:
    desk = Desk([queue("pull"), queue("pull", "cards"), QueueFacts(name="gold", skills={"gold": 1})], ["ann"])
    desk.call("c1", "gold")
    desk.now += 1
    desk.call("c2", "cards")
    desk.now += 1
    desk.call("c3")
    desk.give(TakeContact("ann"))
    assert desk.offers() == [("c2", "ann")]


def test_a_taken_contact_that_is_not_answered_waits_on_at_its_place() -> None:
    desk = Desk([PULL], ["ann"])
    desk.call("c1")
    desk.call("c2")
    desk.give(TakeContact("ann"))
    desk.pass_time(60)
    assert [event.how for event in desk.all(OfferEnded)] == [OfferEnd.NO_ANSWER]
    assert desk.state.position("c1.v1") == 1
    assert desk.offers() == [("c1", "ann")]
    desk.give(TakeContact("ann"))
    assert desk.offers() == [("c1", "ann")] * 2
    assert desk.replayed().snapshot() == desk.state.snapshot()


def test_a_contact_that_rings_others_may_be_taken_and_the_first_answer_wins() -> None:
    desk = Desk(
        [queue("progressive"), queue("pull", "cards")],
        [AgentFacts(name="ann", endpoint="PJSIP/ann"), AgentFacts(name="bob", endpoint="PJSIP/bob")],
    )
    desk.call("c1")
    planned = desk.last(MoreOffersPlanned).due
    desk.give(TakeContact("bob", "c1"))
    assert desk.offers() == [("c1", "ann"), ("c1", "bob")]
    assert desk.last(MoreOffersPlanned).due == planned
    desk.give(AgentAnswered("c1.v1.o2"))
    ended = desk.last(OfferEnded)
    assert (ended.agent, ended.how) == ("ann", OfferEnd.TAKEN)


@pytest.mark.parametrize(
    ("agent", "contact", "status", "message"),
    [
        ("zoe", "", 404, "there is no agent 'zoe'"),
        ("out", "", 409, "agent 'out' is paused"),
        ("busy", "", 409, "agent 'busy' is being offered a contact"),
        ("talks", "c1", 409, "agent 'talks' is talking"),
        ("ann", "c9", 404, "contact 'c9' waits in no queue"),
        ("ann", "talk", 409, "an agent has answered for contact 'talk'"),
        ("ann", "law", 409, "agent 'ann' does not fit contact 'law': lacking law 2"),
        ("ann", "gold", 409, "agent 'ann' does not serve the queue gold"),
        ("law", "", 409, "nobody waits whom agent 'law' could take"),
    ],
)
def test_what_is_refused_and_in_which_words(agent: str, contact: str, status: int, message: str) -> None:
    own = {"queues": ("loans",)}
    desk = Desk(
        [PULL, queue("pull", "gold"), queue("pull", "empty")],
        [
            *(
                AgentFacts(name=name, endpoint=f"PJSIP/{name}", **own)
                for name in ("ann", "out", "busy", "talks")
            ),
            AgentFacts(name="law", endpoint="PJSIP/law", queues=("empty",)),
        ],
    )
    desk.give(AgentPause("out"))
    for name in ("talk", "ring", "c1"):
        desk.call(name)
    desk.call("law", law=2)
    desk.call("gold", "gold")
    desk.give(TakeContact("talks", "talk"))
    desk.answer("talk.v1.o1")
    desk.give(TakeContact("busy", "ring"))
    before = desk.state.snapshot()
    with pytest.raises(RequestRefused) as refused:
        desk.give(TakeContact(agent, contact))
    assert (refused.value.status, str(refused.value).startswith(message)) == (status, True), refused.value
    assert desk.state.snapshot() == before


def test_one_who_rests_after_a_miss_says_ready_first() -> None:
    desk = Desk([PULL], ["ann"])
    desk.call("c1")
    desk.give(TakeContact("ann"))
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.REJECTED))
    with pytest.raises(RequestRefused, match="resting after a missed offer"):
        desk.give(TakeContact("ann"))
    desk.give(AgentReady("ann"))
    desk.give(TakeContact("ann"))
    assert len(desk.offers()) == 2


def test_an_agent_with_room_for_another_may_take_one_while_talking() -> None:
    desk = Desk([PULL], [AgentFacts(name="ann", endpoint="PJSIP/ann", capacity=2)])
    desk.call("c1")
    desk.call("c2")
    desk.give(TakeContact("ann"))
    desk.answer("c1.v1.o1")
    desk.give(TakeContact("ann"))
    desk.answer("c2.v1.o1")
    with pytest.raises(RequestRefused, match="is talking"):
        desk.give(TakeContact("ann"))
    desk.give(TalkOver("c1.v1.o1", By.CALLER))
    desk.give(CallerLeft("c2"))
    desk.pass_time(60)
    assert desk.agent("ann") is AgentState.READY


def test_many_who_wait_to_be_taken_cost_an_agent_who_comes_free_nothing() -> None:
    desk = Desk([PULL], ["ann"], ready=False)
    for number in range(300):
        desk.call(f"c{number}")
    asked: list[str] = []
    rulebook = desk.state.rulebook
    order = rulebook.order
    rulebook.order = lambda *args: asked.append("order") or order(*args)  # type: ignore[method-assign, func-returns-value]
    desk.give(AgentReady("ann"))
    assert asked == []
