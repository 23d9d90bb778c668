"""What is written leaves in order and whole, also where the far side does not read for a while."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport

from ivrcore.telephony.agi.outgoing import Outgoing
from tests.support.aio import asyncio_test, until

pytestmark = pytest.mark.usefixtures("no_leaks")


class Taken(Factory):
    """Keeps the protocols of its connections."""

    def __init__(self) -> None:
        self.made: list[Protocol] = []

    def buildProtocol(self, addr: Any) -> Protocol:  # noqa: N802  # Twisted's name
        """Give one."""
        self.made.append(Protocol())
        return self.made[-1]


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[tuple[Any, asyncio.StreamReader]]:
    """Give our side's transport, and who reads on the other."""
    from twisted.internet import reactor  # pytest-twisted chooses it after collection

    taken = Taken()
    port = reactor.listenTCP(0, taken, 5, "127.0.0.1")  # type: ignore[attr-defined]
    reader, writer = await asyncio.open_connection("127.0.0.1", port.getHost().port)
    await until(lambda: taken.made and taken.made[0].transport)
    transport: Any = taken.made[0].transport
    try:
        yield transport, reader
    finally:
        writer.close()
        await until(lambda: not transport.connected)
        await port.stopListening().asFuture(asyncio.get_running_loop())


@asyncio_test
async def test_a_command_leaves_before_the_reactor_turns() -> None:
    async with connected() as (transport, reader):
        Outgoing(transport).write(b"ANSWER\n")
        assert transport not in transport.reactor.getWriters()
        assert await reader.readline() == b"ANSWER\n"


@asyncio_test
async def test_what_the_socket_does_not_take_follows_in_order() -> None:
    lines = [b"%d %s\n" % (number, b"x" * 10_000) for number in range(1500)]
    async with connected() as (transport, reader):
        out = Outgoing(transport)
        for line in lines:
            out.write(line)
        assert transport in transport.reactor.getWriters()  # nobody read: there was too much for the socket
        async with asyncio.timeout(20):
            assert await reader.readexactly(sum(map(len, lines))) == b"".join(lines)


@asyncio_test
async def test_what_is_written_to_who_left_raises_nothing() -> None:
    async with connected() as (transport, _):
        out = Outgoing(transport)
        transport.socket.shutdown(2)
        out.write(b"ANSWER\n")
        out.write(b"HANGUP\n")


def test_what_is_no_plain_connection_is_written_to_as_usual() -> None:
    transport = StringTransport()
    Outgoing(transport).write(b"ANSWER\n")
    assert transport.value() == b"ANSWER\n"
