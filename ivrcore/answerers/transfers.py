"""Transfers that dialplans ask for: read, begun, stopped, and taken up again after a restart."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ivrcore.answerers.adopted_transfer import AdoptedTransfer
from ivrcore.answerers.transfer import Transfer
from ivrcore.model.names import Scalar, Told

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.answerers.outbound import Desk
    from ivrcore.dialplan.commands import DoAsk
    from ivrcore.session.begun import Begun
    from ivrcore.session.ports import Call, Done
    from ivrcore.telephony.leg import Leg

RING = 30.0
"""Seconds, where the dialplan does not say; `SHORTEST_RING` and `LONGEST_RING` bound what it says."""
SHORTEST_RING, LONGEST_RING = 1.0, 180.0


def ring_of(value: Scalar) -> float:
    """Read a payload's seconds of ringing."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return RING
    return min(max(float(value), SHORTEST_RING), LONGEST_RING)


EMERGENCY = "emergency"
"""What the interpreter calls the transfer of an emergency: no dialplan can ask for it."""


class Transfers:
    """Answers `Service.TRANSFER`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: dict[str, Transfer] = {}

    def ask(self, asked: DoAsk, call: Call, done: Done) -> None:
        """See :class:`ivrcore.session.ports.Answerer`."""
        if call.ended:
            return
        forget = partial(self._open.pop, asked.request, None)
        transfer = Transfer(self._desk, asked.request, call, done, forget)
        self._open[asked.request] = transfer
        payload = asked.payload
        number, caller_id = str(payload.get("number") or ""), str(payload.get("caller_id") or "")
        transfer.start(number, ring_of(payload.get("ring")), caller_id, unlimited=asked.name == EMERGENCY)

    def take_up(
        self, begun: Begun, line: Leg | None, call: Call, done: Done, _again: Callable[[], object]
    ) -> None:
        """See :class:`ivrcore.session.ports.TakesUp`."""
        if line is None:
            done(Told.FAILED)
            return
        forget = partial(self._open.pop, begun.request, None)
        transfer = AdoptedTransfer(self._desk, begun, line, call, done, forget)
        self._open[begun.request] = transfer
        transfer.take_up()

    def stop(self, request: str) -> None:
        """See :class:`ivrcore.session.ports.Answerer`: the outside leg is hung up, whenever it answers."""
        transfer = self._open.get(request)
        if transfer is not None:
            transfer.stop()
