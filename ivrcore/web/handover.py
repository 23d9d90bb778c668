"""``/api/v1/hand-over``: a new process takes the calls of this one.

Must not know how: `HandingOver` does it.
"""

from __future__ import annotations

from typing import Protocol

import msgspec
from twisted.web.server import Request

from ivrcore.errors import RequestRefused
from ivrcore.web.api import read_body
from ivrcore.web.endpoint import Endpoint, Reply, json_reply
from ivrcore.web.roles import Gate

EXAMPLE = '{"pid": 4711, "version": "1.2.0", "claim": "0f3a5c7e9b1d2f46"}'


class HandOverView(msgspec.Struct, frozen=True, kw_only=True):
    """``pid`` is the process that answers; ``to`` the one that is to have its calls, if there is one."""

    pid: int
    version: str
    to: int | None = None
    failed: str = ""
    """Why the last one that was started did not take over."""


class HandingOver(Protocol):
    """Who does it; :class:`ivrcore.service.handover.HandOver` is it."""

    def start(self) -> None:
        """Start a new process, which is to ask for our calls once it is ready."""

    def give(self, pid: int, to_version: str, claim: str) -> None:
        """Let go of everything: that process is ready to have it. Asked again it changes nothing."""

    def view(self) -> HandOverView:
        """Show how it stands."""


class TakeBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The process that asks; ``claim`` is the same each time it does."""

    pid: int
    version: str
    claim: str


class HandOverEndpoint(Endpoint):
    """``GET`` tells how it stands, ``POST`` starts a new process, which asks for the calls by ``PUT``."""

    def __init__(self, handing_over: HandingOver, gate: Gate) -> None:
        super().__init__(gate)
        self._handing_over = handing_over

    def on_get(self, request: Request) -> Reply:
        """Tell how it stands."""
        return self._shown()

    def on_post(self, request: Request) -> Reply:
        """Start a new process."""
        self._handing_over.start()
        return self._shown(202)

    def on_put(self, request: Request) -> Reply:
        """Give everything to who asks."""
        body = read_body(request, TakeBody, EXAMPLE)
        if body.pid < 1:
            raise RequestRefused("pid is the number of a process", hint=f"send JSON such as {EXAMPLE}")
        self._handing_over.give(body.pid, body.version[:64], body.claim)
        return self._shown()

    def _shown(self, status: int = 200) -> Reply:
        return json_reply({"hand_over": self._handing_over.view()}, status)
