"""Exactly what idle time means, case by case."""

import pytest
from ivrcore_plugins.longest_idle import LongestIdle
from router_desk import Desk

from ivrcore.api import Candidate
from ivrcore.model.names import By, OfferEnd
from ivrcore.model.roster import QueueFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentLogout,
    AgentPause,
    AgentReady,
    CallerLeft,
    Input,
    OfferFailed,
    TalkOver,
)

O1 = "c1.v1.o1"


def test_the_key_is_the_time_itself_and_the_words_count_seconds() -> None:
    strategy, candidate = LongestIdle(), Candidate("ann", 100.0)
    assert strategy.key(candidate, {}, 163.4) == (0, 100.0)
    assert strategy.explain(candidate, {}, 163.4) == "idle for 63 s"
    assert strategy.explain(candidate, {}, 99.0) == "idle for 0 s"


@pytest.mark.parametrize(
    ("case", "story", "idle_since"),
    [
        ("first ready", [], 1000),
        ("ready again while ready", [(5, AgentReady("ann"))], 1000),
        ("a pause", [(5, AgentPause("ann")), (5, AgentReady("ann"))], 1000),
        ("a new login", [(5, AgentLogout("ann")), (5, AgentReady("ann"))], 1010),
        ("rejected", [(5, None), (5, OfferFailed(O1, OfferEnd.REJECTED))], 1010),
        ("unreachable", [(5, None), (5, OfferFailed(O1, OfferEnd.UNREACHABLE))], 1010),
        ("caller left while it rang", [(5, None), (5, CallerLeft("c1"))], 1000),
        ("caller left at the answer", [(5, None), (5, AgentAnswered(O1)), (5, CallerLeft("c1"))], 1000),
        ("paused while it rang", [(5, None), (5, AgentPause("ann")), (5, AgentReady("ann"))], 1010),
        (
            "not bridged, agent hung up",
            [(5, None), (5, AgentAnswered(O1)), (5, TalkOver(O1, By.AGENT))],
            1015,
        ),
    ],
)
def test_idle_since(case: str, story: list[tuple[float, Input | None]], idle_since: float) -> None:
    desk = Desk([QueueFacts(name="loans", wrap_up=10)], ["ann"])
    for after, given in story:
        if given is None:
            desk.now += after
            desk.call("c1")
        else:
            desk.give(given, after)
    ann = desk.state.agent_view("ann")
    assert ann is not None
    assert ann.idle_since == idle_since, case


def test_idle_time_counts_from_the_end_of_the_conversation_not_of_wrap_up() -> None:
    desk = Desk([QueueFacts(name="loans", wrap_up=10)], ["ann"])
    desk.call("c1")
    desk.answer(O1)
    desk.give(TalkOver(O1, By.AGENT), after=60)
    desk.pass_time(30)
    ann = desk.state.agent_view("ann")
    assert ann is not None
    assert (ann.idle_since, ann.since, ann.contacts_taken) == (1060, 1070, 1)
