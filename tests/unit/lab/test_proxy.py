import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest

from ivrcore.lab.proxy import Proxy


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


async def story() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Proxy(server.sockets[0].getsockname()[1]) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        port = proxy.port
        await proxy.cut()
        with contextlib.suppress(ConnectionError):
            assert await reader.read(1) == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await proxy.restore()
        assert proxy.port == port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"again")
        assert await reader.readexactly(5) == b"again"
        await proxy.hold()
        writer.write(b"later")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.1)
        await proxy.restore()
        assert await reader.readexactly(5) == b"later"
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        assert proxy.accepted == 2


async def one_way() -> None:
    """Hold one direction, then the other; then let only the near side know of an end."""
    told: asyncio.Queue[bytes] = asyncio.Queue()
    ended = asyncio.Event()

    async def far(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            told.put_nowait(data)
            writer.write(data)
        ended.set()
        writer.close()

    server = await asyncio.start_server(far, "127.0.0.1", 0)
    async with server, Proxy(server.sockets[0].getsockname()[1]) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        await proxy.hold(out=False)
        writer.write(b"one")
        assert await told.get() == b"one"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.1)
        await proxy.restore()
        assert await reader.readexactly(3) == b"one"
        await proxy.hold(back=False)
        writer.write(b"two")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.1)
        assert told.empty()
        await proxy.restore()
        assert await reader.readexactly(3) == b"two"
        await proxy.forget()
        with contextlib.suppress(ConnectionError):
            assert await reader.read(1) == b""
        again, writing = await asyncio.open_connection("127.0.0.1", proxy.port)
        writing.write(b"three")
        assert await again.readexactly(5) == b"three"
        assert not ended.is_set()
        await proxy.restore()
        await asyncio.wait_for(ended.wait(), 10)
        writer.close()
        writing.close()


@pytest.mark.parametrize("story", [story, one_way])
def test_a_link_can_be_cut_held_and_restored(story: Callable[[], Coroutine[None, None, None]]) -> None:
    # in a thread: the reactor of the other tests is asyncio's loop in this one
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, asyncio.wait_for(story(), 60)).result(90)
