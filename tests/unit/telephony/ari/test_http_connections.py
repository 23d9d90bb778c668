"""Connections to ARI over HTTP: what a burst needed is not kept for ever."""

from __future__ import annotations

import asyncio

import pytest

from ivrcore.telephony.ari import http, wire
from ivrcore.telephony.ari.config import AriConfig
from tests.support.aio import asyncio_test, until

BURST = 5
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Asterisk:
    """Answers requests: as many at once as it is asked at first."""

    def __init__(self) -> None:
        self.open: set[asyncio.StreamWriter] = set()
        self.asked: list[asyncio.StreamWriter] = []
        self.together = asyncio.Barrier(BURST)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.open.add(writer)
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            self.asked.append(writer)
            if len(self.asked) <= BURST:
                await self.together.wait()
            writer.write(ANSWER)
        self.open.discard(writer)
        writer.close()


@asyncio_test
async def test_after_a_burst_one_connection_does_and_the_idle_ones_are_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from twisted.internet import reactor  # pytest-twisted chooses it after collection

    monkeypatch.setattr(http, "IDLE_SECONDS", 0.3)
    asterisk = Asterisk()
    server = await asyncio.start_server(asterisk.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    config = AriConfig(url=f"http://127.0.0.1:{port}/ari", user="u", password="", app="a")
    requests = http.Http(config, reactor)
    ping = wire.Request(method="GET", path="asterisk/ping")
    await asyncio.gather(*(requests.request(ping) for _ in range(BURST)))
    assert len(asterisk.open) == BURST
    async with asyncio.timeout(20):
        while len(asterisk.open) > 1:
            await requests.request(ping)
    assert {*asterisk.asked[BURST:]} == asterisk.open
    await requests.close()
    await until(lambda: not asterisk.open)
    server.close()
    await server.wait_closed()
