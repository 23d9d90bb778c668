"""Random days at a call centre: whatever happens in whatever order, the promises of the router hold."""

from __future__ import annotations

import string
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from router_desk import Desk, built_in, written
from whole_state import whole

from ivrcore.errors import RequestRefused
from ivrcore.model.events import (
    ContactQueued,
    OfferAccepted,
    OfferEnded,
    OfferMade,
    TalkEnded,
    VisitAbandoned,
    VisitAnswered,
    VisitLeft,
)
from ivrcore.model.names import AgentState, By, Device, LeftQueue, OfferEnd
from ivrcore.model.roster import AgentFacts, MemberFacts, QueueFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentDevice,
    AgentLogout,
    AgentPause,
    AgentPickedUp,
    AgentReady,
    Bridged,
    CallerLeft,
    ConnectAgent,
    Enqueue,
    HandOver,
    Input,
    LeaveQueue,
    LoadRoster,
    MoveContact,
    OfferFailed,
    Prioritise,
    ReturnContact,
    RingAgent,
    TakeContact,
    TalkOver,
    Tick,
    WithdrawContact,
    WithdrawOffer,
)
from ivrcore.routing.relaxation import Relaxed
from ivrcore.routing.router import RouterState, apply, next_deadline
from ivrcore.routing.rulebook import RoutingPlugins
from ivrcore.routing.state import Phase
from ivrcore.routing.strategy import Order
from ivrcore.routing.views import AgentView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.api import Candidate, Choice, Floor, Key, Member, QueueView, VisitFacts
    from ivrcore.routing.agent import Agent
    from ivrcore.routing.waiting import Visit

USUAL = {
    "loans": "longest_idle",
    "cards": "ring_all",
    "gold": "progressive",
    "moody": "moody",
    "lots": "random",
}
"""Queue -> its strategy at first."""
QUEUES = tuple(USUAL)
STRATEGIES = (
    "longest_idle",
    "ring_all",
    "progressive",
    "random",
    "round_robin",
    "least_occupied",
    "moody",
    "whims",
    "pull",
    "pull",
)
"""What a reload may change it to."""
AGENTS = tuple(string.ascii_lowercase[:5])
MOST = 2
AT_ONCE = {"ring_all": len(AGENTS), "progressive": MOST, "whims": len(AGENTS)}
"""How many may ring for one contact, where that is more than one."""
MAY_DECLINE = ("whims", "pull")
"""Strategies that may let a contact wait though somebody is free."""


class Moody:
    """A strategy that raises for some agents at some times."""

    name = "moody"

    def key(self, candidate: Candidate, options: Mapping[str, object], now: float) -> Key:
        if candidate.contacts_taken % 2:
            raise ValueError("odd")
        return (candidate.agent, candidate.contacts_taken)

    def explain(self, candidate: Candidate, options: Mapping[str, object], now: float) -> str:
        if candidate.agent < "c":
            raise ValueError("early in the alphabet")
        return "by mood"


class Whims:
    """Rings one, two, all or nobody, soon or later, or somebody who is not there, or raises."""

    name = "whims"

    def order(self, choice: Choice) -> Order:
        there = [candidate.agent for candidate in choice.candidates]
        soon, mood = choice.now + 3, int(choice.draw() * 7)
        if mood == 0:
            raise ValueError("no")
        orders = (
            Order((), "later", again=soon),
            Order(there[:1], "one"),
            Order(there[:2], "two", memory={"mood": mood}, again=soon),
            Order(there, "all", again=choice.now - 60),
            Order(("nobody",), "a ghost"),
            Order((*there, *there), "all twice"),
        )
        return orders[mood - 1]


class Temper:
    """A rule of eligibility that raises for some; who it fails on is not left out."""

    name = "temper"

    def misfit(self, member: Member, asked: int) -> str:
        if member.agent < "c":
            raise ValueError("not today")
        return ""


class Restless:
    """A relaxation that asks to be asked again, changes nothing, and raises now and then."""

    name = "restless"

    def relax(
        self,
        visit: VisitFacts,
        need: Mapping[str, Any],
        floor: Floor,
        options: Mapping[str, object],
        now: float,
    ) -> Relaxed:
        if visit.step % 4 == 3:
            raise ValueError("enough")
        return Relaxed(need, "as before", until=now + 7, when_nobody=bool(visit.step % 2))


