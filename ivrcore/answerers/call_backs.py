"""Takes what customers ask for who want to be called back, and takes it up again after a restart.

A caller hangs up and keeps the place in the queue; a :class:`ivrcore.answerers.called_back.CallBack` then
stands there. Numbers are kept here while it is open, and in the table of personal values: never in an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ivrcore import call_backs
from ivrcore.answerers.adopted_call_back import AdoptedCallBack
from ivrcore.answerers.called_back import CallBack, close_events
from ivrcore.answerers.customer_phone import Customer
from ivrcore.answerers.outbound import Asker, close_left_over
from ivrcore.call_backs import OpenCallBack
from ivrcore.errors import JournalError, ServiceMissing
from ivrcore.model import events
from ivrcore.model.names import CallBackEnd, Cause, OutboundRefusal, Scalar, Service, Told
from ivrcore.session.ports import KeptPlace
from ivrcore.tollguard import Refused

if TYPE_CHECKING:
    from ivrcore.answerers.outbound import Desk
    from ivrcore.config import CallBackConfig
    from ivrcore.dialplan.commands import DoAsk
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.ports import Call, Done, Subjects
    from ivrcore.session.taking_up import CalledBack

Made = TypeVar("Made", bound=CallBack)

SKILL = "skills."
"""How a payload's skills begin."""
NUMBER, NAME, ASKED_BY = "call_back", "caller_name", "caller_number"
"""What is kept of a customer, among the personal values of the call-back's subject."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A wish that is not durable yet; ``before`` is the caller's earlier one, which holds until then."""

    one: CallBack
    call: Call
    before: CallBack | None


