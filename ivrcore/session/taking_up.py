"""Who else takes up at a start what an earlier life of the server has left: what adoption asks of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ivrcore.call_backs import OpenCallBack
    from ivrcore.model.events import ContactArrived
    from ivrcore.model.overload_names import WayOut
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.ports import Call
    from ivrcore.telephony.leg import Leg


@dataclass(frozen=True, slots=True)
class CalledBack:
    """How one stood who is called back, when the server died. Times are UTC seconds."""

    leg: Leg | None
    """The customer's phone; None if an agent's rings for them, and theirs was not in use."""
    answered: float | None
    """Since when the customer is on the line."""
    visits: int
    """How many visits the contact had."""
    since: float
    """When the earlier life was last known to be."""


class CallsBack(Protocol):
    """Who sees to those who are to be called back, and whom an earlier life had on the line."""

    def stand_by(self, left: OpenCallBack, call: Call) -> None:
        """The caller is on the line still: take the place when they hang up."""

    def adopt(self, left: OpenCallBack, found: CalledBack, exchange: Exchange) -> None:
        """The customer's phone is in use, or an agent's for them: go on with it."""

    def take_up(self, left: OpenCallBack, visits: int, exchange: Exchange) -> None:
        """Take the caller's place at once."""

    def give_up(self, left: OpenCallBack, exchange: Exchange) -> None:
        """It cannot be gone on with by a fault of ours."""


class TurnsAway(Protocol):
    """Who turns callers away."""

    def take_up(self, arrived: ContactArrived, way: WayOut, leg: Leg) -> None:
        """Send a caller that way who is there still, once the leg says so."""
