"""Draining: no new calls are taken, those inside finish, and then the server ends, if that was asked for.

Call-backs that wait are no reason to go on: the next start takes them up again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ivrcore.durations import in_words
from ivrcore.session.clock import Alarm
from ivrcore.session.routed import Routed
from ivrcore.session.session import Session
from ivrcore.web.view import DrainView

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.session.exchange import Exchange
    from ivrcore.session.intake import Intake

log = logging.getLogger("ivrcore")

LOOK_EVERY = 0.5
"""Seconds between looks whether everybody is gone."""


class Drain:
    """``end`` ends the server, once."""

    def __init__(self, exchange: Exchange, intake: Intake, end: Callable[[], object]) -> None:
        self._exchange = exchange
        self._intake = intake
        self._end = end
        self._then_stop = False
        self._until: float | None = None
        self._clock = exchange.ports.clock
        self._look = Alarm(self._clock, self._looked)

    def begin(self, author: str, *, then_stop: bool = False, time_out: float | None = None) -> None:
        """Take no new calls; with ``then_stop`` end once nobody is inside, after ``time_out`` seconds anyhow.

        Asked again, the last word counts.
        """
        self._then_stop = then_stop
        self._until = None if time_out is None else self._clock.now() + time_out
        self._intake.drain(True, author)
        self._look.cancel()
        if then_stop:
            within = "" if time_out is None else f", in {in_words(time_out)} at the latest"
            log.warning("the server ends once nobody is inside%s: %d are", within, self.inside)
            self._look.set(self._clock.now() + LOOK_EVERY)  # so that who asked is answered first

    def undo(self, author: str) -> None:
        """Take new calls again, and do not end."""
        self._look.cancel()
        self._then_stop, self._until = False, None
        self._intake.drain(False, author)

    def stop(self) -> None:
        """Look no more."""
        self._look.cancel()

    @property
    def inside(self) -> int:
        """How many contacts would be cut short by an end now."""
        return sum(isinstance(one, Session | Routed) for one in self._exchange.sessions.values())

    def view(self) -> DrainView:
        """Show how it stands."""
        return DrainView(
            draining=self._intake.draining,
            inside=self.inside,
            then_stop=self._then_stop,
            until=self._until,
        )

    def _looked(self) -> None:
        inside, now = self.inside, self._clock.now()
        if inside and (self._until is None or now < self._until):
            self._look.set(now + LOOK_EVERY)
            return
        if inside:
            log.warning("the time is up: the server ends, and %d callers go to Asterisk's fallback", inside)
        else:
            log.info("nobody is inside: the server ends")
        self._end()
