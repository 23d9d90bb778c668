"""Tokens by name and role: every address asks for one, and whose token it was is in what is journalled."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from datetime import UTC
from http.client import HTTPConnection
from pathlib import Path

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.web.resource import Resource

from ivrcore.dialplan.parse import CORE_VERBS
from ivrcore.errors import RequestRefused
from ivrcore.kept.words import MenuWords
from ivrcore.metrics.days import DayFold
from ivrcore.model import events as e
from ivrcore.service.live_config import Taken
from ivrcore.tokens import Role, Token, digest
from ivrcore.wallboard.board import Board
from ivrcore.wallboard.feed import Feed
from ivrcore.web.call_tests import CallTests
from ivrcore.web.client import ApiClient
from ivrcore.web.endpoint import METHODS, Endpoint, Folder
from ivrcore.web.handover import HandOverView
from ivrcore.web.kept import KeptView
from ivrcore.web.messages import MessageView
from ivrcore.web.roles import ROUTES, Route, role_needed, signed
from ivrcore.web.server import tree
from ivrcore.web.view import AgentAction, DrainView
from tests.unit.versions.shelf_site import Shelves, text
from tests.web.served import TOKEN, Served

OPEN = {
    "/login",
    "/logout",
    "/style.css",
    "/refresh.js",
    "/assets",
    "/wallboard-files",
    "/healthz",
    "/readyz",
}
"""What anybody may use: how one logs in and out, what pages are made of, what tells that the server lives."""
NAMES = {Role.VIEW: "wall", Role.AGENT: "ann", Role.SUPERVISE: "sue", Role.ADMIN: "boss"}


def secret(name: str) -> str:
    return f"the secret token of {name}"


def token(name: str, role: Role) -> Token:
    return Token(name, role, digest(secret(name).encode()))


class Awake:
    """Nothing that could drain."""

    def begin(self, author: str, *, then_stop: bool = False, time_out: float | None = None) -> None:
        pass

    def undo(self, author: str) -> None:
        pass

    def view(self) -> DrainView:
        return DrainView(draining=False)


class Staying:
    """A server that hands nothing over."""

    def start(self) -> None:
        pass

    def give(self, pid: int, to_version: str) -> None:
        pass

    def view(self) -> HandOverView:
        return HandOverView(pid=1, version="1")


class Unchanged:
    """A configuration in which nothing ever changes."""

    async def reload(self, author: str) -> Taken:
        return Taken("v1")


class Box:
    """Callers' messages: none."""

    def messages(self) -> Deferred[list[MessageView]]:
        return succeed([])

    def hear(self, message: str, by: str) -> Deferred[bytes | None]:
        return succeed(None)

    def delete(self, message: str, by: str) -> Deferred[bool]:
        return succeed(False)


class Nothing:
    """Kept utterances: none."""

    def listed(self, by: str) -> Deferred[list[KeptView]]:
        return succeed([])

    def words(
        self, least: int, by: str, since: float = 0.0, until: float = math.inf
    ) -> Deferred[list[MenuWords]]:
        return succeed([])

    def hear(self, utterance: str, by: str) -> Deferred[bytes | None]:
        return succeed(None)

    def label(self, utterance: str, said: str, means: str, by: str) -> Deferred[KeptView | None]:
        return succeed(None)

    def transcribe(self, utterance: str, heard: str, heard_by: str, by: str) -> Deferred[KeptView | None]:
        return succeed(None)

    def erase(self, utterance: str, by: str) -> Deferred[bool]:
        return succeed(False)


