"""The audio of a media channel, over each transport, on loopback; the test plays Asterisk's part."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from array import array
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred
from websockets.asyncio.server import ServerConnection, serve

from ivrcore.errors import LinkLost
from ivrcore.telephony.media import rtp_stream
from ivrcore.telephony.media.rtp_stream import MOST_STRANGE, Ports, RtpStream
from ivrcore.telephony.media.stream import FRAME_BYTES, READ_BYTES, MediaStream
from tests.support.aio import until

FRAMES = [bytes([number]) * FRAME_BYTES for number in range(20)]
Said = Sequence[str | bytes | list[bytes]]
Stream = MediaStream | RtpStream
Maker = Callable[..., contextlib.AbstractAsyncContextManager[Stream]]

PORTS = range(23_800, 23_900)


@asynccontextmanager
async def by_websocket(said: Said, *, drop: bool = False, late: bool = False) -> AsyncIterator[Stream]:
    """Have a far side that says this, and then hangs up (or, with ``drop``, is gone).

    ``late``: the stream is given once all was said.
    """
    sent = asyncio.Event()

    async def speak(socket: ServerConnection) -> None:
        for one in said:
            await socket.send(one)
        sent.set()
        if drop:
            socket.transport.abort()

    async with serve(speak, "127.0.0.1", 0, subprotocols=["media"]) as server:  # type: ignore[list-item]
        port = server.sockets[0].getsockname()[1]
        opened = MediaStream(f"ws://127.0.0.1:{port}/media/1", "Basic x")
        await opened.open()
        if late:
            await sent.wait()
        try:
            yield opened
        finally:
            await opened.close()


def rtp(number: int, audio: bytes, kind: int = 118) -> bytes:
    """Give a packet with little-endian audio: big endian on the wire."""
    samples = array("h", audio)
    samples.byteswap()
    return struct.pack("!BBHII", 0x80, kind, number, number * len(samples), 1) + samples.tobytes()


@contextlib.contextmanager
def far_side() -> Any:
    """Give a socket that sends to streams."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        yield sender


@asynccontextmanager
async def by_rtp(said: Said, *, drop: bool = False, late: bool = False) -> AsyncIterator[Stream]:
    """As :func:`by_websocket`; that nothing more comes is told by Asterisk's event, not by a packet."""
    opened = RtpStream(Ports(PORTS).take("127.0.0.1"))
    host, _, port = opened.address.partition(":")
    with far_side() as sender:
        opened.only_from(*sender.getsockname())

        def speak() -> None:
            for number, one in enumerate(said):
                assert isinstance(one, bytes)
                sender.sendto(rtp(number, one), (host, int(port)))
            if drop:
                asyncio.get_running_loop().call_later(0.05, opened.lose, "the media channel ended")

        if late:
            speak()
        else:
            asyncio.get_running_loop().call_soon(speak)
        try:
            yield opened
        finally:
            await opened.close()


ways = pytest.mark.parametrize("stream", [by_websocket, by_rtp], ids=["websocket", "rtp"])


async def on_loop(coroutine: Coroutine[Any, Any, None]) -> None:
    async with asyncio.timeout(10):
        await coroutine


def run(coroutine: Coroutine[Any, Any, None]) -> Deferred[None]:
    return Deferred.fromFuture(asyncio.ensure_future(on_loop(coroutine)))


async def heard(stream: Maker, said: Said, *, frames: int, late: bool = False) -> list[bytes]:
    """Give what is heard, once there are so many frames; a moment later there are no more."""
    found: list[bytes] = []
    async with stream(said, late=late) as opened:
        reading = asyncio.ensure_future(opened.read(found.append))
        await until(lambda: len(found) >= frames)
        await opened.close()
        with contextlib.suppress(LinkLost):
            await reading
    return found


@ways
@ensureDeferred
async def test_audio_comes_in_order(stream: Maker) -> None:
    async def listen() -> None:
        assert await heard(stream, FRAMES, frames=len(FRAMES)) == FRAMES

    await run(listen())


