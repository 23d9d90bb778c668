"""ARI's requests over HTTP, on kept-alive connections: for an old Asterisk and for requests that can block.

Each connection carries one request at a time, so a blocked one delays no other here; how many are made at
once is up to :mod:`.server`, whose lanes a stuck one does hold up. The one module of the driver where
Twisted's Deferreds and asyncio's futures meet: awaited from asyncio tasks only.
"""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost, DNSLookupError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import Cooperator
from twisted.python.failure import Failure
from twisted.web import client
from twisted.web.client import ResponseDone, ResponseFailed, ResponseNeverReceived
from twisted.web.http_headers import Headers

from ivrcore.errors import LinkLost, LinkRefused, RequestTimeout
from ivrcore.telephony.ari import wire
from ivrcore.telephony.ari.config import AriConfig
from ivrcore.telephony.ari.link import checked

CONNECTIONS = 64
"""Kept open; beyond that each request costs a connection of its own, and a thread to resolve the address."""
IDLE_SECONDS = 10.0
"""How long one is kept that nothing needs: less than Asterisk's own `session_keep_alive` (15), since a
request may be lost on a connection that the other side is just closing."""

T = TypeVar("T")

untyped: Any = client
"""Its classes carry no types."""


_LOST = (
    ConnectError,
    ConnectionLost,
    ConnectionDone,
    ResponseFailed,
    ResponseNeverReceived,
    OSError,  # of the machine's own: no file descriptor left
)


async def crossed(deferred: Deferred[T]) -> T:
    """Await a Deferred in an asyncio task; cancelling the task cancels it."""
    future = deferred.asFuture(asyncio.get_running_loop())
    return await future


class _Body(Protocol):
    """Collects a response's body."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.whole: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        """Keep it."""
        self._parts.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802  # Twisted's name
        """The body is whole, or never will be."""
        if isinstance(reason.value, ResponseDone):
            self.whole.callback(b"".join(self._parts))
        else:
            self.whole.errback(reason)


class _Pool(untyped.HTTPConnectionPool):  # type: ignore[misc]  # its classes carry no types
    """Takes the connection that was used last: those that only a burst has needed are idle, and closed.

    Twisted's takes the oldest, so all are in use for ever; each costs 50 kB here, and a thread in Asterisk.
    """

    def getConnection(self, key: Any, endpoint: Any) -> Any:  # noqa: N802  # Twisted's name
        """See `HTTPConnectionPool`."""
        kept = self._connections.get(key)
        if kept:
            kept.insert(0, kept.pop())
        return super().getConnection(key, endpoint)


class Http:
    """Requests over HTTP. ``reactor`` is Twisted's, running on asyncio."""

    def __init__(self, config: AriConfig, reactor: Any) -> None:
        self._config = config
        self._pool = _Pool(reactor)
        self._pool.maxPersistentPerHost = CONNECTIONS
        self._pool.cachedConnectionTimeout = IDLE_SECONDS
        self._pool.retryAutomatically = False  # a retry is a decision: see the invariant on retries
        self._cooperator = Cooperator(scheduler=lambda step: reactor.callLater(0, step))
        self._agent = untyped.Agent(reactor, connectTimeout=config.request_seconds, pool=self._pool)

    async def request(self, request: wire.Request) -> str:
        """Send a request and return the body of its answer.

        Raises :class:`LinkLost`, :class:`LinkRefused`, :class:`RequestTimeout`, :class:`RequestFailed`.
        """
        return (await self.fetch(request, self._config.request_seconds)).decode()

    async def fetch(self, request: wire.Request, seconds: float) -> bytes:
        """Send a request and return the answer's body as it is; gives up after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                status, body = await self._exchange(request)
        except TimeoutError:
            raise RequestTimeout(f"no answer to {request} in {seconds:g} s") from None
        except DNSLookupError as error:  # no ConnectError
            host = urlsplit(self._config.url).hostname
            raise LinkLost(
                f"the name {host} is not known: {error}",
                hint="asterisk: url: has it; see whether this machine's name service answers, or give an IP",
            ) from error
        except _LOST as error:
            raise LinkLost(f"{request} over HTTP: {error or type(error).__name__}") from error
        if status == 401:
            raise LinkRefused(
                f"Asterisk refuses user {self._config.user!r}", hint="compare the password with ari.conf's"
            )
        checked(request, status)
        return body

    async def _exchange(self, request: wire.Request) -> tuple[int, bytes]:
        url = f"{self._config.url}/{quote(request.path)}"
        if request.query:
            url += "?" + urlencode(request.query, quote_via=quote)
        headers = {"Authorization": [self._config.authorization]}
        body = None
        if request.body is not None:
            headers["Content-Type"] = ["application/json"]
            body = untyped.FileBodyProducer(
                BytesIO(msgspec.json.encode(request.body)), cooperator=self._cooperator
            )
        sent = self._agent.request(request.method.encode(), url.encode(), Headers(headers), body)
        response = await crossed(sent)
        answer = _Body()
        response.deliverBody(answer)
        return response.code, await crossed(answer.whole)

    async def close(self) -> None:
        """Close the kept connections."""
        await crossed(self._pool.closeCachedConnections())
