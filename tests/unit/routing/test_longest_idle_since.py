"""The variants of ``longest_idle``: from when idle time counts."""

import pytest
from router_desk import Desk
from strategy_bench import NOW, queue, ranking, refused, words

from ivrcore.api import Candidate
from ivrcore.model.names import By, OfferEnd
from ivrcore.routing.commands import AgentPause, AgentReady, CallerLeft, Enqueue, OfferFailed, TalkOver

ANN = Candidate("ann", 9000.0, talk_began=8000.0, ready_since=9990.0, inbound_idle_since=5000.0)
BOB = Candidate("bob", 9500.0, talk_began=7000.0, ready_since=9980.0, inbound_idle_since=9500.0)
NEW = Candidate("cho", 9300.0, ready_since=9995.0, inbound_idle_since=9300.0)


@pytest.mark.parametrize(
    ("since", "order", "said"),
    [
        ("contact_end", "ann cho bob", "idle for 1000 s"),
        ("contact_start", "bob ann cho", "last contact began 2000 s ago"),
        ("inbound_end", "ann cho bob", "idle for 5000 s"),
        ("ready", "bob ann cho", "ready for 10 s"),
    ],
)
def test_who_is_first_by_each(since: str, order: str, said: str) -> None:
    assert ranking("longest_idle", [ANN, BOB, NEW], since=since) == order
    assert words("longest_idle", ANN, since=since) == said


def test_the_end_of_the_last_contact_unless_said_otherwise() -> None:
    assert ranking("longest_idle", [ANN, BOB, NEW]) == "ann cho bob"


def test_an_agent_with_a_contact_in_hand_comes_behind_those_with_none() -> None:
    busy = Candidate("ann", 0.0, load=1)
    assert ranking("longest_idle", [busy, Candidate("bob", NOW)]) == "bob ann"


def test_an_unknown_word_is_reported() -> None:
    assert "ValueError in one_of" in refused("longest_idle", since="yesterday")


def first_after(since: str, story: str) -> str:
    """ann is ready 10 s before bob; then ann goes through a story; who has the next call?"""
    desk = Desk([queue("longest_idle", wrap_up=5, since=since)], ["ann", "bob"], ready=False)
    desk.give(AgentReady("ann"))
    desk.pass_time(1)
    call_back = story == "call-back"
    if story in ("talk", "call-back"):
        desk.give(Enqueue("c1", "c1.v1", "loans", call_back=call_back))
        desk.answer("c1.v1.o1")
    desk.pass_time(9)
    desk.give(AgentReady("bob"))
    desk.pass_time(1)
    if story in ("talk", "call-back"):
        desk.give(TalkOver("c1.v1.o1", By.CALLER))
        desk.pass_time(6)
    elif story == "pause":
        desk.give(AgentPause("ann"))
        desk.give(AgentReady("ann"))
    elif story == "caller left":
        desk.call("c1")
        desk.give(CallerLeft("c1"))
    elif story == "missed":
        desk.call("c1")
        desk.give(OfferFailed("c1.v1.o1", OfferEnd.REJECTED))
        desk.give(CallerLeft("c1"))
        desk.pass_time(6)
    desk.call("c2")
    return desk.offers()[-1][1]


@pytest.mark.parametrize(
    ("story", "contact_end", "contact_start", "inbound_end", "ready"),
    [
        ("nothing", "ann", "ann", "ann", "ann"),
        ("talk", "bob", "ann", "bob", "bob"),
        ("call-back", "bob", "ann", "ann", "bob"),
        ("pause", "ann", "ann", "ann", "bob"),
        ("caller left", "ann", "ann", "ann", "ann"),
        ("missed", "bob", "bob", "bob", "bob"),
    ],
)
def test_what_restarts_idle_time(
    story: str, contact_end: str, contact_start: str, inbound_end: str, ready: str
) -> None:
    expected = [contact_end, contact_start, inbound_end, ready]
    variants = ("contact_end", "contact_start", "inbound_end", "ready")
    assert [first_after(since, story) for since in variants] == expected