class Grumpy:
    """A contact order that raises: age decides, without priorities."""

    name = "grumpy"

    def place(self, visit: VisitFacts, options: Mapping[str, object]) -> float:
        raise ValueError("no place")

    def claim(self, place: float, queue: QueueView, options: Mapping[str, object], now: float) -> float:
        raise ValueError("no claim")


def plugins() -> RoutingPlugins:
    """Those built in, and those that fail."""
    found = built_in()
    return RoutingPlugins(
        strategies={**found.strategies, "moody": Moody(), "whims": Whims()},
        eligibility={**found.eligibility, "temper": Temper()},
        relaxations={**found.relaxations, "restless": Restless()},
        contact_orders={**found.contact_orders, "grumpy": Grumpy()},
    )


queue_facts = st.builds(
    QueueFacts,
    name=st.just("loans"),
    skills=st.sampled_from([{}, {}, {"law": 1}]),
    strategy=st.sampled_from(STRATEGIES),
    options=st.just({"every": 4, "most": MOST}),
    require=st.sampled_from([{}, {}, {"temper": 1}]),
    relaxation=st.sampled_from(["", "", "restless"]),
    order=st.sampled_from(["priority", "priority", "grumpy"]),
    ring_time=st.sampled_from([0.0, 5.0, 20.0]),
    wrap_up=st.sampled_from([0.0, 10.0]),
    max_wait=st.sampled_from([None, None, None, 40.0]),
    retry_after=st.sampled_from([0.0, 5.0]),
    priority=st.sampled_from([0, 2]),
)
agent_facts = st.builds(
    AgentFacts,
    name=st.just("a"),
    endpoint=st.just("PJSIP/a"),
    skills=st.sampled_from([{}, {"law": 1}, {"law": 2, "gold": 1}]),
    queues=st.sampled_from([(), (), ("loans", "gold"), ("moody", "cards", "nowhere", "lots")]),
    members=st.dictionaries(
        st.sampled_from(QUEUES), st.builds(MemberFacts, tier=st.integers(1, 3)), max_size=3
    ),
    capacity=st.sampled_from([1, 1, 2]),
    confirm=st.sampled_from([None, None, 10.0]),
)


@st.composite
def rosters(draw: st.DrawFn, everybody: bool = False) -> LoadRoster:
    queues = QUEUES if everybody else draw(st.sets(st.sampled_from(QUEUES), min_size=1))
    usual = everybody and draw(st.booleans())
    agents = AGENTS if everybody else draw(st.sets(st.sampled_from(AGENTS)))
    return LoadRoster(
        tuple(
            QueueFacts(**{**_fields(draw(queue_facts)), "name": name, **_strategy(name, usual)})
            for name in sorted(queues)
        ),
        tuple(
            AgentFacts(**{**_fields(draw(agent_facts)), "name": name, "endpoint": f"PJSIP/{name}"})
            for name in sorted(agents)
        ),
    )


def _fields(facts: QueueFacts | AgentFacts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in facts.__struct_fields__}


def _strategy(queue: str, usual: bool) -> dict[str, str]:
    return {"strategy": USUAL[queue]} if usual or queue == "loans" else {}


