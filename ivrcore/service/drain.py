"""Draining: no new calls are taken, those inside finish, and then the server ends, if that was asked for.

Call-backs that wait are no reason to go on: before an end no more of them are begun, and the next start takes
them up again. A server that died while it drained goes on with it when it is started again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ivrcore.durations import in_words
from ivrcore.overload import DrainState
from ivrcore.session.clock import Alarm
from ivrcore.web.view import DrainView

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.answerers.call_backs import CallBacks
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.intake import Intake

log = logging.getLogger("ivrcore")

LOOK_EVERY = 0.5
"""Seconds between looks whether everybody is gone."""


class Drain:
    """``end`` ends the server, once; ``left`` is how an earlier run that died stood."""

    def __init__(
        self,
        exchange: Exchange,
        intake: Intake,
        call_backs: CallBacks,
        end: Callable[[], object],
        left: DrainState = DrainState(),  # noqa: B008  # frozen
    ) -> None:
        self._exchange = exchange
        self._intake = intake
        self._call_backs = call_backs
        self._end = end
        self._left = left
        self._clock = exchange.ports.clock
        self._look = Alarm(self._clock, self._looked)

    def start(self) -> None:
        """Go on with what an earlier run died in; once, before anybody is let in."""
        if self._left.on:
            log.warning(
                "no new calls are taken, as before the server died: `ivrcore drain --undo` takes them"
            )
            self._intake.drained = self._left
            self._follow()

    def begin(self, author: str, *, then_stop: bool = False, time_out: float | None = None) -> None:
        """Take no new calls; with ``then_stop`` end once nobody is inside, after ``time_out`` seconds anyhow.

        Asked again, the last word counts.
        """
        until = None if time_out is None else self._clock.now() + time_out
        self._intake.drain(True, author, then_stop=then_stop, until=until)
        self._follow()

    def undo(self, author: str) -> None:
        """Take new calls again, and do not end."""
        self._intake.drain(False, author)
        self._follow()

    def _follow(self) -> None:
        """Do as was told last."""
        told = self._intake.drained
        self._look.cancel()
        self._call_backs.hold_back(told.then_stop)
        if told.then_stop:
            left = None if told.until is None else max(0.0, told.until - self._clock.now())
            within = "" if left is None else f", in {in_words(left)} at the latest"
            log.warning("the server ends once nobody is inside%s: %d are", within, self.inside)
            self._look.set(self._clock.now() + LOOK_EVERY)  # so that who asked is answered first

    def stop(self) -> None:
        """Look no more."""
        self._look.cancel()

    @property
    def inside(self) -> int:
        """How many contacts would be cut short by an end now: a call-back once an agent took it."""
        return self._exchange.busy

    def view(self) -> DrainView:
        """Show how it stands."""
        told = self._intake.drained
        return DrainView(draining=told.on, inside=self.inside, then_stop=told.then_stop, until=told.until)

    def _looked(self) -> None:
        inside, now, until = self.inside, self._clock.now(), self._intake.drained.until
        if inside and (until is None or now < until):
            self._look.set(now + LOOK_EVERY)
            return
        if inside:
            log.warning("the time is up: the server ends, and %d callers go to Asterisk's fallback", inside)
        else:
            log.info("nobody is inside: the server ends")
        self._end()
