"""The dialplans' part of the API over real sockets, on a real library and folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from ivrcore.dialplan.parse import CORE_VERBS
from ivrcore.versions.library import Library
from ivrcore.web import bounds
from ivrcore.web.access import COOKIE, Access
from ivrcore.web.call_tests import CallTests
from ivrcore.web.frame import page
from ivrcore.web.server import WebServer, tree
from ivrcore.web.status import main
from tests.unit.versions.shelf_site import Shelves, text
from tests.web.router_hotline import RouterHotline
from tests.web.served import TOKEN

BEARER = {"Authorization": f"Bearer {TOKEN}"}
BROKEN = text(queue="generel")


class Api:
    """A server over a library, and a blocking client on a thread."""

    def __init__(self, folder: Path) -> None:
        self.shelves = Shelves(folder)
        self.path = self.shelves.save(text())
        self.library: Library = self.shelves.start()
        hotline = RouterHotline()
        self.access = Access(TOKEN, lambda: 0.0)
        tests = CallTests(folder / "dialplans", CORE_VERBS)
        root = tree(hotline, hotline.exposition(), self.access, lambda: 0.0, self.library, tests=tests)
        self.server = WebServer(reactor, root, "127.0.0.1", 0, self.access.may_ask)
        self.server.start()

    @property
    def version(self) -> str:
        return self.library.current("bank").version

    async def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return await deferToThread(self._ask, method, path, data, BEARER if headers is None else headers)

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        host, port = self.server.url.rstrip("/").removeprefix("http://").split(":")
        connection = HTTPConnection(host, int(port), timeout=60)
        try:
            connection.request(method, f"/api/v1/dialplans{path}", body or None, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    async def cut_off(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> bool:
        """Whether the body is too large: told so, or cut off while it is sent."""
        try:
            return await self.ask(method, path, body, headers) == (413, None)
        except OSError:
            return True

    async def close(self) -> None:
        await self.server.stop()
        await Deferred.fromFuture(asyncio.ensure_future(self.library.stop()))


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    # the loop must run before the library asks for it: nothing may have started the reactor yet
    pytest_twisted.blockon(deferLater(reactor, 0))
    made = Api(tmp_path)
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.close()))


@ensureDeferred
async def test_a_dialplans_life(api: Api) -> None:
    first = api.version
    _, listed = await api.ask("GET", "")
    (bank,) = listed["dialplans"]
    assert (bank["name"], bank["version"], bank["numbers"], bank["calls"]) == ("bank", first, ["5000"], {})
    assert bank["published"]["how"] == "start"
    assert listed["broken"] == []
    _, read = await api.ask("GET", "/bank")
    assert read == {"name": "bank", "version": first, "file": "bank.yaml", "text": text(), "problems": []}
    new = text(words="환영합니다.")
    body = {"text": new, "base": first, "author": "kim", "note": "in Korean", "how": "editor"}
    status, done = await api.ask("PUT", "/bank", body)
    assert (status, done["version"], done["warnings"]) == (200, api.version, [])
    assert done["published"][0]["before"] == first
    assert api.path.read_text(encoding="utf-8") == new
    _, log = await api.ask("GET", "/bank/versions")
    newest = log["versions"][0]
    assert (newest["author"], newest["how"], newest["note"]) == ("admin (kim)", "editor", "in Korean")
    assert (await api.ask("GET", f"/bank/versions/{first}"))[1]["text"] == text()
    _, difference = await api.ask("GET", f"/bank/diff?from={first}&to={api.version}")
    assert "+    - say: 환영합니다." in difference["diff"]
    status, back = await api.ask("POST", "/bank/rollback", {"version": first, "author": "lee"})
    assert (status, back["version"], back["published"][0]["how"]) == (200, first, "rollback")
    assert api.path.read_text() == text()
    status, again = await api.ask("POST", "/reload", {})
    assert (status, again) == (200, {"published": [], "broken": [], "warnings": []})


@ensureDeferred
async def test_what_does_not_pass_is_told_with_its_places(api: Api) -> None:
    status, refused = await api.ask("PUT", "/bank", {"text": BROKEN, "base": api.version})
    assert (status, refused["error_id"]) == (422, "IVR606")
    (problem,) = refused["problems"]
    assert problem == {
        "file": "bank.yaml",
        "line": 7,
        "column": 14,
        "severity": "error",
        "code": "DP202",
        "message": problem["message"],
        "hint": "did you mean 'general'?",
    }
    for path in ("/check", "/bank/check"):
        status, checked = await api.ask("POST", path, {"text": BROKEN, "name": "bank"})
        assert (status, checked["passes"], checked["problems"]) == (200, False, [problem])
    _, checked = await api.ask("POST", "/check", {"text": text(words="Hi."), "name": "bank"})
    assert checked == {"passes": True, "problems": []}
    status, conflict = await api.ask("PUT", "/bank", {"text": text(words="Hi."), "base": "0123456789ab"})
    assert (status, conflict["error_id"]) == (409, "IVR605")
    assert api.path.read_text() == text()


@ensureDeferred
async def test_a_broken_file_is_listed_and_shown(api: Api) -> None:
    api.path.write_text(BROKEN)
    status, done = await api.ask("POST", "/reload", {"author": "kim"})
    assert (status, done["broken"][0]["file"]) == (200, "bank.yaml")
    _, listed = await api.ask("GET", "")
    assert listed["broken"][0]["serving"] == listed["dialplans"][0]["version"]
    assert listed["dialplans"][0]["problems"][0]["code"] == "DP202"
    assert (await api.ask("GET", "/bank"))[1]["problems"][0]["line"] == 7


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/shop", None, 404),
        ("GET", "/shop/versions", None, 404),
        ("GET", "/bank/versions/nothing", None, 404),
        ("GET", "/bank/else", None, 404),
        ("POST", "/bank", {}, 404),
        ("PUT", "/bank/x", {}, 404),
        ("DELETE", "/bank", None, 405),
        ("PUT", "/bank", b"{", 400),
        ("PUT", "/bank", {"base": "x"}, 400),
        ("PUT", "/bank", {"text": "x", "more": 1}, 400),
        ("PUT", "/bank", {"text": "x", "how": "rollback"}, 400),
        ("PUT", "/bank", {"text": "x", "author": "a\nb"}, 400),
        ("PUT", "/bank", {"text": "x", "note": "n" * 301}, 400),
        ("POST", "/bank/rollback", {}, 400),
        ("POST", "/bank/rollback", {"version": "nothing"}, 404),
        ("PUT", "/..%2fbank", {"text": text("../bank", "7000")}, 400),
    ],
)
@ensureDeferred
async def test_what_cannot_be_is_refused_as_json(
    api: Api, method: str, path: str, body: object, status: int
) -> None:
    found, answer = await api.ask(method, path, body)
    assert found == status
    assert set(answer) == {"error_id", "message", "hint"}
    assert api.path.read_text() == text()


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PUT", "/bank"), ("POST", "/reload")])
@ensureDeferred
async def test_given_no_token_then_401(api: Api, method: str, path: str) -> None:
    status, answer = await api.ask(method, path, {}, {})
    assert (status, answer["error_id"]) == (401, "IVR601")


@ensureDeferred
async def test_a_session_of_the_pages_may_change_with_json_only(api: Api) -> None:
    opened = api.access.log_in(TOKEN.encode())
    assert opened is not None
    cookie = {"Cookie": f"{COOKIE.decode()}={opened.value.decode()}"}
    assert (await api.ask("GET", "", None, cookie))[0] == 200
    assert (await api.ask("POST", "/reload", {}, cookie))[0] == 401
    kinds = {"application/json": 200, "application/json; charset=utf-8": 200, "text/plain": 401}
    for kind, status in kinds.items():
        assert (await api.ask("POST", "/reload", {}, cookie | {"Content-Type": kind}))[0] == status


@ensureDeferred
async def test_a_large_dialplan_is_taken_from_whom_we_know_only(api: Api) -> None:
    large = text() + "# comment\n" * 200_000
    assert bounds.MOST_BODY < len(large) < bounds.MOST_TEXT
    status, _ = await api.ask("PUT", "/bank", {"text": large, "base": api.version})
    assert status == 200
    stranger = json.dumps({"text": large}).encode()
    assert await api.cut_off("PUT", "/bank", stranger, {})
    assert await api.cut_off("PUT", "/bank", b" " * (bounds.MOST_TEXT + 1), BEARER)


@ensureDeferred
async def test_the_status_page_shows_what_is_broken_and_what_is_served(api: Api) -> None:
    api.path.write_text(text(queue="<generel>"))
    await api.ask("POST", "/reload", {"author": "<kim>"})
    hotline = RouterHotline()
    whole = hotline.health()
    shown = msgspec.structs.replace(whole, plans=api.library.view().dialplans, broken=api.library.broken())
    hotline.health = lambda: shown  # type: ignore[method-assign]
    shown_page = page("status", *main(hotline, 1.0)).decode()
    assert "bank.yaml does not take effect" in shown_page
    assert f"Callers go on with version {api.version}." in shown_page
    assert "bank.yaml:7:14" in shown_page
    assert "&lt;generel&gt;" in shown_page
    assert "<generel>" not in shown_page
    assert "1, 1 broken" in shown_page
    api.path.write_text(text())
    await api.ask("POST", "/reload", {})
    shown = msgspec.structs.replace(shown, plans=api.library.view().dialplans, broken=api.library.broken())
    shown_page = page("status", *main(hotline, 1.0)).decode()
    assert "does not take effect" not in shown_page
    assert "broken" not in shown_page


CALL_TESTS = """\
number: "5000"
tests:
  - {name: the queue, call: [{hears: Welcome.}, {queue: general}]}
  - {name: the language, call: [{language: fr}]}
  - {name: another queue, call: [{queue: cards}]}
  - {name: of another dialplan, number: "9", call: [{queue: cards}]}
