"""How a command leaves: straight to the socket, as long as it takes all of it. Knows no AGI."""

from __future__ import annotations

from typing import Any

from twisted.internet.tcp import Connection as PlainTcp


class Outgoing:
    """What is written to one transport of Twisted's, in order.

    Its own `write` waits until the reactor says that the socket can be written to: two system calls and a
    turn of the reactor more for each command, a seventh of a session's CPU. So it gets only what the socket
    did not take, and all that follows; errors too, which it reports as usual. With TLS it gets everything.
    """

    __slots__ = ("_at_once", "_transport")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._at_once = isinstance(transport, PlainTcp)

    def write(self, data: bytes) -> None:
        """Send it; what cannot be sent now is kept."""
        if self._at_once:
            sent = self._transport.writeSomeData(data)
            if sent == len(data):
                return
            self._at_once = False
            data = data[sent:] if isinstance(sent, int) else data
        self._transport.write(data)