class CallCentre(RuleBasedStateMachine):
    """Callers, agents and phones do as they like, also with offers that are over long ago."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk([], [], plugins=plugins())
        self.shadow = RouterState()
        self.contacts = 0
        self.folded = 0
        self.catch_up()

    def give(self, given: Input) -> None:
        self.desk.give(given)
        self.catch_up()

    def catch_up(self) -> None:
        """Fold what is new into a second state, and judge every offer on the state it was made in."""
        for event in self.desk.events[self.folded :]:
            if isinstance(event, OfferMade):
                self.judge(event)
            apply(self.shadow, written(event))
        self.folded = len(self.desk.events)

    def judge(self, made: OfferMade) -> None:
        """Whether this offer was due, and the agent one who could have it, said plainly."""
        visit, agent = self.shadow.waiting.visits[made.visit], self.shadow.pool.agents[made.agent]
        fits = self.fitting(visit)
        assert agent in fits
        assert len(agent.offers) < agent.facts.capacity
        assert all(self.shadow.offers[name].phase is Phase.TALKING for name in agent.offers)
        assert not visit.taken
        if "taken by" in made.why:
            return
        assert len(visit.live) < AT_ONCE.get(made.strategy, 1)
        lowest = min(_tier(one, visit) for one in fits)
        assert _tier(agent, visit) == lowest
        if visit.waiting:
            self.judge_first(made, visit, fits)
        if made.strategy == "longest_idle":
            best = min((one for one in fits if _tier(one, visit) == lowest), key=_idle)
            assert made.agent == best.facts.name

    def judge_first(self, made: OfferMade, visit: Visit, fits: list[Agent]) -> None:
        """The best visit that anybody free fits comes first, but for those whose strategy would wait."""
        for other in self.shadow.waiting.visits.values():
            if other.waiting and other.place < visit.place and other.facts.strategy not in MAY_DECLINE:
                assert not self.fitting(other)
        assert f" of {len(fits)} free" in made.why

    def fitting(self, visit: Visit) -> list[Agent]:
        """Who is free and fits a visit."""
        only = dict(visit.need).get("agents")  # handed over: to that agent, whatever was asked for
        skills = () if only else tuple(visit.skills.items())
        agents = [one for one in self.shadow.pool.agents.values() if not only or one.facts.name in only]
        return [agent for agent in agents if agent.free and _fits(agent.facts, visit.facts, skills)]

    # --- what can happen ---

    @initialize(roster=rosters(everybody=True))
    def open(self, roster: LoadRoster) -> None:
        self.give(roster)
        for agent in AGENTS:
            self.give(AgentReady(agent))

    @precondition(lambda self: len(self.desk.events) % 9 == 0)
    @rule(roster=rosters())
    def reload(self, roster: LoadRoster) -> None:
        self.give(roster)

    @precondition(lambda self: len(self.desk.events) % 11 == 0)
    @rule(roster=rosters(everybody=True))
    def reload_everybody(self, roster: LoadRoster) -> None:
        self.give(roster)

    @rule(queues=st.lists(st.sampled_from(QUEUES), min_size=1, max_size=4), priority=st.integers(0, 3))
    def call(self, queues: list[str], priority: int) -> None:
        for queue in queues:
            self.enter(queue, priority, {})

    @rule(queue=st.sampled_from((*QUEUES, "unknown")), skills=st.sampled_from([{"gold": 1}, {"law": 2}]))
    def call_for_skills(self, queue: str, skills: dict[str, int]) -> None:
        self.enter(queue, 1, skills)

    def enter(self, queue: str, priority: int, skills: dict[str, int]) -> None:
        self.contacts += 1
        self.give(Enqueue(f"c{self.contacts}", f"c{self.contacts}.v1", queue, priority, skills))

    @rule(data=st.data(), act=st.sampled_from([AgentReady, AgentReady, AgentPause, AgentLogout]))
    def agent(self, data: st.DataObject, act: type[AgentReady | AgentPause | AgentLogout]) -> None:
        known = [view.agent for view in self.desk.state.snapshot().agents if not view.retired]
        if known:
            self.give(act(data.draw(st.sampled_from(known))))

    @rule(agent=st.sampled_from(AGENTS), device=st.sampled_from([*Device, Device.IDLE]))
    def device(self, agent: str, device: Device) -> None:
        found = self.desk.state.pool.agents.get(agent)
        if found and not found.retired:
            self.give(AgentDevice(agent, device))

    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        """An agent takes a contact, or is told why not, and then nothing has changed."""
        free = [name for name, agent in self.desk.state.pool.agents.items() if agent.free]
        agent = data.draw(st.sampled_from([*free, *free, *AGENTS]))
        contact = data.draw(st.sampled_from(["", *sorted(self.desk.state.waiting.by_contact)]))
        before = self.desk.state.snapshot()
        try:
            self.give(TakeContact(agent, contact))
        except RequestRefused:
            assert self.desk.state.snapshot() == before

    @precondition(lambda self: self.desk.state.waiting.visits)
    @rule(data=st.data(), queue=st.sampled_from(QUEUES), agent=st.sampled_from(AGENTS))
    def supervise(self, data: st.DataObject, queue: str, agent: str) -> None:
        """A supervisor steers a contact, or is told why not, and then nothing has changed."""
        contact = data.draw(st.sampled_from(sorted(self.desk.state.waiting.by_contact)))
        orders = (
            MoveContact(contact, queue, "sue"),
            Prioritise(contact, 4, "sue"),
            WithdrawContact(contact, "sue"),
            HandOver(contact, agent, 30.0, "sue"),
        )
        before = self.desk.state.snapshot()
        try:
            self.give(data.draw(st.sampled_from(orders)))
        except RequestRefused:
            assert self.desk.state.snapshot() == before

    @rule()
    def everybody_ready(self) -> None:
        for view in self.desk.state.snapshot().agents:
            if not view.retired:
                self.give(AgentReady(view.agent))

    @rule(seconds=st.sampled_from([1.0, 5.0, 12.0, 33.0]))
    def wait(self, seconds: float) -> None:
        self.desk.pass_time(seconds)
        self.catch_up()

    @rule(seconds=st.sampled_from([7.0, 60.0]))
    def stall(self, seconds: float) -> None:
        """Time passes and no tick comes: the next input finds several things overdue."""
        self.desk.now += seconds
        self.give(Tick())

    @precondition(lambda self: self.desk.state.waiting.visits)
    @rule(data=st.data(), act=st.sampled_from([CallerLeft, LeaveQueue]))
    def caller(self, data: st.DataObject, act: type[CallerLeft | LeaveQueue]) -> None:
        contact = data.draw(st.sampled_from(sorted(self.desk.state.waiting.by_contact)))
        self.give(act(contact) if act is CallerLeft else LeaveQueue(contact, LeftQueue.BY_KEY))

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

    @rule()
    def all_answer(self) -> None:
        for offer in list(self.desk.state.offers):
            self.give(AgentAnswered(offer))

    @rule()
    def all_picked_up(self) -> None:
        """Of some agents a key is awaited: what the driver says only then may come for any."""
        for offer in list(self.desk.state.offers):
            self.give(AgentPickedUp(offer))

    @rule()
    def all_joined(self) -> None:
        for offer, held in list(self.desk.state.offers.items()):
            if held.phase is Phase.ACCEPTED:
                self.give(Bridged(offer, f"{offer}.b"))

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
    def the_events_alone_give_the_same_state(self) -> None:
        assert self.shadow.snapshot() == self.desk.state.snapshot()
        assert whole(self.shadow, self.desk.now) == whole(self.desk.state, self.desk.now)
        assert next_deadline(self.shadow) == next_deadline(self.desk.state)

    @invariant()
    def no_contact_is_lost(self) -> None:
        """N = A + B + X + waiting, each visit closed at most once."""
        count = {kind: [e.visit for e in self.desk.all(kind)] for kind in (ContactQueued, VisitAnswered)}
        closed = [e.visit for kind in (VisitAnswered, VisitAbandoned, VisitLeft) for e in self.desk.all(kind)]
        waiting = [v.visit for v in self.desk.state.snapshot().visits if v.position]
        assert Counter(count[ContactQueued]) == Counter(closed + waiting)
        assert len(waiting) == sum(self.desk.state.waiting_in(queue) for queue in QUEUES)

    @invariant()
    def conversations_are_open_or_over(self) -> None:
        talking = [v.visit for v in self.desk.state.snapshot().visits if not v.position]
        over = [e.visit for e in self.desk.all(TalkEnded)]
        assert Counter(e.visit for e in self.desk.all(VisitAnswered)) == Counter(talking + over)

    @invariant()
    def offers_hold_one_visit_and_one_agent_each(self) -> None:
        state = self.desk.state
        for name, offer in state.offers.items():
            assert name in state.waiting.visits[offer.visit].live
            assert name in state.pool.agents[offer.agent].offers
        assert sum(len(visit.live) for visit in state.waiting.visits.values()) == len(state.offers)
        assert sum(len(agent.offers) for agent in state.pool.agents.values()) == len(state.offers)

    @invariant()
    def at_most_one_offer_of_a_contact_is_accepted_and_then_nobody_else_rings(self) -> None:
        state = self.desk.state
        for visit in state.waiting.visits.values():
            accepted = [name for name in visit.live if state.offers[name].phase is not Phase.RINGING]
            assert accepted == ([visit.taken] if visit.taken else [])
            assert not accepted or len(visit.live) == 1

    @invariant()
    def agents_are_in_the_state_that_their_offers_say(self) -> None:
        for agent in self.desk.state.pool.agents.values():
            phases = [self.desk.state.offers[name].phase for name in agent.offers]
            talking = phases.count(Phase.TALKING)
            assert agent.talking == talking
            assert (agent.state is AgentState.TALKING) is (talking > 0)
            assert (agent.state is AgentState.OFFERED) is (bool(phases) and not talking)
            assert len(phases) - talking <= 1
            assert not agent.retired or Phase.RINGING not in phases

    @invariant()
    def nothing_is_held_past_its_deadline(self) -> None:
        due = next_deadline(self.desk.state)
        assert due is None or due > self.desk.now
        for offer in self.desk.state.offers.values():
            assert (offer.deadline is None) is (offer.phase is Phase.TALKING)
            assert offer.deadline is None or offer.deadline > self.desk.now

    @invariant()
    def nobody_waits_whom_a_free_agent_fits(self) -> None:
        for visit in self.shadow.waiting.visits.values():
            if visit.waiting and visit.facts.strategy not in MAY_DECLINE:
                assert not self.fitting(visit)

    @invariant()
    def positions_count_from_one_without_gaps(self) -> None:
        positions: dict[str, list[int]] = {}
        for view in self.desk.state.snapshot().visits:
            if view.position:
                positions.setdefault(view.queue, []).append(view.position)
        assert all(sorted(found) == list(range(1, len(found) + 1)) for found in positions.values())

    @invariant()
    def commands_pair_with_events(self) -> None:
        desk = self.desk
        assert [c.offer for c in desk.ordered(RingAgent)] == [e.offer for e in desk.all(OfferMade)]
        assert {c.offer for c in desk.ordered(ConnectAgent)} <= {e.offer for e in desk.all(OfferAccepted)}
        ended = Counter(e.offer for e in desk.all(OfferEnded))
        withdrawn = {c.offer for c in desk.ordered(WithdrawOffer)}
        assert set(ended) <= withdrawn
        assert not ended or max(ended.values()) == 1
        left = Counter(e.visit for e in desk.all(VisitLeft) if e.why is not LeftQueue.MOVED)
        known = {e.visit for e in desk.all(ContactQueued)}
        assert left == Counter(c.visit for c in desk.ordered(ReturnContact) if c.visit in known)

    @invariant()
    def tallies_agree_with_the_agents(self) -> None:
        for queue in self.desk.state.queues:
            views = [view for view in self.desk.state.snapshot().agents if queue in view.queues]
            counted = Counter(_counted(view) for view in views)
            assert self.desk.state.agents_on(queue) == counted

    def teardown(self) -> None:
        """When all have hung up nothing is left."""
        for contact in range(1, self.contacts + 1):
            self.give(CallerLeft(f"c{contact}"))
        self.desk.pass_time(1000)
        state = self.desk.state
        assert (state.offers, state.waiting.visits, next_deadline(state)) == ({}, {}, None)
        assert (state.waiting.lines, state.waiting.by_contact) == ({}, {})
        assert all(agent.talking == 0 for agent in state.pool.agents.values())


def _tier(agent: Agent, visit: Visit) -> int:
    return agent.facts.members.get(visit.facts.name, MemberFacts()).tier


def _idle(agent: Agent) -> tuple[int, float, str]:
    since = agent.since if agent.idle_since is None else agent.idle_since
    return len(agent.offers), since, agent.facts.name


def _counted(view: AgentView) -> str:
    if view.state is not AgentState.READY:
        return view.state.value
    devices = {Device.BUSY: "off_queue", Device.UNREACHABLE: "unreachable"}
    return "resting" if view.resting else devices.get(view.device, "ready")


def _fits(agent: AgentFacts, queue: QueueFacts, extra: tuple[tuple[str, int], ...]) -> bool:
    """Say again, plainly, who serves whom."""
    own = queue.name in agent.queues if agent.queues else _has(agent, tuple(queue.skills.items()))
    return own and _has(agent, extra)


def _has(agent: AgentFacts, skills: tuple[tuple[str, int], ...]) -> bool:
    return all(agent.skills.get(skill, 0) >= level for skill, level in skills)


CallCentre.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(HypothesisPhase.generate,),
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class TestFewDays(CallCentre.TestCase):
    """A part of them, for who changes something."""

    settings = settings(CallCentre.TestCase.settings, max_examples=6)


TestCallCentre = pytest.mark.slow(CallCentre.TestCase)
