"""What a call asks of the outside: each request gets exactly one answer, in time, whatever its answerer does.

The one place that knows of answerers that raise, are silent or come late. Must not know what is asked.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.dialplan.commands import DoAsk, ServiceTold
from ivrcore.errors import IvrError, ServiceError, ServiceMissing
from ivrcore.model.names import Scalar, Told
from ivrcore.plugin_manager import describe
from ivrcore.plugin_source import frames
from ivrcore.session.clock import Alarm
from ivrcore.session.ports import TakesUp

if TYPE_CHECKING:
    from ivrcore.model.names import Service
    from ivrcore.session.begun import Begun
    from ivrcore.session.clock import Clock
    from ivrcore.session.ports import Answerer, Call
    from ivrcore.telephony.leg import Leg

log = logging.getLogger(__name__)

GRACE = 1.0
"""Seconds beyond a request's time: the dialplan's own deadline comes first, this is for one that has none."""

TIME_TO_TELL = 15.0
"""Seconds at least that a request of an earlier life of the server has to be answered, however long nobody
was there: what it was for may be done."""


@dataclass(slots=True)
class _Open:
    answerer: Answerer
    alarm: Alarm


class Asking:
    """The open requests of one call. `told` is given every answer that somebody still waits for."""

    def __init__(
        self,
        services: Mapping[Service, Answerer],
        call: Call,
        clock: Clock,
        told: Callable[[ServiceTold], None],
    ) -> None:
        self._services = services
        self._call = call
        self._clock = clock
        self.told = told
        self._open: dict[str, _Open] = {}

    def ask(self, asked: DoAsk) -> None:
        """Begin a request."""
        answerer = self._services.get(asked.service)
        if answerer is None:
            self._call.enter(partial(self.told, _failed(asked, ServiceMissing.code)))
            return
        alarm = Alarm(self._clock, partial(self._call.enter, partial(self._overdue, asked.request)))
        self._open[asked.request] = _Open(answerer, alarm)
        if math.isfinite(asked.timeout):
            alarm.set(self._clock.now() + asked.timeout + GRACE)
        try:
            answerer.ask(asked, self._call, partial(self._done, asked.request))
        except Exception as error:  # noqa: BLE001 - one answerer's fault ends its request, not the call; reported
            _log(error, f"a request for {asked.service} of {self._call.contact}")
            code = error.code if isinstance(error, IvrError) else ServiceError.code
            self._done(asked.request, Told.FAILED, code=code)

    def take_up(self, begun: Begun, line: Leg | None, again: Callable[[], object]) -> None:
        """Go on with a request of an earlier life of the server; ``again`` asks anew where nothing was begun.

        A fault stops it, and answers it as failed.
        """
        answerer = self._services.get(begun.service)
        if not isinstance(answerer, TakesUp):
            return
        request = begun.request
        alarm = Alarm(self._clock, partial(self._call.enter, partial(self._overdue, request)))
        self._open[request] = _Open(answerer, alarm)
        if math.isfinite(begun.until):
            alarm.set(max(begun.until, self._clock.now() + TIME_TO_TELL) + GRACE)

        def anew() -> None:
            if self._open.pop(request, None) is not None:
                alarm.cancel()
                again()

        done = partial(self._done, request)
        try:
            answerer.take_up(begun, line, self._call, done, partial(self._call.enter, anew))
        except Exception as error:  # noqa: BLE001 - as of one that is begun
            _log(error, f"taking up a request for {begun.service} of {self._call.contact}")
            self.stop(request)
            failed = ServiceTold(request, Told.FAILED, {}, ServiceError.code)
            self._call.enter(partial(self.told, failed))

    def stop(self, request: str) -> None:
        """The answer is not wanted any more: what was begun is undone, a late answer is nobody's."""
        one = self._open.pop(request, None)
        if one is None:
            return
        one.alarm.cancel()
        try:
            one.answerer.stop(request)
        except Exception as error:  # noqa: BLE001 - reported; the call goes on
            _log(error, f"stopping the request {request}")

    def stop_all(self) -> None:
        """The call is over."""
        for request in list(self._open):
            self.stop(request)

    def halt(self) -> None:
        """Let time stand still: the server stops, and what was begun goes on in Asterisk."""
        for one in self._open.values():
            one.alarm.cancel()

    def _done(
        self, request: str, how: Told, values: Mapping[str, Scalar] | None = None, code: str = ""
    ) -> None:
        answer = ServiceTold(request, how, dict(values or {}), code)
        self._call.enter(partial(self._take, answer))

    def _take(self, answer: ServiceTold) -> None:
        one = self._open.pop(answer.request, None)
        if one is not None:
            one.alarm.cancel()
            self.told(answer)

    def _overdue(self, request: str) -> None:
        if request in self._open:
            self.stop(request)
            self.told(ServiceTold(request, Told.TIMED_OUT))


def _log(error: Exception, what: str) -> None:
    """Say where, without the error's text: it may hold digits."""
    log.error("%s failed: %s%s", what, describe(error), frames(error))


def _failed(asked: DoAsk, code: str) -> ServiceTold:
    return ServiceTold(asked.request, Told.FAILED, {}, code)
