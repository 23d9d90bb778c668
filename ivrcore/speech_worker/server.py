"""The worker's port: who may come in, how many at once, and the pages for health and figures."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import ssl
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from websockets.asyncio.server import Server, ServerConnection, serve

from ivrcore.errors import ConfigError
from ivrcore.speech_worker.figures import CONTENT_TYPE
from ivrcore.speech_worker.protocol import SERVER
from ivrcore.speech_worker.stream import Stream
from ivrcore.tokens import digest

if TYPE_CHECKING:
    from websockets.http11 import Request, Response

    from ivrcore.speech_worker.figures import Figures
    from ivrcore.speech_worker.hearing import Shared
    from ivrcore.speech_worker.settings import Settings

log = logging.getLogger("ivrcore.speech_worker")

HANDSHAKE_SECONDS = 5.0
TRY_AGAIN = 1013  # IANA's registry of close codes: try again later
_BEARER = "bearer "
_MOST_WAITING = 2
"""Messages of a stream that are kept while the engine is busy with one; the network keeps the rest."""


class Door:
    """Takes streams once `open_for` was called, until `stop`."""

    def __init__(self, settings: Settings, figures: Figures) -> None:
        self._settings = settings
        self._figures = figures
        self._token = digest(settings.token.encode())
        self._shared: Shared | None = None
        self._streams: set[Stream] = set()
        self._empty = asyncio.Event()
        self._stopping = False
        self._server: Server | None = None
        figures.limit.set(settings.streams)

    async def listen(self) -> int:
        """Open the port; give its number. Raises :class:`ConfigError`."""
        settings = self._settings
        try:
            self._server = await serve(
                self._serve,
                settings.host,
                settings.port,
                process_request=self._request,
                server_header=SERVER,
                ssl=_tls(settings),
                compression=None,  # audio does not get smaller
                max_size=settings.largest,
                max_queue=_MOST_WAITING,
                origins=None if settings.token else [None],  # without one, no pages in browsers
                open_timeout=HANDSHAKE_SECONDS,
                close_timeout=HANDSHAKE_SECONDS,
            )
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise ConfigError(f"cannot listen on {settings.host}:{settings.port}: {why}") from error
        return int(next(iter(self._server.sockets)).getsockname()[1])

    def open_for(self, shared: Shared) -> None:
        """The model is loaded: take streams."""
        self._shared = shared
        self._figures.ready.set(1)

    async def stop(self, grace: float) -> None:
        """Refuse who comes, let utterances under way end, then close; waits ``grace`` seconds for them."""
        self._stopping = True
        self._figures.ready.set(0)
        for stream in self._streams:
            stream.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self._streams:
                    self._empty.clear()
                    await self._empty.wait()
        if self._server is not None:
            self._server.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(2 * HANDSHAKE_SECONDS):
                    await self._server.wait_closed()

    # --- who comes in -----------------------------------------------------------------------------

    def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer a page, refuse a stream, or (None) let it in."""
        path = request.path.partition("?")[0]
        if path == "/healthz":
            return connection.respond(HTTPStatus.OK, "the worker lives\n")
        if path == "/readyz":
            return self._readiness(connection)
        if not self._may(request):
            self._refuse("token")
            response = connection.respond(HTTPStatus.UNAUTHORIZED, "a token is needed\n")
            response.headers["WWW-Authenticate"] = "Bearer"
            return response
        if path == "/metrics":
            response = connection.respond(HTTPStatus.OK, self._figures.text())
            del response.headers["Content-Type"]
            response.headers["Content-Type"] = CONTENT_TYPE
            return response
        return self._admit(connection)

    def _may(self, request: Request) -> bool:
        if not self._settings.token:
            return True
        given = request.headers.get_all("Authorization")
        if len(given) != 1 or not given[0].lower().startswith(_BEARER):
            return False
        theirs = digest(given[0][len(_BEARER) :].strip().encode())
        return hmac.compare_digest(theirs, self._token)

    def _readiness(self, connection: ServerConnection) -> Response:
        busy = self._busy()
        ready = busy in ("", "full")  # full: it does what it is for
        state = {"ready": ready, "full": busy == "full", "why": busy}
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        response = connection.respond(status, json.dumps(state) + "\n")
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        return response

    def _busy(self) -> str:
        """Say why no stream is taken now; empty if one is."""
        if self._stopping:
            return "stopping"
        if self._shared is None:
            return "loading"
        return "full" if len(self._streams) >= self._settings.streams else ""

    def _admit(self, connection: ServerConnection) -> Response | None:
        busy = self._busy()
        if not busy:
            return None
        self._refuse(busy)
        response = connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, f"no stream is taken: {busy}\n")
        response.headers["Retry-After"] = "1"
        return response

    def _refuse(self, reason: str) -> None:
        self._figures.refused.labels(reason).inc()

    async def _serve(self, connection: ServerConnection) -> None:
        busy = self._busy()  # asked again: others may have come in since the handshake began
        if busy or self._shared is None:
            self._refuse(busy)
            await connection.close(TRY_AGAIN, busy)
            return
        stream = Stream(connection, self._shared, self._settings)
        self._streams.add(stream)
        self._figures.taken.inc()
        self._figures.streams.set(len(self._streams))
        try:
            await stream.serve()
        finally:
            self._streams.discard(stream)
            self._figures.streams.set(len(self._streams))
            if not self._streams:
                self._empty.set()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings.certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.certificate, settings.key or None)
    except OSError as error:
        raise ConfigError(
            f"the certificate {settings.certificate} cannot be used: {error.strerror}"
        ) from error
    return context
