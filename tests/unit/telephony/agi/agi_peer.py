"""Asterisk's side of AGI over a real connection: says an environment, answers commands."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

from ivrcore.telephony.agi.config import AgiConfig
from ivrcore.telephony.agi.switch import AgiSwitch
from ivrcore.telephony.leg import Arrival, LegEvent
from tests.support.aio import until

SECRET = "s3cret"
REST = {
    "context": "",
    "extension": "",
    "priority": "1",
    "enhanced": "0.0",
    "accountcode": "",
    "threadid": "1404",
}
"""What every environment of Asterisk's has at least."""
WHOLE = "".join(f"agi_{name}: {value}\n" for name, value in REST.items())


class Peer:
    """One connection of Asterisk's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, raw: bytes) -> None:
        """Send bytes."""
        self._writer.write(raw)

    def ask(self, script: str = f"{SECRET}/hotline", **more: str) -> None:
        """Say an environment."""
        lines = {"network_script": script, "uniqueid": "1.1", "dnid": "701"}
        more = REST | {"extension": "701"} | more
        lines |= {name: value for name, value in more.items() if name not in REST}
        lines |= {name: more[name] for name in REST}
        self.say("".join(f"agi_{name}: {value}\n" for name, value in lines.items()).encode() + b"\n")

    async def told(self) -> str:
        """Give the next command, "" at the end of the connection."""
        async with asyncio.timeout(20):
            return (await self._reader.readline()).decode().rstrip("\n")

    async def expect(self, command: str, *answers: str) -> None:
        """Wait for a command, and answer."""
        assert await self.told() == command
        for answer in answers:
            self.say(f"{answer}\n".encode())

    async def closed(self) -> None:
        """Wait until the connection is closed; nothing comes before that."""
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionResetError):
                assert await self._reader.read() == b""

    def close(self) -> None:
        """Close it."""
        self._writer.close()


class Server:
    """The driver, with those who connected to it."""

    def __init__(self, switch: AgiSwitch) -> None:
        self.switch = switch
        self.arrivals: list[Arrival] = []
        self.events: list[LegEvent] = []
        self.peers: list[Peer] = []
        switch.on_arrival = self._arrived

    def _arrived(self, arrival: Arrival) -> None:
        self.arrivals.append(arrival)
        arrival.leg.own(self.events.append)

    async def connect(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Peer:
        """Connect as Asterisk would."""
        server_name = {"server_hostname": "localhost"} if tls else {}
        streams = await asyncio.open_connection(host, self.switch.port, ssl=tls, **server_name)  # type: ignore[arg-type]
        self.peers.append(Peer(*streams))
        return self.peers[-1]

    async def called(self, **asked: Any) -> tuple[Peer, Arrival]:
        """Connect and hand a call over."""
        peer = await self.connect()
        seen = len(self.arrivals)
        peer.ask(**asked)
        await until(lambda: len(self.arrivals) > seen)
        return peer, self.arrivals[seen]


@contextlib.asynccontextmanager
async def serving(
    before: Callable[[AgiSwitch], object] = lambda _: None, **config: Any
) -> AsyncIterator[Server]:
    """Run the driver; nothing is left of it. ``before`` is called with it before it listens."""
    from twisted.internet import reactor  # pytest-twisted chooses it after collection

    server = Server(AgiSwitch(AgiConfig(**{"secret": SECRET, "port": 0} | config), reactor))
    before(server.switch)
    server.switch.start()
    try:
        yield server
    finally:
        await server.switch.stop()
        for peer in server.peers:
            peer.close()
        await until(lambda: not server.switch.server.connections)