@ways
@ensureDeferred
async def test_what_came_before_anybody_read_comes_first(stream: Maker) -> None:
    async def listen() -> None:
        assert await heard(stream, FRAMES, frames=len(FRAMES), late=True) == FRAMES

    await run(listen())


@ensureDeferred
async def test_little_room_is_got_for_each_reading_and_a_burst_comes_whole_all_the_same() -> None:
    burst = FRAMES * (2 * READ_BYTES // (len(FRAMES) * FRAME_BYTES) + 1)

    async def listen() -> None:
        found: list[bytes] = []
        async with by_websocket(burst) as opened:
            assert isinstance(opened, MediaStream)
            assert opened._socket is not None
            assert opened._socket.transport.max_size == READ_BYTES  # type: ignore[attr-defined]  # asyncio's own
            await opened.read(found.append)
        assert found == burst

    await run(listen())


@pytest.mark.parametrize("patience", [0.01, 0.0, None])
@ensureDeferred
async def test_where_there_is_no_hurry_it_is_read_a_little_later_and_nothing_is_lost(
    patience: float | None,
) -> None:
    async def listen() -> None:
        found: list[bytes] = []
        kept_back: list[bool] = []
        async with by_websocket(FRAMES * 2) as opened:
            assert isinstance(opened, MediaStream)
            assert opened._socket is not None
            transport = opened._socket.transport

            def take(pcm: bytes) -> float | None:
                found.append(pcm)
                if len(found) == 1:
                    asyncio.get_running_loop().call_soon(lambda: kept_back.append(not transport.is_reading()))
                return patience

            await opened.read(take)
        assert found == FRAMES * 2
        assert kept_back == [bool(patience)]

    await run(listen())


@ensureDeferred
async def test_a_stream_that_is_kept_back_can_be_closed() -> None:
    async def listen() -> None:
        taken = asyncio.Event()

        def take(pcm: bytes) -> float:
            taken.set()
            return 0.3

        async with by_websocket(FRAMES) as opened:
            reading = asyncio.ensure_future(opened.read(take))
            await taken.wait()
            await opened.close()
            await asyncio.wait([reading])
            assert reading.exception() is None

    await run(listen())


@ways
@ensureDeferred
async def test_a_far_side_that_is_gone_is_told(stream: Maker) -> None:
    async def listen() -> None:
        async with stream(FRAMES, drop=True) as opened:
            with pytest.raises(LinkLost):
                await opened.read(lambda pcm: None)

    await run(listen())


@pytest.mark.parametrize("fault", [ZeroDivisionError, BlockingIOError, OSError])
@pytest.mark.parametrize("late", [False, True], ids=["as it comes", "of what came before"])
@ways
@ensureDeferred
async def test_a_fault_of_who_listens_ends_the_stream_and_is_told(
    stream: Maker, late: bool, fault: type[Exception]
) -> None:
    taken: list[bytes] = []

    def take(pcm: bytes) -> None:
        taken.append(pcm)
        raise fault

    async def listen() -> None:
        async with stream(FRAMES, late=late) as opened:
            with pytest.raises(fault) as told:
                await opened.read(take)
            assert not isinstance(told.value, LinkLost)

    await run(listen())
    assert taken == FRAMES[:1]


# --- the websocket's alone ---------------------------------------------------------------------------


@ensureDeferred
async def test_control_messages_are_no_audio() -> None:
    async def listen() -> None:
        said = ["MEDIA_START", *FRAMES[:10], "XOFF", *FRAMES[10:]]
        assert await heard(by_websocket, said, frames=20) == FRAMES

    await run(listen())


@ensureDeferred
async def test_a_message_in_several_frames_is_one() -> None:
    async def listen() -> None:
        assert await heard(by_websocket, [[FRAMES[1], FRAMES[2]]], frames=1) == [FRAMES[1] + FRAMES[2]]

    await run(listen())


# --- RTP's alone -------------------------------------------------------------------------------------


@ensureDeferred
async def test_only_asterisks_address_is_heard() -> None:
    async def listen() -> None:
        found: list[bytes] = []
        opened = RtpStream(Ports(PORTS).take("127.0.0.1"))
        here = ("127.0.0.1", int(opened.address.split(":")[1]))
        with far_side() as asterisk, far_side() as stranger:
            stranger.sendto(rtp(0, FRAMES[9]), here)
            opened.only_from(*asterisk.getsockname())
            reading = asyncio.ensure_future(opened.read(found.append))
            for number in range(3):
                stranger.sendto(rtp(number, FRAMES[9]), here)
                asterisk.sendto(rtp(number, FRAMES[number]), here)
            await until(lambda: len(found) == 3)
            await opened.close()
            with pytest.raises(LinkLost):
                await reading
        assert found == FRAMES[:3]

    await run(listen())


@ensureDeferred
async def test_what_overtook_a_lost_packet_is_not_held_for_ever() -> None:
    async def listen() -> None:
        async with by_rtp([]) as opened:
            assert isinstance(opened, RtpStream)
            found: list[bytes] = []
            with far_side() as sender:
                opened.only_from(*sender.getsockname())
                reading = asyncio.ensure_future(opened.read(found.append))
                for number in (0, 2):
                    sender.sendto(rtp(number, FRAMES[number]), ("127.0.0.1", int(opened.address[10:])))
                await until(lambda: len(found) == 3)
                await opened.close()
                with pytest.raises(LinkLost):
                    await reading
            assert found == [FRAMES[0], bytes(FRAME_BYTES), FRAMES[2]]
            assert opened.receiver.lost == 1

    await run(listen())


@ensureDeferred
async def test_a_stream_of_something_else_is_told() -> None:
    async def listen() -> None:
        async with by_rtp([]) as opened:
            assert isinstance(opened, RtpStream)
            with far_side() as sender:
                opened.only_from(*sender.getsockname())
                for number in range(MOST_STRANGE):
                    sender.sendto(rtp(number, bytes(160), kind=0), ("127.0.0.1", int(opened.address[10:])))
                with pytest.raises(LinkLost, match="slin16"):
                    await opened.read(lambda pcm: None)

    await run(listen())


@ensureDeferred
async def test_a_stream_of_which_nothing_comes_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtp_stream, "FIRST_SECONDS", 0.05)

    async def listen() -> None:
        async with by_rtp([]) as opened:
            with pytest.raises(LinkLost, match=r"to 127\.0\.0\.1:.* from 127\.0\.0\.1 port .*firewall"):
                await opened.read(lambda pcm: None)

    await run(listen())


