"""``/api/v1/drain``: take no new calls, or take them again.

Must not know how callers are turned away: `Draining` does it.
"""

from __future__ import annotations

from typing import Protocol

import msgspec
from twisted.internet.defer import Deferred
from twisted.web.server import Request

from ivrcore.errors import RequestRefused
from ivrcore.web.api import OfHotline, read_body
from ivrcore.web.endpoint import Reply, json_reply
from ivrcore.web.roles import Gate
from ivrcore.web.view import DrainView, Hotline

EXAMPLE = '{"then_stop": true, "time_out": 600}'
LONGEST = 86_400.0


class Draining(Protocol):
    """Who does it; :class:`ivrcore.service.drain.Drain` is it."""

    def begin(self, author: str, *, then_stop: bool = False, time_out: float | None = None) -> None:
        """Take no new calls; perhaps end when nobody is inside, or after so many seconds."""

    def undo(self, author: str) -> None:
        """Take new calls again."""

    def view(self) -> DrainView:
        """Show how it stands."""


class DrainBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``time_out`` in seconds has a meaning with ``then_stop`` only."""

    then_stop: bool = False
    time_out: float | None = None
    author: str = ""


class UndoBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Who wants it, as far as the client says."""

    author: str = ""


class DrainEndpoint(OfHotline):
    """``GET /drain`` tells how it stands, ``POST`` begins, ``DELETE`` undoes."""

    def __init__(self, hotline: Hotline, draining: Draining, gate: Gate) -> None:
        super().__init__(hotline, gate)
        self._draining = draining

    def on_get(self, request: Request) -> Reply:
        """Tell how it stands."""
        return self._shown()

    def on_post(self, request: Request) -> Deferred[Reply]:
        """Begin; answer once it is written."""
        body = read_body(request, DrainBody, EXAMPLE)
        if body.time_out is not None and not (body.then_stop and 0 < body.time_out <= LONGEST):
            raise RequestRefused(
                "a time-out needs 'then_stop', and is more than 0 and at most a day",
                status=400,
                hint=f"send JSON such as {EXAMPLE}",
            )
        author = self.author(request, body.author)
        self._draining.begin(author, then_stop=body.then_stop, time_out=body.time_out)
        return self._later()

    def on_delete(self, request: Request) -> Deferred[Reply]:
        """Undo; answer once it is written."""
        body = read_body(request, UndoBody, '{"author": "kim"}')
        self._draining.undo(self.author(request, body.author))
        return self._later()

    def _later(self) -> Deferred[Reply]:
        later: Deferred[Reply] = Deferred()
        self.hotline.when_shown(lambda: later.callback(self._shown()))
        return later

    def _shown(self) -> Reply:
        return json_reply({"drain": self._draining.view()})
