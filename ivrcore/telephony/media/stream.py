"""The audio of one media channel (chan_websocket): raw frames over a websocket of its own.

Knows Asterisk's media protocol only: subprotocol ``media``, text messages for control, one binary message of
20 ms for audio (slin16: 640 bytes, signed 16 bit little endian, 16 kHz, mono). No ARI, no legs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.frames import Frame, Opcode

from ivrcore.errors import LinkLost

if TYPE_CHECKING:
    import asyncio

    from websockets.protocol import Event

FRAME_BYTES = 640
"""20 ms at 16 kHz."""

PING_SECONDS = 2.0
OPEN_SECONDS = 5.0
CLOSE_SECONDS = 1.0
READ_BYTES = 16 * 1024
"""Room for one reading. asyncio's own is 256 kB, got anew for each frame: dearer than all the rest."""
MOST_EARLY = 50
"""Frames that are kept until somebody reads; of more, the oldest are dropped."""

Take = Callable[[bytes], float | None]


class _Connection(ClientConnection):
    """Hands each frame over as it comes from the socket: by the library's queue, each would wake a task."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fault: Exception | None = None
        self._early: deque[bytes] = deque(maxlen=MOST_EARLY)
        self._take: Take = self._early.append
        self._patience: float | None = None
        self._later: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        if hasattr(transport, "max_size"):  # asyncio's own, without TLS
            transport.max_size = READ_BYTES
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        if self._later is not None:
            self._later.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Hand over what came; where there is no hurry, read on later: four cost little more than one."""
        super().data_received(data)
        self._keep_back()

    def _keep_back(self) -> None:
        if self._patience and self._later is None:
            self.transport.pause_reading()
            self._later = self.loop.call_later(self._patience, self._read_on)

    def _read_on(self) -> None:
        self._later = self._patience = None
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def hand_over(self, take: Take) -> None:
        """Give what came until now, and all that comes; what ``take`` raises ends the connection."""
        self._take = take
        while self._early:
            self._hand(self._early.popleft())
        self._keep_back()

    def process_event(self, event: Event) -> None:
        """Take one event of the protocol."""
        if isinstance(event, Frame) and event.opcode is Opcode.BINARY and event.fin:
            self._hand(bytes(event.data))
        else:
            super().process_event(event)

    def _hand(self, audio: bytes) -> None:
        if self.fault is not None:
            return
        try:
            self._patience = self._take(audio)
        except Exception as error:  # noqa: BLE001 - of who listens: whoever reads is told
            self.fault = error
            self.transport.abort()


class MediaStream:
    """A media channel's audio, from :meth:`open` until :meth:`read` returns."""

    def __init__(self, url: str, authorization: str) -> None:
        self._url = url
        self._authorization = authorization
        self._socket: _Connection | None = None

    async def open(self) -> None:
        """Connect; raises :class:`LinkLost`."""
        try:
            socket = await connect(
                self._url,
                create_connection=_Connection,
                additional_headers={"Authorization": self._authorization},
                subprotocols=["media"],  # type: ignore[list-item]  # a NewType of str
                compression=None,
                ping_interval=PING_SECONDS,
                ping_timeout=PING_SECONDS,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                proxy=None,
            )
        except (OSError, TimeoutError, InvalidHandshake) as error:
            raise LinkLost(f"no audio connection: {error}") from error
        assert isinstance(socket, _Connection)
        self._socket = socket

    async def read(self, take: Take) -> None:
        """Give audio to ``take`` until the stream ends; control messages tell nothing that matters here.

        It tells for how many seconds what comes next may be kept back. No hurry costs less.
        What ``take`` raises is raised here, and ends the stream.
        """
        assert self._socket is not None, "open() first"
        socket = self._socket
        socket.hand_over(take)
        try:
            async for message in socket:
                if isinstance(message, bytes):  # one that came in several frames
                    take(message)
        except ConnectionClosed as error:
            if socket.fault is not None:
                raise socket.fault from None
            raise LinkLost(f"the audio connection broke: {error}") from error
        if socket.fault is not None:
            raise socket.fault

    async def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            await self._socket.close()
            self._socket = None
