"""``ivrcore announce`` and ``ivrcore emergency`` against a real server over a real board."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from ivrcore.model import events as e
from ivrcore.samples import init_site
from ivrcore.web.access import Access
from ivrcore.web.server import WebServer, tree
from tests.unit.test_cli_agents import run
from tests.web.router_hotline import RouterHotline


@pytest.fixture
def hotline() -> RouterHotline:
    return RouterHotline()


@pytest.fixture
def site(tmp_path: Path, hotline: RouterHotline) -> Iterator[Path]:
    """A site's folder, with its server running."""
    init_site(tmp_path / "site")
    token = (tmp_path / "site/secrets/api.token").read_text().strip()
    root = tree(hotline, hotline.exposition(), Access(token, lambda: 0.0), lambda: hotline.now)
    server = WebServer(reactor, root, "127.0.0.1", 0)
    server.start()
    config = tmp_path / "site/config/ivrcore.yaml"
    port = server.url.rstrip("/").rpartition(":")[2]
    config.write_text(config.read_text().replace("port: 8080", f"port: {port}"))
    yield tmp_path / "site"
    hotline.board.stop()
    pytest_twisted.blockon(Deferred.fromCoroutine(server.stop()))


@ensureDeferred
async def test_announce_list_and_withdraw(site: Path, hotline: RouterHotline) -> None:
    where = ("--site", str(site))
    code, out, _ = await deferToThread(run, "announce", "list", *where)
    assert (code, out) == (0, "nothing is announced\n")
    texts = ("--text", "en=Careful.", "--text", "ko=조심하세요.")
    told = await deferToThread(run, "announce", "set", "fraud", *texts, "--author", "kim", *where)
    assert told == (0, "fraud is announced\n", "")
    code, out, _ = await deferToThread(run, "announce", "set", "fraud", *texts, "--author", "lee", *where)
    assert (code, out) == (0, "fraud was announced like this already\n")
    options = ("--number", "5001", "--cut-short", "--ends", "2027-01-01T00:00Z", "--author", "lee")
    await deferToThread(run, "announce", "set", "rates", "--text", "New rates.", *options, *where)
    _, out, _ = await deferToThread(run, "announce", "list", *where)
    first, english, korean, second, rates = out.splitlines()
    assert first.startswith("fraud: in force, from ")
    assert first.endswith(", by admin (kim)")
    assert (english, korean) == ("  en: Careful.", "  ko: 조심하세요.")
    assert second.endswith("until 2027-01-01 00:00:00Z, for 5001, by admin (lee)")
    assert rates == "  en: New rates."
    _, out, _ = await deferToThread(run, "announce", "list", "--format", "json", *where)
    assert [one["whole"] for one in json.loads(out)] == [True, False]
    told = await deferToThread(run, "announce", "withdraw", "fraud", "--author", "lee", *where)
    assert told == (0, "fraud is withdrawn\n", "")
    assert set(hotline.board.board.posted) == {"rates"}


@ensureDeferred
async def test_the_author_is_who_types_if_nobody_else_is_named(site: Path, hotline: RouterHotline) -> None:
    await deferToThread(run, "announce", "set", "fraud", "--text", "Careful.", "--site", str(site))
    [posted] = [one for one in hotline.journal.events if isinstance(one, e.AnnouncementSet)]
    assert posted.author


@ensureDeferred
async def test_the_emergency_switch(site: Path) -> None:
    where = ("--author", "kim", "--site", str(site))
    show = ("emergency", "show", "--site", str(site))
    assert (await deferToThread(run, *show))[1] == "open: all is as usual\n"
    code, out, err = await deferToThread(run, "emergency", "set", "close", "--text", "Closed.", *where)
    assert (code, out) == (0, "all: close\n")
    assert "warning: callers in 'ko'" in err
    forward = ("emergency", "set", "forward", "--scope", "5001", "--number", "+82 2 123")
    assert (await deferToThread(run, *forward, *where))[1] == "5001: forward\n"
    _, out, _ = await deferToThread(run, *show)
    lines = out.splitlines()
    assert lines[0].startswith("all: close, since ")
    assert lines[1] == "  en: Closed."
    assert lines[2].startswith("5001: forward to +822123, since ")
    assert lines[2].endswith("by admin (kim) (api)")
    assert (await deferToThread(run, "emergency", "clear", *where))[1] == "all: open\n"
    assert (await deferToThread(run, "emergency", "clear", *where))[1] == "all: it was open already\n"
    _, out, _ = await deferToThread(run, *show, "--format", "json")
    assert [one["scope"] for one in json.loads(out)] == ["5001"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("announce", "set", "fraud", "--text", "en=a", "--text", "b"), "several texts"),
        (("announce", "set", "fraud"), "nothing to be heard"),
        (("announce", "withdraw", "fraud"), "no announcement 'fraud'"),
        (("emergency", "set", "close", "--scope", "1"), "no dialplan takes calls to '1'"),
    ],
)
@ensureDeferred
async def test_what_cannot_be_is_told_with_a_hint(site: Path, arguments: tuple, words: str) -> None:
    code, _, err = await deferToThread(run, *arguments, "--site", str(site))
    assert code == 2
    assert words in err
    assert "hint:" in err
