"""A manager interface that says what a test tells it to: for what a real Asterisk cannot be made to do."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.unit.app_queue.asterisk_says import GREETING, end, params

Answer = Callable[[dict[str, str]], bytes]


def usual(action: dict[str, str]) -> bytes:
    """Answer as an Asterisk with one queue does."""
    identity = action.get("ActionID", "")
    head = f"Response: Success\r\nActionID: {identity}\r\n"
    if action["Action"] == "CoreStatus":
        return (head + "CoreStartupDate: 2026-11-22\r\nCoreStartupTime: 10:00:00\r\n\r\n").encode()
    if action["Action"] == "QueueStatus":
        items = (params() + end(1)).replace(b"ActionID: q\r\n", f"ActionID: {identity}\r\n".encode())
        return (head + "EventList: start\r\nMessage: Queue status will follow\r\n\r\n").encode() + items
    return f"{head}\r\n".encode()


class FakeManager:
    """Listens on 127.0.0.1; use with ``async with``."""

    def __init__(
        self, answer: Answer = usual, greeting: bytes = GREETING, tls: ssl.SSLContext | None = None
    ) -> None:
        self.answer = answer
        self.greeting = greeting
        self.actions: list[dict[str, str]] = []
        """What was asked, in order."""
        self.links = 0
        self._tls = tls
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def cut(self) -> None:
        """End every link at once."""
        for writer in self._writers:
            writer.transport.abort()

    def say(self, data: bytes) -> None:
        """Say something unasked, to all."""
        for writer in self._writers:
            writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.links += 1
        self._writers.add(writer)
        writer.write(self.greeting)
        try:
            while True:
                action = await _action(reader)
                self.actions.append(action)
                writer.write(self.answer(action))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return  # the watch is gone
        finally:
            self._writers.discard(writer)
            writer.close()


async def _action(reader: asyncio.StreamReader) -> dict[str, str]:
    text = (await reader.readuntil(b"\r\n\r\n")).decode()
    return dict(line.split(": ", 1) for line in text.strip().split("\r\n"))
