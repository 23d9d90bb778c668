"""One simulated run: the real router, given callers and agents who act by chance, under a virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from ivrcore.model.events import ContactQueued
from ivrcore.model.names import By, LeftQueue, OfferEnd
from ivrcore.routing.commands import (
    AgentAnswered,
    Bridged,
    CallerLeft,
    CustomerMissed,
    Enqueue,
    LeaveQueue,
    LoadRoster,
    OfferFailed,
    ReturnContact,
    RingAgent,
    TalkOver,
    Tick,
)
from ivrcore.routing.router import RouterState, next_deadline, step
from ivrcore.simulator.called_back import CallBack
from ivrcore.simulator.chance import stream
from ivrcore.simulator.future import Future
from ivrcore.simulator.people import Answers, Person, changes
from ivrcore.simulator.tally import Slices, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ivrcore.model.event import Event
    from ivrcore.model.roster import AgentFacts, QueueFacts
    from ivrcore.routing.commands import Input
    from ivrcore.routing.rulebook import RoutingPlugins
    from ivrcore.simulator.traffic import Caller, Traffic

USUAL = Person()
Watch = Callable[[tuple["Event", ...]], None]


@dataclass(frozen=True, slots=True)
class Floor:
    """What is simulated: queues, agents, their habits, and who calls, from 0 to ``end`` seconds."""

    queues: tuple[QueueFacts, ...]
    agents: tuple[AgentFacts, ...]
    traffic: Traffic
    end: float
    warm_up: float = 0.0
    """What begins sooner is not counted."""
    people: Mapping[str, Person] = field(default_factory=dict)
    """By agent, where that is not the usual."""


def simulate(
    floor: Floor, seed: str, plugins: RoutingPlugins, slices: int = 1, watch: Watch | None = None
) -> Tally:
    """Run once; the same seed gives the same run. ``watch`` sees every event, as the journal would;
    without it nothing is explained, which is faster and decides the same."""
    run = _Run(floor, seed, plugins, Slices(floor.warm_up, floor.end, slices), watch)
    run.to_the_end()
    return run.tally


class _Run:
    def __init__(
        self, floor: Floor, seed: str, plugins: RoutingPlugins, slices: Slices, watch: Watch | None
    ) -> None:
        self.tally = Tally(slices)
        self._watch = watch
        self._end = floor.end
        self._now = 0.0
        self._state = RouterState(plugins, stream(seed, "router").random, explained=watch is not None)
        self._future: Future[Callable[[], None]] = Future()
        self._callers: Iterator[Caller] = floor.traffic.callers(seed, floor.end)
        self._numbers = count(1)
        people = {agent.name: floor.people.get(agent.name, USUAL) for agent in floor.agents}
        self._answers = Answers(people, seed)
        self._talks: dict[str, float] = {}
        """How long each contact, who waits, will talk."""
        self._later: dict[str, Caller] = {}
        """What each of them asks for next if nobody talks with him here."""
        self._call_backs: dict[str, CallBack] = {}
        """Who is to be called back, by contact."""
        self._give(LoadRoster(floor.queues, floor.agents))
        for name, person in people.items():
            for at, told in changes(name, person, 0.0):
                self._future.add(at, partial(self._give, told))

    def to_the_end(self) -> None:
        """Let everything happen, one thing after another."""
        state, future = self._state, self._future
        self._plan_caller()
        while True:
            due = next_deadline(state)
            at = future.next_at
            if due is not None and due < at:
                at = due
            if at >= self._end:
                break
            self._now = max(self._now, at)
            if at == due:
                self._give(_TICK)
            else:
                future.take()()
        self.tally.finish()

    def _give(self, given: Input) -> None:
        decision = step(self._state, given, self._now)
        if decision.fault is not None:
            raise decision.fault
        self.tally.see(decision.events)
        if self._watch is not None:
            self._watch(decision.events)
        if self._call_backs:
            self._follow(decision.events)
        for command in decision.commands:
            if type(command) is RingAgent:
                self._ring(command)
            elif type(command) is ReturnContact:
                self._return(command.contact)

    # --- callers ---

    def _plan_caller(self) -> None:
        caller = next(self._callers, None)
        if caller is not None:
            self._future.add(caller.at, partial(self._arrive, caller))

    def _arrive(self, caller: Caller) -> None:
        self._join(caller)
        self._plan_caller()

    def _join(self, caller: Caller) -> None:
        name = f"c{next(self._numbers)}"
        self._talks[name] = caller.talk
        if caller.later is not None:
            self._later[name] = caller.later
        given = Enqueue(
            name, f"{name}.v1", caller.queue, caller.priority, dict(caller.skills), preferred=caller.preferred
        )
        self._give(given)
        if name in self._talks:
            gives_up = self._now + caller.patience
            if gives_up < self._end:
                self._future.add(gives_up, partial(self._give_up, name))
            if caller.wish is not None and caller.wish.after < caller.patience:
                asks = partial(self._ask, CallBack(name, caller, caller.wish, self._now))
                self._future.add(self._now + caller.wish.after, asks)

    def _return(self, contact: str) -> None:
        self._talks.pop(contact, None)
        later = self._later.pop(contact, None)
        if later is not None:
            self._future.add(self._now + later.at, partial(self._join, later))

    def _give_up(self, contact: str) -> None:
        if self._talks.pop(contact, None) is not None:
            self._later.pop(contact, None)
            self._give(CallerLeft(contact))

    # --- who is called back ---

    def _ask(self, one: CallBack) -> None:
        visit = self._state.waiting.by_contact.get(one.contact)
        if one.contact not in self._talks or visit is None:
            return
        one.asked = self._now
        self.tally.asked(one.contact, visit.id, self._now)
        self._give(LeaveQueue(one.contact, LeftQueue.BY_KEY))
        self._call_backs[one.contact] = one
        self._future.add(one.too_old, partial(self._too_old, one))
        self._queue_again(one)

    def _follow(self, happened: Iterable[Event]) -> None:
        """Keep in mind which queues call-backs are moved to."""
        for event in happened:
            if type(event) is ContactQueued and event.contact in self._call_backs:
                self._call_backs[event.contact].queue = event.queue

    def _queue_again(self, one: CallBack) -> None:
        if one.contact in self._call_backs:
            self._give(one.enqueue())

    def _too_old(self, one: CallBack) -> None:
        visit = self._state.waiting.by_contact.get(one.contact)
        if visit is not None and visit.taken:  # an agent has the customer rung, or talks
            if not visit.answered:
                self._future.add(self._now + one.wish.ring, partial(self._too_old, one))
        elif self._call_backs.pop(one.contact, None) and visit is not None:
            self._give(LeaveQueue(one.contact, LeftQueue.TIMED_OUT))

    def _dial(self, one: CallBack, offer: str) -> None:
        """An agent waits: ring the customer."""
        self._give(AgentAnswered(offer))
        after = one.dial(self._now)
        if after is None:
            self._future.add(self._now + one.wish.ring, partial(self._not_reached, one, offer))
        else:
            self._future.add(self._now + after, partial(self._reached, one, offer))

    def _not_reached(self, one: CallBack, offer: str) -> None:
        if offer not in self._state.offers:
            return
        self._give(CustomerMissed(one.contact))
        again = self._now + one.wish.gap
        if one.tries_left and again < one.too_old:
            self._future.add(again, partial(self._queue_again, one))
        else:
            self._call_backs.pop(one.contact, None)

    def _reached(self, one: CallBack, offer: str) -> None:
        if offer in self._state.offers:
            self._call_backs.pop(one.contact, None)
            self._talk(offer, one.caller.talk)

    # --- agents ---

    def _ring(self, command: RingAgent) -> None:
        after = self._answers.after(command.agent)
        if after == 0.0:
            self._answer(command)
        elif after is None or after >= command.ring_time:
            self._future.add(self._now + command.ring_time, partial(self._miss, command))
        else:
            self._future.add(self._now + after, partial(self._answer, command))

    def _answer(self, command: RingAgent) -> None:
        if command.offer in self._state.offers:
            one = self._call_backs.get(command.contact)
            if one is not None:
                self._dial(one, command.offer)
                return
            self._later.pop(command.contact, None)
            self._talk(command.offer, self._talks.pop(command.contact))

    def _talk(self, offer: str, seconds: float) -> None:
        self._give(Bridged(offer, offer))  # says AgentAnswered too: they are joined at once
        self._future.add(self._now + seconds, partial(self._over, offer))

    def _miss(self, command: RingAgent) -> None:
        if command.offer in self._state.offers:
            self._give(OfferFailed(command.offer, OfferEnd.NO_ANSWER))

    def _over(self, offer: str) -> None:
        self._give(TalkOver(offer, By.CALLER))


_TICK = Tick()
