"""The AEAP server's port: who may come in, how many at once, and what comes in and goes out.

Asterisk connects anew for every `SpeechCreate`. It can send a token in the URL of its aeap.conf only: as the
last part of the path, or as the password before the host (which it turns into an ``Authorization`` header).
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import ipaddress
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from ivrcore.errors import ConfigError, CoreMisuse
from ivrcore.telephony.aeap.conversation import Conversation
from ivrcore.telephony.aeap.figures import Refusal
from ivrcore.telephony.aeap.turns import Site
from ivrcore.telephony.aeap.wire import LONGEST_TEXT, SUBPROTOCOL
from ivrcore.tokens import digest

if TYPE_CHECKING:
    from websockets.http11 import Request, Response
    from websockets.protocol import Event

log = logging.getLogger("ivrcore.aeap")
_sockets = logging.getLogger("ivrcore.aeap.sockets")
_sockets.setLevel(logging.CRITICAL)  # it tells of every stranger's broken handshake, with a trace
_sockets.propagate = False

HANDSHAKE_SECONDS = 5.0
CLOSE_SECONDS = 1.0
PING_SECONDS = 20.0
TICK = 0.25
BEAT = 0.05
MOST_WAITING = 100
"""Texts that wait to be sent on a connection; one that takes none is closed."""
LEAST_SHAKING = 64
"""Handshakes that may be under way at once, where fewer `connections` are allowed; the oldest goes first."""
LONGEST_REASON = 123
"""Bytes of a close frame's reason (RFC 6455, 5.5: 125 of a control frame, 2 of them the code)."""
GOODBYE_SECONDS = 2.0
"""Whoever was told to go and is still there by then is cut off."""
TRY_AGAIN, GOING_AWAY, INTERNAL = 1013, 1001, 1011


@dataclass(frozen=True, slots=True)
class DoorConfig:
    """Where it listens, and for whom. ``allow``: networks that may connect; empty: all that can."""

    token: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 9099
    allow: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    connections: int = 500


class _Connection(ServerConnection):
    """Hands audio over as it comes from the socket: by the library's queue, each frame would wake a task.

    ``came`` and ``went`` are told of the socket itself: a stranger need not send a byte to hold one.
    """

    conversation: Conversation | None = None
    seconds: Callable[[], float]

    def __init__(
        self,
        came: Callable[[_Connection], None],
        went: Callable[[_Connection], None],
        *given: Any,
        **more: Any,
    ) -> None:
        super().__init__(*given, **more)
        self._came = came
        self._went = went

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a socket."""
        super().connection_made(transport)
        self._came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of it."""
        self._went(self)
        super().connection_lost(exc)

    def process_event(self, event: Event) -> None:
        """Take one event of the protocol."""
        conversation = self.conversation
        is_audio = isinstance(event, Frame) and event.opcode is Opcode.BINARY and event.fin
        if is_audio and conversation is not None:
            assert isinstance(event, Frame)
            conversation.audio(bytes(event.data), self.seconds())
        else:
            super().process_event(event)


