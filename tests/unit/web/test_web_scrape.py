"""Scrapes over real sockets: in which format they are answered, and that one ends with its scraper."""

import socket

from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from ivrcore.lab.bench_scrape import Site as LargeSite
from ivrcore.metrics.collector import Exposition
from ivrcore.web import endpoint
from ivrcore.web.access import Access
from ivrcore.web.api import Metrics
from ivrcore.web.server import WebServer


class Scraped:
    """A server of nothing but the metrics of a large site; ``ended`` are scrapes that came to their end."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        site = LargeSite()
        exposition = Exposition(site.collector, lambda: self.ended.append("one") or ())  # type: ignore[func-returns-value]
        root = endpoint.Folder()
        root.putChild(b"metrics", Metrics(exposition, None))  # type: ignore[arg-type]
        access = Access("a token that is long enough", lambda: 0.0)
        self.server = WebServer(reactor, root, "127.0.0.1", 0, access.may_ask)
        self.server.start()
        self.port = int(self.server.url.rstrip("/").rpartition(":")[2])

    def read(self, accept: str, at_most: int) -> bytes:
        """Ask as a scraper does, and hang up after so many bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            asked = f"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: {accept}\r\n\r\n"
            connection.sendall(asked.encode())
            parts, size = [], 0
            while size < at_most and (part := connection.recv(1 << 16)):
                parts.append(part)
                size += len(part)
            return b"".join(parts)


async def all_is_sent() -> None:
    while endpoint._in_turns._tasks:
        await deferLater(reactor, 0.01)


@ensureDeferred
async def test_given_a_scraper_that_hangs_up_then_its_scrape_ends_and_the_next_is_whole() -> None:
    scraped = Scraped()
    try:
        head = await deferToThread(scraped.read, "text/plain", 1)
        assert head.startswith(b"HTTP/1.1 200 OK")
        await all_is_sent()
        assert scraped.ended == []
        body = await deferToThread(scraped.read, "application/openmetrics-text;version=1.0.0", 1 << 30)
        await all_is_sent()
        assert scraped.ended == ["one"]
        assert b"application/openmetrics-text; version=1.0.0; charset=utf-8" in body
        assert b"# EOF\n\r\n0\r\n" in body
        assert body.count(b"# EOF") == 1
    finally:
        await scraped.server.stop()