class CallBacks:
    """Answers `Service.CALL_BACK`. ``queues`` are those of the configuration."""

    def __init__(
        self, desk: Desk, settings: CallBackConfig, queues: frozenset[str], subjects: Subjects
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._queues = queues
        self._subjects = subjects
        self._kept: dict[CallBack, None] = {}
        """All whose contacts are open, in the order in which they were asked for."""
        self._asked: dict[str, _Asked] = {}
        """By request, until it is durable."""
        self._calls: dict[CallBack, Call] = {}
        """The calls of those who called in, and have a call-back's place."""
        self._held_back = False

    def serve(self, queues: Iterable[str]) -> None:
        """Take wishes for these queues from now on."""
        self._queues = frozenset(queues)

    def hold_back(self, on: bool) -> None:
        """Bring no more customers to agents, or do so again; who is rung or talks goes on. Twice is once."""
        if on is not self._held_back:
            self._held_back = on
            for one in list(self._kept):
                one.hold_back_changed()

    @property
    def open(self) -> dict[str, OpenCallBack]:
        """What is open, by contact: the same as the fold of the journal."""
        return {one.contact: one.state for one in self._kept}

    def ask(self, asked: DoAsk, call: Call, done: Done) -> None:
        """See :class:`ivrcore.session.ports.Answerer`."""
        if asked.name not in self._queues:
            raise ServiceMissing(f"no queue {asked.name} is configured")
        number = self._number(asked)
        if any(one.arrival.caller_number == number and one.holds for one in self._kept):
            done(Told.DONE, {"already": True})
            return
        asker = Asker(call.contact, call.arrival.caller_number)
        refused = self._refused(number, asker)
        if refused is not None:
            self._note_refused(asked, call, refused)
            done(Told.REFUSED, {"why": refused.why.value})
        elif self._too_many(asker):
            done(Told.REFUSED, {"why": "too_many"})
        else:
            self._begin(asked, call, done, number)

    def stop(self, request: str) -> None:
        """See :class:`ivrcore.session.ports.Answerer`: it was not confirmed, so it does not hold."""
        asked = self._asked.pop(request, None)
        if asked is None:
            return
        now = self._desk.clock.now()
        over = call_backs.ended(asked.one.state, CallBackEnd.FAILED, now)
        again = [] if asked.before is None else [asked.before.asked_again()]
        self._forget(asked.one)
        asked.call.stay_open(asked.before)
        asked.call.record([over, *again], partial(self._subjects.erase, asked.one.state.subject))

    def take_up(self, left: OpenCallBack, visits: int, exchange: Exchange) -> None:
        """Go on with one that an earlier run of the server left, or say why it is given up.

        ``visits`` is how many visits its contact had.
        """
        known = self._over(left) or self._known(left)
        if isinstance(known, CallBackEnd):
            closing = close_events(left, known, Cause.NORMAL, self._desk.clock.now())
            exchange.record(closing, partial(self._subjects.erase, left.subject))
            return
        one = self._new(left, _customer(left, known))
        exchange.enter(partial(exchange.hand_on, one, visits), one.broken)

    def stand_by(self, left: OpenCallBack, call: Call) -> None:
        """Wait until a caller hangs up who was on the line when an earlier run ended, or say why not."""
        known = CallBackEnd.CALLED_IN if left.talked else self._over(left) or self._known(left)
        if isinstance(known, CallBackEnd):
            over = call_backs.ended(left, known, self._desk.clock.now())
            call.record([over], partial(self._subjects.erase, left.subject))
            return
        one = self._new(left, _customer(left, known))
        if left.in_person:
            self._calls[one] = call
        call.stay_open(one)

    def adopt(self, left: OpenCallBack, found: CalledBack, exchange: Exchange) -> None:
        """Go on with one whose customer's phone, or an agent's for it, was in use when an earlier run ended.

        Whatever became of the queue and of the number since: that phone is in use. But an agent is let go
        whose customer could not be rung any more.
        """
        known = self._known(left)
        customer = _customer(left, {NUMBER: ""} if isinstance(known, CallBackEnd) else known)
        one = self._made(AdoptedCallBack, left, customer)
        exchange.stands_in(one)
        one.take_up(exchange, found)
        if isinstance(known, CallBackEnd) and found.leg is None:
            one.close(known)

    def give_up(self, left: OpenCallBack, exchange: Exchange) -> None:
        """End one that could not be gone on with by a fault of ours, and its customer's phone."""
        now, contact = self._desk.clock.now(), left.contact
        for one in [one for one in self._kept if one.contact == contact]:
            one.halt()
            self._forget(one)
        others = [name for name in self._desk.state.open if name != left.line]
        lines = close_left_over(self._desk.state, now, others)
        how = CallBackEnd.TALKED if left.talked else CallBackEnd.FAILED
        over = call_backs.ended(left, how, now)
        exchange.record([*lines, over], partial(self._subjects.erase, left.subject))

    def called_in(self, contact: str, number: str, queue: str) -> KeptPlace | None:
        """Give the place in a queue of the call-back that waits there for the customer who calls.

        None if there is none, or the customer is on its line already. A customer is known by the number that
        was to be called, and by no other: many may call from one switchboard. Who withholds the number is
        nobody. Callers' numbers can be faked: a site may switch this off.
        """
        unsure = self._unsure()
        for one in self._of(contact, number):
            if one.waits_in(queue) and not one.has_its_place and one not in unsure:
                return KeptPlace(one.state.place, partial(self._place_taken, one))
        return None

    def _unsure(self) -> set[CallBack | None]:
        """Give those of whom nobody knows yet whether they hold."""
        return {one for asked in self._asked.values() for one in (asked.one, asked.before)}

    def _of(self, contact: str, number: str) -> list[CallBack]:
        """Give the call-backs of who calls with a number, but for those of this very call."""
        theirs = self._desk.rules.number(number) if self._settings.recognise else None
        if theirs is None:
            return []
        known = self._desk.rules.number
        others = (one for one in self._kept if one.contact != contact)
        return [one for one in others if known(one.arrival.caller_number) == theirs]

    def talks(self, contact: str, number: str, queue: str) -> None:
        """Call nobody back who is through to an agent: who asked for it in this very call, or calls again."""
        for one in list(self._kept):
            if one.contact == contact:
                one.talks_in_person(queue)
        for one in self._of(contact, number):
            if one.waits_in(queue):  # also where another call with the number has its place
                self._served(one)

    def _served(self, one: CallBack) -> None:
        """End one whose customer talks on another call; at once, also where a third call has its place: a
        crash while that waits must not have the customer rung."""
        call = self._calls.get(one)
        if call is None or call.ended or one in self._unsure():
            one.called_in()
            return
        self._forget(one)
        call.stay_open(None)
        over = call_backs.ended(one.state, CallBackEnd.CALLED_IN, self._desk.clock.now())
        call.record([over], partial(self._subjects.erase, one.state.subject))

    def _place_taken(self, one: CallBack, call: Call) -> None:
        """The customer is in the queue. A number can be faked and keeps no promise: if who has it hangs up
        before an agent is there, the customer is called back still.

        Where that call has a call-back of its own, this one stays as it is until they talk.
        """
        has_one = any(other.contact == call.contact for other in self._kept)
        if has_one or not one.holds or one.state.reached:
            return
        happened = call_backs.goes_on(one.state, call.contact, call.subject, self._desk.clock.now())
        state = next(call_backs.asked(event) for event in happened if isinstance(event, events.CallBackAsked))
        self._forget(one)
        heir = self._new(state, one.arrival)
        self._calls[heir] = call
        call.stay_open(heir)
        call.record(happened)
        one.called_in(CallBackEnd.GOES_ON)

    def erased(self, subject: str) -> None:
        """Call nobody back whose number was erased; who is on the line already, stays there."""
        for one in list(self._kept):
            if one.state.is_of(subject):
                one.give_up(CallBackEnd.NUMBER_ERASED)

    def same_person(self, subject: str, left: Iterable[OpenCallBack]) -> set[str]:
        """Give all subjects of a person; ``left`` are those open ones that the journal knows of."""
        return call_backs.same_person(subject, (*left, *self.open.values()))

    def _known(self, left: OpenCallBack) -> Mapping[str, str] | CallBackEnd:
        try:
            known = self._subjects.get(left.subject)
        except JournalError:
            return CallBackEnd.NUMBER_UNREADABLE
        return known if known is not None and NUMBER in known else CallBackEnd.NUMBER_ERASED

    def _over(self, left: OpenCallBack) -> CallBackEnd | None:
        if left.queue not in self._queues:
            return CallBackEnd.QUEUE_GONE
        return call_backs.given_up(left, self._settings, self._desk.clock.now())

    def _begin(self, asked: DoAsk, call: Call, done: Done, number: str) -> None:
        before = next((one for one in self._kept if one.contact == call.contact), None)
        payload = asked.payload
        skills = {
            name.removeprefix(SKILL): _whole(level)
            for name, level in payload.items()
            if name.startswith(SKILL)
        }
        caller = call.arrival
        customer = Customer(caller.number, number, caller.caller_name, caller.caller_number)
        event = events.CallBackAsked(
            at=self._desk.clock.now(),
            contact=call.contact,
            queue=asked.name,
            subject=self._subjects.put(_kept_of(customer)),
            contact_subject=call.subject,
            number=caller.number,
            priority=_whole(payload.get("priority")),
            skills=skills,
            since=call.queued_since(asked.name),
        )
        one = self._new(call_backs.asked(event), customer)
        self._asked[asked.request] = _Asked(one, call, before)
        call.stay_open(one)
        # The earlier one ends in the record that begins this one: no crash can come between them.
        over = [] if before is None else [call_backs.ended(before.state, CallBackEnd.REPLACED, event.at)]
        call.record([*over, event], partial(self._durable, asked.request, done))

    def _new(self, state: OpenCallBack, customer: Customer) -> CallBack:
        return self._made(CallBack, state, customer)

    def _made(self, kind: type[Made], state: OpenCallBack, customer: Customer) -> Made:
        one = kind(
            self._desk,
            self._settings,
            state,
            customer,
            rung=self._rung,
            held_back=lambda: self._held_back,
            forget=self._forget,
            erase=partial(self._subjects.erase, state.subject),
        )
        self._kept[one] = None
        return one

    def _forget(self, one: CallBack) -> None:
        self._kept.pop(one, None)
        self._calls.pop(one, None)

    def _rung(self) -> Iterable[str]:
        return (one.contact for one in self._kept if one.in_use)

    def _durable(self, request: str, done: Done) -> None:
        asked = self._asked.pop(request, None)
        if asked is None:
            return
        if asked.before is not None:
            self._forget(asked.before)
            self._subjects.erase(asked.before.state.subject)
        done(Told.DONE)

    def _number(self, asked: DoAsk) -> str:
        text = str(asked.payload.get("number") or "")
        return self._desk.rules.number(text) or text

    def _too_many(self, asker: Asker) -> bool:
        """Tell whether enough wait, in all or for who asks: what waits is dialled, and counted, later."""
        wants = self._desk.asked("", asker)
        waiting = [
            self._desk.asked("", Asker(one.contact, one.arrival.asked_by))
            for one in self._kept
            if one.contact != asker.contact
        ]
        rules = self._desk.rules
        return (
            len(self._kept) >= self._settings.most
            or sum(one.caller == wants.caller for one in waiting) >= rules.per_caller
            or (wants.anonymous and sum(one.anonymous for one in waiting) >= rules.per_hour_anonymous)
        )

    def _refused(self, number: str, asker: Asker) -> Refused | None:
        """Judge as if it were dialled now; how many are dialled at once is another moment's matter."""
        verdict = self._desk.decide(number, asker)
        if isinstance(verdict, Refused) and verdict.why is not OutboundRefusal.AT_ONCE:
            return verdict
        return None

    def _note_refused(self, asked: DoAsk, call: Call, refused: Refused) -> None:
        event = events.OutboundRefused(
            at=self._desk.clock.now(),
            contact=call.contact,
            outbound=asked.request,
            service=Service.CALL_BACK,
            why=refused.why,
            prefix=refused.prefix,
        )
        call.record([event])


def _customer(left: OpenCallBack, known: Mapping[str, str]) -> Customer:
    """Give who is called back, of the personal values of the call-back's subject."""
    asked_by = known.get(ASKED_BY, known[NUMBER])
    return Customer(left.number, known[NUMBER], known.get(NAME, ""), asked_by)


def _kept_of(customer: Customer) -> dict[str, str]:
    """Give the personal values of a call-back's subject."""
    return {NUMBER: customer.caller_number, NAME: customer.caller_name, ASKED_BY: customer.asked_by}


def _whole(value: Scalar) -> int:
    return int(value) if isinstance(value, int | float) else 0
