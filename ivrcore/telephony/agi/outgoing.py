"""How a command leaves: straight to the socket, as long as it takes all of it. Knows no AGI."""

from __future__ import annotations

from typing import Any

from twisted.internet.tcp import Connection as PlainTcp


class Outgoing:
    """What is written to one transport of Twisted's, in order.

    Its own `write` waits until the reactor says that the socket can be written to: two system calls and a
    turn of the reactor more for each command, a seventh of a session's CPU. So it gets only what the socket
    did not take, and all that follows; it meets the socket's errors then, and reports them as usual. With TLS
    it gets everything.
    """

    __slots__ = ("_socket", "_transport")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._socket = transport.socket if isinstance(transport, PlainTcp) else None

    def write(self, data: bytes) -> None:
        """Send it; what cannot be sent now is kept."""
        if self._socket is not None:
            try:
                sent = self._socket.send(data)
            except OSError:  # it takes nothing now, or nothing any more
                sent = 0
            if sent == len(data):
                return
            self._socket = None
            data = data[sent:]
        self._transport.write(data)