class Site(Served):
    """A server that has everything, and a token of each role."""

    def __init__(self, folder: Path) -> None:
        self.shelves = Shelves(folder)
        self.shelves.save(text())
        self.library = self.shelves.start()
        super().__init__()
        self.access.name_tokens([token(name, role) for role, name in NAMES.items()])

    def root(self) -> Resource:
        self.tree = tree(
            self.hotline,
            self.hotline.exposition(),
            self.access,
            lambda: self.hotline.now,
            self.library,
            messages=Box(),
            kept=Nothing(),
            tests=CallTests(self.shelves.folder, CORE_VERBS),
            explain=lambda contact: succeed(b"{}"),
            configuration=Unchanged(),
            wall=self.wall(),
            draining=Awake(),
            handing_over=Staying(),
        )
        return self.tree

    def wall(self) -> Feed:
        """Give a wallboard's feed."""
        figures, days = self.hotline.figures, DayFold(UTC)
        board = Board(figures, days, self.hotline.state.expected_wait, lambda contact: "")
        self.feed = Feed(board, reactor, lambda: self.hotline.now, dict)
        return self.feed

    def ask(self, method: str, path: str, name: str = "", body: bytes = b"") -> tuple[int, str]:
        """Status and body; on a thread."""
        headers = {"Authorization": f"Bearer {secret(name)}"} if name else {}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            endless = answer.headers.get_content_type() == "text/event-stream"
            return answer.status, "" if endless else answer.read().decode()
        finally:
            connection.close()

    def client(self, name: str) -> ApiClient:
        return ApiClient(self.server.url, secret(name))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    pytest_twisted.blockon(deferLater(reactor, 0))  # the loop runs from here on: the library needs it
    made = Site(tmp_path)
    yield made

    async def stop() -> None:
        made.feed.close()
        await made.server.stop()
        await Deferred.fromFuture(asyncio.ensure_future(made.library.stop()))

    pytest_twisted.blockon(Deferred.fromCoroutine(stop()))


def leaves(folder: Resource, path: str = "") -> Iterator[tuple[str, Endpoint]]:
    for name, child in folder.children.items():
        where = f"{path}/{name.decode()}"
        if isinstance(child, Folder):
            yield from leaves(child, where)
        else:
            assert isinstance(child, Endpoint)
            yield where, child


def of_endpoint(route: Route, where: str) -> bool:
    return route.path == where or (where != "/" and route.path.startswith(f"{where}/"))


def test_every_address_is_in_the_table_or_meant_for_everybody(site: Site) -> None:
    found = dict(leaves(site.tree))
    assert {where for where, endpoint in found.items() if endpoint.gate is None} == OPEN
    missing = [
        (method, where)
        for where, endpoint in found.items()
        for method in METHODS
        if where not in OPEN
        and hasattr(endpoint, f"on_{method.lower()}")
        and not any(route.method == method and of_endpoint(route, where) for route in ROUTES)
    ]
    assert missing == []
    stray = [route for route in ROUTES if not any(of_endpoint(route, where) for where in found)]
    assert stray == []


def walk(site: Site) -> list[tuple[Route, str, int]]:
    """Ask for every route as nobody, and as each role; give what was answered otherwise than it must be."""
    wrong = []
    for route in ROUTES:
        path = route.path.replace("*", "ann")
        nobody, _ = site.ask(route.method, path)
        if nobody != (303 if route.path in ("/", "/dialplans", "/wallboard") else 401):
            wrong.append((route, "nobody", nobody))
        for role, name in NAMES.items():
            status, body = site.ask(route.method, path, name)
            refused = status == 403 and f"the role {route.role}" in body
            if refused is role.may(route.role) or status == 401:
                wrong.append((route, name, status))
    return wrong


@pytest.mark.slow
@ensureDeferred
async def test_every_address_refuses_whose_role_is_too_small_and_nobody_else(site: Site) -> None:
    assert await deferToThread(walk, site) == []


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("GET", "", Role.VIEW),
        ("HEAD", "metrics", Role.VIEW),
        ("GET", "api//v1/agents/", Role.VIEW),
        ("GET", "api/v1/agents/ann", Role.ADMIN),
        ("DELETE", "api/v1/agents", Role.ADMIN),
        ("POST", "api/v1/agents/ann/dance", Role.ADMIN),
        ("POST", "api/v1/agents/*/ready", Role.AGENT),
        ("PUT", "api/v1/dialplans/check", Role.ADMIN),
        ("POST", "api/v1/dialplans/check/rollback", Role.ADMIN),
        ("POST", "api/v1/dialplans/rollback/check", Role.ADMIN),
        ("GET", "api/v1/" + "x/" * 1000, Role.ADMIN),
    ],
)
def test_what_is_not_in_the_table_is_for_admins(method: str, path: str, role: Role) -> None:
    assert role_needed(method, path.split("/")) is role


@pytest.mark.parametrize("what", ["check", "bank/check", "graph", "test"])
@pytest.mark.parametrize("name", ["wall", "ann", "sue"])
@ensureDeferred
async def test_work_on_a_text_is_for_those_who_may_publish_it(site: Site, what: str, name: str) -> None:
    path, body = f"/api/v1/dialplans/{what}", json.dumps({"name": "bank", "text": text()}).encode()
    status, told = await deferToThread(site.ask, "POST", path, name, body)
    assert (status, json.loads(told)["error_id"]) == (403, "IVR607")
    assert (await deferToThread(site.ask, "POST", path, "boss", body))[0] == 200


