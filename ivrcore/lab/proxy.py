"""A TCP proxy on loopback whose link can be cut: what losing the network to Asterisk looks like."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

CHUNK = 65_536


@dataclass(eq=False)
class _Flow:
    """One connection: whether it passes on what is said towards the target, and what is said back."""

    near: asyncio.StreamWriter
    out: asyncio.Event = field(default_factory=asyncio.Event)
    back: asyncio.Event = field(default_factory=asyncio.Event)


class Proxy:
    """Passes connections on to `host`:`port`; use with `async with`, or `start()` and `close()`.

    `cut()` is a loss that both sides notice; `hold()` one that neither is told of, as when a cable is pulled;
    `forget()` one of which only the side that connected learns, as when something between the two restarts.
    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.target = host, port
        """Where new connections lead; may be changed."""
        self._holds_out = self._holds_back = False
        self._flows: set[_Flow] = set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        """Port of the proxy itself, stays the same over `cut()` and `restore()`."""
        self.accepted = 0
        """Connections taken so far."""

    async def start(self) -> Self:
        """Begin to listen."""
        await self.restore()
        return self

    async def restore(self) -> None:
        """Take connections (again), and pass on what was held."""
        self._flow()
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def _flow(self) -> None:
        self._holds_out = self._holds_back = False
        for flow in self._flows:
            flow.out.set()
            flow.back.set()

    async def hold(self, *, out: bool = True, back: bool = True) -> None:
        """Pass on neither data nor the end of a connection: ``out`` to the target, ``back`` from it."""
        self._holds_out, self._holds_back = self._holds_out or out, self._holds_back or back
        for flow in self._flows:
            if out:
                flow.out.clear()
            if back:
                flow.back.clear()

    async def forget(self) -> None:
        """Reset every connection for whoever made it; the target learns by `restore()`. New ones pass."""
        for flow in self._flows:
            flow.out.clear()
            flow.back.clear()
            flow.near.transport.abort()

    async def cut(self) -> None:
        """Reset every connection, on both sides, and refuse new ones; what was held is lost."""
        self._flow()
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in tuple(self._writers):
            writer.transport.abort()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))

    async def close(self) -> None:
        """End for good."""
        await self.cut()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        with self._tracked(writer), self._passing(writer) as flow:
            try:
                await flow.out.wait()
                far_reader, far_writer = await asyncio.open_connection(*self.target)
            except OSError:
                writer.transport.abort()
                return
            with self._tracked(far_writer):
                await asyncio.gather(
                    self._pass(reader, far_writer, flow.out), self._pass(far_reader, writer, flow.back)
                )

    @contextlib.contextmanager
    def _passing(self, near: asyncio.StreamWriter) -> Iterator[_Flow]:
        flow = _Flow(near)
        if not self._holds_out:
            flow.out.set()
        if not self._holds_back:
            flow.back.set()
        self._flows.add(flow)
        try:
            yield flow
        finally:
            self._flows.discard(flow)

    @contextlib.contextmanager
    def _tracked(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None
        self._writers.add(writer)
        self._tasks.add(task)
        try:
            yield
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flows: asyncio.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await self._read(reader, flows):
                writer.write(data)
                await writer.drain()
            writer.write_eof()

    async def _read(self, reader: asyncio.StreamReader, flows: asyncio.Event) -> bytes:
        """Read what may be passed on; nothing is the connection's end."""
        data = b""
        with contextlib.suppress(OSError):
            data = await reader.read(CHUNK)
        await flows.wait()
        return data