@ensureDeferred
async def test_a_stream_of_which_something_came_may_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtp_stream, "FIRST_SECONDS", 0.05)

    async def listen() -> None:
        async with by_rtp(FRAMES[:1], late=True) as opened:
            reading = asyncio.ensure_future(opened.read(lambda pcm: None))
            done, _ = await asyncio.wait([reading], timeout=0.15)
            assert not done
            await opened.close()
            with pytest.raises(LinkLost, match="closed"):
                await reading

    await run(listen())


def free_even() -> int:
    """Give an even port after which five more are free, most likely."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return min(port, 65_500) // 2 * 2


@ensureDeferred
async def test_ports_are_even_given_back_and_not_at_once_again() -> None:
    async def listen() -> None:
        first = free_even()
        ports = Ports(range(first, first + 6))
        streams = [RtpStream(ports.take("127.0.0.1")) for _ in range(3)]
        expected = [f"127.0.0.1:{port}" for port in (first, first + 2, first + 4)]
        assert [one.address for one in streams] == expected
        with pytest.raises(LinkLost, match="none of 3 RTP ports"):
            ports.take("127.0.0.1")
        for one in (streams[0], streams[1]):
            await one.close()
        await streams[1].close()  # a second time: nothing
        again = RtpStream(ports.take("127.0.0.1"))
        assert again.address in expected[:2]
        for one in (again, streams[2]):
            await one.close()

    await run(listen())


@pytest.mark.parametrize("address", ["192.0.2.1", "::2"])
def test_an_address_that_is_not_ours_is_told(address: str) -> None:
    with pytest.raises(LinkLost):
        Ports(PORTS).take(address)