"""


@ensureDeferred
async def test_given_a_text_when_tested_then_results_and_coverage_come_without_effect(api: Api) -> None:
    (api.path.parent / "tests").mkdir()
    (api.path.parent / "tests/bank.yaml").write_text(CALL_TESTS)
    before = api.version
    changed = text(queue="cards") + "    - if: call.tier == 'gold'\n      then: [{queue: general}]\n"
    status, told = await api.ask("POST", "/test", {"name": "bank", "text": changed})
    assert status == 200, told
    assert (told["passed"], told["complete"], told["problems"]) == (False, True, [])
    one, misfit, other = told["tests"]
    assert (one["name"], one["passed"], other["passed"]) == ("the queue", False, True)
    assert (misfit["code"], misfit["line"]) == ("CT206", 4)
    assert (one["file"], one["line"], one["dialplan_line"]) == ("tests/bank.yaml", 3, 7)
    assert "expected to wait in queue 'general'" in one["message"]
    assert any("Welcome." in line for line in one["conversation"])
    (group,) = told["coverage"]["menus"]
    assert (group["menu"], group["covered"], group["total"]) == ("welcome", 0, 2)
    assert {"what": "if call.tier == 'gold'", "line": 9} in group["missed"]
    assert api.version == before


@ensureDeferred
async def test_given_a_text_with_errors_when_tested_then_they_are_told(api: Api) -> None:
    status, told = await api.ask("POST", "/test", {"name": "bank", "text": "name: bank"})
    assert status == 200
    assert told["tests"] == []
    assert [one["code"] for one in told["problems"]] == ["YML102"]
    assert told["problems"][0]["file"] == "bank.yaml"


@ensureDeferred
async def test_given_little_time_when_tested_then_no_further_test_is_begun(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/bank.yaml").write_text(CALL_TESTS)
    running = CallTests(tmp_path, CORE_VERBS, longest=0.0).run(text(), "bank")
    told: Any = await Deferred.fromFuture(asyncio.ensure_future(running))
    assert (told["tests"], told["complete"]) == ([], False)
