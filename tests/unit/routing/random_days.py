"""What random days at a call centre have in common: what can happen whatever the queues, and what must hold.

A day folds its events into a second state as they come, as a journal gives them back; both must be the same
at any moment.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from router_desk import Desk, written
from whole_state import elapsed, whole

from ivrcore.errors import RequestRefused
from ivrcore.model.events import ContactQueued, OfferMade, TalkEnded, VisitAbandoned, VisitAnswered, VisitLeft
from ivrcore.model.names import AgentState, By, Device, OfferEnd
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentDevice,
    AgentLogout,
    AgentPause,
    AgentPickedUp,
    AgentReady,
    Bridged,
    CallerLeft,
    Enqueue,
    HandOver,
    Input,
    MoveContact,
    OfferFailed,
    Park,
    Prioritise,
    RingAgent,
    TalkOver,
    Unpark,
    WithdrawContact,
)
from ivrcore.routing.router import RouterState, apply, next_deadline
from ivrcore.routing.state import Phase

if TYPE_CHECKING:
    from ivrcore.routing.rulebook import RoutingPlugins

BOUNDED = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(HypothesisPhase.generate,),
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
"""How many days, and how long; the same ones each time."""


class RandomDays(RuleBasedStateMachine):
    """Callers, agents and phones do as they like, also with offers that are over long ago."""

    QUEUES: ClassVar[tuple[str, ...]]
    AGENTS: ClassVar[tuple[str, ...]]
    PLUGINS: ClassVar[RoutingPlugins]

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk([], [], plugins=self.PLUGINS)
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
        """Whether this offer was due, and the agent one who could have it: where the queues are known."""

    def maybe(self, given: Input) -> None:
        """Give what may be refused; then nothing has changed."""
        before = whole(self.desk.state, self.desk.now)
        try:
            self.give(given)
        except RequestRefused:
            assert whole(self.desk.state, self.desk.now) == before

    def enter(
        self,
        queue: str,
        priority: int,
        skills: dict[str, int] | None = None,
        *,
        caller: str = "",
        preferred: tuple[str, ...] = (),
        early: float | None = None,
    ) -> None:
        """One more contact; ``early`` makes it a call-back of so many seconds ago."""
        self.contacts += 1
        name = f"c{self.contacts}"
        since = None if early is None else self.desk.now - early
        self.give(
            Enqueue(
                name,
                f"{name}.v1",
                queue,
                priority,
                skills or {},
                call_back=early is not None,
                since=since,
                preferred=preferred,
                caller=caller,
            )
        )

    # --- what can happen ---

    @rule(data=st.data(), act=st.sampled_from([AgentReady, AgentReady, AgentPause, AgentLogout]))
    def agent(self, data: st.DataObject, act: type[AgentReady | AgentPause | AgentLogout]) -> None:
        self.maybe(act(data.draw(st.sampled_from(self.AGENTS))))

    @rule(data=st.data(), device=st.sampled_from([*Device, Device.IDLE]))
    def device(self, data: st.DataObject, device: Device) -> None:
        self.maybe(AgentDevice(data.draw(st.sampled_from(self.AGENTS)), device))

    @precondition(lambda self: self.desk.state.waiting.visits)
    @rule(data=st.data(), priority=st.sampled_from([4, 900]))
    def supervise(self, data: st.DataObject, priority: int) -> None:
        """A supervisor steers a contact, or is told why not."""
        contact = data.draw(st.sampled_from(sorted(self.desk.state.waiting.by_contact)))
        orders = (
            MoveContact(contact, data.draw(st.sampled_from(self.QUEUES)), "sue"),
            Prioritise(contact, priority, "sue"),
            WithdrawContact(contact, "sue"),
            HandOver(contact, data.draw(st.sampled_from(self.AGENTS)), 30.0, "sue"),
            Park(contact),
            Park(contact, lost=True),
            Unpark(contact),
        )
        self.maybe(data.draw(st.sampled_from(orders)))

    @rule()
    def everybody_ready(self) -> None:
        for view in self.desk.state.snapshot().agents:
            if not view.retired:
                self.give(AgentReady(view.agent))

    @rule(seconds=st.sampled_from([1.0, 5.0, 12.0, 33.0]))
    def wait(self, seconds: float) -> None:
        self.desk.pass_time(seconds)
        self.catch_up()

    @precondition(lambda self: self.desk.state.offers)
    @rule(data=st.data(), failing=st.booleans(), by=st.sampled_from([By.AGENT, By.CALLER]))
    def phones(self, data: st.DataObject, failing: bool, by: By) -> None:
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
                self.give(TalkOver(offer, by))

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

    @invariant()
    def no_contact_is_lost(self) -> None:
        """N = A + B + X + waiting, each visit closed at most once."""
        desk = self.desk
        closed = [e.visit for kind in (VisitAnswered, VisitAbandoned, VisitLeft) for e in desk.all(kind)]
        waiting = [name for name, visit in desk.state.waiting.visits.items() if not visit.answered]
        assert Counter(e.visit for e in desk.all(ContactQueued)) == Counter(closed + waiting)

    @invariant()
    def conversations_are_open_or_over(self) -> None:
        talking = [name for name, visit in self.desk.state.waiting.visits.items() if visit.answered]
        over = [e.visit for e in self.desk.all(TalkEnded)]
        assert Counter(e.visit for e in self.desk.all(VisitAnswered)) == Counter(talking + over)

    @invariant()
    def positions_count_from_one_without_gaps(self) -> None:
        state = self.desk.state
        for queue in self.QUEUES:
            found = list(state.waiting.of(queue))
            assert [state.position(visit.id) for visit in found] == list(range(1, len(found) + 1))
            assert len(found) == state.waiting_in(queue)

    @invariant()
    def who_comes_first_is_told_of_no_longer_a_wait_and_all_or_none_are_told(self) -> None:
        state = self.desk.state
        for queue in self.QUEUES:
            usual = [
                one for one in state.waiting.of(queue) if one.waiting and not (one.held_until or one.skills)
            ]
            for tell in (state.remaining_wait, state.waits_at_most):
                waits = [tell(one.id) for one in usual]
                known = [wait for wait in waits if wait is not None]
                assert known == sorted(known)
                assert len(known) in (0, len(usual))

    @invariant()
    def offers_hold_one_visit_and_one_agent_each(self) -> None:
        state = self.desk.state
        for name, offer in state.offers.items():
            assert name in state.waiting.visits[offer.visit].live
            assert name in state.pool.agents[offer.agent].offers
        assert sum(len(visit.live) for visit in state.waiting.visits.values()) == len(state.offers)
        assert sum(len(agent.offers) for agent in state.pool.agents.values()) == len(state.offers)

    @invariant()
    def nobody_rings_for_who_is_parked(self) -> None:
        assert not [visit for visit in self.desk.state.waiting.visits.values() if visit.parked and visit.live]

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
    def nothing_is_due(self) -> None:
        due = next_deadline(self.desk.state)
        assert due is None or due > self.desk.now

    @invariant()
    def nothing_that_has_been_lies_in_the_future(self) -> None:
        ago = elapsed(self.desk.state, self.desk.now)
        assert not {what: seconds for what, seconds in ago.items() if seconds < -1e-6}

    @invariant()
    def every_offer_rings_a_phone(self) -> None:
        made = [event.offer for event in self.desk.all(OfferMade)]
        assert [command.offer for command in self.desk.ordered(RingAgent)] == made
        assert self.desk.state.offers.keys() <= set(made)

    def teardown(self) -> None:
        """When all have hung up nothing is left."""
        for contact in range(1, self.contacts + 1):
            self.give(CallerLeft(f"c{contact}"))
        self.desk.pass_time(1000)
        state = self.desk.state
        assert (state.offers, state.waiting.visits, next_deadline(state)) == ({}, {}, None)
        assert (state.waiting.lines, state.waiting.by_contact) == ({}, {})
        assert all(agent.talking == 0 for agent in state.pool.agents.values())
