"""Strategies that look back: fewest contacts, least talk time, least occupied."""

from typing import Any

import pytest
from router_desk import Desk
from strategy_bench import NOW, lately, queue, ranking, refused, renewed, talk, words

from ivrcore.api import Candidate
from ivrcore.model.events import OfferMade
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing.commands import AgentPause, AgentReady
from ivrcore.routing.pool import RENEWED_AT_ONCE

WINDOWED = ("fewest_contacts", "least_talk_time", "least_occupied")
HOUR = 3600.0


def agent(name: str, *, idle: float = 0.0, **past: float) -> Candidate:
    contacts, rest = int(past.pop("contacts", 0)), past
    return Candidate(name, NOW - idle, window=lately(contacts, **rest))


@pytest.mark.parametrize(
    ("strategy", "ann", "bob"),
    [
        ("fewest_contacts", {"contacts": 2}, {"contacts": 3}),
        ("fewest_contacts", {"contacts": 0}, {"contacts": 1, "idle": 900}),
        ("fewest_contacts", {"contacts": 2, "idle": 60}, {"contacts": 2, "idle": 50}),
        # who came ten minutes ago would be at six an hour with this one
        ("fewest_contacts", {"contacts": 4}, {"contacts": 0, "staffed": 600}),
        ("fewest_contacts", {"contacts": 0, "staffed": 600}, {"contacts": 6}),
        ("fewest_contacts", {"contacts": 6}, {"contacts": 1, "staffed": 600}),
        ("fewest_contacts", {"contacts": 50}, {"contacts": 0, "staffed": 0}),
        ("least_talk_time", {"talk": 300}, {"talk": 310}),
        ("least_talk_time", {"talk": 300, "work": 900}, {"talk": 310, "work": 310}),
        ("least_talk_time", {"talk": 300, "idle": 9}, {"talk": 301, "idle": 8}),
        ("least_talk_time", {"talk": 1000}, {"talk": 200, "staffed": 600}),
        ("least_talk_time", {"talk": 0, "staffed": 0}, {"talk": 60}),
        ("least_occupied", {"work": 300}, {"work": 310}),
        ("least_occupied", {"talk": 200, "work": 300}, {"talk": 100, "work": 310}),
        ("least_occupied", {"work": 1000}, {"work": 200, "staffed": 600}),
        ("least_occupied", {"work": 300, "idle": 9}, {"work": 300, "idle": 8}),
    ],
)
def test_ann_comes_before_bob(strategy: str, ann: dict[str, float], bob: dict[str, float]) -> None:
    assert ranking(strategy, [agent("bob", **bob), agent("ann", **ann)]) == "ann bob"


@pytest.mark.parametrize("strategy", WINDOWED)
def test_with_a_like_past_who_is_idle_for_longest_is_first(strategy: str) -> None:
    past = {"contacts": 3, "talk": 400, "work": 500}
    assert ranking(strategy, [agent("ann", idle=5, **past), agent("bob", idle=6, **past)]) == "bob ann"


@pytest.mark.parametrize(
    ("strategy", "past", "expected"),
    [
        ("fewest_contacts", {}, None),
        ("fewest_contacts", {"contacts": 2, "changes_at": NOW + 70}, 70),
        ("fewest_contacts", {"staffed": 600}, 30),
        ("least_talk_time", {}, None),
        ("least_talk_time", {"talk": 60}, 30),
        ("least_occupied", {}, None),
        ("least_occupied", {"work": 60}, 30),
    ],
)
def test_when_the_key_is_asked_for_again(
    strategy: str, past: dict[str, float], expected: float | None
) -> None:
    assert renewed(strategy, agent("ann", **past)) == expected


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        ("fewest_contacts", "3 contacts in 60 min of staffed time"),
        ("least_talk_time", "talked for 400 s in 60 min of staffed time"),
        ("least_occupied", "occupied for 13.9% of 60 min"),
    ],
)
def test_the_words(strategy: str, said: str) -> None:
    assert words(strategy, agent("ann", contacts=3, talk=400, work=500)) == said


