"""Events of callers who are not let in, and of a server that takes no more."""

from __future__ import annotations

from ivrcore.model.event import Event
from ivrcore.model.overload_names import TurnedAway, WayOut


class ContactTurnedAway(Event, frozen=True, kw_only=True):
    """A new caller was not let in: ``measured`` is what was found, ``limit`` what is configured (0: none).

    Calls a second, contacts, seconds of lag, or streams, by ``why``.
    """

    contact: str
    why: TurnedAway
    way: WayOut
    measured: float = 0.0
    limit: float = 0.0


class DrainChanged(Event, frozen=True, kw_only=True):
    """The server takes no new calls from now on, or takes them again; ``author`` is who wants it.

    With ``then_stop`` it ends once nobody is inside, ``until`` a time at the latest (UTC seconds).
    """

    draining: bool
    author: str = ""
    then_stop: bool = False
    until: float | None = None
