"""``/api/v1/contacts``: the contacts in progress, why each was offered to whom, and what supervisors want."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.web.server import Request

from ivrcore.errors import RequestRefused
from ivrcore.model.names import LeftQueue
from ivrcore.routing.commands import HandOver, MoveContact, Prioritise, Steering, WithdrawContact
from ivrcore.web.api import OfHotline, read_body
from ivrcore.web.endpoint import Reply, json_list, json_reply
from ivrcore.web.roles import Gate
from ivrcore.web.view import Hotline

T = TypeVar("T")

Explain = Callable[[str], "Deferred[bytes]"]
"""Gives the JSON of an :class:`ivrcore.explaining.model.Explanation`, or fails with `RequestRefused`."""


class Order(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a supervisor wants; ``author`` is who, as far as the client says."""

    author: str = ""

    def of(self, contact: str, author: str) -> Steering:
        """Give it as routing takes it."""
        raise NotImplementedError


class Move(Order):
    """Wait in another queue, with the time it has waited."""

    queue: str

    def of(self, contact: str, author: str) -> Steering:
        """Give it as routing takes it."""
        return MoveContact(contact, self.queue, author)


class Priority(Order):
    """Another priority, in place of the queue's and its own together; more is sooner."""

    priority: int

    def of(self, contact: str, author: str) -> Steering:
        """Give it as routing takes it."""
        return Prioritise(contact, self.priority, author)


class Withdrawal(Order):
    """Back to the dialplan, to the steps for ``outcome``."""

    outcome: LeftQueue = LeftQueue.WITHDRAWN

    def of(self, contact: str, author: str) -> Steering:
        """Give it as routing takes it."""
        return WithdrawContact(contact, author, self.outcome)


class HandingOver(Order):
    """For so many seconds for one agent only."""

    agent: str
    seconds: float = 60.0

    def of(self, contact: str, author: str) -> Steering:
        """Give it as routing takes it."""
        return HandOver(contact, self.agent, self.seconds, author)


ORDERS: Mapping[str, tuple[type[Order], str]] = {
    "move": (Move, '{"queue": "cards", "author": "sue"}'),
    "prioritise": (Priority, '{"priority": 50, "author": "sue"}'),
    "withdraw": (Withdrawal, '{"outcome": "timed_out", "author": "sue"}'),
    "hand-over": (HandingOver, '{"agent": "ann", "seconds": 60, "author": "sue"}'),
}
"""The end of the address -> its body, and an example of it."""


class Contacts(OfHotline):
    """``GET /contacts`` lists; ``GET /contacts/ID/why`` explains one, also one that is over;
    ``POST /contacts/ID/…`` has a supervisor's will done (`ORDERS`)."""

    def __init__(self, hotline: Hotline, gate: Gate, explain: Explain | None = None) -> None:
        super().__init__(hotline, gate)
        self._explain = explain
        self._explaining = False

    def on_get(self, request: Request) -> Reply | Deferred[Reply]:
        """List the contacts in progress, without personal values; or explain one."""
        parts = _parts(request)
        if not parts:
            return json_list("contacts", self.hotline.contacts())
        if len(parts) != 2 or parts[1] != "why" or self._explain is None:
            raise RequestRefused(
                "there is no such thing of a contact", status=404, hint="GET /api/v1/contacts/ID/why"
            )
        return self._why(parts[0], self._explain)

    def on_post(self, request: Request) -> Deferred[Reply]:
        """Steer a contact; answer with where it is then, once the figures know."""
        parts = _parts(request)
        if len(parts) != 2 or parts[1] not in ORDERS:
            raise RequestRefused(
                "this is nothing that can be done with a contact",
                status=404,
                hint=f"POST /api/v1/contacts/ID/ and one of {', '.join(ORDERS)}",
            )
        contact, what = parts
        kind, example = ORDERS[what]
        order = read_body(request, kind, example)
        self.hotline.steer(order.of(contact, self.author(request, order.author)))
        later: Deferred[Reply] = Deferred()
        self.hotline.when_shown(lambda: later.callback(self._one(contact)))
        return later

    def _one(self, name: str) -> Reply:
        return json_reply({"contact": self.hotline.contact(name)})

    def _why(self, contact: str, explain: Explain) -> Deferred[Reply]:
        """Explain one contact at a time: each is seconds of work for a processor that also serves calls."""
        if self._explaining:
            raise RequestRefused("another contact is being explained", status=429, hint="ask again shortly")
        self._explaining = True
        return maybeDeferred(explain, contact).addCallback(_json).addBoth(self._over)

    def _over(self, result: T) -> T:
        self._explaining = False
        return result


def _parts(request: Request) -> list[str]:
    return [part.decode("utf-8", "replace") for part in request.postpath or ()]


def _json(body: bytes) -> Reply:
    return Reply(body, "application/json")
