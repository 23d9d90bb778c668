"""Taking up again the calls that an earlier life of the server has left in Asterisk.

A restart is a loss of the link with a memory that comes from the journal: sessions and offers are made as
they stood, their legs by the ids that the journal has, and what became of those is seen once Asterisk was
asked. Before that nobody is heard and nothing is begun. Must not know how Asterisk is asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.errors import CoreMisuse, JournalError
from ivrcore.model import events
from ivrcore.model.names import Cause, Outcome, PromptEnd, Service
from ivrcore.model.pbx import pbx_of
from ivrcore.routing import commands as routing
from ivrcore.session.adopted import AdoptedSession
from ivrcore.session.adopted_delivery import AdoptedDelivery, LastLeg, nobody_rings, rung_for, stage_of
from ivrcore.session.adopted_without_plan import WithoutPlan
from ivrcore.session.delivery import Stage
from ivrcore.session.standing import (
    DialledLeg,
    Standing,
    callers_leg,
    customers_leg,
    last_legs,
    standing_of,
    why_not,
    why_not_back,
)
from ivrcore.session.taking_up import CalledBack
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from ivrcore.call_backs import OpenCallBack
    from ivrcore.dialplan.model import Plan
    from ivrcore.model.event import Event
    from ivrcore.model.events import ContactArrived
    from ivrcore.routing.state import Offer
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.living import Life, Living
    from ivrcore.session.looked_after import LookedAfter
    from ivrcore.session.taking_up import CallsBack, TurnsAway

log = logging.getLogger("ivrcore")

PlanOf = Callable[[str, str], "Plan | None"]
"""Gives a dialplan by name and version; None for one that cannot be had any more."""


BACK = 15.0
"""Seconds that Asterisk's dialplan has, from the start, to hand a caller over again, where nobody can look
whether the caller is there: also after a hand-over, behind which it asks at once, maybe on a busy machine."""


def _nobody(_event: legs.LegEvent) -> None:
    pass


def _gone(_arrived: ContactArrived) -> bool:
    return False


class Adoption:
    """For one start: `choose`, then `begin`; what was not chosen is to be closed in between."""

    def __init__(
        self,
        living: Living,
        looked_after: LookedAfter,
        exchange: Exchange,
        plan_of: PlanOf,
        calls_back: CallsBack,
        turns_away: TurnsAway,
        outlives: Callable[[ContactArrived], bool] = lambda _arrived: True,
        returns: Callable[[ContactArrived], bool] = _gone,
        rings_on: Callable[[str], bool] = lambda _contact: True,
    ) -> None:
        """``outlives`` tells whether the call of a contact can outlive a server, by the driver it came by;
        ``returns``, whether Asterisk's dialplan may hand over again one that cannot; ``rings_on``, whether
        phones can that were dialled for a contact after its caller had left, by whatever driver that came."""
        self._living = living
        self._until = looked_after.until
        self._exchange = exchange
        self._plan_of = plan_of
        self._calls_back = calls_back
        self._turns_away = turns_away
        self._outlives = outlives
        self._returns = returns
        self._rings_on = rings_on
        self._returning: dict[str, float] = {}
        """Contact -> seconds within which Asterisk's dialplan is to hand it over again."""
        self._joined: dict[str, str] = {}
        """Leg -> the other one, of those that are joined in a dialplan's hands."""
        self._chosen: dict[str, tuple[Standing, Plan | None]] = {}
        self._called_back: dict[str, tuple[Standing, OpenCallBack]] = {}
        """Contacts whose customer's phone is in use, or an agent's for them."""
        self._to_call_back: dict[str, OpenCallBack] = {}
        """Of those who were chosen: who is to be called back once they hang up."""
        self._forgotten: list[tuple[str, str]] = []
        """Contact and id of legs that are seen to by nobody."""
        self._silenced: list[tuple[str, str]] = []
        """Contact and id of what was played to them."""
        self.outbounds: set[str] = set()
        """The outside numbers that are taken up with the contacts that were chosen."""
        self._last: list[tuple[str, DialledLeg]] = []
        self._turned_away: list[Standing] = []
        self._legs: dict[str, legs.Leg] = {}

    def choose(self, call_backs: Mapping[str, OpenCallBack] | None = None) -> Collection[str]:
        """Give the contacts that can be taken up again; of those to be called back who is on the line."""
        call_backs = call_backs or {}
        for contact, life in self._living.lives.items():
            standing = _standing(contact, life)
            if standing is None:
                continue
            outlives = self._outlives(standing.arrived)
            if standing.closed:
                self._choose_legs(contact, standing, outlives=outlives)
                continue
            arrived, call_back = standing.arrived, call_backs.get(contact)
            if call_back is not None and self._rings_on(contact) and self._in_use(standing, call_back):
                self._called_back[contact] = standing, call_back
                if call_back.in_use:
                    self.outbounds.add(call_back.line)
                continue
            if not (outlives or self._returns(arrived)):
                continue
            reason = why_not(standing)
            if not outlives:
                reason = reason or why_not_back(standing)
            plan = None if reason else self._plan_of(arrived.plan, arrived.plan_version)
            if not reason and plan is None and not self._needs_no_plan(standing):
                reason = "the version of its dialplan cannot be had any more"
            if reason:
                log.info("%s is not taken up again: %s", contact, reason)
                continue
            self._chosen[contact] = standing, plan
            if call_back is not None:
                self._to_call_back[contact] = call_back
            if not outlives:
                self._choose_returning(contact, standing)
            if standing.begun is not None and standing.begun.goes_on:
                self.outbounds.add(standing.begun.request)
        return self._chosen.keys() | self._called_back.keys()

    def _needs_no_plan(self, standing: Standing) -> bool:
        """Tell whether a caller waits for somebody, talks to somebody, or leaves a message; or just did."""
        contact = standing.arrived.contact
        going = standing.begun is not None and standing.begun.goes_on
        if going or standing.returned is not None or contact in self._exchange.routing.waiting.by_contact:
            log.warning("%s goes on without its dialplan: there is no such version any more", contact)
            return True
        return False

    def _choose_returning(self, contact: str, standing: Standing) -> None:
        """See to a caller who is not there yet: who was rung for them cannot be joined any more, who is
        joined with them may go on."""
        joining = [one for one in standing.dialled.values() if one.joining]
        for one in joining:
            standing.dialled.pop(one.id)
            caller = standing.arrived.leg
            self._joined |= {caller: one.id, one.id: caller}
        ringing = [one.id for one in standing.dialled.values()]
        state = self._exchange.routing
        offers = [state.offers[one.offer] for one in standing.dialled.values() if one.offer in state.offers]
        longest = max((state.waiting.visits[one.visit].facts.ring_time for one in offers), default=0.0)
        self._returning[contact] = BACK + longest  # Asterisk rings the phone to its time
        self._forgotten += [(contact, leg) for leg in ringing]
        self._silenced += [(contact, name) for one in standing.dialled.values() for name in one.playbacks]
        standing.dialled = {one.id: one for one in joining}

    def _choose_legs(self, contact: str, standing: Standing, *, outlives: bool) -> None:
        """See to the legs of a contact that is closed: Asterisk may have them yet.

        Those of a call that came by AGI are gone with the request, but for phones that were dialled later.
        """
        if outlives and standing.turned_away and not standing.gone:
            self._turned_away.append(standing)
            return
        for leg in last_legs(standing):
            if outlives or (leg.alone and self._rings_on(contact)):
                self._last.append((contact, leg))
            else:
                self._forgotten.append((contact, leg.id))
                self._silenced += [(contact, name) for name in leg.playbacks]

    def _in_use(self, standing: Standing, call_back: OpenCallBack) -> bool:
        """Tell whether a customer to be called back is rung, or on the line, or an agent is rung for them."""
        waits = standing.arrived.contact in self._exchange.routing.waiting.by_contact
        if not (waits and standing.gone):
            return False
        if call_back.in_use:
            return customers_leg(standing, call_back.line) is not None
        offers = self._exchange.routing.offers
        return any(one.offer in offers for one in standing.dialled.values())

    def begin(self) -> None:
        """Make sessions, offers and legs again; once, before anything is routed."""
        chosen, self._chosen = self._chosen, {}
        called_back, self._called_back = self._called_back, {}
        standings = {contact: standing for contact, (standing, _) in (chosen | called_back).items()}
        exchange = self._exchange
        if standings:
            exchange.be_patient()
        self._forget()
        for contact, (standing, plan) in chosen.items():
            exchange.enter(
                partial(self._session, contact, standing, plan), partial(self._lost, contact, standing)
            )
        for contact, (standing, call_back) in called_back.items():
            exchange.enter(
                partial(self._customer, standing, call_back),
                partial(self._customer_lost, contact, standing, call_back),
            )
        for contact, standing in standings.items():
            for known in standing.dialled.values():
                exchange.enter(
                    partial(self._dialled, contact, known), partial(self._not_dialled, contact, known)
                )
        for contact, last in self._last:
            exchange.enter(partial(self._last_leg, contact, last))
        for standing in self._turned_away:
            exchange.enter(partial(self._turn_away, standing))
        self._park()
        for offer in list(exchange.routing.offers.values()):
            if offer.contact in standings and offer.id not in exchange.deliveries:
                exchange.enter(partial(nobody_rings, exchange, offer, self._until(offer.contact)))
        self._legs.clear()
        if standings:
            log.warning("%d contacts of an earlier run of the server are looked for", len(standings))

    def _park(self) -> None:
        """Offer nobody a caller who is still to come: first those for whom nobody was rung, since an agent
        whom the others set free would be offered one of them."""
        visits = self._exchange.routing.waiting.by_contact
        sessions = self._exchange.sessions
        alone = {
            contact for contact in self._returning if contact in sessions and not sessions[contact].owner
        }
        waiting = [contact for contact in self._returning if contact in visits and contact in alone]
        for contact in sorted(waiting, key=lambda one: bool(visits[one].live)):
            self._exchange.enter(partial(self._exchange.route, routing.Park(contact, lost=True)))

    def _forget(self) -> None:
        """Write down that nobody looks after these legs any more."""
        forgotten, self._forgotten = self._forgotten, []
        now, until = self._exchange.ports.clock.now(), self._until
        cause = Cause.TEMPORARY_FAILURE
        silenced, self._silenced = self._silenced, []
        ends: list[Event] = [
            events.PromptEnded(at=now, contact=contact, playback=name, how=PromptEnd.STOPPED, inferred=True)
            for contact, name in silenced
        ]
        ends += [
            events.LegEnded(at=now, contact=contact, leg=leg, cause=cause, since=until(contact))
            for contact, leg in forgotten
        ]
        if ends:
            self._exchange.record(ends)

    def _session(self, contact: str, standing: Standing, plan: Plan | None) -> None:
        arrived, since = standing.arrived, self._until(contact)
        waits = contact in self._exchange.routing.waiting.by_contact
        going = standing.begun if standing.begun is not None and standing.begun.goes_on else None
        known = legs.Remembered(
            arrived.leg,
            arrived.channel,
            answered=standing.state.answered,
            playback=standing.playbacks[-1] if standing.playbacks else "",
            music=waits or (going is not None and going.service is Service.TRANSFER),
            returns=self._returning.get(contact, 0.0),
            joined_with=self._joined.get(arrived.leg, ""),
            recording=going.request if going is not None and going.service is Service.RECORD else "",
            since=since,
        )
        leg = self._adopt(known)
        values = self._values(arrived.subject)
        arrival = legs.Arrival(
            leg,
            contact,
            arrived.number,
            values.get("caller_number", ""),
            values.get("caller_name", ""),
        )
        session = (
            WithoutPlan(self._exchange, arrival, standing, since)
            if plan is None
            else AdoptedSession(self._exchange, arrival, plan, standing, since)
        )
        self._exchange.sessions[contact] = session
        call_back = self._to_call_back.get(contact)
        if call_back is not None:
            self._calls_back.stand_by(call_back, session)
        if going is not None:
            line = standing.dialled.pop(going.line, None)
            session.take_up(going, None if line is None else self._leg(contact, line))

    def _customer(self, standing: Standing, call_back: OpenCallBack) -> None:
        """Make one again who is called back, and whose phone, or an agent's for them, is in use."""
        known = customers_leg(standing, call_back.line) if call_back.in_use else None
        contact = standing.arrived.contact
        leg, answered = (None, None) if known is None else (self._leg(contact, known), known.answered)
        found = CalledBack(leg, answered, standing.visits, self._until(contact))
        self._calls_back.adopt(call_back, found, self._exchange)

    def _customer_lost(self, contact: str, standing: Standing, call_back: OpenCallBack) -> None:
        """Close a call-back that could not be taken up by a fault of ours; its phone is hung up."""
        self._calls_back.give_up(call_back, self._exchange)
        self._lost(contact, standing)

    def _lost(self, contact: str, standing: Standing) -> None:
        """Close a contact that could not be taken up by a fault of ours, and hang its caller up."""
        self._exchange.session_over(contact)
        if not standing.gone:
            self._last_leg(contact, callers_leg(standing))
        self._exchange.route(routing.CallerLeft(contact))
        call_back = self._to_call_back.get(contact)
        if call_back is not None:  # a promise that is not for this call alone
            self._calls_back.take_up(call_back, standing.visits, self._exchange)
            return
        closed = events.ContactClosed(
            at=self._exchange.ports.clock.now(),
            contact=contact,
            outcome=Outcome.FAILED,
            cause=Cause.TEMPORARY_FAILURE,
            inferred=True,
        )
        self._exchange.record([closed])

    def _turn_away(self, standing: Standing) -> None:
        """See that a caller is sent where an earlier life was about to send them."""
        if standing.turned_away is not None:
            arrived = standing.arrived
            since = self._until(arrived.contact)
            leg = self._adopt(legs.Remembered(arrived.leg, arrived.channel, since=since))
            self._turns_away.take_up(arrived, standing.turned_away.way, leg)

    def _values(self, subject: str) -> dict[str, str]:
        try:
            return dict(self._exchange.ports.subjects.get(subject) or {})
        except JournalError as error:  # the call can go on without knowing who calls
            log.error("who calls is not known any more: %s", error)  # noqa: TRY400 - says all
            return {}

    def _dialled(self, contact: str, known: DialledLeg) -> None:
        exchange = self._exchange
        offer = exchange.routing.offers.get(known.offer)
        session = exchange.sessions.get(contact)
        if session is not None and session.partner is not None and session.partner.id == known.id:
            return  # the customer who is called back
        if session is None or (offer is None and known.sent_on is None):
            self._last_leg(contact, known)
            return
        if offer is None:
            delivery = AdoptedDelivery(exchange, session, rung_for(known), known, Stage.SENT_ON)
        else:
            delivery = AdoptedDelivery(exchange, session, self._ring(offer), known, stage_of(offer, known))
        exchange.deliveries[known.offer] = delivery
        leg = self._leg(contact, known)
        delivery.take_up(leg)
        if known.joining:
            exchange.ports.switch.adopt_bridge(delivery.bridge, [session.leg, leg])

    def _not_dialled(self, contact: str, known: DialledLeg) -> None:
        """Hang up an agent's leg that could not be taken up by a fault of ours; the offer ends after it."""
        self._exchange.deliveries.pop(known.offer, None)
        session = self._exchange.sessions.get(contact)
        if session is not None:
            session.owner = None
        self._last_leg(contact, known)

    def _last_leg(self, contact: str, known: DialledLeg) -> None:
        LastLeg(self._exchange, contact, known).take_up(self._leg(contact, known))

    def _leg(self, contact: str, known: DialledLeg) -> legs.Leg:
        agent, pbx = self._exchange.routing.pool.agents.get(known.agent), pbx_of(known.id)
        if known.sent_on is not None:
            agent = None  # their phone is free
        remembered = legs.Remembered(
            known.id,
            known.channel,
            answered=known.answered is not None,
            playback=known.playbacks[-1] if known.playbacks else "",
            dialled=True,
            endpoint=agent.facts.dialled_from(pbx) if agent else "",
            home=agent.facts.home_from(pbx) if agent else "",
            outside=bool(known.outbound),
            returns=BACK if known.id in self._joined else 0.0,
            joined_with=self._joined.get(known.id, ""),
            since=self._until(contact),
        )
        return self._adopt(remembered)

    def _adopt(self, known: legs.Remembered) -> legs.Leg:
        """Give the leg, the same one if a fault made somebody else ask again."""
        leg = self._legs.get(known.leg)
        if leg is None:
            leg = self._legs[known.leg] = self._exchange.ports.switch.adopt(known, _nobody)
        return leg

    def _ring(self, offer: Offer) -> routing.RingAgent:
        """Give the order that led to an offer, as far as it is needed from here on."""
        state = self._exchange.routing
        facts, visit = state.pool.agents[offer.agent].facts, state.waiting.visits[offer.visit]
        return routing.RingAgent(
            offer=offer.id,
            contact=offer.contact,
            visit=offer.visit,
            queue=offer.queue,
            agent=offer.agent,
            endpoint=facts.dialled_from(pbx_of(offer.contact)),
            home=facts.home_from(pbx_of(offer.contact)),
            ring_time=visit.facts.ring_time,
            confirm=facts.confirm is not None,
            known=offer.agent in visit.preferred,
        )


def _standing(contact: str, life: Life) -> Standing | None:
    """Fold a contact's story. One that cannot be folded costs that contact, not the start: it is closed."""
    try:
        return standing_of(life.events)
    except Exception:
        log.exception("%s %s cannot be taken up again by a fault of ours", CoreMisuse.code, contact)
        return None
