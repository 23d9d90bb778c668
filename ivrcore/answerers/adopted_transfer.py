"""A transfer that an earlier life of the server has left: who rings rings on, who talk talk on.

What the outside leg tells waits until the caller was found: who left meanwhile needs nothing of it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ivrcore.answerers.transfer import Stage, Transfer
from ivrcore.model import events
from ivrcore.model.names import Owner
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.answerers.outbound import Desk
    from ivrcore.session.begun import Begun
    from ivrcore.session.ports import Call, Done


class AdoptedTransfer(Transfer):
    """Made before the link is up."""

    def __init__(
        self,
        desk: Desk,
        begun: Begun,
        line: legs.Leg,
        call: Call,
        done: Done,
        forget: Callable[[], object],
    ) -> None:
        super().__init__(desk, begun.request, call, done, forget)
        self._begun = begun
        self._found: set[str] = set()
        self._early: list[legs.LegEvent] = []
        self._stage = Stage.RINGING if begun.answered is None else Stage.JOINING
        self._line.take_up(line, begun.answered)

    def take_up(self) -> None:
        """Own the caller's leg, too."""
        self._call.hand_over(self)
        if self._begun.joining and self._line.leg is not None:
            self._asked_to_join = True
            self._desk.switch.adopt_bridge(self._bridge, [self._call.leg, self._line.leg])

    def from_caller(self, event: legs.LegEvent) -> None:
        """See :class:`Transfer`."""
        if not isinstance(event, legs.Found):
            super().from_caller(event)
            return
        self._found.add("caller")
        if not self._begun.handed:
            self._hand_over()
        elif self._stage is Stage.RINGING:
            self._call.leg.send(legs.StartMusic())
        self._go_on()
        early, self._early = self._early, []
        for one in early:
            self._from_line(one)

    def _hand_over(self) -> None:
        """It was dialled, and died before it had the caller."""
        now, call = self._desk.clock.now(), self._call
        handed = events.LegHandedOver(at=now, contact=call.contact, leg=call.leg.id, owner=Owner.SERVICE)
        call.record([handed], partial(call.leg.send, legs.StartMusic()))

    def _from_line(self, event: legs.LegEvent) -> None:
        if isinstance(event, legs.Found):
            self._found.add("outside")
            self._go_on()
        elif "caller" not in self._found and self._stage is not Stage.OVER:
            self._early.append(event)
        else:
            super()._from_line(event)

    def _go_on(self) -> None:
        if self._stage is not Stage.JOINING or self._found != {"caller", "outside"}:
            return
        if self._begun.joining:
            self._call.record((), self._do_join)
        else:
            self._join()

    def _line_gone(self, event: legs.Ended) -> None:
        """Who was being joined when the server died, and is gone by now, has talked."""
        if self._stage is Stage.JOINING and self._begun.joining and "outside" not in self._found:
            self._stage = Stage.TALKING
        super()._line_gone(event)
