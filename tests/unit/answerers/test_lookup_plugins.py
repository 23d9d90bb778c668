"""The built-in lookups: a real web service on loopback, and tables in files."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ivrcore_plugins import lookup_file, lookup_http
from ivrcore_plugins.lookup_http import Breaker
from twisted.internet.defer import Deferred

from ivrcore.api import ConfigError, LookupFailed, LookupResting, pin_hash
from ivrcore.plugin_manager import load_plugins
from tests.support.aio import asyncio_test, until


class Service:
    """A web service that answers as the test says: (status, body) by path; keeps what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.silent = False
        self.asked: list[tuple[str, str, Mapping[str, str], bytes]] = []
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.accepted = 0

    async def __aenter__(self) -> Service:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.close()
        await until(lambda: not self._open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self.accepted += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head.decode(), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self._open.discard(writer)

    async def _answer(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.asked.append((method, path, headers, body))
        if self.silent:
            return
        status, answer = self.answers.get(path, (404, b""))
        location = "Location: /elsewhere\r\n" if 300 <= status < 400 else ""
        writer.write(
            f"HTTP/1.1 {status} X\r\n{location}Content-Length: {len(answer)}\r\n\r\n".encode() + answer
        )
        await writer.drain()


def made(**options: object) -> lookup_http.HttpLookup:
    lookup = lookup_http.ivrcore_lookup("crm", "http", options)
    assert isinstance(lookup, lookup_http.HttpLookup)
    return lookup


async def asked(lookup: Any, **values: Any) -> Any:
    answer = lookup.ask(values, 2.0)
    if isinstance(answer, Deferred):
        return await answer.asFuture(asyncio.get_running_loop())
    return answer


@asyncio_test
async def test_a_customer_is_looked_up_over_kept_connections() -> None:
    async with Service() as service:
        lookup = made(
            url=service.url + "/customers/{number}?full={full}",
            headers={"Authorization": "Bearer {secret}"},
            secret="s3",
        )
        service.answers["/customers/%2B82%2F..?full=True"] = (200, b'{"tier": "gold"}')
        for _ in range(3):
            assert await asked(lookup, number="+82/..", full=True) == {"tier": "gold"}
        assert await asked(lookup, number="7", full=False) is None
        method, _, headers, _ = service.asked[0]
        assert (method, headers["authorization"]) == ("GET", "Bearer s3")
        assert service.accepted == 1
        lookup.close()


@asyncio_test
async def test_a_pin_goes_in_the_body_and_a_refusal_is_no_failure() -> None:
    async with Service() as service:
        lookup = made(
            url=service.url + "/pin",
            method="post",
            body={"customer": "{who}", "auth": {"pin": "{pin}", "text": "{who}-{pin}"}, "tries": ["{n}"]},
            not_found=["401", "404"],
        )
        service.answers["/pin"] = (401, b"{}")
        assert await asked(lookup, who="7", pin="1234", n=3) is None
        body = json.loads(service.asked[0][3])
        assert body == {"customer": "7", "auth": {"pin": "1234", "text": "7-1234"}, "tries": [3]}
        plain = made(url=service.url + "/pin", method="POST")
        service.answers["/pin"] = (200, b"[1]")
        assert await asked(plain, who="7") == [1]
        assert json.loads(service.asked[1][3]) == {"who": "7"}
        lookup.close()
        plain.close()


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"{}"), (302, b"{}"), (200, b"not json"), (200, b"[" * 5000), (200, b'"' + b"x" * 200 + b'"')],
    ids=["status", "redirect", "no json", "deep", "large"],
)
@asyncio_test
async def test_answers_that_cannot_be_used(status: int, body: bytes) -> None:
    async with Service() as service:
        service.answers["/x"] = (status, body)
        lookup = made(url=service.url + "/x", largest="100" if len(body) < 5000 else "10000")
        with pytest.raises(LookupFailed):
            await asked(lookup)
        assert len(service.asked) == 1
        lookup.close()


@asyncio_test
async def test_a_service_that_hangs_is_given_up_and_then_left_alone() -> None:
    async with Service() as service:
        service.silent = True
        lookup = made(url=service.url + "/x", timeout="0.1s", failures="2", rest="0.3")
        for _ in range(2):
            with pytest.raises(LookupFailed) as failed:
                await asked(lookup)
            assert "no answer in time" in str(failed.value)
        with pytest.raises(LookupResting):
            await asked(lookup)
        assert len(service.asked) == 2
        service.silent = False
        service.answers["/x"] = (200, b"{}")
        await asyncio.sleep(0.35)  # the rest itself is what is tried
        assert await asked(lookup) == {}
        lookup.close()


