"""Random days with every feature at once, plugins that give anything, and a clock that jumps either way.

Whom a contact should have is not judged here (that is test_router_machine): only that none is lost or held
twice, nobody beyond capacity, and that the journal can be read back to the same state at any moment
(random_days).
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from random_days import BOUNDED, RandomDays
from router_desk import written
from whole_state import elapsed, still_to_come
from wild_plugins import wild

from ivrcore.model.names import By, LeftQueue
from ivrcore.model.roster import AgentFacts, MemberFacts, OverflowFacts, QueueFacts, RelaxationFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    Bridged,
    CallerLeft,
    CustomerMissed,
    LeaveQueue,
    LoadRoster,
    TakeContact,
    TalkOver,
    Tick,
)
from ivrcore.routing.router import RouterState, apply
from ivrcore.routing.state import Phase

QUEUES = ("loans", "cards", "gold")
AGENTS = ("a", "b", "c", "d")
PLUGINS = wild()
MAY_DECLINE = ("pull", "odd_order")
RELAXATIONS = (
    RelaxationFacts(name="odd"),
    RelaxationFacts(name="bullseye", options={"rings": [{"for": "5s"}, {"for": 5, "drop": ["law"]}]}),
    RelaxationFacts(
        name="penalty_rules",
        options={"rules": [{"after": 5, "max": 2}, {"after": 9, "max": "+1", "raise": 2}]},
    ),
    RelaxationFacts(name="preferred", options={"for": 5}),
    RelaxationFacts(name="skill_rules", options={"rules": ["wait < 5 and law > 1", "law > 0"]}),
    RelaxationFacts(
        name="steps", options={"steps": [{"skills": {"gold": 1}, "for": 5}, {"skills": {"law": 1}, "for": 5}]}
    ),
    RelaxationFacts(name="tiers", options={"wait": 5}),
)
ORDERS = {"odd": {}, "priority": {}, "weights": {"weight": 3}, "service_level": {}, "score": {"base": 100}}
OVERFLOWS = st.lists(
    st.builds(
        OverflowFacts,
        to=st.sampled_from(QUEUES),
        after=st.sampled_from([None, 5.0, 30.0]),
        expected=st.sampled_from([None, 20.0]),
    ),
    max_size=2,
)


@st.composite
def queues(draw: st.DrawFn, name: str) -> QueueFacts:
    relaxations = draw(st.lists(st.sampled_from([*RELAXATIONS, RELAXATIONS[0]]), max_size=2))
    order = draw(st.sampled_from([*sorted(ORDERS), "odd", "odd"]))
    return QueueFacts(
        name=name,
        skills=draw(st.sampled_from([{}, {}, {"law": 1}])),
        strategy=draw(st.sampled_from([*sorted(PLUGINS.strategies), *["odd_key", "odd_order"] * 4])),
        require=draw(st.sampled_from([{}, {}, {"odd": 1}, {"tier": [None, 2]}, {"expression": "law > 0"}])),
        relaxation=relaxations[0].name if relaxations else "",
        relaxation_options=relaxations[0].options if relaxations else {},
        relaxation_next=tuple(relaxations[1:]),
        order=order,
        order_options=ORDERS[order],
        ring_time=draw(st.sampled_from([0.0, 5.0, 20.0])),
        wrap_up=draw(st.sampled_from([0.0, 10.0])),
        threshold=draw(st.sampled_from([5.0, 20.0])),
        max_wait=draw(st.sampled_from([None, None, 40.0])),
        retry_after=draw(st.sampled_from([0.0, 5.0])),
        pause_after=draw(st.sampled_from([0, 1, 2])),
        priority=draw(st.sampled_from([0, 2])),
        join_empty=draw(st.booleans()),
        join_waiting=draw(st.sampled_from([None, None, 4])),
        join_expected=draw(st.sampled_from([None, None, 60.0])),
        leave_empty=draw(st.booleans()),
        overflow=tuple(draw(OVERFLOWS)),
        redial=draw(st.sampled_from([0.0, 300.0])),
        last_agent=draw(st.sampled_from([0.0, 300.0])),
    )


@st.composite
def rosters(draw: st.DrawFn) -> LoadRoster:
    named = draw(st.sets(st.sampled_from(AGENTS), min_size=2))
    tiers = st.dictionaries(st.sampled_from(QUEUES), st.builds(MemberFacts, tier=st.integers(1, 3)))
    skills = st.sampled_from([{}, {"law": 1}, {"law": 2, "gold": 1}])
    return LoadRoster(
        tuple(draw(queues(name)) for name in draw(st.sampled_from([QUEUES, QUEUES, QUEUES[:2]]))),
        tuple(
            AgentFacts(
                name=name,
                endpoint=f"PJSIP/{name}",
                skills=draw(skills),
                queues=draw(st.sampled_from([QUEUES, QUEUES, ()])),
                members=draw(tiers),
                capacity=draw(st.sampled_from([1, 1, 2])),
                confirm=draw(st.sampled_from([None, None, 8.0])),
            )
            for name in sorted(named)
        ),
    )


class WildFloor(RandomDays):
    """Whatever can happen, at whatever time."""

    QUEUES = QUEUES
    AGENTS = AGENTS
    PLUGINS = PLUGINS

    # --- what can happen ---

    @initialize(roster=rosters())
    def open(self, roster: LoadRoster) -> None:
        self.give(roster)
        self.everybody_ready()
        for number in range(6):
            self.enter(QUEUES[number % 3], number % 3)

    @precondition(lambda self: len(self.desk.events) % 13 == 0)
    @rule(roster=rosters())
    def reload(self, roster: LoadRoster) -> None:
        self.give(roster)

    @precondition(lambda self: len(self.desk.events) % 7 == 0)
    @rule()
    def restart(self) -> None:
        """The server starts again: its state is what its journal says."""
        state = RouterState(PLUGINS, Random(len(self.desk.events)).random)
        for event in self.desk.events:
            apply(state, written(event))
        self.desk.state = state
        self.give(Tick())

    @rule(
        queues=st.lists(st.sampled_from(QUEUES), min_size=2, max_size=4),
        priority=st.integers(-9, 9),
        skills=st.sampled_from([{}, {}, {"law": 2}, {"gold": 1}]),
        caller=st.sampled_from(["", "x", "y"]),
        preferred=st.sampled_from([(), ("b",), ("nobody", "a")]),
        early=st.sampled_from([None, None, 100.0, 5000.0]),
    )
    def call(
        self,
        queues: list[str],
        priority: int,
        skills: dict[str, int],
        caller: str,
        preferred: tuple[str, ...],
        early: float | None,
    ) -> None:
        for queue in queues:
            self.enter(queue, priority, skills, caller=caller, preferred=preferred, early=early)

    @rule(agent=st.sampled_from(AGENTS))
    def take(self, agent: str) -> None:
        self.maybe(TakeContact(agent, ""))

    @precondition(lambda self: len(self.desk.events) % 3 == 0)
    @rule(seconds=st.sampled_from([60.0, 2000.0, 90_000.0]))
    def jump(self, seconds: float) -> None:
        """The machine slept, or somebody set its clock."""
        self.desk.now += seconds
        self.give(Tick())

    @precondition(lambda self: len(self.desk.events) % 3 == 0)
    @rule(seconds=st.sampled_from([0.1, 3.0, 500.0, 90_000.0]))
    def set_back(self, seconds: float) -> None:
        """Somebody set its clock back while the server was down: nobody has waited longer, or less long."""
        desk = self.desk
        been, to_come = elapsed(desk.state, desk.now), still_to_come(desk.state, desk.now)
        desk.set_back(seconds)
        self.catch_up()
        assert elapsed(desk.state, desk.now) == pytest.approx(been, abs=1e-3)
        assert still_to_come(desk.state, desk.now) == pytest.approx(to_come, abs=1e-3)

    @precondition(lambda self: self.desk.state.waiting.visits)
    @rule(data=st.data(), what=st.sampled_from([CallerLeft, CustomerMissed, LeaveQueue]))
    def caller(self, data: st.DataObject, what: type[CallerLeft | CustomerMissed | LeaveQueue]) -> None:
        contact = data.draw(st.sampled_from(sorted(self.desk.state.waiting.by_contact)))
        self.give(LeaveQueue(contact, LeftQueue.BY_KEY) if what is LeaveQueue else what(contact))

    @rule(steps=st.integers(1, 3))
    def all_phones(self, steps: int) -> None:
        """All answer, are joined, and are done."""
        for _ in range(steps):
            for offer, held in list(self.desk.state.offers.items()):
                if held.phase is Phase.RINGING:
                    self.give(AgentAnswered(offer))
                elif held.phase is Phase.ACCEPTED:
                    self.give(Bridged(offer, f"{offer}.b"))
                else:
                    self.give(TalkOver(offer, By.CALLER))

    # --- what must hold ---

    @invariant()
    def nobody_waits_whom_a_free_agent_fits(self) -> None:
        state = self.desk.state
        for visit in state.waiting.visits.values():
            if visit.waiting and visit.facts.strategy not in MAY_DECLINE:
                assert not state.pool.free_count(visit.line)


WildFloor.TestCase.settings = settings(BOUNDED, max_examples=30, stateful_step_count=30)
TestWildFloor = pytest.mark.slow(WildFloor.TestCase)
