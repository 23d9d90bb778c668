"""One WebSocket to Asterisk, from its opening to its loss: events in, requests and responses pipelined.

Knows the transport and its time-outs only: no legs, no reconnecting (that is :mod:`.server`'s).
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from ivrcore.errors import LinkLost, LinkRefused, RequestFailed, RequestTimeout, WireError
from ivrcore.telephony.ari import wire
from ivrcore.telephony.ari.config import AriConfig

log = logging.getLogger(__name__)

BIGGEST_MESSAGE = 16 * 2**20
"""Bytes; a list of some thousand channels fits."""

CLOSE_SECONDS = 0.25
"""How long the far side may take to say goodbye. A silent loss is noticed after two pings' time and this."""


def checked(request: wire.Request, status: int) -> None:
    """Raise :class:`RequestFailed` for a refusal."""
    if status < 400:
        return
    raise RequestFailed(f"Asterisk answered {status} to {request}", status=status)


class Link:
    """A socket that is open from :meth:`open` until :meth:`read` returns."""

    def __init__(self, config: AriConfig, on_event: Callable[[wire.Event], None]) -> None:
        self._config = config
        self._on_event = on_event
        self._socket: ClientConnection | None = None
        self._waiting: dict[str, asyncio.Future[wire.Response]] = {}
        self._sent = 0
        self.unused: Counter[str] = Counter()
        """Events that we have no use for, by name."""
        self.malformed = 0

    @property
    def local_address(self) -> str:
        """Our own end's IP address; raises :class:`LinkLost` without a connection."""
        if self._socket is None:
            raise LinkLost("the link is down")
        return str(self._socket.local_address[0])

    async def open(self) -> None:
        """Connect; raise :class:`LinkRefused` for a wrong password, :class:`LinkLost` for anything else."""
        config = self._config
        try:
            self._socket = await connect(
                config.socket_url,
                additional_headers={"Authorization": config.authorization},
                compression=None,
                ping_interval=config.ping_seconds,
                ping_timeout=config.ping_seconds,
                open_timeout=config.request_seconds,
                close_timeout=CLOSE_SECONDS,
                max_size=BIGGEST_MESSAGE,
                proxy=None,
            )
        except InvalidStatus as error:
            status = error.response.status_code
            if status in (401, 403):
                raise LinkRefused(
                    f"Asterisk refuses user {config.user!r}",
                    hint="compare the password with ari.conf's",
                ) from None
            raise LinkLost(f"Asterisk answered {status} to the websocket") from error
        except (OSError, TimeoutError, InvalidHandshake) as error:
            raise LinkLost(f"no connection to {config.url}: {error}") from error

    async def read(self) -> str:
        """Read until the socket is gone; return why. Requests under way fail with :class:`LinkLost`."""
        assert self._socket is not None, "open() first"
        reason = "closed by Asterisk"
        try:
            async for message in self._socket:
                self._take(message)
        except ConnectionClosed as error:
            reason = f"lost: {error}"
        finally:
            self._socket = None
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(LinkLost("the link went down before Asterisk answered"))
            self._waiting.clear()
        return reason

    def _take(self, message: str | bytes) -> None:
        try:
            event = wire.parse(message)
        except WireError as error:
            self.malformed += 1
            log.warning("%s", error)
            return
        if isinstance(event, wire.Response):
            answer = self._waiting.get(event.request_id)
            if answer is not None and not answer.done():
                answer.set_result(event)
        elif isinstance(event, wire.Unused):
            self.unused[event.kind] += 1
        elif isinstance(event, wire.BadStart):
            self.malformed += 1
            log.warning("%s", event.problem)
            self._on_event(event)
        else:
            self._on_event(event)

    async def request(self, request: wire.Request) -> str:
        """Send a request and return the body of its answer.

        Raises :class:`LinkLost`, :class:`RequestTimeout`, :class:`RequestFailed`.
        """
        if self._socket is None:
            raise LinkLost("the link is down")
        self._sent += 1
        key = str(self._sent)
        answer: asyncio.Future[wire.Response]
        answer = self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._config.request_seconds):
                await self._socket.send(wire.frame(key, request))
                response = await answer
        except TimeoutError:
            raise RequestTimeout(f"no answer to {request} in {self._config.request_seconds:g} s") from None
        except ConnectionClosed:
            raise LinkLost("the link went down as a request was sent") from None
        finally:
            self._waiting.pop(key, None)
            if answer.done() and not answer.cancelled():
                answer.exception()  # seen here, even if the wait was cancelled before it came
        checked(request, response.status_code)
        return response.message_body

    async def close(self) -> None:
        """Close the socket in an orderly way; :meth:`read` returns."""
        if self._socket is not None:
            await self._socket.close()
