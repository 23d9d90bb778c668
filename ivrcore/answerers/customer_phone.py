"""The phone of a customer who is called back: rung when an agent waits, held when none does any more.

Must not know of queues, tries and contacts' ends: what the phone came to is told to the call-back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ivrcore.answerers.outbound import Desk, Line, OnBehalf
from ivrcore.model import events
from ivrcore.model.names import Service, Told
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from ivrcore.call_backs import OpenCallBack
    from ivrcore.session.ports import LegOwner
    from ivrcore.tollguard import Refused


@dataclass(frozen=True, slots=True)
class Customer:
    """Who is called back, as agents are shown. ``number`` is the one that was called.

    ``asked_by`` is the number of the caller who asked for it, for the limits; mostly the same.
    """

    number: str
    caller_number: str = field(repr=False)
    caller_name: str = field(default="", repr=False)
    asked_by: str = field(default="", repr=False)


class Rings(OnBehalf, Protocol):
    """The call-back whose customer has this phone."""

    owner: LegOwner | None
    arrival: Customer
    state: OpenCallBack

    @property
    def ended(self) -> bool:
        """Whether nobody is to be brought to an agent any more."""

    def missed(self, how: Told, since: float | None = None) -> None:
        """The customer's phone rang, and they could not be reached; ``since``: see :class:`legs.Ended`."""

    def refused(self, why: Refused) -> None:
        """The guard let the customer not be rung."""

    def customer_left(self, since: float | None = None) -> None:
        """The customer was on the line, and hung up; ``since``: see :class:`legs.Ended`."""

    def closed(self, cause: int) -> None:
        """The leg of a call-back that had ended is gone."""

    def found(self) -> None:
        """The customer's phone rings on, or talks on, since before the start."""


class CustomerPhone:
    """Rings for ``ring`` seconds; one line at a time."""

    def __init__(self, desk: Desk, call_back: Rings, ring: float) -> None:
        self._desk = desk
        self._call_back = call_back
        self._ring = ring
        self._line: Line | None = None
        self._ready: Callable[[], None] | None = None
        """Whom to tell that the customer is on the line: an agent waits."""
        self._unseen = False
        """Whether it is to be seen yet what became of the leg of an earlier life of the server."""

    def take_up(self, leg: legs.Leg, answered: float | None) -> None:
        """Go on with the leg that an earlier life dialled; ``answered``: when (UTC seconds)."""
        self._unseen = True
        self._line = Line(
            self._desk, self._call_back, self._call_back.state.line, Service.CALL_BACK, self._from_line
        )
        self._line.take_up(leg, answered)

    @property
    def leg(self) -> legs.Leg | None:
        """The customer's leg, if there is one."""
        return None if self._line is None else self._line.leg

    @property
    def in_use(self) -> bool:
        """Whether it rings, or the customer is on the line."""
        return self._line is not None

    @property
    def _reached(self) -> bool:
        return self._line is not None and self._call_back.state.reached

    def reach(self, ready: Callable[[], None]) -> None:
        """An agent waits: ring, and say when the customer is on the line."""
        self._ready = ready
        if self._reached and not self._unseen:
            self._on_line()
        elif self._line is None:
            self._dial()
        # else it rings already, or is still to be found, or an earlier ringing is just being ended: then
        # `_gone` dials again

    def ring_early(self) -> None:
        """No agent waits yet, but one soon will: ring; a customer who answers first hears music."""
        if self._line is None:
            self._dial()

    def let_go(self) -> bool:
        """The agent is gone: no more ringing; give whether that ended it. Who answered already, waits on."""
        self._ready = None
        if self._line is None or self._line.given_up or self._reached:
            return False
        self._line.hang_up()
        return True

    def hold(self) -> None:
        """Let the customer hear music until there is an agent."""
        if self.leg is not None and self._call_back.owner is None:
            self.leg.send(legs.StartMusic())

    def hang_up(self) -> None:
        """End what is on the line."""
        if self._line is not None:
            self._line.hang_up()

    def _dial(self) -> None:
        call_back = self._call_back
        state, customer = call_back.state, call_back.arrival
        dialled = events.CallBackDialled(
            at=self._desk.clock.now(), contact=call_back.contact, attempt=state.attempt
        )
        self._line = Line(self._desk, call_back, state.next_line, Service.CALL_BACK, self._from_line)
        refused = self._line.dial(customer.caller_number, self._ring, customer.asked_by, says=[dialled])
        if refused is not None:
            self._line = self._ready = None
            call_back.refused(refused)

    def _from_line(self, event: legs.LegEvent) -> None:
        call_back = self._call_back
        match event:
            case legs.Answered() if self._line is None or self._line.given_up:
                pass  # it is being hung up
            case legs.Answered():
                self._picked_up()
            case legs.Found():
                self._found(event)
            case legs.Ended():
                self._gone(event)
            case _ if call_back.owner is not None:
                call_back.owner.from_caller(event)
            case _:
                pass

    def _picked_up(self) -> None:
        call_back = self._call_back
        reached = events.CallBackReached(
            at=self._desk.clock.now(), contact=call_back.contact, attempt=call_back.state.attempt
        )
        call_back.record([reached])
        self._on_line()

    def _found(self, found: legs.Found) -> None:
        """It is there still: with whom it was, or who waited for it is told."""
        call_back, self._unseen = self._call_back, False
        if call_back.ended:
            return  # it is being hung up
        call_back.found()
        if call_back.owner is not None:
            call_back.owner.from_caller(found)
        elif self._reached:
            self._on_line()
        elif self._line is not None and self._line.answered:
            self._picked_up()

    def _on_line(self) -> None:
        """Tell the agent's side, or let the customer hear music until there is one."""
        ready, self._ready = self._ready, None
        if ready is not None:
            ready()
        else:
            self.hold()

    def _gone(self, event: legs.Ended) -> None:
        call_back, line, reached = self._call_back, self._line, self._reached
        self._line = None
        if call_back.ended:
            call_back.closed(event.cause)
        elif call_back.owner is not None:
            call_back.owner.from_caller(event)
        elif reached:
            call_back.customer_left(event.since)
        elif line is not None and not line.given_up:
            self._ready = None
            call_back.missed(line.told(event), event.since)
        elif self._ready is not None:
            self._dial()
