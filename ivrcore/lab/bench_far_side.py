"""Asterisk's part of the media connections in the benchmark: a process that sends what callers say.

As chan_websocket does: a text message first, then a binary one of 20 ms each 20 ms.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING

from ivrcore.speech.audio import FRAME_SECONDS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from websockets.asyncio.server import ServerConnection

START_SECONDS = 60.0
Stream = Sequence[bytes]
"""What one caller says, in frames."""


@contextmanager
def far_side(streams: Sequence[Stream]) -> Iterator[list[str]]:
    """Run it; gives the address of each caller's stream, each to be opened once."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, streams), daemon=True)
    process.start()
    try:
        if not here.poll(START_SECONDS):
            raise TimeoutError("the far side did not start")
        port = here.recv()
        yield [f"ws://127.0.0.1:{port}/media/{number}" for number in range(len(streams))]
    finally:
        process.terminate()
        process.join()


def _serve(parent: Connection, streams: Sequence[Stream]) -> None:
    asyncio.run(_run(parent, streams))


async def _run(parent: Connection, streams: Sequence[Stream]) -> None:
    from websockets.asyncio.server import serve

    async def send(socket: ServerConnection) -> None:
        assert socket.request is not None
        await _send(socket, streams[int(socket.request.path.rpartition("/")[2])])

    async with serve(send, "127.0.0.1", 0, subprotocols=["media"], compression=None) as server:  # type: ignore[list-item]  # a NewType of str
        parent.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()


async def _send(socket: ServerConnection, frames: Stream) -> None:
    loop = asyncio.get_running_loop()
    await socket.send("MEDIA_START optimal_frame_size:640")
    due = loop.time()
    for frame in frames:
        due += FRAME_SECONDS
        await asyncio.sleep(max(0.0, due - loop.time()))
        await socket.send(frame)
