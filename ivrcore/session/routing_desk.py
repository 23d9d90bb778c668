"""Takes what dialplans of Asterisk's own ask of routing, and tell of their calls.

Knows texts in and channel variables out; must not know by which wire they come.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.errors import RequestRefused
from ivrcore.model.names import By
from ivrcore.model.overload_names import TurnedAway
from ivrcore.model.pbx import contact_of
from ivrcore.routing.asked import (
    OUTCOME,
    ROUTE,
    TAKEN,
    Result,
    RouteAsked,
    read_outcome,
    read_route,
    read_taken,
    variables,
)
from ivrcore.session.routed import DROP, Patience, Reply, Routed, RoutedCaller

if TYPE_CHECKING:
    from ivrcore.session.exchange import Exchange

log = logging.getLogger(__name__)

SCRIPTS = (ROUTE, TAKEN, OUTCOME)
"""What it answers."""
_CHANNEL = re.compile(r"[\w.-]{1,80}")
"""Of an id of Asterisk's that may be a part of ours."""
LET_GO = 1000
"""Contacts not known whose agent was let go, kept in mind until their outcome."""


TOO_MANY = "the server takes no more callers now: {}"
Refuses = Callable[[str], TurnedAway | None]
"""Told the name of a contact that would begin: why it may not; None where it may."""


def _nobody(_contact: str) -> TurnedAway | None:
    return None


class _Once:
    """A reply that is given once, whatever fails afterwards."""

    def __init__(self, reply: Reply) -> None:
        self._reply: Reply | None = reply

    def __call__(self, told: Mapping[str, str]) -> None:
        reply, self._reply = self._reply, None
        if reply is not None:
            reply(told)


class RoutingDesk:
    """``longest_wait`` is how many seconds one request may wait; ``refuses`` turns new contacts away."""

    def __init__(
        self, exchange: Exchange, longest_wait: float, patience: Patience, refuses: Refuses = _nobody
    ) -> None:
        self._refuses = refuses
        self._exchange = exchange
        self._longest_wait = longest_wait
        self._patience = patience
        self._let_go: OrderedDict[str, None] = OrderedDict()

    def ask(
        self, script: str, query: Mapping[str, str], caller: RoutedCaller, reply: Reply
    ) -> Callable[[], None]:
        """Answer by ``reply``, once, at once or later; give what to call if the caller hangs up before."""
        waits: list[Routed] = []
        once = _Once(reply)
        failed = partial(once, variables(Result.FAILED, reason="a fault of the server"))

        def answer() -> None:
            try:
                self._answer(script, query, caller, once, waits)
            except RequestRefused as error:
                log.warning("a request of Asterisk's dialplan, %s: %s", script, error)
                once(variables(Result.REFUSED, reason=error.message))

        def hung_up() -> None:
            for one in waits:
                self._exchange.enter(partial(one.hung_up, once), one.broken)

        self._exchange.enter(answer, failed)
        return hung_up

    def _answer(
        self,
        script: str,
        query: Mapping[str, str],
        caller: RoutedCaller,
        reply: Reply,
        waits: list[Routed],
    ) -> None:
        if script == ROUTE:
            waits.append(self._route(read_route(query, self._longest_wait), caller, reply))
        elif script == TAKEN:
            contact, channel = read_taken(query)
            found = self._known(contact)
            if found is None:
                self._drop(contact, reply)
            else:
                found.taken(channel, reply)
        else:
            told = read_outcome(query)
            found = self._known(told.contact)
            if found is None:
                let_go = self._let_go.pop(told.contact, told) is None and told.talked and not told.gone
                reply(variables(Result.WAITING if let_go else Result.UNKNOWN, contact=told.contact))
            else:
                found.outcome(told, reply)

    def _drop(self, contact: str, reply: Reply) -> None:
        """Let an agent go for whom nobody waits as far as is known: since a restart, or for too long."""
        self._let_go[contact] = None
        if len(self._let_go) > LET_GO:
            self._let_go.popitem(last=False)
        reply(variables(Result.UNKNOWN, contact=contact) | DROP)

    def _route(self, asked: RouteAsked, caller: RoutedCaller, reply: Reply) -> Routed:
        found = self._known(asked.contact)
        if found is not None and found.talks:  # its end was never told
            found.talk_over(By.UNKNOWN)
            found = None
        if found is not None:
            found.again(asked, reply)
            return found
        if asked.group not in self._exchange.routing.queues:
            raise RequestRefused(f"there is no group {asked.group!r}", hint="a queue of the configuration")
        exchange, name = self._exchange, self._name(caller)
        why = self._refuses(name)
        if why is not None:
            raise RequestRefused(TOO_MANY.format(why))
        one = Routed(exchange, name, caller, self._patience)
        exchange.sessions[one.contact] = one
        subject = exchange.ports.subjects.put(
            {"caller_number": caller.caller_number, "caller_name": caller.caller_name}
        )
        try:
            one.begin(asked, subject, reply)
        except Exception:
            one.broken()
            raise
        return one

    def _known(self, contact: str) -> Routed | None:
        found = self._exchange.sessions.get(contact)
        return found if isinstance(found, Routed) else None

    def _name(self, caller: RoutedCaller) -> str:
        """Give a contact's id: one channel may be routed again and again."""
        channel = caller.channel if _CHANNEL.fullmatch(caller.channel) else "call"
        return f"{contact_of(channel, caller.pbx)}-{secrets.token_hex(3)}"
