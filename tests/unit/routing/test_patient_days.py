"""Random days with every rule for those who wait: nobody is lost, moved in a circle or kept twice."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from router_desk import Desk

from ivrcore.model import events as e
from ivrcore.model.names import By, OfferEnd
from ivrcore.model.roster import AgentFacts, OverflowFacts, QueueFacts
from ivrcore.routing.commands import (
    AgentLogout,
    AgentPause,
    AgentReady,
    CallerLeft,
    Enqueue,
    LoadRoster,
    OfferFailed,
    TalkOver,
)

NAMES = ("cards", "loans", "gold")
AGENTS = tuple(
    AgentFacts(name=name, endpoint=f"PJSIP/{name}", queues=queues)
    for name, queues in (("ann", ("cards",)), ("bob", ("loans", "gold")), ("cho", ("gold",)))
)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["call", "call", "drop", "answer", "miss", "end", "ready", "pause", "logout", "load"]
        ),
        st.integers(0, 5),
        st.sampled_from([0.0, 1.0, 7.0, 15.0, 61.0, 400.0]),
    ),
    max_size=60,
)


@st.composite
def queues(draw: st.DrawFn) -> tuple[QueueFacts, ...]:
    bound = st.sampled_from([None, 0.0, 10.0, 60.0])
    found = []
    for name in NAMES:
        to = draw(st.lists(st.sampled_from(NAMES), max_size=2))
        rules = tuple(OverflowFacts(to=one, after=draw(bound), expected=draw(bound)) for one in to)
        found.append(
            QueueFacts(
                name=name,
                join_empty=draw(st.booleans()),
                join_waiting=draw(st.sampled_from([None, 1, 3])),
                join_expected=draw(bound),
                leave_empty=draw(st.booleans()),
                redial=draw(st.sampled_from([0.0, 300.0])),
                overflow=tuple(rule for rule in rules if (rule.after, rule.expected) != (None, None)),
                max_wait=draw(st.sampled_from([None, 120.0])),
            )
        )
    return tuple(found)


class Day:
    """One."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.calls = 0

    def act(self, what: str, number: int, seconds: float) -> None:
        desk = self.desk
        desk.pass_time(seconds)
        visits = sorted(desk.state.waiting.visits.values(), key=lambda one: one.id)
        offers = sorted(desk.state.offers)
        agent = AGENTS[number % len(AGENTS)].name
        if what == "call":
            self.calls += 1
            contact = f"c{self.calls}"
            desk.give(Enqueue(contact, f"{contact}.v1", NAMES[number % 3], caller=f"m{number % 2}"))
        elif what == "drop" and visits:
            desk.give(CallerLeft(visits[number % len(visits)].contact))
        elif what == "answer" and offers:
            desk.answer(offers[number % len(offers)])
        elif what == "miss" and offers:
            desk.give(OfferFailed(offers[number % len(offers)], OfferEnd.NO_ANSWER))
        elif what == "end" and offers:
            desk.give(TalkOver(offers[number % len(offers)], By.AGENT))
        elif what == "ready":
            desk.give(AgentReady(agent))
        elif what == "pause":
            desk.give(AgentPause(agent))
        elif what == "logout":
            desk.give(AgentLogout(agent))
        elif what == "load":
            turned = tuple(desk.state.queues.values())[number % 3 :]
            desk.give(LoadRoster(turned or tuple(desk.state.queues.values()), AGENTS))


@pytest.mark.slow
@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(queues(), ACTS)
def test_nobody_is_lost_moved_in_a_circle_or_kept_twice(
    facts: tuple[QueueFacts, ...], acts: list[tuple[str, int, float]]
) -> None:
    desk = Desk(facts, AGENTS)
    day = Day(desk)
    for act in acts:
        day.act(*act)
        state = desk.state
        entered = len(desk.all(e.ContactQueued))
        over = [desk.all(kind) for kind in (e.VisitAbandoned, e.VisitLeft, e.TalkEnded)]
        assert entered == sum(map(len, over)) + len(state.waiting.visits)
        assert len(state.waiting.by_contact) == len(state.waiting.visits)
    for queued in desk.all(e.ContactQueued):
        been = (*queued.through, queued.queue)
        assert len(set(been)) == len(been)
        assert queued.since is None or queued.since <= queued.at
    assert day.calls == len(desk.all(e.JoinRefused)) + sum(
        not queued.through for queued in desk.all(e.ContactQueued)
    ) + sum(command.why == "failed" for command in desk.commands if hasattr(command, "why")) - sum(
        left.why == "failed" for left in desk.all(e.VisitLeft)
    )
    assert desk.replayed().snapshot() == desk.state.snapshot()
