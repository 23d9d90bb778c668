# mypy: untyped-calls-exclude=twisted
"""Twisted's HTTP server with bounds on what a client may hold: bytes, time, connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.http import HTTPChannel
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

MOST_BODY = 16 * 1024
"""Bytes of a stranger's request body."""
MOST_TEXT = 8 * 1024 * 1024
"""Bytes of a body from whom we know: a dialplan of 85,000 lines has about 3 MiB."""
MOST_CONNECTIONS = 200
"""Those that are kept open for a wallboard not counted: they have a bound of their own."""
IDLE_SECONDS = 30.0
"""How long a connection may say nothing."""
REQUEST_SECONDS = 10.0
"""How long a request may take to arrive, however steadily it trickles."""

TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedRequest(Request):
    """Refuses a body that is too large before it is kept."""

    _taken = 0
    _most = MOST_BODY

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        """Take the announced length (None: in chunks, counted as they come). The headers are here already."""
        channel: Any = self.channel
        self._most = MOST_TEXT if channel.site.trusted(self) else MOST_BODY
        if length is not None and length > self._most:
            self._refuse()
        Request.gotLength(self, length)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take a part of the body."""
        self._taken += len(data)
        if self._taken > self._most:
            self._refuse()
        else:
            Request.handleContentChunk(self, data)

    def _refuse(self) -> None:
        transport: Any = self.channel.transport
        if not transport.disconnecting:
            transport.write(TOO_LARGE)
            transport.loseConnection()


class BoundedChannel(HTTPChannel):
    """Ends a connection whose request does not arrive in time; Twisted's own time-out sees only silence."""

    site: BoundedSite
    _arriving: DelayedCall | None = None

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take bytes; the first of a request start its clock."""
        if self._arriving is None:
            self._arriving = HTTPChannel.callLater(self, REQUEST_SECONDS, self._late)
        HTTPChannel.dataReceived(self, data)

    def allContentReceived(self) -> None:  # noqa: N802 - Twisted's name
        """The request is here."""
        self._stop_clock()
        HTTPChannel.allContentReceived(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's
        """The client is gone."""
        self._stop_clock()
        HTTPChannel.connectionLost(self, reason)
        self.site.channels.discard(self)
        self.site.kept_open.discard(self)

    def keep_open(self) -> None:
        """Count no more among those that come and go: this one stays."""
        self.site.channels.discard(self)
        self.site.kept_open.add(self)

    def end(self) -> None:
        """End the connection now."""
        transport: Any = self.transport
        transport.abortConnection()

    def _stop_clock(self) -> None:
        clock, self._arriving = self._arriving, None
        if clock is not None:
            clock.cancel()

    def _late(self) -> None:
        self._arriving = None
        HTTPChannel.forceAbortClient(self)


class BoundedSite(Site):
    """A site with a bound on connections, and without a log line per request."""

    displayTracebacks = False  # noqa: N815 - Twisted's name

    def __init__(self, root: Resource, trusted: Callable[[Request], bool] = lambda _: False) -> None:
        self.trusted = trusted
        Site.__init__(
            self, root, requestFactory=BoundedRequest, timeout=IDLE_SECONDS, parsePOSTFormSubmission=False
        )
        # Plain HTTP/1.1 only: Twisted's default adds HTTP/2, which has bounds of its own.
        self.protocol = BoundedChannel  # type: ignore[assignment]
        self.channels: set[BoundedChannel] = set()
        self.kept_open: set[BoundedChannel] = set()

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: N802 - Twisted's name
        """Take a connection, or close it at once when there are too many."""
        if len(self.channels) >= MOST_CONNECTIONS:
            return None
        channel = Site.buildProtocol(self, addr)
        self.channels.add(channel)
        return channel

    def end_all(self) -> None:
        """End every connection now."""
        for channel in (*self.channels, *self.kept_open):
            channel.end()

    def log(self, request: http.Request) -> None:
        """Say nothing: scrapes and probes would fill the log."""
