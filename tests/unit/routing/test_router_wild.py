"""Random days with every feature at once, plugins that give anything, and a clock that jumps either way.

Whom a contact should have is not judged here (that is test_router_machine): only that none is lost or held
twice, nobody beyond capacity, and that the journal can be read back to the same state at any moment.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from router_desk import Desk, written
from whole_state import whole
from wild_plugins import wild

from ivrcore.errors import RequestRefused
from ivrcore.model.events import ContactQueued, OfferMade, VisitAbandoned, VisitAnswered, VisitLeft
from ivrcore.model.names import By, Device, LeftQueue, OfferEnd
from ivrcore.model.roster import AgentFacts, MemberFacts, OverflowFacts, QueueFacts, RelaxationFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentDevice,
    AgentLogout,
    AgentPause,
    AgentPickedUp,
    AgentReady,
    Bridged,
    CallerLeft,
    CustomerMissed,
    Enqueue,
    HandOver,
    Input,
    LeaveQueue,
    LoadRoster,
    MoveContact,
    OfferFailed,
    Prioritise,
    RingAgent,
    TakeContact,
    TalkOver,
    Tick,
    WithdrawContact,
)
from ivrcore.routing.router import RouterState, apply, next_deadline
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


class WildFloor(RuleBasedStateMachine):
    """Whatever can happen, at whatever time."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk([], [], plugins=PLUGINS)
        self.shadow = RouterState()
        self.contacts = 0
        self.folded = 0
        self.catch_up()

    def give(self, given: Input) -> None:
        self.desk.give(given)
        self.catch_up()

    def catch_up(self) -> None:
        for event in self.desk.events[self.folded :]:
            apply(self.shadow, written(event))
        self.folded = len(self.desk.events)

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
            self.enter(queue, priority, skills, caller, preferred, early)

    def enter(
        self,
        queue: str,
        priority: int,
        skills: dict[str, int] | None = None,
        caller: str = "",
        preferred: tuple[str, ...] = (),
        early: float | None = None,
    ) -> None:
        self.contacts += 1
        name = f"c{self.contacts}"
        self.give(
            Enqueue(
                name,
                f"{name}.v1",
                queue,
                priority,
                skills or {},
                call_back=early is not None,
                since=None if early is None else self.desk.now - early,
                preferred=preferred,
                caller=caller,
            )
        )

    @rule(
        agent=st.sampled_from(AGENTS), act=st.sampled_from([AgentReady, AgentReady, AgentPause, AgentLogout])
    )
    def agent(self, agent: str, act: type[AgentReady | AgentPause | AgentLogout]) -> None:
        self.maybe(act(agent))

    @rule(agent=st.sampled_from(AGENTS), device=st.sampled_from([*Device, Device.IDLE]))
    def device(self, agent: str, device: Device) -> None:
        self.maybe(AgentDevice(agent, device))

    @rule(agent=st.sampled_from(AGENTS))
    def take(self, agent: str) -> None:
        self.maybe(TakeContact(agent, ""))

    @precondition(lambda self: self.desk.state.waiting.visits)
    @rule(data=st.data(), queue=st.sampled_from(QUEUES), agent=st.sampled_from(AGENTS))
    def supervise(self, data: st.DataObject, queue: str, agent: str) -> None:
        contact = data.draw(st.sampled_from(sorted(self.desk.state.waiting.by_contact)))
        orders = (
            MoveContact(contact, queue, "sue"),
            Prioritise(contact, 900, "sue"),
            WithdrawContact(contact, "sue"),
            HandOver(contact, agent, 30.0, "sue"),
        )
        self.maybe(data.draw(st.sampled_from(orders)))

    def maybe(self, given: Input) -> None:
        """Give what may be refused; then nothing has changed."""
        before = whole(self.desk.state, self.desk.now)
        try:
            self.give(given)
        except RequestRefused:
            assert whole(self.desk.state, self.desk.now) == before

    @rule()
    def everybody_ready(self) -> None:
        for view in self.desk.state.snapshot().agents:
            if not view.retired:
                self.give(AgentReady(view.agent))

    @rule(seconds=st.sampled_from([1.0, 5.0, 12.0, 33.0]))
    def wait(self, seconds: float) -> None:
        self.desk.pass_time(seconds)
        self.catch_up()

    @precondition(lambda self: len(self.desk.events) % 3 == 0)
    @rule(seconds=st.sampled_from([60.0, 2000.0, 90_000.0, -3.0, -500.0, -90_000.0]))
    def jump(self, seconds: float) -> None:
        """The machine slept, or somebody set its clock."""
        self.desk.now += seconds
        self.give(Tick())

    @precondition(lambda self: self.desk.state.waiting.visits)
    @rule(data=st.data(), what=st.sampled_from([CallerLeft, CustomerMissed, LeaveQueue]))
    def caller(self, data: st.DataObject, what: type[CallerLeft | CustomerMissed | LeaveQueue]) -> None:
        contact = data.draw(st.sampled_from(sorted(self.desk.state.waiting.by_contact)))
        self.give(LeaveQueue(contact, LeftQueue.BY_KEY) if what is LeaveQueue else what(contact))

    @precondition(lambda self: self.desk.state.offers)
    @rule(data=st.data(), failing=st.booleans())
    def phones(self, data: st.DataObject, failing: bool) -> None:
        """Every live offer goes on a step, except one that fails."""
        bad = data.draw(st.sampled_from(sorted(self.desk.state.offers))) if failing else ""
        for offer, held in list(self.desk.state.offers.items()):
            if offer == bad:
                self.give(OfferFailed(offer, OfferEnd.REJECTED))
            elif held.phase is Phase.RINGING:
                self.give(AgentAnswered(offer))
            elif held.phase is Phase.ACCEPTED:
                self.give(Bridged(offer, f"{offer}.b"))
            else:
                self.give(TalkOver(offer, By.AGENT))

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

    @precondition(lambda self: self.desk.offers())
    @rule(data=st.data())
    def late(self, data: st.DataObject) -> None:
        """Anything happens to any offer there ever was."""
        offer = data.draw(st.sampled_from(self.desk.all(OfferMade))).offer
        what: list[Input] = [AgentAnswered(offer), Bridged(offer, "b"), TalkOver(offer, By.CALLER)]
        what.append(AgentPickedUp(offer))
        self.give(data.draw(st.sampled_from([*what, OfferFailed(offer, OfferEnd.UNREACHABLE)])))

    # --- what must hold ---

    @invariant()
    def the_journal_gives_the_same_state(self) -> None:
        state, now = self.desk.state, self.desk.now
        assert self.shadow.snapshot() == state.snapshot()
        assert whole(self.shadow, now) == whole(state, now)

    @invariant()
    def no_contact_is_lost(self) -> None:
        """N = A + B + X + waiting, each visit closed at most once."""
        desk = self.desk
        closed = [e.visit for kind in (VisitAnswered, VisitAbandoned, VisitLeft) for e in desk.all(kind)]
        waiting = [name for name, visit in desk.state.waiting.visits.items() if not visit.answered]
        assert Counter(e.visit for e in desk.all(ContactQueued)) == Counter(closed + waiting)
        for queue in QUEUES:
            found = list(desk.state.waiting.of(queue))
            assert [desk.state.position(visit.id) for visit in found] == list(range(1, len(found) + 1))
            assert len(found) == desk.state.waiting_in(queue)

    @invariant()
    def offers_hold_one_visit_and_one_agent_each(self) -> None:
        state = self.desk.state
        for name, offer in state.offers.items():
            assert name in state.waiting.visits[offer.visit].live
            assert name in state.pool.agents[offer.agent].offers
        assert sum(len(visit.live) for visit in state.waiting.visits.values()) == len(state.offers)
        for visit in state.waiting.visits.values():
            accepted = [name for name in visit.live if state.offers[name].phase is not Phase.RINGING]
            assert accepted == ([visit.taken] if visit.taken else [])
            assert not accepted or len(visit.live) == 1

    @invariant()
    def nobody_rings_beyond_capacity_or_past_a_deadline(self) -> None:
        state = self.desk.state
        for agent in state.pool.agents.values():
            phases = [state.offers[name].phase for name in agent.offers]
            assert agent.talking == phases.count(Phase.TALKING)
            assert len(phases) - agent.talking <= 1
            assert not agent.retired or Phase.RINGING not in phases
        due = next_deadline(state)
        assert due is None or due > self.desk.now
        made = {event.offer for event in self.desk.all(OfferMade)}
        assert [command.offer for command in self.desk.ordered(RingAgent)] == [
            event.offer for event in self.desk.all(OfferMade)
        ]
        assert state.offers.keys() <= made

    @invariant()
    def nobody_waits_whom_a_free_agent_fits(self) -> None:
        state = self.desk.state
        for visit in state.waiting.visits.values():
            if visit.waiting and visit.facts.strategy not in MAY_DECLINE:
                assert not state.pool.free_count(visit.line)

    def teardown(self) -> None:
        """When all have hung up nothing is left."""
        for contact in range(1, self.contacts + 1):
            self.give(CallerLeft(f"c{contact}"))
        self.desk.now = max(event.at for event in self.desk.events)
        self.desk.pass_time(1000)
        state = self.desk.state
        assert (state.offers, state.waiting.visits) == ({}, {})
        assert (state.waiting.lines, state.waiting.by_contact) == ({}, {})
        assert next_deadline(state) is None


WildFloor.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(HypothesisPhase.generate,),
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestWildFloor = pytest.mark.slow(WildFloor.TestCase)