@pytest.mark.parametrize("strategy", WINDOWED)
def test_the_window_is_asked_for_in_seconds_or_words_and_kept_within_four_hours(strategy: str) -> None:
    asked: list[float] = []

    def window(seconds: float, now: float) -> object:
        asked.append(seconds)
        return lately()(seconds, now)

    candidate = Candidate("ann", 0.0, window=window)  # type: ignore[arg-type]  # object is a Window
    for value in (None, 900, "90s", "15m", "2h", "9h"):
        ranking(strategy, [candidate], **({} if value is None else {"window": value}))
    assert asked == [3600, 900, 90, 900, 7200, 14400]


@pytest.mark.parametrize("strategy", WINDOWED)
@pytest.mark.parametrize("value", ["soon", "xm", -5, True, float("nan"), [1]])
def test_a_window_that_is_none_is_reported(strategy: str, value: object) -> None:
    assert "ValueError" in refused(strategy, window=value)


def test_given_a_newcomer_when_calls_come_then_they_are_not_handed_everything() -> None:
    desk = Desk([queue("fewest_contacts")], ["ann", "bob", "new"], ready=False)
    desk.give(AgentReady("ann"))
    desk.give(AgentReady("bob"))
    for number in range(12):
        talk(desk, f"old{number}", 60)
        desk.pass_time(240)
    desk.give(AgentReady("new"))
    took = []
    for number in range(12):
        took.append(talk(desk, f"c{number}", 60))
        desk.pass_time(240)
    assert took[0] != "new"
    assert 2 <= took.count("new") <= 5
    assert took.count("ann") >= 3


def test_contacts_older_than_the_window_count_no_more() -> None:
    desk = Desk([queue("fewest_contacts", window="10m")], ["ann", "bob"])
    desk.pass_time(600)
    desk.give(AgentPause("bob"))
    assert [talk(desk, f"c{number}", 10) for number in range(3)] == ["ann"] * 3
    desk.give(AgentReady("bob"))
    desk.pass_time(580)
    # ann's first contact is about to leave the window, yet three are in it
    assert talk(desk, "c4", 10) == "bob"
    desk.pass_time(20)
    # now ann has none in it, bob has one
    assert talk(desk, "c5", 10) == "ann"


def test_occupancy_falls_as_time_passes_without_any_event() -> None:
    desk = Desk([queue("least_occupied", window="10m"), queue("linear", "first")], ["ann", "bob"])
    desk.pass_time(600)
    assert talk(desk, "c1", 200, "first") == "ann"
    assert talk(desk, "c2", 100) == "bob"
    desk.pass_time(100)
    # ann 200 of 600, bob 100 of 600
    assert talk(desk, "c3", 0) == "bob"
    desk.pass_time(320)
    # ann's talk left the window but for 80 s of it, bob has his 100 s in it
    assert talk(desk, "c4", 0) == "ann"


def test_keys_that_are_renewed_again_and_again_pile_up_nowhere() -> None:
    desk = Desk([queue("least_occupied", wrap_up=1)], ["ann", "bob"])
    for number in range(200):
        talk(desk, f"c{number}", 3)
        desk.pass_time(20)
    renewals = desk.state.pool._renewals  # the index itself is under test
    assert len(renewals) <= 2


def test_many_keys_that_changed_by_themselves_are_renewed_in_parts() -> None:
    crowd = [AgentFacts(name=f"a{n:03}", endpoint=f"PJSIP/{n}") for n in range(RENEWED_AT_ONCE + 50)]
    desk = Desk([QueueFacts(name="loans", strategy="fewest_contacts", wrap_up=0)], crowd)
    for number in range(len(crowd)):
        talk(desk, f"c{number}", 1)
    ranked: list[str] = []

    def rank(facts: QueueFacts, agent: Candidate, now: float) -> Any:
        ranked.append(agent.agent)
        return whole(facts, agent, now)

    whole, desk.state.rulebook.rank = desk.state.rulebook.rank, rank  # type: ignore[method-assign]
    desk.now += 2 * HOUR
    desk.call("first")
    assert len(ranked) == len(set(ranked)) == RENEWED_AT_ONCE
    desk.pass_time(1)
    desk.call("second")
    assert set(ranked) == {agent.name for agent in crowd}
    decided = desk.last(OfferMade).decided
    assert decided is not None
    assert {key[0] for _, _, key in decided.first} == {1.0}, "nobody had another one in the last hour"