def test_roles_contain_one_another() -> None:
    assert [[one.may(needed) for needed in Role] for one in Role] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
    ]


@ensureDeferred
async def test_an_agents_token_is_for_that_agent(site: Site) -> None:
    ann, sue = site.client("ann"), site.client("sue")
    assert (await deferToThread(ann.set_agent, "ann", AgentAction.READY))["state"] == "ready"
    with pytest.raises(RequestRefused, match="for the agent of that name alone") as refused:
        await deferToThread(ann.set_agent, "bob", AgentAction.READY)
    assert (refused.value.status, "supervise" in refused.value.hint) == (403, True)
    assert site.hotline.figures.agents["bob"].state == "logged_out"
    assert (await deferToThread(sue.set_agent, "bob", AgentAction.READY))["state"] == "ready"
    changed = [one for one in site.hotline.journal.events if isinstance(one, e.AgentStateChanged)]
    assert [(one.agent, one.by) for one in changed] == [("ann", "ann"), ("bob", "sue")]


@ensureDeferred
async def test_the_author_is_the_name_of_the_token_whatever_the_client_says(site: Site) -> None:
    for contact, author in (("c1", "boss"), ("c2", ""), ("c3", "sue")):
        site.hotline.enqueue(contact, "loans")
        body = {"queue": "cards", "author": author}
        await deferToThread(site.client("sue").steer, contact, "move", body)
    moved = [one.by for one in site.hotline.journal.events if isinstance(one, e.VisitLeft)]
    assert moved == ["sue (boss)", "sue", "sue"]
    await deferToThread(site.client("sue").announce, "fraud", {"text": "Careful."})
    [posted] = [one for one in site.hotline.journal.events if isinstance(one, e.AnnouncementSet)]
    assert posted.author == "sue"
    changed = text().replace("Welcome", "Hello")
    version = site.library.current("bank").version
    await deferToThread(site.client("boss").publish, "bank", changed, version, "kim", "why not")
    newest = (await deferToThread(site.client("wall").dialplan_log, "bank"))[0]
    assert (newest["author"], newest["note"]) == ("boss (kim)", "why not")


def test_an_author_is_one_line_that_begins_with_the_name() -> None:
    assert [signed("sue", claim) for claim in ("", "api", " sue ", "kim", "boss) (sue")] == [
        "sue", "sue", "sue", "sue (kim)", "sue (boss) (sue)",
    ]  # fmt: skip
    for claim in ("a\nb", "x" * 65):
        with pytest.raises(RequestRefused):
            signed("sue", claim)


def log_in(site: Site, name: str) -> str:
    connection = HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.request("POST", "/login", f"token={secret(name).replace(' ', '+')}")
    answer = connection.getresponse()
    assert answer.status == 303
    cookie = str(answer.getheader("set-cookie")).partition(";")[0]
    connection.close()
    return cookie


def with_session(site: Site, method: str, path: str, cookie: str, body: bytes = b"") -> int:
    connection = HTTPConnection("127.0.0.1", site.port, timeout=60)
    headers = {"Cookie": cookie, "Content-Type": "application/json"}
    connection.request(method, path, body or None, headers)
    status = connection.getresponse().status
    connection.close()
    return status


@ensureDeferred
async def test_a_session_has_the_role_of_its_token_and_ends_with_it(site: Site) -> None:
    put = ("PUT", "/api/v1/dialplans/bank")
    cookie = await deferToThread(log_in, site, "wall")
    assert await deferToThread(with_session, site, "GET", "/", cookie) == 200
    assert await deferToThread(with_session, site, "GET", "/api/v1/dialplans", cookie) == 200
    assert await deferToThread(with_session, site, *put, cookie, b"{}") == 403
    site.access.name_tokens([token("wall", Role.ADMIN)])
    assert await deferToThread(with_session, site, *put, cookie, b"{}") == 400
    site.access.name_tokens([Token("wall", Role.ADMIN, digest(b"a new one"))])
    assert await deferToThread(with_session, site, "GET", "/", cookie) == 303
    assert await deferToThread(with_session, site, *put, cookie, b"{}") == 401


@ensureDeferred
async def test_nobody_takes_the_name_of_the_configurations_own_token(site: Site) -> None:
    site.access.name_tokens([token("admin", Role.VIEW)])
    assert (await deferToThread(site.ask, "GET", "/api/v1/agents", "admin"))[0] == 401
    assert await deferToThread(ApiClient(site.server.url, TOKEN).agents)
