"""The wallboard over HTTP: who may look, what a stream is, screens that do not read, sessions that stay."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from ivrcore.tokens import Role, Token, digest
from ivrcore.wallboard import feed as feeds
from ivrcore.web import bounds
from ivrcore.web import wall as web_wall
from ivrcore.web.access import SESSION_SECONDS, Access
from ivrcore.web.screens import SECONDS, Screens
from tests.web.served import TOKEN
from tests.web.served_wall import ServedWall

SCREEN = Token("screen 1", Role.VIEW, digest(b"the secret of a screen"))
AGENT = Token("ann", Role.AGENT, digest(b"the secret of ann"))


@pytest.fixture
def wall() -> Iterator[ServedWall]:
    served = ServedWall()
    served.access.name_tokens([SCREEN, AGENT])
    yield served
    served.hotline.feed.close()
    pytest_twisted.blockon(Deferred.fromCoroutine(served.server.stop()))


def ask(wall: ServedWall, path: str, token: str = TOKEN) -> HTTPResponse:
    """Ask; who gets an endless answer ends it."""
    connection = HTTPConnection("127.0.0.1", wall.port, timeout=60)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
    return connection.getresponse()


def message(answer: HTTPResponse) -> dict[str, object]:
    """The next message."""
    line = answer.readline()
    assert line.startswith(b"data: ")
    assert answer.readline() == b"\n"
    return dict(json.loads(line[6:]))


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        await deferLater(reactor, 0.01)
    raise AssertionError("it never came")


@ensureDeferred
async def test_the_stream_begins_with_the_time_and_the_board_and_goes_on_with_changes(
    wall: ServedWall,
) -> None:
    answer = await deferToThread(ask, wall, "/api/v1/wallboard", "the secret of a screen")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert await deferToThread(message, answer) == {"at": wall.hotline.now}
    board = await deferToThread(message, answer)
    assert board["order"] == ["loans", "cards", "<b>legal & co</b>"]
    wall.hotline.enqueue("c1", "loans")
    change = await deferToThread(message, answer)
    assert change["seq"] == board["seq"] + 1  # type: ignore[operator]
    answer.close()
    await until(lambda: len(wall.hotline.feed) == 0)


@ensureDeferred
async def test_nobody_looks_without_a_token_and_files_are_under_their_stamp_alone(wall: ServedWall) -> None:
    assert (await deferToThread(ask, wall, "/api/v1/wallboard", "")).status == 401
    assert (await deferToThread(ask, wall, "/api/v1/wallboard", "a guess")).status == 401
    led = await deferToThread(ask, wall, "/wallboard", "")
    assert (led.status, led.headers["location"]) == (303, "/login?next=/wallboard")
    stamp = web_wall.WallFiles().stamp
    script = await deferToThread(ask, wall, f"/wallboard-files/{stamp}/main.js", "")
    assert (script.status, script.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    for path in ("older/main.js", f"{stamp}/README.md", f"{stamp}/../main.js", stamp, ""):
        assert (await deferToThread(ask, wall, f"/wallboard-files/{path}", "")).status == 404
    page = (await deferToThread(ask, wall, "/wallboard")).read().decode()
    assert "<script>" not in page
    assert "style=" not in page
    assert "http:" not in page
    assert "https:" not in page


@ensureDeferred
async def test_screens_take_no_place_of_others_and_have_a_bound_of_their_own(
    wall: ServedWall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_CONNECTIONS", 2)
    monkeypatch.setattr(web_wall, "MOST_SCREENS", 4)
    looking = [await deferToThread(ask, wall, "/api/v1/wallboard") for _ in range(4)]
    assert [answer.status for answer in looking] == [200] * 4
    assert (await deferToThread(ask, wall, "/api/v1/wallboard")).status == 503
    assert (await deferToThread(ask, wall, "/healthz")).status == 200
    for answer in looking:
        answer.close()


@ensureDeferred
async def test_a_screen_that_does_not_read_costs_a_bounded_memory_and_is_dropped(
    wall: ServedWall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "LONGEST_BEHIND", 0.2)
    monkeypatch.setattr(feeds, "BEAT", 0.1)
    feed = wall.hotline.feed
    with socket.socket() as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.connect(("127.0.0.1", wall.port))
        lazy.sendall(
            f"GET /api/v1/wallboard HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
        )
        await until(lambda: len(feed) == 1)
        (screen,) = feed._screens
        wrote = 0
        while len(feed) and wrote < 1000:  # more than the kernel takes
            if screen.behind_since is None:
                screen.send(b"x" * 100_000)
                wrote += 1
            await deferLater(reactor, 0.001)
    assert feed.dropped == 1
    assert wrote < 1000


# --- sessions of screens ------------------------------------------------------------------------


def test_a_screens_session_outlives_the_server_and_ends_with_its_token() -> None:
    opened = Screens(b"the site's own").open(SCREEN, 1000.0)
    assert opened is not None
    again = Screens(b"the site's own")
    assert again.token(opened, [AGENT, SCREEN], 1000.0 + SECONDS - 1) is SCREEN
    assert again.token(opened, [SCREEN], 1000.0 + SECONDS) is None
    assert again.token(opened, [AGENT], 2000.0) is None
    assert again.token(opened, [SCREEN._replace(digest=digest(b"a newer one"))], 2000.0) is None
    assert again.token(opened, [SCREEN._replace(role=Role.ADMIN)], 2000.0) is None
    assert Screens(b"another site's").token(opened, [SCREEN], 2000.0) is None


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISE, Role.ADMIN])
def test_who_may_do_more_than_look_is_logged_in_for_a_shift_only(role: Role) -> None:
    assert Screens(b"the site's own").open(SCREEN._replace(role=role), 0.0) is None
    access = Access(TOKEN, lambda: 0.0)
    opened = access.log_in(TOKEN.encode(), stays=True)
    assert opened is not None
    assert opened.seconds == SESSION_SECONDS


@pytest.mark.parametrize("change", ["later", "name", "signature", "parts", "text"])
def test_a_cookie_that_was_changed_opens_nothing(change: str) -> None:
    screens, other = Screens(b"the site's own"), SCREEN._replace(name="wall 2")
    opened = screens.open(SCREEN, 0.0)
    assert opened is not None
    name, until, signature = opened.split(b".")
    theirs = (screens.open(other, 0.0) or b"").split(b".")[0]
    forged = {
        "later": b"%s.%d.%s" % (name, int(until) - 1, signature),
        "name": b"%s.%s.%s" % (theirs, until, signature),
        "signature": b"%s.%s.%s" % (name, until, b"0" * 64),
        "parts": name,
        "text": b"\xff\xfe.x.\xff",
    }[change]
    assert screens.token(forged, [SCREEN, other._replace(digest=digest(b"x"))], 1.0) is None
