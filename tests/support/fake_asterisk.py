"""A WebSocket server that plays Asterisk's part of ARI: for framing, time-outs and reconnecting.

It knows no calls. It answers requests as the test says, sends the events that the test gives, and drops the
connection when told. Requests that go over HTTP are answered for GET only.
"""

from __future__ import annotations

import asyncio
import http
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from ivrcore.telephony.ari.config import AriConfig

DROP = (0, "")
"""An answer: cut the connection instead."""

SILENCE = (-1, "")
"""An answer: none."""

EMPTY: dict[str, Any] = {
    "GET channels": [],
    "GET bridges": [],
    "GET applications/app": {"channel_ids": []},
}


@dataclass
class Asked:
    """A request that came over the socket."""

    method: str
    path: str
    query: dict[str, str]
    body: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class FakeAsterisk:
    """Use with `async with`."""

    def __init__(self, version: str = "22.10.1") -> None:
        self.version = version
        self.asked: list[Asked] = []
        self.answers: dict[str, tuple[int, str] | Callable[[], tuple[int, str]]] = {}
        """``METHOD path`` -> (status, body); 200 with ``{}`` or an empty list for others.

        ``HTTP path`` is for a GET that comes over HTTP; no answer is none until it vanishes.
        """
        self.connections: list[ServerConnection] = []
        self.password = "secret"
        self.refused = 0
        """How many requests had another password."""
        self.modules = {"chan_websocket", "chan_rtp"}
        """What it has of the modules that it is asked for."""
        self._server: Server | None = None
        self._vanishes = asyncio.Event()
        self.port = 0

    async def __aenter__(self) -> FakeAsterisk:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.vanish()

    async def listen(self) -> None:
        """Be there (again)."""
        self._vanishes.clear()
        self._server = await serve(
            self._talk, "127.0.0.1", self.port, process_request=self._refuse, compression=None
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def vanish(self) -> None:
        """Drop every connection and take no more."""
        self._vanishes.set()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        self.connections.clear()

    def config(self, **changes: Any) -> AriConfig:
        """A driver's configuration for this server, with short times."""
        values: dict[str, Any] = {
            "url": f"http://127.0.0.1:{self.port}/ari",
            "user": "ivrcore",
            "password": "secret",
            "app": "app",
            "request_seconds": 0.5,
            "first_retry_seconds": 0.02,
            "longest_retry_seconds": 0.1,
        }
        return AriConfig(**values | changes)

    async def tell(self, kind: str, **fields: Any) -> None:
        """Send an event."""
        await self.connections[-1].send(json.dumps({"type": kind, **fields}))

    async def tell_raw(self, text: str) -> None:
        """Send anything."""
        await self.connections[-1].send(text)

    def times(self, request: str) -> int:
        """How often a ``METHOD path`` was asked."""
        return [str(one) for one in self.asked].count(request)

    async def _refuse(self, connection: ServerConnection, request: Request) -> Response | None:
        expected = self.config(password=self.password).authorization
        if request.headers.get("Authorization") != expected:
            self.refused += 1
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, "")
        if request.path.startswith("/ari/events"):
            return None
        asked = request.path.removeprefix("/ari/asterisk/modules/")
        if asked != request.path and asked.removesuffix(".so") not in self.modules:
            return connection.respond(http.HTTPStatus.NOT_FOUND, "")
        body = b"{}"
        if request.path == "/ari/asterisk/info":
            body = json.dumps({"system": {"version": self.version}}).encode()
        status = 200
        answer = self.answers.get(f"HTTP {request.path.removeprefix('/ari/')}")
        if answer is not None:
            status, text = answer() if callable(answer) else answer
            if (status, text) == SILENCE:
                await self._vanishes.wait()
            if (status, text) in (SILENCE, DROP):
                connection.transport.abort()
                return None
            body = text.encode()
        headers = Headers({"Content-Length": str(len(body)), "Connection": "close"})
        return Response(status, http.HTTPStatus(status).phrase, headers, body)

    async def _talk(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        async for message in connection:
            request = json.loads(message)
            query = {pair["name"]: pair["value"] for pair in request.get("query_strings", [])}
            asked = Asked(request["method"], request["uri"], query, request.get("message_body", ""))
            self.asked.append(asked)
            answer = self.answers.get(str(asked), (200, json.dumps(EMPTY.get(str(asked), {}))))
            status, body = answer() if callable(answer) else answer
            if (status, body) == DROP:
                connection.transport.abort()
                return
            if (status, body) != SILENCE:
                await self.respond(request["request_id"], status, body)

    async def respond(self, request_id: str, status: int, body: str = "") -> None:
        """Answer a request."""
        await self.tell("RESTResponse", request_id=request_id, status_code=status, message_body=body)
