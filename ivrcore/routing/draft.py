"""A decision being made: its events and commands, and the parts that several rules share.

Reads the state as it was before the input and never changes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ivrcore.model import events
from ivrcore.model.names import AgentState, By, LeftQueue, OfferEnd
from ivrcore.model.unseen import lasted
from ivrcore.routing.commands import Command, ReturnContact, WithdrawOffer
from ivrcore.routing.fold import NOT_THE_AGENTS_DOING

if TYPE_CHECKING:
    from ivrcore.model.event import Event
    from ivrcore.model.roster import QueueFacts
    from ivrcore.routing.agent import Agent
    from ivrcore.routing.state import Offer, RouterState
    from ivrcore.routing.waiting import Visit


LOGGED_OUT, PAUSED, READY, OFFERED, TALKING, WRAP_UP = AgentState
NOBODY = ("", "")
MISSED = "missed offers"
"""Why an agent is paused who missed as many offers in a row as the queue allows."""


class Decision(msgspec.Struct, frozen=True):
    """What is to be recorded, and then done, each in order."""

    events: tuple[Event, ...] = ()
    commands: tuple[Command, ...] = ()
    fault: Exception | None = None
    """What broke the step off after these; to be raised once they are on record."""


class Draft:
    """A decision in the making at ``now`` (UTC seconds); what was applied of it is part of ``state``."""

    __slots__ = ("applied", "commands", "events", "now", "ordered", "state", "told")

    def __init__(self, state: RouterState, now: float) -> None:
        self.state = state
        self.now = now
        self.events: list[Event] = []
        self.commands: list[Command] = []
        self.told = NOBODY
        """An agent whose state somebody asked for with the input, and who."""
        self.applied = 0
        """How many of the events have taken effect."""
        self.ordered = 0
        """How many of the commands were decided with these."""

    def done(self) -> Decision:
        """Give what was collected."""
        return Decision(tuple(self.events), tuple(self.commands))

    def broken(self, fault: Exception) -> Decision:
        """Give what has taken effect before a fault."""
        return Decision(tuple(self.events[: self.applied]), tuple(self.commands[: self.ordered]), fault)

    def end_offer(
        self,
        offer: Offer,
        how: OfferEnd,
        to: AgentState | None = None,
        reason: str = "",
        *,
        missed: bool = True,
    ) -> None:
        """End an offer without a conversation; the agent goes ``to`` that state, else on.

        One that failed is taken for one that the agent has ``missed``, or else for one of a phone that may
        ring on for a while.
        """
        self.events.append(
            events.OfferEnded(
                at=self.now,
                contact=offer.contact,
                visit=offer.visit,
                queue=offer.queue,
                offer=offer.id,
                agent=offer.agent,
                how=how,
            )
        )
        self.commands.append(WithdrawOffer(offer.id, how))
        agent = self.state.pool.agents[offer.agent]
        if to is not None:
            self.agent_to(agent, to, reason=reason)
        elif how is OfferEnd.CUSTOMER_MISSED:
            self._wrap_up(offer, talked=False)
        elif how in NOT_THE_AGENTS_DOING:
            self._go_on(agent)
        elif not missed:
            self._go_on(agent, rest=self._facts(offer).retry_after)
        else:
            self._missed(agent, self._facts(offer))

    def _missed(self, agent: Agent, queue: QueueFacts) -> None:
        """Let an agent rest who missed an offer, or pause one who misses them all."""
        asked_to_go = agent.pause_next or agent.logout_next or agent.retired
        if agent.talking or asked_to_go or not 0 < queue.pause_after <= agent.missed + 1:
            self._go_on(agent, rest=queue.retry_after)
        else:
            self.agent_to(agent, PAUSED, reason=MISSED)

    def _go_on(self, agent: Agent, *, rest: float = 0.0) -> None:
        """Release an agent, unless another conversation goes on: then that is what he does, and after a miss
        it is the only one for a while."""
        if not agent.talking:
            self._wrap_up_or_release(agent, agent.owes, rest=rest)
        elif rest > 0:
            self.agent_on(agent, TALKING, until=self.now + rest)

    def end_offers(self, visit: Visit, how: OfferEnd, *, but: str = "", missed: bool = True) -> None:
        """End all live offers of a visit, except one."""
        for offer in visit.live:
            if offer != but:
                self.end_offer(self.state.offers[offer], how, missed=missed)

    def end_talk(self, offer: Offer, by: By, since: float | None = None) -> None:
        """End a conversation, of which nothing is known from ``since`` on; the agent wraps up from now on."""
        talked, last = lasted(self.now, offer.bridged_at, since)
        self.events.append(
            events.TalkEnded(
                at=self.now,
                contact=offer.contact,
                visit=offer.visit,
                queue=offer.queue,
                agent=offer.agent,
                talked=talked,
                by=by,
                since=last,
            )
        )
        self._wrap_up(offer, talked=True)

    def _wrap_up(self, offer: Offer, *, talked: bool) -> None:
        agent = self.state.pool.agents[offer.agent]
        if len(agent.offers) > 1:  # wraps up when the last contact in hand is over
            if agent.talking == talked:
                self.agent_on(agent, OFFERED)
            return
        self._wrap_up_or_release(agent, max(self._facts(offer).wrap_up, agent.owes))

    def _wrap_up_or_release(self, agent: Agent, wrap_up: float, *, rest: float = 0.0) -> None:
        if wrap_up > 0 and not agent.retired:
            self.agent_on(agent, WRAP_UP, until=self.now + wrap_up)
        else:
            self.release(agent, rest=rest)

    def abandon(self, visit: Visit, since: float | None = None) -> None:
        """Close the visit: its caller hung up, at some time from ``since`` on if nobody looked."""
        waited, last = lasted(self.now, visit.entered, since)
        self.events.append(
            events.VisitAbandoned(
                at=self.now,
                contact=visit.contact,
                visit=visit.id,
                queue=visit.facts.name,
                waited=waited,
                in_threshold=waited <= visit.facts.threshold,
                short=waited <= visit.facts.short_abandon,
                since=last,
            )
        )

    def leave(
        self,
        visit: Visit,
        why: LeftQueue,
        by: str = "",
        how: OfferEnd = OfferEnd.WITHDRAWN,
        key: str = "",
        since: float | None = None,
    ) -> None:
        """Close the visit and let the contact go on in its dialplan; its offers end, ``how`` says as what.

        ``since``: see `abandon`.
        """
        waited, last = lasted(self.now, visit.entered, since)
        self.events.append(
            events.VisitLeft(
                at=self.now,
                contact=visit.contact,
                visit=visit.id,
                queue=visit.facts.name,
                waited=waited,
                why=why,
                by=by,
                key=key,
                since=last,
            )
        )
        self.end_offers(visit, how)
        self.commands.append(ReturnContact(visit.contact, visit.id, why))

    def release(self, agent: Agent, *, rest: float = 0.0) -> None:
        """Let an agent go on who is done with a contact, an offer or wrap-up."""
        if agent.retired or agent.logout_next:
            self.agent_to(agent, LOGGED_OUT)
        elif agent.pause_next:
            self.agent_to(agent, PAUSED, reason=agent.reason)
        else:
            self.agent_to(agent, READY, until=self.now + rest if rest > 0 else None)

    def agent_on(self, agent: Agent, state: AgentState, *, until: float | None = None) -> None:
        """Change an agent's state within a contact: what is to follow it stays asked for."""
        self.agent_to(
            agent,
            state,
            reason=agent.reason,
            until=until,
            pause_next=agent.pause_next,
            logout_next=agent.logout_next,
        )

    def agent_to(
        self,
        agent: Agent,
        state: AgentState,
        *,
        reason: str = "",
        until: float | None = None,
        pause_next: bool = False,
        logout_next: bool = False,
    ) -> None:
        """Change an agent's state."""
        name, (told, by) = agent.facts.name, self.told
        self.events.append(
            events.AgentStateChanged(
                at=self.now,
                agent=name,
                state=state,
                reason=reason,
                until=until,
                pause_next=pause_next,
                logout_next=logout_next,
                by=by if told == name else "",
            )
        )

    def _facts(self, offer: Offer) -> QueueFacts:
        return self.state.waiting.visits[offer.visit].facts
