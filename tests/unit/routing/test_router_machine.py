"""Random days at a call centre: whatever happens in whatever order, the promises of the router hold."""

from __future__ import annotations

import string
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from random_days import BOUNDED, RandomDays
from router_desk import built_in

from ivrcore.model.events import (
    ContactQueued,
    OfferAccepted,
    OfferEnded,
    OfferMade,
    VisitLeft,
)
from ivrcore.model.names import AgentState, Device, LeftQueue
from ivrcore.model.roster import AgentFacts, MemberFacts, QueueFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentPickedUp,
    AgentReady,
    Bridged,
    CallerLeft,
    ConnectAgent,
    LeaveQueue,
    LoadRoster,
    ReturnContact,
    TakeContact,
    Tick,
    WithdrawOffer,
)
from ivrcore.routing.relaxation import Relaxed
from ivrcore.routing.router import next_deadline
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


class CallCentre(RandomDays):
    """Days whose every offer is judged."""

    QUEUES = QUEUES
    AGENTS = AGENTS
    PLUGINS = plugins()

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

    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        """An agent takes a contact, or is told why not, and then nothing has changed."""
        free = [name for name, agent in self.desk.state.pool.agents.items() if agent.free]
        agent = data.draw(st.sampled_from([*free, *free, *AGENTS]))
        contact = data.draw(st.sampled_from(["", *sorted(self.desk.state.waiting.by_contact)]))
        self.maybe(TakeContact(agent, contact))

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

    # --- what must hold ---

    @invariant()
    def nothing_is_held_past_its_deadline(self) -> None:
        assert next_deadline(self.shadow) == next_deadline(self.desk.state)
        for offer in self.desk.state.offers.values():
            assert (offer.deadline is None) is (offer.phase is Phase.TALKING)
            assert offer.deadline is None or offer.deadline > self.desk.now

    @invariant()
    def nobody_waits_whom_a_free_agent_fits(self) -> None:
        for visit in self.shadow.waiting.visits.values():
            if visit.waiting and visit.facts.strategy not in MAY_DECLINE:
                assert not self.fitting(visit)

    @invariant()
    def commands_pair_with_events(self) -> None:
        desk = self.desk
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


CallCentre.TestCase.settings = BOUNDED


class TestFewDays(CallCentre.TestCase):
    """A part of them, for who changes something."""

    settings = settings(CallCentre.TestCase.settings, max_examples=3)


@pytest.mark.slow  # on a class of its own: a mark of the common one would be the other's too
class TestManyDays(CallCentre.TestCase):
    """All of them."""
