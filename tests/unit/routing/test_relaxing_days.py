"""Random days under every relaxation and contact order: nobody is lost, and replay agrees."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from router_desk import Desk, built_in

from ivrcore.model.events import ContactQueued, NeedRelaxed, PluginFailed, VisitAbandoned, VisitAnswered
from ivrcore.model.names import AgentState, By, OfferEnd
from ivrcore.model.roster import AgentFacts, MemberFacts, QueueFacts, RelaxationFacts
from ivrcore.routing.commands import (
    AgentLogout,
    AgentReady,
    CallerLeft,
    Enqueue,
    LoadRoster,
    OfferFailed,
    TalkOver,
)
from ivrcore.routing.pool import QueueFloor
from ivrcore.routing.state import Phase

AGENTS = ("ann", "bob", "cho", "dan")
SKILLS = ("english", "law")
LEVEL = st.integers(1, 3)
BOUNDS = ("max", "min", "raise")
TIME = st.sampled_from([1, 5, 20, 60])

RELAXATIONS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "penalty_rules": st.builds(
        lambda first, change: {
            "rules": [
                {"after": first, "max": 1},
                {"after": first + 10, **change},
                {"after": first + 20, "max": 4, "min": 0},
            ]
        },
        TIME,
        st.fixed_dictionaries({}, optional=dict.fromkeys(BOUNDS, st.sampled_from([2, "+1", -1]))),
    ),
    "tiers": st.fixed_dictionaries(
        {"wait": TIME}, optional={"multiply": st.booleans(), "no_agent_no_wait": st.booleans()}
    ),
    "steps": st.fixed_dictionaries(
        {
            "steps": st.lists(
                st.fixed_dictionaries(
                    {"skills": st.dictionaries(st.sampled_from(SKILLS), LEVEL, min_size=1), "for": TIME}
                ),
                min_size=1,
                max_size=3,
            )
        }
    ),
    "bullseye": st.fixed_dictionaries(
        {
            "rings": st.lists(
                st.fixed_dictionaries(
                    {"for": TIME}, optional={"drop": st.lists(st.sampled_from(SKILLS), max_size=2)}
                ),
                min_size=1,
                max_size=3,
            )
        }
    ),
    "preferred": st.fixed_dictionaries({}, optional={"for": TIME}),
    "skill_rules": st.builds(
        lambda rules: {"rules": [*rules, "wait >= 0"]},
        st.lists(
            st.sampled_from(
                [
                    "wait < 20 and english > 1",
                    "wait <= 60 and law",
                    "not law and english",
                    "wait > 5 and law > 2",
                ]
            ),
            max_size=3,
        ),
    ),
}


@st.composite
def queues(draw: st.DrawFn) -> QueueFacts:
    names = draw(st.lists(st.sampled_from(sorted(RELAXATIONS)), min_size=1, max_size=3))
    chosen = [RelaxationFacts(name=name, options=draw(RELAXATIONS[name])) for name in names]
    first = chosen[0] if chosen else RelaxationFacts(name="")
    for one in chosen:
        assert not built_in().relaxations[one.name].check(one.options)  # type: ignore[attr-defined]
    return QueueFacts(
        name=draw(st.sampled_from(["loans", "cards"])),
        wrap_up=0,
        retry_after=draw(st.sampled_from([0, 5])),
        strategy=draw(st.sampled_from(["longest_idle", "best_fit", "ring_all", "round_robin"])),
        relaxation=first.name,
        relaxation_options=first.options,
        relaxation_next=tuple(chosen[1:]),
        order=draw(st.sampled_from(sorted(built_in().contact_orders))),
    )


@st.composite
def rosters(draw: st.DrawFn) -> LoadRoster:
    found = {queue.name: queue for queue in draw(st.lists(queues(), min_size=2, max_size=4))}
    for name in ("loans", "cards"):
        found.setdefault(name, QueueFacts(name=name, wrap_up=0))
    agents = tuple(
        AgentFacts(
            name=name,
            endpoint=name,
            skills=draw(st.dictionaries(st.sampled_from(SKILLS), LEVEL)),
            members={queue: MemberFacts(tier=draw(st.integers(0, 4))) for queue in found},
            capacity=draw(st.sampled_from([1, 1, 2])),
        )
        for name in AGENTS
    )
    return LoadRoster(tuple(found.values()), agents)


ACTS = st.sampled_from(
    ["call", "call", "ready", "ready", "logout", "hang_up", "miss", "answer", "over", "wait", "wait", "load"]
)


@pytest.mark.slow
@settings(max_examples=50, deadline=None, database=None, derandomize=True)
@given(st.data())
def test_on_any_day_every_contact_is_served_or_gives_up_and_replay_agrees(data: st.DataObject) -> None:
    desk = Desk([], [], ready=False)
    desk.give(data.draw(rosters()))
    for number in range(data.draw(st.integers(5, 40))):
        act(desk, data, data.draw(ACTS), number)
        who_is_there_is_known_without_looking(desk)
    assert desk.replayed().snapshot() == desk.state.snapshot()
    assert desk.all(PluginFailed) == []
    for relaxed in desk.all(NeedRelaxed):
        assert relaxed.until is None or relaxed.until > relaxed.at
    evening(desk)
    served = {event.visit for kind in (VisitAnswered, VisitAbandoned) for event in desk.all(kind)}
    assert {event.visit for event in desk.all(ContactQueued)} == served
    assert desk.replayed().snapshot() == desk.state.snapshot()


def who_is_there_is_known_without_looking(desk: Desk) -> None:
    pool = desk.state.pool
    for line in desk.state.waiting.lines:
        queue, need = line.queue, line.need
        fit = [
            agent
            for agent in pool.agents.values()
            if queue in agent.queues and not desk.state.rulebook.misfit(agent.member(queue), need)
        ]
        here = [agent for agent in fit if agent.state is not AgentState.LOGGED_OUT]
        floor = QueueFloor(pool, queue)
        assert floor.free(need) == sum(agent.free for agent in fit)
        assert floor.logged_in(need) == len(here)
        assert floor.tiers(need) == sorted({agent.tier(queue) for agent in here})
        assert floor.tiers(need, logged_out=True) == sorted({agent.tier(queue) for agent in fit})


def act(desk: Desk, data: st.DataObject, what: str, number: int) -> None:
    agent = data.draw(st.sampled_from(AGENTS))
    open_offers = list(desk.state.offers.values())
    if what == "call":
        queue = data.draw(st.sampled_from(["loans", "cards"]))
        preferred = tuple(data.draw(st.lists(st.sampled_from(AGENTS), max_size=2)))
        priority = data.draw(st.integers(-1, 1))
        desk.give(Enqueue(f"c{number}", f"c{number}.v1", queue, priority, preferred=preferred))
    elif what == "ready":
        desk.give(AgentReady(agent))
    elif what == "logout":
        desk.give(AgentLogout(agent))
    elif what == "wait":
        desk.pass_time(data.draw(TIME))
    elif what == "load":
        desk.give(data.draw(rosters()))
    elif what == "hang_up" and desk.state.waiting.by_contact:
        desk.give(CallerLeft(data.draw(st.sampled_from(sorted(desk.state.waiting.by_contact)))))
    elif open_offers:
        offer = data.draw(st.sampled_from(open_offers))
        if what == "miss":
            desk.give(OfferFailed(offer.id, OfferEnd.REJECTED))
        elif what == "answer" and offer.phase is not Phase.TALKING:
            desk.answer(offer.id)
        elif what == "over" and offer.phase is Phase.TALKING:
            desk.give(TalkOver(offer.id, By.AGENT))


def evening(desk: Desk) -> None:
    """Everybody comes in, answers everything, and stays for as long as it takes."""
    for _ in range(200):
        if not desk.state.waiting.visits:
            return
        for agent in AGENTS:
            desk.give(AgentReady(agent))
        for offer in list(desk.state.offers.values()):
            if offer.id in desk.state.offers:
                if offer.phase is not Phase.TALKING:
                    desk.answer(offer.id)
                desk.give(TalkOver(offer.id, By.AGENT))
        desk.pass_time(20)
