"""What the router keeps in mind of contacts, queues and lines, and what it forgets in time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from router_desk import Desk, built_in
from whole_state import whole

from ivrcore.api import Choice, Order, Relaxed
from ivrcore.model.events import NeedRelaxed, OfferMade
from ivrcore.model.names import By, OfferEnd
from ivrcore.model.roster import AgentFacts, QueueFacts, RelaxationFacts
from ivrcore.routing import lines
from ivrcore.routing.commands import AgentPause, AgentReady, CallerLeft, LoadRoster, OfferFailed, TalkOver
from ivrcore.routing.need import SKILLS, Line, need_of
from ivrcore.routing.standing import SPAN, STEP, Second, Standing
from ivrcore.routing.waiting import TRIED_KEPT
from ivrcore.routing.workload import KEPT as FOUR_HOURS
from ivrcore.routing.workload import MOST, Workload

# --- the service level: half an hour ---


def test_given_visits_of_more_than_half_an_hour_ago_then_the_service_level_is_that_of_the_later_ones() -> (
    None
):
    standing = Standing()
    standing.add(0.0, in_threshold=True)
    standing.add(10.0, in_threshold=False)
    standing.add(20.0, in_threshold=True)
    standing.forget(SPAN)
    assert (standing.visits, standing.in_threshold) == (3, 2)
    standing.forget(SPAN + 10.5)
    assert list(standing.recent) == [Second(20.0, 1, 1)]
    assert (standing.visits, standing.in_threshold) == (1, 1)
    standing.add(SPAN + 100, in_threshold=False)
    assert list(standing.recent) == [Second(SPAN + 100, 1, 0)]
    assert (standing.visits, standing.in_threshold) == (1, 0)


def test_given_many_visits_a_second_then_half_an_hour_of_them_takes_no_more_room_than_of_few() -> None:
    standing = Standing()
    for number in range(100 * int(2 * SPAN)):
        standing.add(number / 100, in_threshold=bool(number % 4))
    assert len(standing.recent) <= SPAN / STEP + 1
    assert standing.visits == pytest.approx(100 * SPAN, abs=100)
    assert standing.in_threshold == pytest.approx(75 * SPAN, abs=100)
    standing.set_back(100.0)
    standing.forget(2 * SPAN - 100 - 1)
    assert standing.visits == pytest.approx(100 * SPAN, abs=200)


@pytest.mark.parametrize(("later", "first"), [(SPAN - 60, "cards"), (SPAN + 60, "loans")])
def test_given_a_queue_that_did_badly_half_an_hour_ago_then_it_is_no_longer_ahead_for_that(
    later: float, first: str
) -> None:
    queues = [
        QueueFacts(name=name, order="service_level", threshold=30, wrap_up=0) for name in ("cards", "loans")
    ]
    desk = Desk(queues, ["ann"], ready=False)
    desk.call("c1", "cards")
    desk.pass_time(40)
    desk.give(AgentReady("ann"))
    desk.answer(desk.last(OfferMade).offer)
    desk.give(TalkOver(desk.last(OfferMade).offer, By.CALLER))
    desk.give(AgentPause("ann"))
    desk.pass_time(later)
    desk.call("loans", "loans")
    desk.pass_time(5)
    desk.call("cards", "cards")
    desk.give(AgentReady("ann"))
    assert desk.offers()[-1] == (first, "ann")


# --- lines that nobody waits in ---


KEPT = 20
"""Instead of hundreds."""


def skilled(name: str, level: int = 10_000) -> AgentFacts:
    return AgentFacts(name=name, endpoint="PJSIP/x", skills={"law": level}, queues=("loans",))


def test_given_more_lines_than_are_kept_then_the_oldest_is_dropped_and_works_when_it_is_wanted_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "IDLE_KEPT", KEPT)
    desk = Desk(agents=[skilled("ann"), skilled("bob", 5)])
    for level in range(1, KEPT + 3):
        desk.call(f"c{level}", law=level)
        desk.give(CallerLeft(f"c{level}"))
    for agent in desk.state.pool.agents.values():
        assert len(agent.lines) <= KEPT + 1
        assert Line("loans", need_of({SKILLS: {"law": 1}})) not in agent.lines
        assert Line("loans") in agent.lines
    assert len(desk.state.pool.agents["bob"].lines) == 4  # of the 5 levels that bob has, 2 were dropped
    desk.events.clear()
    desk.call("again", law=1)
    assert desk.offers() == [("again", "ann")]
    desk.answer(desk.last(OfferMade).offer)
    desk.call("other", law=1)
    assert desk.offers()[-1] == ("other", "bob")


# --- who was tried ---


class Patient:
    """Rings the first who was not tried yet; keeps what it was shown."""

    name = "patient"

    def __init__(self) -> None:
        self.seen: list[tuple[str, ...]] = []

    def order(self, choice: Choice) -> Order:
        self.seen.append(tuple(choice.contact.tried))
        left = [one.agent for one in choice.candidates if one.agent not in choice.contact.tried]
        return Order((left or [choice.candidates[0].agent])[:1], "not tried yet", again=choice.now + 5)


def test_given_agents_who_missed_a_contact_then_its_strategy_is_told_who_they_were() -> None:
    patient = Patient()
    queue = QueueFacts(name="loans", strategy="patient", retry_after=0)
    desk = Desk([queue], ["ann", "bob"], strategies=[patient])
    desk.call("c1")
    for _ in range(TRIED_KEPT + 1):
        desk.give(OfferFailed(desk.last(OfferMade).offer, OfferEnd.REJECTED))
    assert desk.offers()[:3] == [("c1", "ann"), ("c1", "bob"), ("c1", "ann")]
    assert patient.seen[:3] == [(), ("ann",), ("ann", "bob")]
    assert len(patient.seen[-1]) == TRIED_KEPT
    assert patient.seen[-1][0] == "bob"  # the first, ann, is forgotten
    assert whole(desk.replayed(), desk.now) == whole(desk.state, desk.now)


# --- the relaxation of the moment when it came ---


class Telling:
    """Names the options that it was asked with, and asks to be asked again."""

    def __init__(self, name: str) -> None:
        self.name = name

    def relax(self, visit: Any, need: Any, floor: Any, options: Any, now: float) -> Relaxed:
        return Relaxed(
            need, f"{self.name} {options.get('x')}", until=now + 10, over=bool(options.get("over"))
        )


def test_given_a_queue_is_configured_anew_then_who_waits_keeps_the_relaxations_of_before() -> None:
    plugins = replace(built_in(), relaxations={"one": Telling("one"), "two": Telling("two")})
    after = (RelaxationFacts(name="two", options={"x": 2}),)
    before = QueueFacts(
        name="loans", relaxation="one", relaxation_options={"x": 1, "over": True}, relaxation_next=after
    )
    now = QueueFacts(name="loans", relaxation="two", relaxation_options={"x": 3}, require={"tier": [1, 1]})
    desk = Desk([before], [], plugins=plugins)
    desk.call("old")
    desk.give(LoadRoster((now,), ()))
    desk.call("new")
    desk.pass_time(10)
    told = sorted((event.contact, event.why, sorted(event.need)) for event in desk.all(NeedRelaxed))
    assert told == [("new", "two 3", ["tier"])] * 2 + [("old", "two 2", [])] * 2
    assert [event.stage for event in desk.all(NeedRelaxed) if event.contact == "old"] == [1, 1]
    assert whole(desk.replayed(), desk.now) == whole(desk.state, desk.now)


# --- an agent's recent past ---


def test_given_an_agent_in_great_haste_then_the_window_is_shorter_and_its_figures_are_of_the_same_time() -> (
    None
):
    workload = Workload()
    workload.staffed.set(True, 0.0)
    for number in range(3 * MOST):
        for on, at in ((True, 2.0 * number), (False, 2.0 * number + 1.0)):
            workload.talk.set(on, at)
            workload.work.set(on, at)
    now = 6.0 * MOST
    window = workload.window(FOUR_HOURS, now)
    assert (window.contacts, window.talk, window.staffed) == (MOST, MOST, pytest.approx(2 * MOST, abs=1))
    assert window.occupancy == pytest.approx(0.5, rel=0.01)
    assert window.changes_at is not None
    assert window.changes_at > now
    workload.set_back(100.0)
    assert workload.window(FOUR_HOURS, now - 100.0) == replace(window, changes_at=window.changes_at - 100.0)


def test_given_an_agent_at_a_usual_pace_then_the_window_is_as_long_as_asked_for() -> None:
    workload = Workload()
    workload.staffed.set(True, 0.0)
    for number in range(480):
        workload.talk.set(True, 30.0 * number)
        workload.talk.set(False, 30.0 * number + 20.0)
    window = workload.window(FOUR_HOURS, 480 * 30.0)
    assert (window.contacts, window.talk) == (479, 480 * 20.0)
