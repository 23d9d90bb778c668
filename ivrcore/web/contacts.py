"""``/api/v1/contacts``: the contacts in progress, and why a contact was offered to whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.web.server import Request

from ivrcore.errors import RequestRefused
from ivrcore.web.api import OfHotline
from ivrcore.web.endpoint import Reply, json_reply
from ivrcore.web.view import Hotline

T = TypeVar("T")

Explain = Callable[[str], "Deferred[bytes]"]
"""Gives the JSON of an :class:`ivrcore.explaining.model.Explanation`, or fails with `RequestRefused`."""


class Contacts(OfHotline):
    """``GET /contacts`` lists; ``GET /contacts/ID/why`` explains one, also one that is over."""

    def __init__(
        self, hotline: Hotline, check: Callable[[Request], None], explain: Explain | None = None
    ) -> None:
        super().__init__(hotline, check)
        self._explain = explain
        self._explaining = False

    def on_get(self, request: Request) -> Reply | Deferred[Reply]:
        """List the contacts in progress, without personal values; or explain one."""
        parts = [part.decode("utf-8", "replace") for part in request.postpath or ()]
        if not parts:
            return json_reply({"contacts": self.hotline.contacts()})
        if len(parts) != 2 or parts[1] != "why" or self._explain is None:
            raise RequestRefused(
                "there is no such thing of a contact", status=404, hint="GET /api/v1/contacts/ID/why"
            )
        return self._why(parts[0], self._explain)

    def _why(self, contact: str, explain: Explain) -> Deferred[Reply]:
        """Explain one contact at a time: each is seconds of work for a processor that also serves calls."""
        if self._explaining:
            raise RequestRefused("another contact is being explained", status=429, hint="ask again shortly")
        self._explaining = True
        return maybeDeferred(explain, contact).addCallback(_json).addBoth(self._over)

    def _over(self, result: T) -> T:
        self._explaining = False
        return result


def _json(body: bytes) -> Reply:
    return Reply(body, "application/json")
