"""Everything that routing knows: queues, agents, visits, offers, and what ends when.

Changed by :mod:`ivrcore.routing.fold` only. `RouterState.snapshot` gives it as frozen values, to compare or
to show; indices and caches are not part of it.
"""

from __future__ import annotations

from copy import deepcopy
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from ivrcore.errors import PluginError
from ivrcore.model.names import RESTING, AgentState
from ivrcore.model.pbx import MAIN, pbx_of
from ivrcore.routing.deadlines import Deadlines, earlier
from ivrcore.routing.estimate import Estimates, Outlook
from ivrcore.routing.facts import QueueView
from ivrcore.routing.last_talks import LastTalks
from ivrcore.routing.need import PBX, Need, line_of, with_asked
from ivrcore.routing.pool import Pool
from ivrcore.routing.redial import Redials
from ivrcore.routing.rulebook import RoutingPlugins, Rulebook
from ivrcore.routing.standing import Standing
from ivrcore.routing.views import AgentView, OfferView, Snapshot, VisitView
from ivrcore.routing.waiting import Waiting, first_need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.model.roster import QueueFacts
    from ivrcore.routing.agent import Agent
    from ivrcore.routing.facts import Memory
    from ivrcore.routing.rulebook import Draw
    from ivrcore.routing.waiting import Place, Visit


READY = AgentState.READY
SERVING = (READY, AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP, RESTING)
"""How agents count who take a contact sooner or later."""


class Phase(StrEnum):
    """How far an offer is."""

    RINGING = "ringing"
    ACCEPTED = "accepted"
    TALKING = "talking"


class Offer(msgspec.Struct, gc=False):
    """A visit and an agent held for one another, until it comes to nothing or the conversation is over."""

    id: str
    contact: str
    visit: str
    queue: str
    agent: str
    deadline: float | None
    """When it ends by itself (UTC seconds); None in conversation."""
    phase: Phase = Phase.RINGING
    picked_up: bool = False
    """Whether somebody (it may be a voicemail) picked up, of whom a key is awaited."""
    bridged_at: float = 0.0


