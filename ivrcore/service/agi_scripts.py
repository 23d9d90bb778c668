"""What dialplans of Asterisk's own may ask for over AGI: hotlines that are theirs to have, and agents.

An answer is channel variables, then the dialplan goes on. Must not know how agents are chosen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING

from asterisk.agi import AGIException

from ivrcore.dialplan.model import plain_number
from ivrcore.errors import TelephonyError
from ivrcore.routing.asked import OUTCOME, ROUTE, Result, variables
from ivrcore.session.routed import RoutedCaller
from ivrcore.session.routing_desk import SCRIPTS, RoutingDesk
from ivrcore.telephony.agi.switch import HOTLINE

if TYPE_CHECKING:
    from ivrcore.telephony.agi.connection import Connection
    from ivrcore.telephony.agi.server import AgiServer, Script
    from ivrcore.telephony.agi.switch import AgiSwitch
    from ivrcore.telephony.agi.wire import Request

log = logging.getLogger("ivrcore")

LOOK = 60.0
"""Seconds between looks of a request that waits, whether it is there still."""
PROBE = 0.5
"""The same where Asterisk does not tell of a hang-up by itself, or it is not known yet whether it does."""
SILENT = frozenset(("no", "false", "n", "f", "0", "off"))
"""Values of ``AGISIGHUP`` that mean no to Asterisk: then it tells of no hang-up."""
STAYS = (Result.AGENT, Result.QUEUE)
"""Answers behind which the contact goes on."""
NOT_SERVED = "this number is not served over AGI"


def number_of(request: Request) -> str:
    """Give the number or name that a dialplan of ours is asked by: the query's ``entry``, else the number."""
    return plain_number(request.query.get("entry") or request.number)


def add_scripts(
    switch: AgiSwitch, desk: RoutingDesk, numbers: Collection[str], served: Callable[[str], object]
) -> None:
    """Let them be asked for; ``numbers`` have a hotline, if ``served`` gives a dialplan for them."""
    server = switch.server
    switch.number_of = number_of
    hotline = server.scripts[HOTLINE]
    server.scripts[HOTLINE] = partial(_hotline, switch, hotline, frozenset(numbers), served)
    for name in SCRIPTS:
        server.scripts[name] = partial(_routing, server, desk)


def _hotline(
    switch: AgiSwitch,
    hotline: Script,
    numbers: frozenset[str],
    served: Callable[[str], object],
    connection: Connection,
    request: Request,
) -> Callable[[], None] | None:
    number = number_of(request)
    if (number in numbers and served(number) is not None) or switch.expects(request):
        return hotline(connection, request)  # a call goes on with what it began with
    log.warning("AGI: %s is in no dialplan, or not in 'numbers' of 'fastagi'", ascii(number[:40]))
    return partial(_tell, connection, variables(Result.REFUSED, reason=NOT_SERVED))


def _routing(
    server: AgiServer, desk: RoutingDesk, connection: Connection, request: Request
) -> Callable[[], None]:
    return Waiting(server, desk, connection, request).serve


class Waiting:
    """One request of routing: asked on the reactor, waited for in the session's greenlet."""

    def __init__(
        self, server: AgiServer, desk: RoutingDesk, connection: Connection, request: Request
    ) -> None:
        self._server = server
        self._desk = desk
        self._connection = connection
        self._request = request
        self._told: Mapping[str, str] | None = None
        self._hung_up: Callable[[], None] | None = None
        self._told_of_hang_ups: bool | None = None

    def serve(self) -> None:
        """Wait for the answer, and set its variables; a caller who hangs up ends a wait at once."""
        connection = self._connection
        connection.call_soon(self._ask)
        waits = self._request.script == ROUTE
        try:
            while self._told is None and not (waits and connection.agi.hung_up):
                connection.park(PROBE if waits and not self._told_of_hang_ups else LOOK)
                if waits and self._told is None and not connection.agi.hung_up:
                    self._look()
            if self._told is not None:
                _tell(connection, self._told)
        except (TelephonyError, AGIException):
            connection.call_soon(self._gone)
            raise
        if self._told is None or connection.told or connection.agi.hung_up:
            connection.call_soon(self._gone)

    def _look(self) -> None:
        """Where Asterisk does not tell of a hang-up, look whether there was one: LegGone then.

        No command is under way that it would end; this one it refuses once the call is over.
        """
        if self._told_of_hang_ups is None:
            value = self._connection.agi.get_variable("AGISIGHUP")
            self._told_of_hang_ups = value.strip().lower() not in SILENT
        if not self._told_of_hang_ups:
            self._connection.agi.execute("CHANNEL STATUS")

    def _ask(self) -> None:
        request = self._request
        self._hung_up = self._desk.ask(request.script, request.query, self._caller, self._reply)

    @property
    def _caller(self) -> RoutedCaller:
        request = self._request
        return RoutedCaller(
            request.channel_id,
            request.number,
            request.caller_number,
            request.caller_name,
            request.pbx,
        )

    def _reply(self, told: Mapping[str, str]) -> None:
        self._told = told
        self._connection.wake()

    def _gone(self) -> None:
        """Tell that the caller is; also behind an answer, which nobody acts on: no agent missed that call."""
        told = self._told or {}
        if told.get("IVRCORE_RESULT") in STAYS:
            left = {"contact": told["IVRCORE_CONTACT"], "status": "CANCEL", "gone": "1"}
            self._desk.ask(OUTCOME, left, self._caller, lambda _: None)
        elif self._hung_up is not None:
            self._hung_up()


def _tell(connection: Connection, told: Mapping[str, str]) -> None:
    for name, value in told.items():
        connection.agi.set_variable(name, value)
