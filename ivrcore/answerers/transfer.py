"""One transfer: a caller is joined to an outside number and comes back when that conversation is over.

Owns the caller's leg meanwhile, as a delivery does. What may be dialled is the guard's to say.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.answerers.outbound import Desk, Line
from ivrcore.model import events
from ivrcore.model.names import Owner, Service, Told
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.session.ports import Call, Done


class Stage(Enum):
    """How far a transfer is."""

    RINGING = auto()
    JOINING = auto()
    TALKING = auto()
    OVER = auto()


class Transfer:
    """One caller with one outside number. ``forget`` is called when nothing of it is left."""

    def __init__(
        self, desk: Desk, request: str, call: Call, done: Done, forget: Callable[[], object]
    ) -> None:
        self._desk = desk
        self._call = call
        self._done = done
        self._forget = forget
        self._bridge = f"{request}.b"
        self._line = Line(desk, call, request, Service.TRANSFER, self._from_line, call.leg)
        self._stage = Stage.RINGING
        self._joined: set[str] = set()
        self._asked_to_join = False

    def start(self, number: str, ring: float, caller_id: str, *, unlimited: bool = False) -> None:
        """Ask the guard, and dial."""
        asked_by = self._call.arrival.caller_number
        refused = self._line.dial(number, ring, asked_by, caller_id, unlimited=unlimited)
        if refused is not None:
            self._stage = Stage.OVER
            self._forget()
            self._done(Told.REFUSED, {"why": refused.why.value})
            return
        handed = events.LegHandedOver(
            at=self._desk.clock.now(), contact=self._call.contact, leg=self._call.leg.id, owner=Owner.SERVICE
        )
        self._call.hand_over(self)
        self._call.record([handed], partial(self._call.leg.send, legs.StartMusic()))

    def stop(self) -> None:
        """Nobody waits any more: hang the outside up and give the leg back, if it is still there."""
        if self._stage is Stage.OVER:
            return
        self._end()
        if not self._call.ended:
            self._call.leg.send(legs.StopMusic())
            self._call.take_back(talked=False)

    def from_caller(self, event: legs.LegEvent) -> None:
        """See :class:`ivrcore.session.ports.LegOwner`."""
        match event:
            case legs.Joined():
                self._has_joined("caller")
            case legs.Answered():
                self._call.leg_answered()
            case legs.Failed():
                self._failed(event)
            case legs.Ended():
                self._end()
                self._call.take_back(talked=False, ended=event)
            case _:
                pass

    def _failed(self, event: legs.Failed) -> None:
        """Note it; the transfer fails of a joining or an answer that failed, not of music."""
        failed = events.CommandFailed(
            at=self._desk.clock.now(),
            contact=self._call.contact,
            leg=self._call.leg.id,
            command=type(event.command).__name__ if event.command else "join",
            code=event.code,
            status=event.status,
        )
        self._call.record([failed])
        if event.command is None or isinstance(event.command, legs.Answer):
            self._over(Told.FAILED, event.code)

    def _from_line(self, event: legs.LegEvent) -> None:
        match event:
            case legs.Answered() if self._stage is Stage.RINGING:
                self._join()
            case legs.Joined():
                self._has_joined("outside")
            case legs.Failed() if self._stage is Stage.JOINING:
                self._over(Told.FAILED, event.code)
            case legs.Ended():
                self._line_gone(event)
            case _:
                pass

    def _join(self) -> None:
        self._stage = Stage.JOINING
        wanted = events.BridgeRequested(
            at=self._desk.clock.now(),
            contact=self._call.contact,
            bridge=self._bridge,
            legs=(self._call.leg.id, self._line.leg_id),
        )
        self._call.record([wanted], self._do_join)

    def _do_join(self) -> None:
        if self._stage is Stage.JOINING and self._line.leg is not None:
            self._asked_to_join = True
            self._desk.switch.join(self._bridge, [self._call.leg, self._line.leg])

    def _has_joined(self, who: str) -> None:
        self._joined.add(who)
        if self._stage is Stage.JOINING and self._joined == {"caller", "outside"}:
            self._stage = Stage.TALKING

    def _line_gone(self, event: legs.Ended) -> None:
        self._forget()
        if self._stage is Stage.TALKING:
            self._over(Told.DONE)
        elif self._stage is not Stage.OVER:
            how = self._line.told(event)
            self._over(Told.FAILED if how is Told.DONE else how)

    def _over(self, how: Told, code: str = "") -> None:
        """It came to its end, and the caller is still there: go on in the dialplan."""
        if self._stage is Stage.OVER:
            return
        self._end()
        self._call.leg.send(legs.StopMusic())
        self._call.take_back(talked=False)
        self._done(how, code=code)

    def _end(self) -> None:
        """Part the two and hang the outside up; forgotten once that is gone."""
        self._stage = Stage.OVER
        if self._asked_to_join:
            self._call.record((), partial(self._desk.switch.part, self._bridge))
        self._line.hang_up()
