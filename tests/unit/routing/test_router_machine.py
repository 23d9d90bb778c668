"""Random days at a call centre: whatever happens in whatever order, the promises of the router hold."""

from __future__ import annotations

import string
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from router_desk import Desk

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
from ivrcore.model.names import AgentState, By, LeftQueue, OfferEnd
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentLogout,
    AgentPause,
    AgentReady,
    Bridged,
    CallerLeft,
    ConnectAgent,
    Enqueue,
    Input,
    LeaveQueue,
    LoadRoster,
    OfferFailed,
    ReturnContact,
    RingAgent,
    TalkOver,
    Tick,
    WithdrawOffer,
)
from ivrcore.routing.router import RouterState, apply, next_deadline
from ivrcore.routing.state import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.api import Candidate, Key

QUEUES = ("loans", "cards", "gold", "moody")
AGENTS = tuple(string.ascii_lowercase[:5])


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


queue_facts = st.builds(
    QueueFacts,
    name=st.just("loans"),
    skills=st.sampled_from([{}, {}, {"law": 1}]),
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
    queues=st.sampled_from([(), (), ("loans", "gold"), ("moody", "cards", "nowhere")]),
)


@st.composite
def rosters(draw: st.DrawFn, everybody: bool = False) -> LoadRoster:
    queues = QUEUES if everybody else draw(st.sets(st.sampled_from(QUEUES), min_size=1))
    agents = AGENTS if everybody else draw(st.sets(st.sampled_from(AGENTS)))
    return LoadRoster(
        tuple(
            QueueFacts(**{**_fields(draw(queue_facts)), "name": name, "strategy": _strategy(name)})
            for name in sorted(queues)
        ),
        tuple(
            AgentFacts(**{**_fields(draw(agent_facts)), "name": name, "endpoint": f"PJSIP/{name}"})
            for name in sorted(agents)
        ),
    )


def _fields(facts: QueueFacts | AgentFacts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in facts.__struct_fields__}


def _strategy(queue: str) -> str:
    return "moody" if queue == "moody" else "longest_idle"


class CallCentre(RuleBasedStateMachine):
    """Callers, agents and phones do as they like, also with offers that are over long ago."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk([], [], [Moody()])
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
            apply(self.shadow, event)
        self.folded = len(self.desk.events)

    def judge(self, made: OfferMade) -> None:
        """The best visit that anybody free fits, to the agent who is idle for longest, said plainly."""
        free = [agent for agent in self.shadow.pool.agents.values() if agent.free]
        fits = {
            visit.id: [a for a in free if _fits(a.facts, visit.facts, tuple(visit.skills.items()))]
            for visit in sorted(self.shadow.waiting.visits.values(), key=lambda visit: visit.place)
            if visit.waiting
        }
        assert made.visit == next(visit for visit, agents in fits.items() if agents)
        names = [agent.facts.name for agent in fits[made.visit]]
        if made.strategy == "longest_idle":
            assert made.agent == min(fits[made.visit], key=lambda a: (a.idle_since, a.facts.name)).facts.name
        assert made.agent in names
        assert f"first of {len(names)} free" in made.why

    # --- what can happen ---

    @initialize(roster=rosters(everybody=True))
    def open(self, roster: LoadRoster) -> None:
        self.give(roster)
        for agent in AGENTS:
            self.give(AgentReady(agent))

    @precondition(lambda self: len(self.desk.events) % 13 == 0)
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
        self.give(data.draw(st.sampled_from([*what, OfferFailed(offer, OfferEnd.UNREACHABLE)])))

    # --- what must hold ---

    @invariant()
    def the_events_alone_give_the_same_state(self) -> None:
        assert self.shadow.snapshot() == self.desk.state.snapshot()
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
    def offers_are_one_to_one(self) -> None:
        offers = self.desk.state.offers.values()
        assert len({offer.visit for offer in offers}) == len({offer.agent for offer in offers}) == len(offers)
        busy = {AgentState.OFFERED, AgentState.TALKING}
        agents = {view.agent: view for view in self.desk.state.snapshot().agents}
        assert {name for name, view in agents.items() if view.state in busy} == {o.agent for o in offers}
        assert all(agents[offer.agent].offers == (offer.id,) for offer in offers)

    @invariant()
    def nothing_is_held_past_its_deadline(self) -> None:
        due = next_deadline(self.desk.state)
        assert due is None or due > self.desk.now
        for offer in self.desk.state.offers.values():
            assert (offer.deadline is None) is (self.desk.agent(offer.agent) is AgentState.TALKING)

    @invariant()
    def nobody_waits_whom_a_free_agent_fits(self) -> None:
        state = self.desk.state
        for visit in state.waiting.visits.values():
            for agent in state.pool.agents.values():
                assert not (
                    visit.waiting
                    and agent.free
                    and _fits(agent.facts, visit.facts, tuple(visit.skills.items()))
                )

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
        left = Counter(e.visit for e in desk.all(VisitLeft))
        known = {e.visit for e in desk.all(ContactQueued)}
        assert left == Counter(c.visit for c in desk.ordered(ReturnContact) if c.visit in known)

    @invariant()
    def tallies_agree_with_the_agents(self) -> None:
        for queue in self.desk.state.queues:
            views = [view for view in self.desk.state.snapshot().agents if queue in view.queues]
            counted = Counter("resting" if view.resting else view.state.value for view in views)
            assert self.desk.state.agents_on(queue) == counted

    def teardown(self) -> None:
        """When all have hung up nothing is left."""
        for contact in range(1, self.contacts + 1):
            self.give(CallerLeft(f"c{contact}"))
        self.desk.pass_time(1000)
        state = self.desk.state
        assert (state.offers, state.waiting.visits, next_deadline(state)) == ({}, {}, None)
        assert (state.waiting.lines, state.waiting.by_contact) == ({}, {})


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
TestCallCentre = CallCentre.TestCase
