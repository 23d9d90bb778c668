"""The AEAP server's port over real sockets: who comes in, what strangers get, and how it ends."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
import json
import logging
import socket
import time
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import pytest
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from ivrcore.errors import ConfigError, LinkLost
from ivrcore.telephony.aeap.claims import Claims
from ivrcore.telephony.aeap.door import HANDSHAKE_SECONDS, LEAST_SHAKING, Door, DoorConfig
from ivrcore.telephony.aeap.figures import Figures, Refusal
from ivrcore.telephony.aeap.grammars import Asked
from ivrcore.telephony.aeap.settings import Settings
from ivrcore.telephony.aeap.turns import Site
from tests.support.aeap_bench import FRAME, Ears, Lists, Sink
from tests.support.aio import asyncio_test, until

TOKEN = "a-token-of-the-tests"
Result = TypeVar("Result")


class Faulty(Lists):
    """Has a fault of ours."""

    def find(self, wanted: Settings) -> Asked:
        if wanted.grammar == "faulty":
            raise ZeroDivisionError
        return super().find(wanted)


class Open:
    """A door that is open."""

    def __init__(self, **more: Any) -> None:
        self.ears = Ears()
        self.site = Site(self.ears, Faulty(), Claims(), Figures())
        self.door = Door(DoorConfig(**{"token": TOKEN, "port": 0, **more}), self.site, time.monotonic)

    @property
    def listening(self) -> socket.socket:
        assert self.door._socket is not None
        return self.door._socket

    @property
    def figures(self) -> Figures:
        return self.site.figures

    def connect(self, path: str = TOKEN, **more: Any) -> connect:
        given: dict[str, Any] = {
            "subprotocols": ["speech_to_text"],
            "compression": None,
            "proxy": None,
            **more,
        }
        return connect(f"ws://127.0.0.1:{self.door.port}/{path}", **given)


@contextlib.asynccontextmanager
async def opened(**more: Any) -> AsyncIterator[Open]:
    one = Open(**more)
    one.door.bind()
    await one.door.listen()
    try:
        yield one
    finally:
        await one.door.stop()


def apart(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run on a loop of its own: hypothesis knows nothing of the reactor's."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result(20)


async def ask(asterisk: ClientConnection, request: str, **more: Any) -> Any:
    await asterisk.send(json.dumps({"request": request, "id": "1", **more}))
    return json.loads(await asterisk.recv())


async def set_up(asterisk: ClientConnection) -> None:
    answer = await ask(asterisk, "setup", version="0.1.0", codecs=[{"name": "slin"}])
    assert answer["codecs"] == [{"name": "slin"}]


@asyncio_test
async def test_a_recognition_over_a_socket() -> None:
    async with opened() as one, one.connect() as asterisk:
        await set_up(asterisk)
        assert "error_msg" not in await ask(asterisk, "set", params={"grammar": "menu"})
        for _ in range(3):
            await asterisk.send(FRAME)
        await until(lambda: one.ears.made and one.ears.made[0].bytes == 3 * 640)
        one.ears.made[0].hears("yes")
        pushed = json.loads(await asterisk.recv())
        assert pushed["params"]["results"][0]["text"] == "yes"
        assert one.figures.connections == 1
        await asterisk.close()
        await until(lambda: one.figures.connections == 0)


@pytest.mark.slow
@asyncio_test
async def test_audio_that_waited_for_the_reactor_is_heard_on() -> None:
    async with opened() as one, one.connect() as asterisk:
        await set_up(asterisk)
        await ask(asterisk, "set", params={"grammar": "menu"})
        await asterisk.send(FRAME)
        await until(lambda: one.ears.made)
        time.sleep(0.4)  # noqa: ASYNC251 - the reactor is held up
        await asterisk.send(FRAME)
        await until(lambda: one.ears.made[-1].bytes == 2 * 640)
        before = one.door._seconds()
        await until(lambda: one.door._seconds() > before + 0.3)
        await asterisk.send(FRAME)
        await until(lambda: len(one.ears.made) == 2)


@asyncio_test
async def test_the_token_may_be_in_the_path_or_a_header() -> None:
    basic = base64.b64encode(f"any:{TOKEN}".encode()).decode()
    async with opened() as one:
        for path, headers in (
            (f"a/b/{TOKEN}?c=d", {}),
            ("", {"Authorization": f"Bearer {TOKEN}"}),
            ("", {"Authorization": f"Basic {basic}"}),
        ):
            async with one.connect(path, additional_headers=headers) as asterisk:
                await set_up(asterisk)


@asyncio_test
async def test_strangers_stay_out(caplog: pytest.LogCaptureFixture) -> None:
    async with opened() as one:
        for path, headers in (
            ("", {}),
            ("another-token", {}),
            (TOKEN + "x", {}),
            ("", {"Authorization": "Basic ???"}),
            ("", {"Authorization": "Basic \u00e9\u00e9"}),
            ("", {"Authorization": "Digest x"}),
        ):
            with pytest.raises(InvalidStatus) as refused:
                await one.connect(path, additional_headers=headers)
            assert refused.value.response.status_code == 401
        for more, status in (({"origin": "http://evil.example"}, 403), ({"subprotocols": ["chat"]}, 400)):
            with pytest.raises(InvalidStatus) as refused:
                await one.connect(**more)
            assert refused.value.response.status_code == status
        assert one.figures.refused == {Refusal.TOKEN: 6}
        assert caplog.text.count("is refused") == 3, "the first, the second and the fourth"
        assert "another-token" not in caplog.text


@asyncio_test
async def test_an_address_that_is_not_allowed_stays_out() -> None:
    async with opened(allow=(ipaddress.ip_network("10.0.0.0/8"),)) as one:
        with pytest.raises((OSError, InvalidMessage)):
            await one.connect()
        assert one.figures.refused == {Refusal.ADDRESS: 1}
        reader, writer = await asyncio.open_connection("127.0.0.1", one.door.port)
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), HANDSHAKE_SECONDS / 2) == b""  # nothing was sent
        writer.close()
    async with (
        opened(allow=(ipaddress.ip_network("127.0.0.0/8"),)) as one,
        one.connect() as asterisk,
    ):
        await set_up(asterisk)


@asyncio_test
async def test_handshakes_that_go_nowhere_are_bounded_and_keep_nobody_out() -> None:
    async with opened(connections=2) as one:
        silent = [
            await asyncio.open_connection("127.0.0.1", one.door.port) for _ in range(LEAST_SHAKING + 10)
        ]
        for _, writer in silent:
            writer.write(b"GET /x HTTP/1.1\r\n")
        await until(lambda: one.figures.refused[Refusal.SILENT] == 10)
        async with one.connect() as asterisk:
            await set_up(asterisk)
            assert len(one.door._shaking) == LEAST_SHAKING - 1
        for _, writer in silent:
            writer.transport.abort()
        await until(lambda: not one.door._shaking)


@asyncio_test
async def test_only_so_many_come_in() -> None:
    async with opened(connections=1) as one, one.connect() as asterisk:
        await set_up(asterisk)
        with pytest.raises(InvalidStatus) as refused:
            await one.connect()
        assert refused.value.response.status_code == 503
        await asterisk.close()
        await until(lambda: one.figures.connections == 0)
        async with one.connect() as other:
            await set_up(other)


@asyncio_test
async def test_a_refused_setup_ends_the_connection() -> None:
    async with opened() as one, one.connect() as asterisk:
        answer = await ask(asterisk, "setup", version="0.1.0", codecs=[{"name": "ulaw"}])
        assert "slin" in answer["error_msg"]
        with pytest.raises(ConnectionClosed):
            await asterisk.recv()


@pytest.mark.parametrize("name", ["a" * 200, "한" * 60, "\ud800x"], ids=["ascii", "hangul", "surrogate"])
@asyncio_test
async def test_a_setup_refused_at_length_ends_the_connection_too(name: str) -> None:
    async with opened(connections=1) as one:
        for _ in range(2):
            async with one.connect() as asterisk:
                codecs = [{"name": "slin"}]
                answer = await ask(asterisk, "setup", version="0.1.0", codecs=codecs, params={name: "b"})
                assert "there is no setting" in answer["error_msg"]
                with pytest.raises(ConnectionClosed) as ended:
                    await asterisk.recv()
                assert ended.value.rcvd is not None
                assert ended.value.rcvd.code == 1008
                await until(lambda: one.figures.connections == 0)


@asyncio_test
async def test_one_that_does_not_go_when_told_to_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivrcore.telephony.aeap.door.GOODBYE_SECONDS", 0.1)
    async with opened() as one:
        one.listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # full soon
        own = socket.socket()
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        own.connect(("127.0.0.1", one.door.port))
        async with one.connect(sock=own) as deaf:
            await set_up(deaf)
            deaf.transport.pause_reading()
            conversation = next(iter(one.door._open.values()))
            for _ in range(60):  # fewer than would end it for themselves; goodbye waits behind them
                conversation._send("x" * 50_000)
            conversation._end(Refusal.MESSAGES, "too many messages that cannot be read")
            await until(lambda: one.figures.connections == 0)
            deaf.transport.abort()


@asyncio_test
async def test_what_cannot_be_sent_is_told_and_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    async with opened() as one, one.connect() as asterisk:
        await set_up(asterisk)
        next(iter(one.door._open.values()))._send(cast("str", 7))
        with pytest.raises(ConnectionClosed):
            await asterisk.recv()
        await until(lambda: one.figures.connections == 0)
    assert "IVR900" in caplog.text


@asyncio_test
async def test_a_claim_gets_the_audio_and_its_end() -> None:
    async with opened() as one:
        sink = Sink()
        claim = one.site.claims.claim("leg-1", sink)
        async with one.connect() as asterisk:
            await set_up(asterisk)
            await ask(asterisk, "set", params={"grammar": claim.grammar})
            claim.begin()
            await asterisk.send(FRAME)
            await until(lambda: sink.bytes == 640)
            claim.end()
            assert json.loads(await asterisk.recv())["params"]["results"][0]["text"] == ""
            asterisk.transport.abort()
            await until(lambda: sink.lost == [LinkLost.code])


@asyncio_test
async def test_a_fault_of_ours_is_told_and_ends_that_connection_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with opened() as one, one.connect() as asterisk, one.connect() as other:
        await set_up(asterisk)
        await set_up(other)
        with pytest.raises(ConnectionClosed):
            await ask(asterisk, "set", params={"grammar": "faulty"})
        await until(lambda: one.figures.connections == 1)
        assert "error_msg" not in await ask(other, "set", params={"grammar": "menu"})
    assert "IVR900" in caplog.text
    assert "ZeroDivisionError" in caplog.text


@asyncio_test
async def test_the_end_of_the_server_ends_every_connection() -> None:
    async with opened() as one:
        asterisk = await one.connect()
        await set_up(asterisk)
        await one.door.stop()
        with pytest.raises(ConnectionClosed):
            await asterisk.recv()
        assert one.figures.connections == 0


@asyncio_test
async def test_a_port_that_is_taken_is_told() -> None:
    async with opened() as one:
        other = Open(port=one.door.port)
        with pytest.raises(ConfigError, match=f"cannot listen .*:{one.door.port}"):
            other.door.bind()


@asyncio_test
async def test_one_that_reads_no_answers_is_closed_and_the_others_are_served() -> None:
    async with opened() as one:
        one.listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # full soon
        own = socket.socket()
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        own.connect(("127.0.0.1", one.door.port))
        async with one.connect(sock=own) as deaf, one.connect() as other:
            await set_up(deaf)
            await set_up(other)
            deaf.transport.pause_reading()
            question = json.dumps({"request": "get", "id": "x" * 100, "params": ["grammar"]})
            with contextlib.suppress(ConnectionClosed, TimeoutError):
                for _ in range(3000):
                    await asyncio.wait_for(deaf.send(question), 1)
            assert "error_msg" not in await ask(other, "set", params={"grammar": "menu"})
            await until(lambda: one.figures.connections == 1)


@pytest.mark.slow
@bounded(max_examples=60, deadline=None, database=None, derandomize=True)
@given(st.binary(max_size=3000) | st.binary(max_size=200).map(lambda rest: b"GET /" + rest))
def test_any_bytes_at_the_door_leave_no_trace_and_no_connection(raw: bytes) -> None:
    async def knock() -> list[str]:
        told: list[str] = []
        watch = logging.Handler()
        watch.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
        logging.getLogger().addHandler(watch)
        try:
            async with opened() as one:
                reader, writer = await asyncio.open_connection("127.0.0.1", one.door.port)
                writer.write(raw)
                writer.write_eof()
                with contextlib.suppress(ConnectionError):
                    await asyncio.wait_for(reader.read(), 5)
                writer.close()
                async with one.connect() as asterisk:
                    await set_up(asterisk)
                await until(lambda: one.figures.connections == 0)
        finally:
            logging.getLogger().removeHandler(watch)
        return told

    assert apart(knock()) == []


@pytest.mark.slow
@bounded(max_examples=60, deadline=None, database=None, derandomize=True)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_after_the_handshake_end_that_connection_and_no_other(raw: bytes, close: bool) -> None:
    async def talk() -> None:
        async with opened() as one, one.connect() as good:
            await set_up(good)
            bad = await one.connect()
            bad.transport.write(raw)
            if close:
                bad.transport.write_eof()
            await ask(good, "set", params={"grammar": "menu"})
            bad.transport.abort()
            await until(lambda: one.figures.connections == 1)

    apart(talk())
