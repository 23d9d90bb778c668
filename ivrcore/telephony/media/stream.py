"""The audio of one media channel (chan_websocket): raw frames over a websocket of its own.

Knows Asterisk's media protocol only: subprotocol ``media``, text messages for control, one binary message of
20 ms for audio (slin16: 640 bytes, signed 16 bit little endian, 16 kHz, mono). No ARI, no legs.
"""

from __future__ import annotations

from collections.abc import Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from ivrcore.errors import LinkLost

FRAME_BYTES = 640
"""20 ms at 16 kHz."""

PING_SECONDS = 2.0
OPEN_SECONDS = 5.0
CLOSE_SECONDS = 1.0


class MediaStream:
    """A media channel's audio, from :meth:`open` until :meth:`read` returns."""

    def __init__(self, url: str, authorization: str) -> None:
        self._url = url
        self._authorization = authorization
        self._socket: ClientConnection | None = None

    async def open(self) -> None:
        """Connect; raises :class:`LinkLost`."""
        try:
            self._socket = await connect(
                self._url,
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

    async def read(self, take: Callable[[bytes], None]) -> None:
        """Give audio to ``take`` until the stream ends; control messages tell nothing that matters here."""
        assert self._socket is not None, "open() first"
        try:
            async for message in self._socket:
                if isinstance(message, bytes):
                    take(message)
        except ConnectionClosed as error:
            raise LinkLost(f"the audio connection broke: {error}") from error

    async def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            await self._socket.close()
            self._socket = None
