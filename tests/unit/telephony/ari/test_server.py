"""The connection against a server that plays Asterisk: framing, time-outs, coming back."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ivrcore.errors import LinkLost, RequestFailed, RequestTimeout
from ivrcore.lab.proxy import Proxy
from ivrcore.telephony.ari import requests, wire
from ivrcore.telephony.ari import server as server_module
from ivrcore.telephony.ari.abilities import Abilities, RequestWay
from ivrcore.telephony.ari.link import CLOSE_SECONDS
from ivrcore.telephony.ari.server import LANES, AriServer, State
from tests.support.aio import asyncio_test, until
from tests.support.fake_asterisk import SILENCE, FakeAsterisk

pytestmark = pytest.mark.usefixtures("no_leaks")


class Chance(random.Random):
    """Counts how often it was asked: before every further try."""

    drawn = 0

    def uniform(self, a: float, b: float) -> float:
        self.drawn += 1
        return super().uniform(a, b)


class Watcher:
    """A server and what it told."""

    def __init__(self, asterisk: FakeAsterisk, **changes: Any) -> None:
        from twisted.internet import reactor

        self.events: list[wire.Event] = []
        self.opens: list[tuple[float, str]] = []
        self.downs: list[str] = []
        self.now = 1000.0
        self.chance = Chance(1)
        self.server = AriServer(
            asterisk.config(**changes),
            reactor,
            on_event=self.events.append,
            on_opening=lambda: None,
            on_open=self._opened,
            on_down=self.downs.append,
            chance=self.chance,
            utc=lambda: self.now,
        )

    async def _opened(self, away: float, peer: str) -> None:
        self.opens.append((away, peer))


@contextlib.asynccontextmanager
async def watching(asterisk: FakeAsterisk, **changes: Any) -> AsyncIterator[Watcher]:
    watcher = Watcher(asterisk, **changes)
    watcher.server.start()
    try:
        yield watcher
    finally:
        await watcher.server.stop()


@asyncio_test
async def test_it_connects_with_the_password_in_a_header_and_filters_events() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk) as watcher:
        await until(lambda: watcher.server.connected)
        assert watcher.opens == [(0.0, "Asterisk 22.10.1")]
        assert watcher.server.state is State.UP
        assert str(asterisk.asked[0]) == "PUT applications/app/eventFilter"
        [connection] = asterisk.connections
        assert connection.request is not None
        assert "secret" not in connection.request.path
        assert "secret" not in repr(watcher.server.config)


@asyncio_test
async def test_over_http_few_requests_are_under_way_at_once_but_for_those_that_can_block() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk) as watcher:
        server = watcher.server
        await until(lambda: server.connected)
        server.abilities = Abilities(RequestWay.HTTP)
        under_way: list[str] = []
        answered = asyncio.Event()

        async def slow(request: wire.Request) -> str:
            under_way.append(str(request))
            await answered.wait()
            return ""

        server._http.request = slow  # type: ignore[method-assign]  # how many there are is to be seen
        tasks = [asyncio.ensure_future(server.request(requests.channel(f"c{n}"))) for n in range(LANES + 3)]
        await until(lambda: len(under_way) == LANES)
        tasks.append(asyncio.ensure_future(server.request(requests.answer("c9"))))
        await until(lambda: "POST channels/c9/answer" in under_way)
        assert len(under_way) == LANES + 1
        answered.set()
        await asyncio.gather(*tasks)
        assert len(under_way) == LANES + 4


class Stuck:
    """HTTP to an Asterisk that answers nothing but what ends something."""

    def __init__(self, server: AriServer) -> None:
        self.asked: list[str] = []
        server.abilities = Abilities(RequestWay.HTTP)
        server._http.request = self.request  # type: ignore[method-assign]  # the server plays no DELETE

    async def request(self, request: wire.Request) -> str:
        self.asked.append(str(request))
        if request.method != "DELETE" and not request.path.endswith("/stop"):
            await asyncio.Event().wait()
        return ""


@asyncio_test
async def test_what_ends_something_overtakes_requests_that_are_stuck() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk, request_seconds=60.0) as watcher:
        await until(lambda: watcher.server.connected)
        http = Stuck(watcher.server)
        stuck = [
            asyncio.ensure_future(watcher.server.request(requests.channel(f"c{n}"))) for n in range(3 * LANES)
        ]
        await until(lambda: len(http.asked) == LANES)
        for one in (requests.hang_up("c1", 16), requests.stop_play("p1"), requests.stop_recording("r1")):
            async with asyncio.timeout(5):
                await watcher.server.request(one)
        assert len(http.asked) == LANES + 3
        for task in stuck:
            task.cancel()
        await asyncio.wait(stuck)


@asyncio_test
async def test_the_wait_for_a_turn_is_part_of_the_wait_for_an_answer() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk, request_seconds=0.1) as watcher:
        await until(lambda: watcher.server.connected)
        http = Stuck(watcher.server)
        stuck = [
            asyncio.ensure_future(watcher.server.request(requests.channel(f"c{n}"))) for n in range(3 * LANES)
        ]
        answers = await asyncio.gather(*stuck, return_exceptions=True)
        told = [str(one) for one in answers if isinstance(one, RequestTimeout)]
        assert len(told) == 3 * LANES
        assert sum("no answer to" in one for one in told) == len(http.asked)
        assert any("no turn for" in one for one in told)
        watcher.server.abilities = Abilities()
        assert await watcher.server.request(requests.channel("c")) == "{}"


@asyncio_test
async def test_answers_find_their_requests_in_any_order() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk) as watcher:
        await until(lambda: watcher.server.connected)
        asterisk.answers = {f"GET channels/{name}": SILENCE for name in "abc"}
        tasks = [asyncio.ensure_future(watcher.server.request(requests.channel(name))) for name in "abc"]
        await until(lambda: asterisk.times("GET channels/c"))
        for request_id, body in (("4", "C"), ("2", "A"), ("3", "B"), ("2", "again"), ("77", "nobody's")):
            await asterisk.respond(request_id, 200, body)
        assert await asyncio.gather(*tasks) == ["A", "B", "C"]


@asyncio_test
async def test_a_request_without_an_answer_times_out_and_others_go_on() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk) as watcher:
        await until(lambda: watcher.server.connected)
        asterisk.answers = {"GET channels/a": SILENCE, "GET channels/b": (404, "{}")}
        with pytest.raises(RequestTimeout):
            await watcher.server.request(requests.channel("a"))
        with pytest.raises(RequestFailed) as caught:
            await watcher.server.request(requests.channel("b"))
        assert caught.value.status == 404
        assert await watcher.server.request(requests.channel("c")) == "{}"


@asyncio_test
async def test_malformed_and_unknown_events_are_counted_and_the_rest_arrives() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk) as watcher:
        await until(lambda: watcher.server.connected)
        await asterisk.tell_raw('{"type": "StasisStart", "args": 5}')
        await asterisk.tell_raw("no json")
        await asterisk.tell("ChannelLearntToSing")
        await asterisk.tell("StasisEnd", channel={"id": "ch-1"})
        await until(lambda: watcher.events)
        assert watcher.events == [wire.StasisEnd(wire.Channel("ch-1"))]
        assert watcher.server.link.malformed == 2
        assert watcher.server.link.unused == {"ChannelLearntToSing": 1}


@asyncio_test
async def test_after_a_loss_it_comes_back_and_tells_how_long_it_was_away() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk) as watcher:
        await until(lambda: watcher.server.connected)
        await asterisk.vanish()
        await until(lambda: watcher.downs)
        assert watcher.server.lost_at == 1000.0
        watcher.now = 1007.0
        await until(lambda: watcher.chance.drawn >= 3, what="for some tries in vain")
        await asterisk.listen()
        await until(lambda: watcher.server.connected)
        assert [away for away, _ in watcher.opens] == [0.0, 7.0]
        assert len(watcher.downs) == 1
        assert watcher.server.lost_at is None


@asyncio_test
async def test_what_is_insisted_on_is_done_after_the_loss() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk) as watcher:
        await until(lambda: watcher.server.connected)
        await asterisk.vanish()
        wanted = asyncio.ensure_future(watcher.server.insist(requests.hang_up("ch-1", 16)))
        await until(lambda: watcher.downs)
        assert not wanted.done()
        await asterisk.listen()
        await wanted
        assert asterisk.times("DELETE channels/ch-1") == 1


@asyncio_test
async def test_a_refused_password_is_told_once_and_cured_when_it_becomes_right() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.password = "another"
        async with watching(asterisk, refused_retry_seconds=0.05) as watcher:
            await until(lambda: watcher.server.state is State.REFUSED)
            refused = asterisk.refused
            await until(lambda: asterisk.refused >= refused + 2)  # it tries again and again
            assert len(watcher.downs) == 1
            asterisk.password = "secret"
            await until(lambda: watcher.server.connected)


@asyncio_test
async def test_a_server_that_was_replaced_stays_away_until_its_name_is_free() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk, refused_retry_seconds=0.05) as watcher:
        await until(lambda: watcher.server.connected)
        answers = [(200, "{}"), (500, "{}"), (200, "{}"), (404, "{}")]
        asterisk.answers["HTTP applications/app"] = lambda: answers.pop(0)
        await asterisk.tell("ApplicationReplaced")
        await until(lambda: len(answers) < 2)
        assert watcher.server.state is State.REPLACED
        assert len(asterisk.connections) == 1
        await until(lambda: watcher.server.connected)
        assert len(asterisk.connections) == 2
        assert len(watcher.downs) == 1


@asyncio_test
async def test_a_server_that_was_replaced_can_be_stopped() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk) as watcher:
        await until(lambda: watcher.server.connected)
        await asterisk.tell("ApplicationReplaced")
        await until(lambda: watcher.server.state is State.REPLACED)


@pytest.mark.slow
@asyncio_test
async def test_a_link_that_is_cut_without_a_word_is_noticed_by_its_pings() -> None:
    async with FakeAsterisk() as asterisk, Proxy(asterisk.port) as proxy:
        url = f"http://127.0.0.1:{proxy.port}/ari"
        async with watching(asterisk, url=url, ping_seconds=0.2, request_seconds=20.0) as watcher:
            await until(lambda: watcher.server.connected)
            asterisk.answers["GET channels/a"] = SILENCE
            waiting = asyncio.ensure_future(watcher.server.request(requests.channel("a")))
            await until(lambda: asterisk.times("GET channels/a"))
            await proxy.hold()
            # a ping is due within 0.2 s and its answer within another; closing takes CLOSE_SECONDS at most
            await until(lambda: watcher.downs, 0.4 + CLOSE_SECONDS + 1.0)
            with pytest.raises(LinkLost):
                await waiting
            assert not watcher.server.connected
            await proxy.cut()
            await proxy.restore()
            await until(lambda: watcher.server.connected)
            assert len(watcher.downs) == 1


@asyncio_test
async def test_an_answer_over_http_that_does_not_come_while_the_link_is_lost_was_lost_with_it() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk) as watcher:
        server, asked = watcher.server, list[str]()
        await until(lambda: server.connected)
        as_ever = server._http.request

        async def frozen(request: wire.Request) -> str:
            if not request.may_block:
                return await as_ever(request)
            asked.append(str(request))
            if len(asked) == 1:
                await asterisk.vanish()
                await until(lambda: watcher.downs)
                await asterisk.listen()
                raise RequestTimeout("no answer in all that time")
            return "answered"

        server._http.request = frozen  # type: ignore[method-assign]  # the moment of the loss is what matters
        assert await server.insist(requests.answer("c1")) == "answered"
        assert asked == ["POST channels/c1/answer"] * 2


@asyncio_test
async def test_an_answer_over_http_that_does_not_come_while_the_link_stands_is_no_loss() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk) as watcher:
        await until(lambda: watcher.server.connected)

        async def never(_request: wire.Request) -> str:
            raise RequestTimeout("no answer")

        watcher.server._http.request = never  # type: ignore[method-assign]
        with pytest.raises(RequestTimeout):
            await watcher.server.insist(requests.answer("c1"))


@asyncio_test
async def test_what_asterisk_told_while_the_link_was_lost_is_waited_for_until_it_is_back() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk, request_seconds=0.2) as watcher:
        server, loop = watcher.server, asyncio.get_running_loop()
        await until(lambda: server.connected)
        assert not await server.happens(loop.create_future()), "the link stands, and nothing is told"
        news: asyncio.Future[None] = loop.create_future()
        await asterisk.vanish()
        await until(lambda: watcher.downs)
        waiting = asyncio.ensure_future(server.happens(news))
        long = loop.time() + 2 * server.config.request_seconds
        await until(lambda: loop.time() > long)
        assert not waiting.done()
        await asterisk.listen()
        await until(lambda: server.connected)
        news.set_result(None)
        assert await waiting


@asyncio_test
async def test_an_old_asterisk_gets_no_request_over_the_socket() -> None:
    async with FakeAsterisk("16.28.0") as asterisk, watching(asterisk) as watcher:
        # its HTTP side takes GET only, so that the filter cannot be set: the connection is not even opened
        await until(lambda: watcher.downs)
        assert asterisk.asked == []


@asyncio_test
async def test_reconciling_that_fails_counts_as_a_loss() -> None:
    async with FakeAsterisk() as asterisk:
        watcher = Watcher(asterisk)
        tries = 0

        async def failing(away: float, peer: str) -> None:
            nonlocal tries
            tries += 1
            if tries == 1:
                raise RequestTimeout("the lists did not come")

        watcher.server._on_open = failing
        watcher.server.start()
        await until(lambda: watcher.server.connected)
        assert tries == 2
        assert "lists did not come" in watcher.downs[0]
        await watcher.server.stop()


@asyncio_test
async def test_a_name_that_is_not_known_is_told_and_tried_again_until_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The resolver is replaced, so that nothing depends on the machine's; it may block, on a thread."""
    from twisted.internet import reactor
    from twisted.internet._resolver import GAIResolver

    known: dict[str, str] = {}
    asked, real = threading.Event(), socket.getaddrinfo

    def getaddrinfo(host: str, port: int | str, *more: int, **named: int) -> list[Any]:
        assert threading.current_thread() is not threading.main_thread()
        if host != "pbx.example":
            return real(host, port, *more, **named)
        asked.set()
        if host not in known:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return real(known[host], port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    untyped: Any = reactor
    before = untyped.installNameResolver(GAIResolver(untyped, untyped.getThreadPool, getaddrinfo))
    try:
        async with FakeAsterisk() as asterisk:
            url = asterisk.config().url.replace("127.0.0.1", "pbx.example")
            async with watching(asterisk, url=url) as watcher:
                await until(lambda: watcher.chance.drawn >= 3)
                assert asked.is_set()
                assert watcher.server.state is State.CONNECTING
                (told,) = watcher.downs
                assert "the name pbx.example is not known" in told
                assert "hint:" in told
                known["pbx.example"] = "127.0.0.1"
                await until(lambda: watcher.server.connected)
    finally:
        untyped.installNameResolver(before)


@asyncio_test
async def test_a_fault_of_ours_in_connecting_is_told_with_its_trace_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(server_module.log, "exception", lambda words, *_: told.append(words))
    async with FakeAsterisk() as asterisk, watching(asterisk) as watcher:
        server, tries = watcher.server, 0
        meet = server._meet

        async def faulty() -> None:
            nonlocal tries
            tries += 1
            if tries < 3:
                raise ZeroDivisionError
            await meet()

        monkeypatch.setattr(server, "_meet", faulty)
        await until(lambda: server.connected)
    assert watcher.downs == ["ZeroDivisionError"]
    assert told == ["a fault of ours in connecting to %s"] * 2
