"""The dialplan editor's page and files over real sockets: who gets them, how long they are kept."""

import json
import re
from http.client import HTTPConnection
from pathlib import Path

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from ivrcore.web.assets import NOT_BUILT, EditorFiles
from tests.web.served import TOKEN
from tests.web.served_dialplans import ServedDialplans


class Site(ServedDialplans):
    """A server, and a blocking client on a thread; its answers are status, headers, body."""

    async def ask_page(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        return await deferToThread(self._ask, method, path, headers or {}, body)

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    async def log_in(self, wanted: str = "/dialplans") -> tuple[dict[str, str], str]:
        """Give the session's cookie as headers, and where the login led."""
        body = f"token={TOKEN}&next={wanted}".encode()
        _, headers, _ = await self.ask_page("POST", "/login", {}, body)
        return {"Cookie": headers["set-cookie"].split(";")[0]}, headers["location"]


@pytest.fixture
def site(tmp_path: Path):
    pytest_twisted.blockon(deferLater(reactor, 0))  # the loop runs from here on: the library needs it
    made = Site(tmp_path)
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.stop()))


@ensureDeferred
async def test_without_a_session_the_page_leads_to_the_login_and_from_there_back(site: Site) -> None:
    status, headers, _ = await site.ask_page("GET", "/dialplans")
    assert (status, headers["location"]) == (303, "/login?next=/dialplans")
    _, _, form = await site.ask_page("GET", headers["location"])
    assert b'name="next" value="/dialplans"' in form
    _, led = await site.log_in()
    assert led == "/dialplans"


@ensureDeferred
@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/api/v1/agents", ""])
async def test_the_login_leads_to_our_pages_only(site: Site, wanted: str) -> None:
    assert (await site.log_in(wanted))[1] == "/"


@ensureDeferred
async def test_the_page_allows_its_own_scripts_only(site: Site) -> None:
    cookie, _ = await site.log_in()
    status, headers, page = await site.ask_page("GET", "/dialplans", cookie)
    policy = headers["content-security-policy"]
    assert status == 200
    assert "default-src 'none'" in policy
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert "unsafe-inline" not in policy
    assert re.findall(rb"<script[^>]*>[^<]", page) == []
    assert b" style=" not in page
    (nonce,) = re.findall("style-src 'self' 'nonce-([^']+)'", policy)
    assert f'data-nonce="{nonce}"'.encode() in page
    _, again, _ = await site.ask_page("GET", "/dialplans", cookie)
    assert nonce not in again["content-security-policy"]


@ensureDeferred
async def test_files_are_kept_for_good_by_their_contents_hash(site: Site) -> None:
    cookie, _ = await site.log_in()
    _, _, page = await site.ask_page("GET", "/dialplans", cookie)
    addresses = re.findall(r'"(/assets/[^"]+)"', page.decode())
    assert [address.rsplit(".")[-1] for address in addresses] == ["css", "js"]
    for address in addresses:
        status, headers, body = await site.ask_page("GET", address)
        assert (status, headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        assert len(body) > 1000
    for wrong in (
        "/assets/",
        "/assets/old/main.js",
        addresses[0] + "/x",
        addresses[0] + ".map",
        "/assets/../pages.py",
    ):
        assert (await site.ask_page("GET", wrong))[0] == 404


@ensureDeferred
@pytest.mark.parametrize(
    ("site_of_asker", "status"), [("same-origin", 200), ("same-site", 401), ("cross-site", 401)]
)
async def test_a_page_of_another_origin_cannot_use_the_session(
    site: Site, site_of_asker: str, status: int
) -> None:
    cookie, _ = await site.log_in()
    asks = cookie | {"Sec-Fetch-Site": site_of_asker, "Content-Type": "application/json"}
    body = json.dumps({"text": "name: x"}).encode()
    assert (await site.ask_page("GET", "/api/v1/dialplans", asks))[0] == status
    assert (await site.ask_page("POST", "/api/v1/dialplans/check", asks, body))[0] == status
    agents = await site.ask_page("GET", "/api/v1/agents", asks)
    assert agents[0] == 401  # a session is for the pages' own part of the API only


def test_without_a_build_the_plain_page_says_why(tmp_path: Path) -> None:
    (tmp_path / "editor/src").mkdir(parents=True)
    (tmp_path / "editor/src/plain.js").write_text("//")
    files = EditorFiles(tmp_path)
    assert files.missing == NOT_BUILT
    assert files.script == f"/assets/{files.stamp}/plain.js"
    (tmp_path / "editor/src/plain.js").write_text("// changed")
    assert EditorFiles(tmp_path).stamp != files.stamp
