"""Call-backs: a caller hangs up and keeps the place in the queue, and is rung when an agent is there.

`CallBacks` takes the wish. `CallBack` then stands in the caller's place, as whom a delivery brings to an
agent: it waits in the queue, dials through the guard when an agent took the offer, and closes the contact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.answerers.outbound import Desk, Line
from ivrcore.errors import ServiceMissing
from ivrcore.model import events
from ivrcore.model.names import (
    CallBackEnd,
    Cause,
    LeftQueue,
    OutboundRefusal,
    Outcome,
    Owner,
    Scalar,
    Service,
    Told,
)
from ivrcore.routing import commands as routing
from ivrcore.session.clock import Alarm
from ivrcore.telephony import leg as legs
from ivrcore.tollguard import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.config import CallBackConfig
    from ivrcore.dialplan.commands import DoAsk
    from ivrcore.model.event import Event
    from ivrcore.session.ports import Call, Done, Hall, LegOwner, Subjects

SKILL = "skills."
"""How a payload's skills begin."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer asked for. ``number`` is in its one form; ``at`` is when (UTC seconds)."""

    queue: str
    number: str
    priority: int
    skills: Mapping[str, int]
    at: float


class CallBacks:
    """Answers `Service.CALL_BACK`. ``queues`` are those of the configuration."""

    def __init__(
        self, desk: Desk, settings: CallBackConfig, queues: frozenset[str], subjects: Subjects
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._queues = queues
        self._subjects = subjects
        self._by_number: dict[str, CallBack] = {}
        self._asked: dict[str, CallBack] = {}
        """By request, until the wish is durable."""

    def ask(self, asked: DoAsk, call: Call, done: Done) -> None:
        """See :class:`ivrcore.session.ports.Answerer`."""
        if asked.name not in self._queues:
            raise ServiceMissing(f"no queue {asked.name} is configured")
        wish = self._wish(asked)
        if wish.number in self._by_number:
            done(Told.DONE, {"already": True})
            return
        refused = self._refused(wish)
        if refused is not None:
            self._note_refused(asked, call, refused)
            done(Told.REFUSED, {"why": refused.why.value})
            return
        if len(self._by_number) >= self._settings.most:
            done(Told.REFUSED, {"why": "too_many"})
            return
        self._begin(asked, call, done, wish)

    def stop(self, request: str) -> None:
        """See :class:`ivrcore.session.ports.Answerer`: the wish was not confirmed, so it does not hold."""
        call_back = self._asked.pop(request, None)
        if call_back is not None:
            call_back.cancel()

    def _begin(self, asked: DoAsk, call: Call, done: Done, wish: Wish) -> None:
        forget = partial(self._by_number.pop, wish.number, None)
        call_back = CallBack(self._desk, self._settings, call, wish, forget)
        self._by_number[wish.number] = self._asked[asked.request] = call_back
        call.stay_open(call_back)
        event = events.CallBackAsked(
            at=wish.at,
            contact=call.contact,
            queue=wish.queue,
            subject=self._subjects.put({"call_back": wish.number}),
            number=call.arrival.number,
            priority=wish.priority,
            skills=dict(wish.skills),
        )
        call.record([event], partial(self._durable, asked.request, done))

    def _durable(self, request: str, done: Done) -> None:
        if self._asked.pop(request, None) is not None:
            done(Told.DONE)

    def _wish(self, asked: DoAsk) -> Wish:
        payload = asked.payload
        text = str(payload.get("number") or "")
        skills = {
            name.removeprefix(SKILL): _whole(level)
            for name, level in payload.items()
            if name.startswith(SKILL)
        }
        number = self._desk.rules.number(text) or text
        return Wish(asked.name, number, _whole(payload.get("priority")), skills, self._desk.clock.now())

    def _refused(self, wish: Wish) -> Refused | None:
        """Judge as if it were dialled now; how many are dialled at once is another moment's matter."""
        verdict = self._desk.decide(wish.number, wish.number)
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


def _whole(value: Scalar) -> int:
    return int(value) if isinstance(value, int | float) else 0


class CallBack:
    """One customer to be called back; see :class:`ivrcore.session.ports.Party`.

    ``forget`` is called when it is over.
    """

    def __init__(
        self,
        desk: Desk,
        settings: CallBackConfig,
        call: Call,
        wish: Wish,
        forget: Callable[[], object],
    ) -> None:
        self.contact = call.contact
        self.arrival = replace(call.arrival, caller_number=wish.number)
        self.owner: LegOwner | None = None
        self._is_closed = False
        self._desk = desk
        self._settings = settings
        self._call = call
        self._wish = wish
        self._forget = forget
        self._hall: Hall | None = None
        self._visits = self._dials = self._missed = 0
        self._talked = False
        self._offer = ""
        self._ready: Callable[[], None] | None = None
        self._line: Line | None = None
        self._reached = False
        self._over: CallBackEnd | None = None
        self._again = Alarm(desk.clock, partial(self.enter, self._enqueue))
        self._too_old = Alarm(desk.clock, partial(self.enter, self._give_up_waiting))

    # --- the caller's call is over --------------------------------------------------------------

    def begin(self, hall: Hall, visits: int) -> None:
        """Take the caller's place: the caller hung up."""
        self._hall, self._visits = hall, visits
        self._too_old.set(self._wish.at + self._settings.longest_wait)
        self._enqueue()

    def cancel(self) -> None:
        """The wish does not hold: nobody was told that it does."""
        self._call.stay_open(None)
        self.record([self._ended_event(CallBackEnd.FAILED)])
        self._forget()

    def _enqueue(self) -> None:
        assert self._hall is not None
        self._visits += 1
        self._hall.route(
            routing.Enqueue(
                self.contact,
                f"{self.contact}.v{self._visits}",
                self._wish.queue,
                self._wish.priority,
                dict(self._wish.skills),
                call_back=True,
                since=self._wish.at,
            )
        )

    # --- what exchange and deliveries ask -------------------------------------------------------

    @property
    def leg(self) -> legs.Leg:
        """The customer's leg; there is one once `reach` said so."""
        assert self._line is not None, "the customer is not on the line"
        assert self._line.leg is not None, "the customer is not on the line"
        return self._line.leg

    @property
    def ended(self) -> bool:
        """Whether nobody is to be brought to an agent any more."""
        return self._over is not None

    def record(
        self,
        happened: Sequence[Event],
        then: Callable[[], object] | None = None,
        on_fault: Callable[[], object] | None = None,
    ) -> None:
        """Append events."""
        self._call.record(happened, then, on_fault or self.broken)

    def enter(self, call: Callable[[], object], on_fault: Callable[[], object] | None = None) -> None:
        """Run a call in its turn."""
        self._call.enter(call, on_fault or self.broken)

    def fold(self, event: Event) -> None:
        """Keep in mind that agent and customer talk."""
        if isinstance(event, events.VisitAnswered):
            self._talked = True

    def news(self) -> None:
        """Nobody listens."""

    def halt(self) -> None:
        """Let time stand still: the server stops."""
        self._again.cancel()
        self._too_old.cancel()

    def broken(self) -> None:
        """A step failed by a fault of ours: nobody shall wait for this customer for ever."""
        self._close(CallBackEnd.FAILED)

    def returned(self, why: LeftQueue) -> None:
        """The visit is over without a conversation: after a try that missed, another one is planned."""
        if why is LeftQueue.TIMED_OUT:
            self._close(CallBackEnd.TOO_OLD)
        elif why is not LeftQueue.NOT_REACHED:
            self._close(CallBackEnd.FAILED)

    def reach(self, offer: str, ready: Callable[[], None]) -> None:
        """An agent waits: ring the customer, and say when they are on the line."""
        self._offer, self._ready = offer, ready
        if self._reached:
            self._on_line()
        elif self._line is None:
            self._dial()
        # else an earlier ringing is just being ended: `_gone` dials again

    def let_go(self) -> None:
        """The agent is gone: no more ringing. A customer who answered already waits for the next one."""
        self._offer, self._ready = "", None
        if self._line is not None and not self._reached:
            self._line.hang_up()

    def hand_over(self, owner: LegOwner) -> None:
        """Give the customer's leg to the delivery, which is about to join it."""
        self.owner = owner

    def take_back(self, *, talked: bool, ended: legs.Ended | None = None) -> None:
        """The conversation is over, or never came about, or the customer is gone."""
        self.owner = None
        if ended is not None or self._line is None:
            self._customer_left()
        elif talked:
            self._close(CallBackEnd.TALKED)
        else:
            back = events.LegHandedOver(
                at=self._now(), contact=self.contact, leg=self._line.leg_id, owner=Owner.SERVICE
            )
            self.record([back], self._hold)

    def leg_answered(self) -> None:
        """It is answered long since."""

    # --- the customer's phone -------------------------------------------------------------------

    def _dial(self) -> None:
        self._dials += 1
        attempt = self._missed + 1
        line = Line(self._desk, self, f"{self.contact}.b{self._dials}", Service.CALL_BACK, self._from_line)
        self.record([events.CallBackDialled(at=self._now(), contact=self.contact, attempt=attempt)])
        self._line = line
        if line.dial(self._wish.number, self._settings.ring) is not None:
            self._line = None
            self._try_missed(Told.REFUSED)

    def _from_line(self, event: legs.LegEvent) -> None:
        match event:
            case legs.Answered():
                self._reached = True
                reached = events.CallBackReached(
                    at=self._now(), contact=self.contact, attempt=self._missed + 1
                )
                self.record([reached])
                self._on_line()
            case legs.Ended():
                self._gone(event)
            case _ if self.owner is not None:
                self.owner.from_caller(event)
            case _:
                pass

    def _on_line(self) -> None:
        """Tell the agent's side, or let the customer hear music until there is one."""
        ready, self._ready = self._ready, None
        if ready is not None:
            ready()
        else:
            self._hold()

    def _hold(self) -> None:
        if self._line is not None and self._line.leg is not None and self.owner is None:
            self._line.leg.send(legs.StartMusic())

    def _gone(self, event: legs.Ended) -> None:
        line, reached = self._line, self._reached
        self._line, self._reached = None, False
        if self._over is not None:
            self._closed(event.cause)
        elif self.owner is not None:
            self.owner.from_caller(event)
        elif reached:
            self._customer_left()
        elif line is not None and self._offer and not line.given_up:
            self._try_missed(line.told(event))
        elif self._ready is not None:
            self._dial()

    def _try_missed(self, how: Told) -> None:
        """Free the agent; try again later, or give up."""
        assert self._hall is not None
        self._missed += 1
        next_try = self._now() + self._settings.gap
        in_time = next_try < self._wish.at + self._settings.longest_wait
        again = next_try if in_time and self._missed < self._settings.tries else None
        self.record(
            [
                events.CallBackMissed(
                    at=self._now(), contact=self.contact, attempt=self._missed, how=how, again=again
                )
            ]
        )
        offer, self._offer, self._ready = self._offer, "", None
        self._hall.route(routing.CustomerMissed(offer))
        if again is None:
            self._close(CallBackEnd.NOT_REACHED)
        else:
            self._again.set(again)

    def _customer_left(self) -> None:
        self._close(CallBackEnd.TALKED if self._talked else CallBackEnd.HUNG_UP)

    def _give_up_waiting(self) -> None:
        """It is too old; an agent who has the customer on the line, or rings for them, comes first."""
        if self._line is not None:
            self._too_old.set(self._now() + self._settings.ring)
        else:
            self._close(CallBackEnd.TOO_OLD)

    # --- the end --------------------------------------------------------------------------------

    def _close(self, how: CallBackEnd) -> None:
        """End whatever is left: visit, customer's leg, contact."""
        if self._over is not None or self._hall is None:
            return
        self._over = how
        self.halt()
        if how is CallBackEnd.TOO_OLD:
            self._hall.route(routing.LeaveQueue(self.contact, LeftQueue.TIMED_OUT))
        self._hall.route(routing.CallerLeft(self.contact))
        if self._line is not None:
            self._line.hang_up()
        else:
            self._closed(Cause.NORMAL)

    def _closed(self, cause: int) -> None:
        if self._is_closed or self._over is None:
            return
        self._is_closed = True
        assert self._hall is not None
        closed = events.ContactClosed(
            at=self._now(), contact=self.contact, outcome=Outcome.QUEUED, cause=cause
        )
        self.record([self._ended_event(self._over), closed])
        self._hall.session_over(self.contact)
        self._forget()

    def _ended_event(self, how: CallBackEnd) -> Event:
        return events.CallBackEnded(at=self._now(), contact=self.contact, how=how, attempts=self._dials)

    def _now(self) -> float:
        return self._desk.clock.now()