class _Waking:
    """A clock that stands still while the reactor does: what waited in a socket then was no pause.

    ``beat`` is to be called every :data:`BEAT` seconds.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._beat = seconds()
        self._shown = 0.0

    def beat(self) -> None:
        """Tell that the reactor is awake."""
        self._shown, self._beat = self.seconds(), self._seconds()

    def seconds(self) -> float:
        """Give the seconds awake."""
        return self._shown + min(self._seconds() - self._beat, 3 * BEAT)


class Door:
    """Takes connections once told to `bind` and `listen`, until `stop`. ``seconds`` is a steady clock."""

    def __init__(self, config: DoorConfig, site: Site, seconds: Callable[[], float]) -> None:
        self._config = config
        self._site = site
        self._waking = _Waking(seconds)
        self._seconds = self._waking.seconds
        self._token = digest(config.token.encode())
        self._open: dict[_Connection, Conversation] = {}
        self._shaking: dict[_Connection, None] = {}  # the oldest first
        self._socket: socket.socket | None = None
        self._server: Server | None = None
        self._ticking: asyncio.Task[None] | None = None
        self.port = 0
        site.figures.most = config.connections

    def bind(self) -> None:
        """Take the port; raises :class:`ConfigError`."""
        config = self._config
        family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
        try:
            self._socket = socket.create_server((config.host, config.port), family=family)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise ConfigError(
                f"cannot listen for Asterisk's speech on {config.host}:{config.port}: {why}",
                hint="another program has the port; change aeap: port: or stop the other",
            ) from error
        self.port = int(self._socket.getsockname()[1])

    async def listen(self) -> None:
        """Let connections in by the port that was taken."""
        self._server = await serve(
            self._serve,
            sock=self._socket,
            create_connection=partial(_Connection, self._came, self._went),  # type: ignore[arg-type]  # is called
            process_request=self._request,
            subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]  # a NewType of str
            compression=None,
            max_size=4 * LONGEST_TEXT,
            origins=[None],  # no pages in browsers
            server_header="ivrcore",
            logger=_sockets,
            open_timeout=HANDSHAKE_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
        )
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Close the port and every connection; Asterisk's recognitions end with an empty result."""
        server, self._server = self._server, None
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        if server is not None:
            server.close(code=GOING_AWAY)
            with suppress(TimeoutError):
                async with asyncio.timeout(2 * CLOSE_SECONDS):
                    await server.wait_closed()

    # --- who comes in -----------------------------------------------------------------------------

    def _came(self, connection: _Connection) -> None:
        """Cut off whom nobody expects, before anything is read."""
        if not self._is_allowed(connection.remote_address):
            self._count_refused(Refusal.ADDRESS)
            connection.transport.abort()
            return
        self._shaking[connection] = None
        if len(self._shaking) > max(LEAST_SHAKING, self._config.connections):
            oldest = next(iter(self._shaking))  # Asterisk's own take milliseconds
            self._went(oldest)
            self._count_refused(Refusal.SILENT)
            oldest.transport.abort()

    def _went(self, connection: _Connection) -> None:
        self._shaking.pop(connection, None)

    def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse a connection, or (None) let it in."""
        if not self._has_token(request):
            return self._refuse(connection, Refusal.TOKEN, HTTPStatus.UNAUTHORIZED)
        if len(self._open) >= self._config.connections:
            return self._refuse(connection, Refusal.FULL, HTTPStatus.SERVICE_UNAVAILABLE)
        return None

    def _refuse(self, connection: ServerConnection, why: Refusal, status: HTTPStatus) -> Response:
        self._count_refused(why)
        return connection.respond(status, "no speech here\n")

    def _count_refused(self, why: Refusal) -> None:
        refused = self._site.figures.refused
        refused[why] += 1
        count = refused[why]
        if count & (count - 1) == 0:  # the 1st, 2nd, 4th, 8th …: who hammers at the door fills no disk
            log.warning("a connection for speech is refused (%d so far): %s", count, why)

    def _is_allowed(self, address: Any) -> bool:
        if not self._config.allow:
            return True
        try:
            peer = ipaddress.ip_address(str(address[0]).partition("%")[0])
        except (ValueError, IndexError, TypeError):
            return False
        mapped = peer.ipv4_mapped if isinstance(peer, ipaddress.IPv6Address) else None
        return any((mapped or peer) in network for network in self._config.allow)

    def _has_token(self, request: Request) -> bool:
        given = [request.path.partition("?")[0].rsplit("/", 1)[-1]]
        given += [_credential(one) for one in request.headers.get_all("Authorization")]
        return any(hmac.compare_digest(digest(one.encode("utf-8", "replace")), self._token) for one in given)

    # --- one connection ---------------------------------------------------------------------------

    async def _serve(self, connection: ServerConnection) -> None:
        assert isinstance(connection, _Connection)
        self._went(connection)
        if len(self._open) >= self._config.connections:  # others may have come in since the handshake began
            self._site.figures.refused[Refusal.FULL] += 1
            await connection.close(TRY_AGAIN, Refusal.FULL)
            return
        outgoing: asyncio.Queue[str | tuple[int, str]] = asyncio.Queue()

        def send(text: str) -> None:
            if outgoing.qsize() < MOST_WAITING:
                outgoing.put_nowait(text)
            else:
                connection.transport.abort()  # it takes no answers, and would take no goodbye

        def close(code: int, reason: str) -> None:
            outgoing.put_nowait((code, _cut(reason)))

        conversation = Conversation(self._site, send, close, self._seconds())
        connection.conversation, connection.seconds = conversation, self._seconds
        self._count(connection, conversation)
        writer = asyncio.create_task(_write(connection, outgoing))
        try:
            await self._read(connection, conversation)
        except Exception:  # a fault of ours: told here, since the library's log is kept silent
            log.exception("%s what Asterisk's speech applications sent was not dealt with", CoreMisuse.code)
            await connection.close(INTERNAL)
        finally:
            connection.conversation = None
            conversation.over()
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self._count(connection, None)

    async def _read(self, connection: _Connection, conversation: Conversation) -> None:
        with suppress(ConnectionClosed):
            async for message in connection:
                if isinstance(message, str):
                    conversation.text(message, self._seconds())
                else:  # one that came in several frames
                    conversation.audio(message, self._seconds())

    def _count(self, connection: _Connection, conversation: Conversation | None) -> None:
        if conversation is None:
            del self._open[connection]
        else:
            self._open[connection] = conversation
            self._site.figures.taken += 1
        self._site.figures.connections = len(self._open)

    async def _tick(self) -> None:
        looked = self._seconds()
        while True:
            await asyncio.sleep(BEAT)
            self._waking.beat()
            now = self._seconds()
            if now - looked < TICK:
                continue
            looked = now
            for connection, conversation in tuple(self._open.items()):
                try:
                    if conversation.ended is not None and now - conversation.ended > GOODBYE_SECONDS:
                        connection.transport.abort()
                    conversation.tick(now)
                except Exception:  # a fault of ours: the others are still looked at
                    log.exception("%s a conversation with Asterisk's speech failed", CoreMisuse.code)
                    connection.transport.abort()


async def _write(connection: _Connection, outgoing: asyncio.Queue[str | tuple[int, str]]) -> None:
    """Send what is said until the connection is closed; one that cannot be told anything is cut off."""
    try:
        await _say(connection, outgoing)
    except ConnectionClosed:
        pass
    except Exception:  # a fault of ours: told here, since nobody waits for this task's end
        log.exception("%s an answer to Asterisk's speech applications was not sent", CoreMisuse.code)
        connection.transport.abort()


async def _say(connection: _Connection, outgoing: asyncio.Queue[str | tuple[int, str]]) -> None:
    while True:
        said = await outgoing.get()
        if isinstance(said, str):
            await connection.send(said)
        else:
            await connection.close(*said)
            return


def _cut(reason: str) -> str:
    """Give as much of a reason as a close frame holds."""
    return reason.encode("utf-8", "replace")[:LONGEST_REASON].decode("utf-8", "ignore")


def _credential(header: str) -> str:
    """Give the token of an ``Authorization`` header: a bearer's, or a basic one's password (RFC 7617)."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except ValueError:  # no base64, or no text; a header that is not ASCII is told by ValueError itself
        return ""