class RouterState:
    """One routing domain: a set of queues and agents that share nobody with another.

    A state that is only folded, never stepped, needs neither plugins nor ``draw``, its source of random
    numbers. Without ``explained`` offers do not say how they were decided: for simulations, where nobody asks
    and saying so takes a sixth of the time. What is decided is the same.
    """

    def __init__(
        self, plugins: RoutingPlugins | None = None, draw: Draw | None = None, *, explained: bool = True
    ) -> None:
        self.explained = explained
        self.rulebook = Rulebook(plugins or RoutingPlugins())
        self.draw = draw or _nothing_to_draw
        self.queues: dict[str, QueueFacts] = {}
        self.pool = Pool(self.rulebook)
        self.waiting = Waiting()
        self.memories: dict[str, Memory] = {}
        """What each queue's strategy remembers."""
        self.standings: dict[str, Standing] = {}
        self.estimates = Estimates()
        """How long contacts wait."""
        self.redials = Redials()
        self.last_talks = LastTalks()
        """Whose place is kept."""
        self.offers: dict[str, Offer] = {}
        self.deadlines = Deadlines()
        self.plans = Deadlines()
        """When strategies are asked again: after matching, so that nobody is rung besides who could have a
        contact of his own."""
        self.looks = Deadlines()
        """When it is looked whether a visit moves on to another queue; no part of the state: `step` sets the
        times anew, and after a restart all are looked at."""
        self.several = False
        """Whether there are agents whose phones are not at the first PBX: not everybody's can be dialled then
        for every caller."""
        self.patient = False
        """Whether what is overdue waits: what happened meanwhile is to be told yet. No part of the state."""

    def set_back(self, seconds: float) -> None:
        """Take so much off every time: O(everything). What a strategy remembers is its own: it stays."""
        for agent in self.pool.agents.values():
            self.pool.alter(agent)
            agent.set_back(seconds)
            self.pool.settle(agent)
        for offer in self.offers.values():
            offer.bridged_at -= seconds if offer.phase is Phase.TALKING else 0.0
            offer.deadline = earlier(offer.deadline, seconds)
        self.waiting.set_back(seconds)
        for standing in self.standings.values():
            standing.set_back(seconds)
        for kept in (self.estimates, self.redials, self.last_talks, self.deadlines, self.plans, self.looks):
            kept.set_back(seconds)

    def offer_anew(self) -> None:
        """Have all who wait and all who are free looked at: a fault may have cut a round of offers short."""
        waiting = [visit.id for visit in self.waiting.visits.values() if visit.waiting]
        self.waiting.fresh.update(dict.fromkeys(waiting))
        self.pool.fresh.update({name: agent for name, agent in self.pool.agents.items() if agent.free})

    def need_from(self, contact: str, need: Need) -> Need:
        """Give a need with what follows from where the contact is: a phone that its PBX can dial."""
        pbx = pbx_of(contact)
        return need if pbx == MAIN and not self.several else with_asked(need, PBX, pbx)

    def position(self, visit: str) -> int:
        """Give 1 + the number of visits ahead in its queue; 0 in conversation or when not open here."""
        found = self.waiting.visits.get(visit)
        return self.waiting.position(found) if found else 0

    def waiting_in(self, queue: str) -> int:
        """Give how many wait, those being offered included."""
        return self.waiting.count(queue)

    def longest_wait(self, queue: str, now: float) -> float:
        """Give the seconds that the one has waited who waits longest; 0 where nobody does."""
        oldest = self.waiting.oldest(queue)
        return 0.0 if oldest is None else now - oldest

    def outlook(self, queue: str, place: Place | None = None, contact: str = "") -> Outlook | None:
        """Estimate how long a contact waits who has that place, or (None) the last: 0 if somebody is free
        now; None where too little is known, or nobody there, or nobody is rung (`pull`).

        A contact of a queue with a relaxation may not get who is free: then that says nothing. Of several
        PBXs only agents count whose phones the contact's can dial, but all who are ahead: it is no longer.
        """
        facts = self.queues[queue]
        if self.rulebook.of(facts).pulled:
            return None
        need = first_need(facts, {}) if facts.require else ()
        tally = self.pool.staff(line_of(queue, self.need_from(contact, need) if contact else need))
        ahead = self.waiting.ahead(queue, place)
        if tally.get(READY, 0) > ahead:
            return None if place is not None and facts.relaxation else Outlook(0.0, None)
        known = self.estimates.queues.get(queue)
        if known is None or not known.says:
            return None
        agents = 0
        for state in SERVING:
            if state in tally:
                agents += tally[state]
        return known.outlook(ahead, agents)

    def expected_wait(self, queue: str, place: Place | None = None, contact: str = "") -> float | None:
        """Give what `outlook` expects, unless that was too wrong of late to be told anybody."""
        known = self.estimates.queues.get(queue)
        found = self.outlook(queue, place, contact) if known is None or known.trusted else None
        return found.expected if found else None

    def remaining_wait(self, visit: str) -> float | None:
        """Estimate how long a visit waits on; None for one that asks for more than its queue does, or is
        handed over to one agent, and for all in a queue that wait though somebody is free: nobody can tell
        when a need is relaxed to who is, or when a strategy rings them."""
        found = self._usual(visit)
        if found is None:
            return None
        return self.expected_wait(found.facts.name, found.place, found.contact) or None

    def waits_at_most(self, visit: str) -> float | None:
        """Give what is told: in 19 of 20 cases a visit waits on for less. None as in `remaining_wait`, or
        where too many such bounds were broken of late."""
        found = self._usual(visit)
        known = self.estimates.queues.get(found.facts.name) if found else None
        if found is None or known is None or not known.kept_word:
            return None
        outlook = self.outlook(found.facts.name, found.place, found.contact)
        return outlook.at_most if outlook else None

    def _usual(self, visit: str) -> Visit | None:
        """Give a visit that waits as its queue's visits usually do: for somebody to become free."""
        found = self.waiting.visits.get(visit)
        if found is None or not found.waiting or found.held_until or found.facts.name not in self.queues:
            return None
        need = first_need(found.facts, {})
        usual = first_need(found.facts, found.skills) == need
        line = line_of(found.facts.name, self.need_from(found.contact, need))
        return found if usual and not self.pool.staff(line).get(READY) else None

    def staffed(self, queue: str) -> bool:
        """Whether anybody is at work who serves a queue."""
        tally = self.pool.tally(queue)
        return any(tally.get(state) for state in SERVING)

    def claim(self, visit: Visit, now: float) -> float:
        """Give how urgent a visit is against the first ones of other lines (seconds)."""
        queue = visit.facts
        view = self.queue_view(queue.name, now) if self.rulebook.of(queue).weighs else None
        return self.rulebook.claim(queue, visit.since, visit.place.since, view, now)

    def queue_view(self, queue: str, now: float) -> QueueView:
        """Give what the choice between contacts may know of a queue."""
        standing = self.standings.get(queue)
        if standing:
            standing.forget(now)
        return QueueView(
            name=queue,
            threshold=self.queues[queue].threshold if queue in self.queues else 0.0,
            waiting=self.waiting.count(queue),
            answered=standing.visits if standing else 0,
            in_threshold=standing.in_threshold if standing else 0,
        )

    def agents_on(self, queue: str) -> Mapping[str, int]:
        """Count the agents who serve a queue by state, ``resting`` apart from ``ready``; no zeros."""
        return self.pool.tally(queue)

    def agent_state(self, agent: str) -> AgentState | None:
        """Give an agent's state, or None for one who is not known."""
        found = self.pool.agents.get(agent)
        return found.state if found else None

    def agent_view(self, agent: str) -> AgentView | None:
        """Give all that is shown of one agent."""
        found = self.pool.agents.get(agent)
        return self._agent(found) if found else None

    def visit_view(self, contact: str) -> VisitView | None:
        """Give all that is shown of the visit of a contact that waits, or talks with an agent."""
        found = self.waiting.by_contact.get(contact)
        return self._visit(found) if found else None

    def snapshot(self) -> Snapshot:
        """Give everything as frozen values: O(everything), for tests, tools and status pages."""
        return Snapshot(
            queues=tuple(self.queues[name] for name in sorted(self.queues)),
            agents=tuple(self._agent(agent) for _, agent in sorted(self.pool.agents.items())),
            visits=tuple(self._visit(visit) for _, visit in sorted(self.waiting.visits.items())),
            memories=tuple((queue, dict(memory)) for queue, memory in sorted(self.memories.items())),
            dropped=tuple(sorted(self.redials.places.items())),
            estimates=tuple((name, deepcopy(one)) for name, one in sorted(self.estimates.queues.items())),
        )

    def _agent(self, agent: Agent) -> AgentView:
        return AgentView(
            agent=agent.facts.name,
            display=agent.facts.display,
            state=agent.state,
            resting=agent.count_as == RESTING,
            since=agent.since,
            until=agent.until,
            reason=agent.reason,
            pause_next=agent.pause_next,
            logout_next=agent.logout_next,
            idle_since=agent.idle_since,
            contacts_taken=agent.contacts_taken,
            missed=agent.missed,
            device=agent.device,
            offers=tuple(agent.offers),
            in_hand=tuple(_held(self.offers[name]) for name in agent.offers),
            capacity=agent.facts.capacity,
            skills=tuple(sorted(agent.facts.skills.items())),
            tiers=tuple((queue, agent.tier(queue)) for queue in agent.queues),
            retired=agent.retired,
            queues=agent.queues,
        )

    def _visit(self, visit: Visit) -> VisitView:
        shown = visit.taken or next(iter(visit.live), "")
        offer = self.offers.get(shown)
        return VisitView(
            visit=visit.id,
            contact=visit.contact,
            queue=visit.facts.name,
            priority=visit.priority,
            skills=tuple(sorted(visit.skills.items())),
            entered=visit.entered,
            position=self.waiting.position(visit),
            since=visit.since,
            through=visit.through,
            place=visit.place.since,
            need=visit.need,
            step=visit.step,
            why=visit.why,
            call_back=visit.call_back,
            parked=visit.parked,
            preferred=visit.preferred,
            offers=visit.offers,
            live=tuple(visit.live),
            rung=tuple(_held(self.offers[name]) for name in visit.live),
            offer=shown,
            agent=offer.agent if offer else "",
            phase=offer.phase if offer else None,
            deadline=offer.deadline if offer else None,
            bridged_at=offer.bridged_at if offer else 0.0,
        )


def _nothing_to_draw() -> float:
    raise PluginError("a random number is wanted, and this state has no source of them", plugin="router")


def _held(offer: Offer) -> OfferView:
    return OfferView(offer.id, offer.contact, offer.queue, offer.agent, offer.phase, offer.deadline)