@asyncio_test
async def test_nobody_listening_and_values_that_would_change_the_address() -> None:
    async with Service() as service:
        url = service.url
        for value in ("", ".", "..", None):
            with pytest.raises(LookupFailed):
                await asked(made(url=url + "/c/{number}/x"), number=value)
        with pytest.raises(LookupFailed):
            await asked(made(url=url + "/c/{number}"), name="7")
    with pytest.raises(LookupFailed) as failed:
        await asked(made(url=url + "/c/{number}"), number="0101234")
    assert "0101234" not in str(failed.value)


@asyncio_test
async def test_no_more_requests_at_once_than_configured() -> None:
    async with Service() as service:
        service.silent = True
        lookup = made(url=service.url + "/x", at_once="1", timeout="5")
        first = lookup.ask({}, 5.0)
        with pytest.raises(LookupFailed):
            await asked(lookup)
        first.addErrback(lambda _: None)
        first.cancel()
        lookup.close()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"url": "ftp://x/y"},
        {"url": "https://{host}/x"},
        {"url": "https://user:pw@x/"},
        {"url": "http://crm.example/x"},
        {"url": "https://x/", "method": "DELETE"},
        {"url": "https://x/", "headers": ["a"]},
        {"url": "https://x/", "headers": {"a": "b\r\nc: d"}},
        {"url": "https://x/", "body": "text"},
        {"url": "https://x/", "timeout": "soon"},
        {"url": "https://x/", "not_found": ["200"]},
        {"url": "https://x/", "colour": "red"},
    ],
)
def test_keys_that_cannot_be_used_are_told(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        made(**options)


def test_other_kinds_are_left_to_others() -> None:
    assert lookup_http.ivrcore_lookup("crm", "sql", {}) is None
    assert lookup_file.ivrcore_lookup("crm", "sql", {}) is None


def test_the_breaker_lets_one_try_through_after_its_rest() -> None:
    now = [0.0]
    breaker = Breaker(2, 10.0, lambda: now[0])
    breaker.bad()
    assert breaker.allows()
    breaker.bad()
    assert not breaker.allows()
    now[0] = 10.0
    assert breaker.allows()
    assert not breaker.allows()
    breaker.good()
    assert breaker.allows()


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    (tmp_path / "people.csv").write_text("number,tier,name\n0101234,gold,김\n0105678,,Lee\n")
    (tmp_path / "pins.yaml").write_text(
        f"- {{who: 7, pin: '{pin_hash('4829')}', tier: gold, since: 2020-01-02}}\n- {{who: 8, tier: none}}\n"
    )
    (tmp_path / "pins.yaml").chmod(0o600)
    return tmp_path


@asyncio_test
async def test_tables_in_files(tables: Path) -> None:
    plugins = load_plugins()
    people = plugins.lookup("people", "file", {"file": "people.csv", "folder": str(tables)})
    assert await asked(people, number="0101234") == {"number": "0101234", "tier": "gold", "name": "김"}
    assert await asked(people, number="9") is None
    (tables / "people.csv").write_text("number,tier\n9,silver\n")
    assert await asked(people, number=9) == {"number": "9", "tier": "silver"}
    pins = plugins.lookup("pins", "file", {"file": "pins.yaml", "by": "who", "folder": str(tables)})
    assert await asked(pins, who="7", pin="4829") == {"who": 7, "tier": "gold", "since": "2020-01-02"}
    for who, pin in (("7", "4820"), ("8", "4829"), ("9", "4829"), ("8", "")):
        assert await asked(pins, who=who, pin=pin) is None
    people.close()
    pins.close()


@pytest.mark.parametrize("spoil", ["missing", "open", "no key", "no list", "unknown"])
def test_tables_that_cannot_be_used(tables: Path, spoil: str) -> None:
    options = {"file": "pins.yaml", "by": "who", "folder": str(tables)}
    match spoil:
        case "missing":
            options["file"] = "none.csv"
        case "open":
            (tables / "pins.yaml").chmod(0o644)
        case "no key":
            options["by"] = "number"
        case "no list":
            (tables / "pins.yaml").write_text("a: 1")
        case _:
            options["colour"] = "red"
    with pytest.raises(ConfigError):
        load_plugins().lookup("pins", "file", options)


def test_the_hook_is_called_with_its_arguments() -> None:
    assert set(load_plugins().implementations("ivrcore_lookup")) == {"lookup_file", "lookup_http"}
