"""All calls of one server: arrivals become sessions, sessions queue contacts, offers become deliveries.

Holds the routing state and runs what routing decides. Everything enters through one turnstile: decide,
append to the journal, apply, and once durable run the commands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from ivrcore.config import QueueVoice
from ivrcore.errors import IvrError
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import Cause, Device, LeftQueue, OfferEnd, Outcome
from ivrcore.model.pbx import at
from ivrcore.model.roster import AgentFacts
from ivrcore.routing import commands as routing
from ivrcore.routing import router, turns
from ivrcore.session.clock import Alarm
from ivrcore.session.code_call import CodeCalls
from ivrcore.session.delivery import Delivery
from ivrcore.session.elsewhere import DialledElsewhere
from ivrcore.session.ports import Party, Ports, Successor
from ivrcore.session.routed import Routed
from ivrcore.session.session import Session
from ivrcore.session.turnstile import Turnstile
from ivrcore.telephony import leg as legs
from ivrcore.telephony.endpoints import endpoint_name

PATIENCE = 5.0
"""Seconds after the start at the latest when deadlines pass, though Asterisk may not have been asked."""
FAULT_PAUSE = 1.0
"""Seconds until the next deadline at the earliest, after a step of routing that a fault broke off: it may
come again."""


class Exchange:
    """Runs calls until it is drained."""

    def __init__(self, ports: Ports, state: router.RouterState) -> None:
        self.ports = ports
        self.routing = state
        self.sessions: dict[str, Party] = {}
        self._successors: dict[str, Successor] = {}
        """Those of them who stand in a caller's place."""
        self.deliveries: dict[str, Delivery | DialledElsewhere] = {}
        self.codes = CodeCalls(self)
        self._phones: dict[str, str] = {}
        """Agent -> phone, as last configured."""
        self._turnstile = Turnstile()
        self._stopped = False
        self._alarm = Alarm(ports.clock, partial(self.enter, partial(self.route, routing.Tick())))
        self._patience = Alarm(ports.clock, partial(self.enter, self._impatient))
        ports.journal.subscribe(lambda record: router.apply(state, record.event), router.DECIDED_ELSEWHERE)

    # --- from outside ---------------------------------------------------------------------------

    def arrived(self, arrival: legs.Arrival) -> None:
        """Take a call that rang."""
        self.enter(partial(self._arrived, arrival), partial(self._turn_away, arrival))

    def code_dialled(self, dialled: legs.CodeDialled) -> None:
        """Take a phone that dialled a code for agents."""
        self.enter(partial(self.codes.begin, dialled), partial(dialled.leg.send, legs.HangUp()))

    def order(self, given: routing.Input) -> None:
        """Take an input of routing from the API or the configuration.

        Raises what routing raises (:class:`ivrcore.errors.RequestRefused`) for an unknown agent.
        """
        failure: list[Exception] = []
        self.enter(partial(self._order, given, failure))
        if failure:
            raise failure[0]

    def news(self) -> None:
        """Let waiting callers hear an announcement that is new; callers in menus come to it by themselves."""
        self.enter(self._tell_news)

    def be_patient(self) -> None:
        """Let no deadline of routing pass until what happened meanwhile was told, `PATIENCE` at most."""
        self.routing.patient = True
        self._patience.set(self.ports.clock.now() + PATIENCE)

    def link_up(self) -> None:
        """The driver is about to tell, at once, what happened meanwhile: deadlines pass after that."""
        if self.routing.patient:
            self._patience.set(self.ports.clock.now())

    def set_aside(self, legs: Collection[str]) -> None:
        """Offer nobody more the callers who are these legs: they are about to be in other hands.

        Whoever is rung for them already still is.
        """
        visits = self.routing.waiting.by_contact
        for contact, session in list(self.sessions.items()):
            waits = contact in visits and not visits[contact].live
            if waits and isinstance(session, Session) and session.leg.id in legs:
                self.enter(partial(self.route, routing.Park(contact)))

    def stop(self) -> None:
        """Let time stand still: no deadline rings, and nothing that happens is taken any more."""
        self._alarm.cancel()
        self._patience.cancel()
        for session in self.sessions.values():
            session.halt()
        self.codes.halt()
        self._stopped = True

    # --- for sessions and deliveries ------------------------------------------------------------

    def enter(self, call: Callable[[], object], on_fault: Callable[[], object] | None = None) -> None:
        """Run a call when everything before it is done; after `stop`, never. See `Turnstile.enter`."""
        if not self._stopped:
            self._turnstile.enter(call, on_fault)

    def record(
        self,
        happened: Sequence[Event],
        then: Callable[[], object] | None = None,
        on_fault: Callable[[], object] | None = None,
    ) -> None:
        """Append events; run ``then`` once they, and all before them, are durable."""
        run = None if then is None else partial(self.enter, then, on_fault)
        self.ports.journal.append(happened, run)

    def route(self, given: routing.Input) -> None:
        """Give routing an input: decide, apply, append, and run the commands once durable."""
        now = self.ports.clock.now()
        try:
            decision = router.step(self.routing, given, now)
        except IvrError:
            raise
        except Exception:  # a fault of ours, before anything changed: time must go on
            due = router.next_deadline(self.routing)
            self._alarm.set(None if due is None else max(due, now + FAULT_PAUSE))
            raise
        happened: list[Event] = list(decision.events)
        rings = [one for one in decision.commands if isinstance(one, routing.RingAgent)]
        happened.extend(self._new_delivery(one).intent(now) for one in rings if one.contact in self.sessions)
        self._tell_sessions(happened)
        if happened or decision.commands:
            run = partial(self._run, decision.commands) if decision.commands else None
            self.record(happened, run)
        due = router.next_deadline(self.routing)
        self._alarm.set(due if decision.fault is None or due is None else max(due, now + FAULT_PAUSE))
        for one in rings:
            if one.contact not in self.sessions:  # a fault of ours: the agent must not wait for nobody
                self.enter(partial(self.route, routing.OfferFailed(one.offer, OfferEnd.FAILED)))
                self.enter(partial(self.route, routing.LeaveQueue(one.contact, LeftQueue.FAILED)))
        if decision.fault is not None:
            raise decision.fault

    def voice(self, queue: str) -> QueueVoice:
        """Give what is heard in a queue."""
        return self.ports.voices.get(queue, QueueVoice())

    @property
    def faults(self) -> int:
        """How many steps failed by a fault of our own."""
        return self._turnstile.failures

    @property
    def busy(self) -> int:
        """How many contacts are in progress; call-backs that only wait are not."""
        return len(self.sessions) - sum(not one.busy for one in self._successors.values())

    def position(self, visit: str) -> int:
        """Give a waiting visit's place in its queue from 1; 0 if it does not wait."""
        return self.routing.position(visit)

    def waits_at_most(self, visit: str) -> float | None:
        """Give the seconds that a waiting visit has still to wait at most (19 of 20); None if not known."""
        return self.routing.waits_at_most(visit)

    def turn_near(self, contact: str, by: float, rung: Iterable[str]) -> bool:
        """Tell whether a waiting contact's turn is predicted by a time (UTC seconds); see `turns.near`."""
        return turns.near(self.routing, contact, by, rung)

    def hand_on(self, successor: Successor, visits: int) -> None:
        """Let somebody stand in the place of a caller who hung up."""
        self.stands_in(successor)
        successor.begin(self, visits)

    def stands_in(self, successor: Successor) -> None:
        """Know who stands in the place of a caller who hung up before the server was started again."""
        self.sessions[successor.contact] = self._successors[successor.contact] = successor

    def session_over(self, contact: str) -> None:
        """Forget a contact that is closed."""
        self.sessions.pop(contact, None)
        self._successors.pop(contact, None)

    def delivery_over(self, offer: str) -> None:
        """Forget an offer whose legs are gone."""
        self.deliveries.pop(offer, None)

    # --- inside ---------------------------------------------------------------------------------

    def _impatient(self) -> None:
        self.routing.patient = False
        self.route(routing.Tick())

    def _order(self, given: routing.Input, failure: list[Exception]) -> None:
        try:
            self.route(given)
        except Exception as error:  # noqa: BLE001 - carried to the caller of `order`, who raises it
            failure.append(error)
        # A fault of ours comes when the roster is in force already; a refusal comes before anything changed.
        if isinstance(given, routing.LoadRoster) and not (failure and isinstance(failure[0], IvrError)):
            self.codes.roster(given.agents)
            self._watch_phones(given.agents)

    def _watch_phones(self, agents: Sequence[AgentFacts]) -> None:
        """Let routing know what the agents' phones are doing beside our own legs."""
        names: dict[str, list[str]] = {}
        phones = {agent.name: at(agent.pbx, agent.endpoint) for agent in agents}
        for agent in agents:
            phone = phones[agent.name]
            names.setdefault(phone, []).append(agent.name)
            # What was known is of the phone of before; of one that many share nobody will ever be told.
            moved = self._phones.get(agent.name, phone) != phone
            if moved or not endpoint_name(agent.endpoint):
                self._device_changed(agent.name, Device.UNKNOWN)
        self._phones = phones

        def changed(endpoint: str, device: Device) -> None:
            for name in names[endpoint]:
                self.enter(partial(self._device_changed, name, device))

        self.ports.switch.watch_devices(tuple(names), changed)

    def _device_changed(self, agent: str, device: Device) -> None:
        known = self.routing.pool.agents.get(agent)
        if known is not None and not known.retired:  # else a new roster overtook it
            self.route(routing.AgentDevice(agent, device))

    def _tell_news(self) -> None:
        for session in list(self.sessions.values()):
            session.news()

    def _turn_away(self, arrival: legs.Arrival) -> None:
        """End a call whose arrival could not be dealt with, so that the trunk may try elsewhere."""
        session = self.sessions.get(arrival.contact)
        if session is not None:
            session.broken()
            return
        arrival.leg.own(partial(self._refused, arrival.contact, arrival.leg.id))
        arrival.leg.send(legs.HangUp(Cause.TEMPORARY_FAILURE))

    def _arrived(self, arrival: legs.Arrival) -> None:
        plan = self.ports.plan_for(arrival.number)
        subject = self.ports.subjects.put(
            {"caller_number": arrival.caller_number, "caller_name": arrival.caller_name}
        )
        if plan is None:
            self._refuse(arrival, subject)
            return
        session = Session(self, arrival, plan, subject)
        self.sessions[arrival.contact] = session
        session.start()

    def _refuse(self, arrival: legs.Arrival, subject: str) -> None:
        """Tell the trunk that there is no such number."""
        now = self.ports.clock.now()
        contact, leg = arrival.contact, arrival.leg
        happened = [
            events.ContactArrived(
                at=now,
                contact=contact,
                leg=leg.id,
                channel=leg.channel,
                number=arrival.number,
                plan="",
                plan_version="",
                subject=subject,
            ),
            events.HangUpRequested(at=now, contact=contact, leg=leg.id, cause=Cause.UNALLOCATED),
            events.ContactClosed(at=now, contact=contact, outcome=Outcome.REFUSED, cause=Cause.UNALLOCATED),
        ]
        leg.own(partial(self._refused, contact, leg.id))
        self.record(happened, partial(leg.send, legs.HangUp(Cause.UNALLOCATED)))

    def _refused(self, contact: str, leg: str, event: legs.LegEvent) -> None:
        """See a refused caller's leg to its end."""
        if isinstance(event, legs.Ended):
            gone = events.LegEnded(
                at=self.ports.clock.now(),
                contact=contact,
                leg=leg,
                cause=event.cause,
                by=event.by,
                since=event.since,
            )
            self.enter(partial(self.record, [gone]))

    def _new_delivery(self, offer: routing.RingAgent) -> Delivery | DialledElsewhere:
        party = self.sessions[offer.contact]
        delivery = party.deliver(offer) if isinstance(party, Routed) else Delivery(self, party, offer)
        self.deliveries[offer.offer] = delivery
        return delivery

    def _tell_sessions(self, happened: Sequence[Event]) -> None:
        """Let each contact's session fold what routing decided about it."""
        for event in happened:
            session = self.sessions.get(getattr(event, "contact", ""))
            if session is not None:
                session.fold(event)

    def _run(self, commands: Sequence[routing.Command]) -> None:
        for command in commands:
            self.enter(partial(self._do, command), partial(self._failed, command))

    def _failed(self, command: routing.Command) -> None:
        """Free whom a command was about, when carrying it out failed by a fault of our own."""
        if isinstance(command, routing.ReturnContact):
            if command.contact in self.sessions:
                self.sessions[command.contact].broken()
        elif command.offer in self.deliveries:
            self.deliveries[command.offer].broken()

    def _do(self, command: routing.Command) -> None:
        match command:
            case routing.RingAgent(offer=offer) if offer in self.deliveries:
                self.deliveries[offer].dial()
            case routing.ConnectAgent(offer=offer) if offer in self.deliveries:
                self.deliveries[offer].connect()
            case routing.WithdrawOffer(offer=offer) if offer in self.deliveries:
                self.deliveries[offer].withdraw()
            case routing.ReturnContact(contact=contact, why=why) if contact in self.sessions:
                self.sessions[contact].returned(why)
            case _:
                pass  # its contact or offer ended between the decision and now
