"""A contact whose call stays with a dialplan of Asterisk's own: it waits here, and is dialled for there.

The dialplan asks for an agent, dials, and tells what came of it; between two requests nothing is known of
its caller. Must not know how requests come in, nor how routing picks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.errors import CoreMisuse
from ivrcore.model import events
from ivrcore.model.names import By, Cause, EmergencyAction, LeftQueue, OfferEnd, Outcome
from ivrcore.model.pbx import MAIN
from ivrcore.routing import commands as routing
from ivrcore.routing.asked import OutcomeTold, Result, RouteAsked, variables, why_queued
from ivrcore.session.clock import Alarm
from ivrcore.session.elsewhere import DialledElsewhere
from ivrcore.telephony.endpoints import endpoint_name, endpoint_of

if TYPE_CHECKING:
    from ivrcore.model.event import Event
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.ports import LegOwner
    from ivrcore.telephony import leg as legs

Reply = Callable[[Mapping[str, str]], None]
"""Sets channel variables, and lets the dialplan go on."""
HELD = 10.0
"""Seconds that an agent stays reserved for a dialplan which is not asking just now, at most."""
DROP = {"GOSUB_RESULT": "CONTINUE"}
"""What has Asterisk's ``Dial`` hang an agent up who picked up too late."""


@dataclass(frozen=True, slots=True)
class RoutedCaller:
    """Who is to be brought to an agent."""

    channel: str
    number: str = ""
    caller_number: str = field(default="", repr=False)
    caller_name: str = field(default="", repr=False)
    pbx: str = MAIN


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds: until a dialplan that does not come back counts as hung up, and a talk as over."""

    away: float = 30.0
    longest_talk: float = 14_400.0


class Routed:
    """One such contact, from the first request to the end of the conversation; see `Party`."""

    def __init__(self, exchange: Exchange, contact: str, caller: RoutedCaller, patience: Patience) -> None:
        self.contact = contact
        self.arrival = caller
        self.owner: LegOwner | None = None
        self._exchange = exchange
        self._patience = patience
        self._leg = f"{contact}.l1"
        self._visit = f"{contact}.v1"
        self._reply: Reply | None = None
        self._offers: dict[str, DialledElsewhere] = {}
        """Those that ring, or are about to."""
        self._given = False
        """Whether the dialplan was told to dial them."""
        self._late = False
        """Whether who picked up was let go: the dialplan takes that for an answer."""
        self._talks = ""
        """The offer whose conversation it is."""
        self._left: LeftQueue | None = None
        self._coming: set[str] = set()
        """What routing decided that is about to be told: offers, or the visit that is over."""
        self._waited_enough = False
        self._since = 0.0
        self._told_at = 0.0
        """When the dialplan was answered last (UTC seconds): its caller was there until then, for sure."""
        self._queue = self._why = ""
        self._broken = self._queued = False
        self.ended = False
        clock = exchange.ports.clock
        self._time_is_up = Alarm(clock, partial(self._enter, self._tell_place))
        self._not_back = Alarm(clock, partial(self._enter, self._stayed_away))
        self._held = Alarm(clock, partial(self._enter, self._park))
        self._too_long = Alarm(clock, partial(self._enter, partial(self.talk_over, By.UNKNOWN)))

    # --- what the dialplan asks and tells -------------------------------------------------------

    def begin(self, asked: RouteAsked, subject: str, reply: Reply) -> None:
        """Queue the contact."""
        now, caller = self._now(), self.arrival
        self._since, self._queue = now, asked.group
        arrived = events.ContactArrived(
            at=now,
            contact=self.contact,
            leg=self._leg,
            channel=caller.channel,
            number=caller.number,
            plan="",
            plan_version="",
            subject=subject,
        )
        self._reply = reply
        if self._emergency:
            self._left = LeftQueue.EMERGENCY
            self._exchange.record([arrived], partial(self.returned, self._left), self.broken)
            return
        self._exchange.record([arrived])
        self._queued = True
        self._exchange.route(
            routing.Enqueue(
                self.contact,
                self._visit,
                asked.group,
                asked.priority,
                dict(asked.skills),
                preferred=asked.preferred,
                caller=self._known_as(asked.group),
            )
        )
        self._wait(asked.wait)

    def again(self, asked: RouteAsked, reply: Reply) -> None:
        """Wait on at the same place; what was dialled meanwhile, and nobody told of, failed."""
        if self._reply is not None:
            reply(variables(Result.REFUSED, contact=self.contact, reason="another request waits for it"))
            return
        self._not_back.cancel()
        self._held.cancel()
        self._late = False
        self._reply = reply
        if self._left is not None:
            self.returned(self._left)
            return
        if self._given:
            self._fail_offers(OfferEnd.FAILED)
        self._exchange.route(routing.Unpark(self.contact))
        if self._offers:
            self._exchange.record((), self._give, self.broken)
        if self._reply is not None:  # also with an offer at hand: it may be over before it is given
            self._wait(asked.wait)

    def taken(self, channel: str, reply: Reply) -> None:
        """An agent picked up: the offer is taken, unless it is over."""
        offer = self._offer_of(channel)
        if offer and self._given and not self._talks:
            self._exchange.route(routing.Bridged(offer, ""))
        if offer and self._talks == offer:
            self._too_long.set(self._now() + self._patience.longest_talk)
            self._exchange.record((), partial(reply, variables(Result.TALK, contact=self.contact)))
        else:
            self._late = not self._talks
            reply(variables(Result.LATE, contact=self.contact) | DROP)

    def outcome(self, told: OutcomeTold, reply: Reply) -> None:
        """Note how the dialling, or the conversation, ended; say whether the contact is over by that."""
        let_go, self._late = told.talked and self._late, False
        if told.talked and not let_go and not self._talks and len(self._offers) == 1 and self._given:
            self._exchange.route(routing.Bridged(next(iter(self._offers)), ""))  # nobody told of the answer
        if self._talks:
            self.talk_over(By.CALLER if told.gone else By.AGENT)
        elif told.gone or told.how is OfferEnd.CALLER_LEFT:
            self._caller_left()
        elif let_go:
            if self._given:  # who rang with them; an offer made since is for the next request
                self._fail_offers(OfferEnd.FAILED)
        elif told.talked:  # with whom, and since when, nobody told
            self._exchange.route(routing.LeaveQueue(self.contact, LeftQueue.FAILED))
            self.close()
        elif told.how is not None:
            self._fail_offers(told.how)
        result = Result.OVER if self.ended else Result.WAITING
        self._exchange.record((), partial(reply, variables(result, contact=self.contact)))

    def hung_up(self, reply: Reply) -> None:
        """The request that waited for this reply is gone, and the caller with it."""
        if self._reply is reply:
            self._reply = None
            self._caller_left()

    def talk_over(self, by: By) -> None:
        """End the conversation, if there is one, and the contact."""
        if self._talks:
            self._exchange.route(routing.TalkOver(self._talks, by))
        self.close()

    @property
    def talks(self) -> bool:
        """Whether it is in conversation with an agent, as far as was told."""
        return bool(self._talks)

    # --- what its offers tell -------------------------------------------------------------------

    def offered(self, offer: DialledElsewhere) -> None:
        """An agent is reserved: have the dialplan dial, now or when it asks next."""
        self._offers[offer.id] = offer
        if self._given:
            self._enter(partial(self._exchange.route, routing.OfferFailed(offer.id, OfferEnd.WITHDRAWN)))
        elif self._reply is not None:
            self._exchange.record((), self._give, self.broken)
        else:
            self._held.set(self._now() + min(HELD, offer.ring_time / 2))

    def withdrawn(self, offer: DialledElsewhere) -> None:
        """It is over; the dialplan's own dialling goes on, and nobody is to talk by it any more."""
        self._offers.pop(offer.id, None)
        if self._offers or self.ended or self._talks:
            return
        given, self._given = self._given, False
        self._held.cancel()
        if given and self._reply is None:
            self._not_back.set(self._now() + self._patience.away + offer.ring_time)
        elif self._reply is not None and self._waited_enough:
            self._enter(self._tell_place)

    def _give(self) -> None:
        """Tell the dialplan whom to dial: all who are to ring together."""
        if self._reply is None or self._given or not self._offers:
            return
        self._given = True
        offers = list(self._offers.values())
        told = self._answer(Result.AGENT, self._why)
        told["IVRCORE_AGENT"] = "+".join(offer.agent for offer in offers)
        told["IVRCORE_DIAL"] = "&".join(offer.endpoint for offer in offers)
        told["IVRCORE_RING"] = f"{max(1.0, min(offer.rings_until for offer in offers) - self._now()):.0f}"
        self._tell(told)

    def _park(self) -> None:
        """Let the agent go on, and have the contact keep its place until the dialplan asks."""
        self._exchange.route(routing.Park(self.contact))

    # --- the party that routing knows -----------------------------------------------------------

    @property
    def leg(self) -> legs.Leg:
        """There is none of ours."""
        raise CoreMisuse(f"{self.contact} has no leg: its call is with Asterisk's own dialplan")

    @property
    def partner(self) -> None:
        """Nor is there one to be dialled for."""

    def fold(self, event: Event) -> None:
        """Keep in mind what routing decided."""
        match event:
            case events.ContactQueued():
                self._queue, self._visit = event.queue, event.visit
                self._coming.clear()
            case events.JoinRefused() | events.VisitLeft():
                self._coming.add(event.visit)
            case events.OfferMade():
                self._queue, self._why = event.queue, event.why or event.strategy
                self._coming.add(event.offer)
            case events.OfferEnded():
                self._coming.discard(event.offer)
            case events.VisitAnswered():
                self._talks = event.offer
                talks, number = self._exchange.ports.talks, self.arrival.caller_number
                self._enter(partial(talks, event.contact, number, event.queue))
            case _:
                pass

    def returned(self, why: LeftQueue) -> None:
        """The visit is over without a conversation: tell it, now or when the dialplan asks next."""
        self._left = why
        if self._reply is not None:
            self._tell(self._answer(Result.LEFT, why))
            self.close()
        elif not self.ended:
            self._not_back.set(self._now() + self._patience.away)

    def deliver(self, offer: routing.RingAgent) -> DialledElsewhere:
        """Give who sees to an offer."""
        return DialledElsewhere(self._exchange, self, offer)

    def reach(self, offer: str, ready: Callable[[], None]) -> None:
        """The dialplan joins them itself."""

    def let_go(self) -> None:
        """Wait on."""

    def hand_over(self, owner: LegOwner) -> None:
        """There is nothing to hand over."""

    def take_back(self, *, talked: bool, ended: legs.Ended | None = None) -> None:
        """Nor to take back."""

    def leg_answered(self) -> None:
        """Nobody tells."""

    def news(self) -> None:
        """What is announced, the dialplan plays; in an emergency nobody waits on."""
        if self._emergency and self._left is None and not self._talks:
            self._exchange.route(routing.LeaveQueue(self.contact, LeftQueue.EMERGENCY))

    def broken(self) -> None:
        """End the contact: a step of it failed by a fault of ours."""
        if not self._broken and not self.ended:
            self._broken = True
            failed = events.CommandFailed(
                at=self._now(), contact=self.contact, leg=self._leg, command="step", code=CoreMisuse.code
            )
            self._exchange.record([failed])
            self._tell(self._answer(Result.FAILED, "a fault of the server"))
            self._caller_left()

    def halt(self) -> None:
        """Stop timers: the server stops."""
        for alarm in (self._time_is_up, self._not_back, self._held, self._too_long):
            alarm.cancel()

    def close(self, since: float | None = None) -> None:
        """Forget the contact; what of its call goes on, the dialplan has. ``since``: see `CallerLeft`."""
        if self.ended:
            return
        self.ended = True
        self.halt()
        for offer in [*self._offers, *([self._talks] if self._talks else ())]:
            self._exchange.delivery_over(offer)
        now = self._now()
        gone = events.LegEnded(
            at=now, contact=self.contact, leg=self._leg, cause=Cause.NORMAL, by=By.UNKNOWN, since=since
        )
        outcome = Outcome.QUEUED if self._queued else Outcome.REFUSED
        outcome = Outcome.FAILED if self._broken else outcome
        closed = events.ContactClosed(at=now, contact=self.contact, outcome=outcome, cause=Cause.NORMAL)
        self._exchange.record([gone, closed])
        self._exchange.session_over(self.contact)

    @property
    def _emergency(self) -> bool:
        """Whether supervisors have closed the hotline for this number, or forward its calls."""
        found = self._exchange.ports.world.emergency(self.arrival.number)
        return found is not None and found.action in (EmergencyAction.CLOSE, EmergencyAction.FORWARD)

    # --- small parts ----------------------------------------------------------------------------

    def _wait(self, seconds: float) -> None:
        self._waited_enough = False
        if seconds > 0:
            self._time_is_up.set(self._now() + seconds)
        else:
            self._exchange.record((), self._tell_place, self.broken)

    def _tell_place(self) -> None:
        """Nobody is free so far, unless routing has just decided otherwise."""
        self._waited_enough = True
        if self._reply is None or self._coming:
            return
        place = self._exchange.position(self._visit)
        at_most = self._exchange.waits_at_most(self._visit)
        told = self._answer(Result.QUEUE, why_queued(place, at_most))
        told |= {"IVRCORE_PLACE": str(place), "IVRCORE_EXPECTED": "" if at_most is None else f"{at_most:.0f}"}
        self._tell(told)
        self._not_back.set(self._now() + self._patience.away)

    def _answer(self, result: Result, reason: str) -> dict[str, str]:
        waited = self._now() - self._since
        return variables(result, contact=self.contact, queue=self._queue, wait=waited, reason=reason)

    def _tell(self, told: Mapping[str, str]) -> None:
        """Answer the request that waits."""
        reply, self._reply = self._reply, None
        self._time_is_up.cancel()
        self._told_at = self._now()
        if reply is not None:
            reply(told)

    def _stayed_away(self) -> None:
        """The dialplan did not come back: when its caller left nobody saw."""
        self._caller_left(self._told_at)

    def _caller_left(self, since: float | None = None) -> None:
        if self.ended:
            return
        self._exchange.route(routing.CallerLeft(self.contact, since))
        self.close(since)

    def _fail_offers(self, how: OfferEnd) -> None:
        for offer in list(self._offers):
            self._exchange.route(routing.OfferFailed(offer, how))
        for one in list(self._offers.values()):  # before routing's own word, which comes once durable
            one.withdraw()

    def _offer_of(self, channel: str) -> str:
        """Give the offer whose phone a channel is of; "" if that cannot be told for sure."""
        phone = endpoint_of(channel)
        names = {offer.id: endpoint_name(offer.endpoint) for offer in self._offers.values()}
        mine = [name for name, known in names.items() if known == phone != ""]
        perhaps = [name for name, known in names.items() if "" in (known, phone)]
        return next(iter(mine), perhaps[0] if len(perhaps) == 1 else "")

    def _known_as(self, queue: str) -> str:
        facts = self._exchange.routing.queues.get(queue)
        if facts is None or not (facts.redial or facts.last_agent):
            return ""
        return self._exchange.ports.known_as(self.arrival.caller_number)

    def _enter(self, call: Callable[[], object]) -> None:
        self._exchange.enter(call, self.broken)

    def _now(self) -> float:
        return self._exchange.ports.clock.now()
