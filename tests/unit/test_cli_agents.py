"""``ivrcore agent`` against a real server over the real router."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
import pytest_twisted
from click.testing import CliRunner
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from ivrcore import cli
from ivrcore.cli_agents import agent
from ivrcore.errors import ConfigError
from ivrcore.pins import pin_matches
from ivrcore.samples import init_site
from ivrcore.web.access import Access
from ivrcore.web.server import WebServer, tree
from tests.web.router_hotline import RouterHotline


def run(*arguments: str) -> tuple[int, str, str]:
    """Run the command on a thread; give exit code, output, errors."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code, out.getvalue(), err.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init_site(tmp_path / "site")
    return tmp_path / "site"


@pytest.fixture
def site(folder: Path) -> Iterator[Path]:
    """A site's folder, with its server running."""
    hotline = RouterHotline()
    token = (folder / "secrets/api.token").read_text().strip()
    root = tree(hotline, hotline.exposition(), Access(token, lambda: 0.0), lambda: hotline.now)
    server = WebServer(reactor, root, "127.0.0.1", 0)
    server.start()
    config = folder / "config/ivrcore.yaml"
    port = server.url.rstrip("/").rpartition(":")[2]
    config.write_text(config.read_text().replace("port: 8080", f"port: {port}"))
    yield folder
    pytest_twisted.blockon(Deferred.fromCoroutine(server.stop()))


@pytest.mark.slow
@ensureDeferred
async def test_an_agents_day(site: Path) -> None:
    where = ("--site", str(site))
    assert await deferToThread(run, "agent", "ready", "ann", *where) == (0, "ann is ready\n", "")
    told = await deferToThread(run, "agent", "pause", "ann", "--reason", "lunch", *where)
    assert told == (0, "ann is paused\n", "")
    _, out, _ = await deferToThread(run, "agent", "list", *where)
    first, ann, bob, _ = out.splitlines()
    assert first.split() == ["agent", "state", "for", "phone", "in", "hand", "missed", "contacts", "queues"]
    assert ann == "ann       paused (lunch)  0 s  unknown  0 of 1   0       0         loans, cards"
    assert bob.split()[:4] == ["bob", "logged", "out", "-"]
    assert await deferToThread(run, "agent", "logout", "ann", *where) == (0, "ann is logged out\n", "")


@ensureDeferred
async def test_an_agent_takes_who_waits_first_if_there_is_anybody(site: Path) -> None:
    where = ("--site", str(site))
    await deferToThread(run, "agent", "ready", "ann", *where)
    code, out, err = await deferToThread(run, "agent", "take", "ann", *where)
    assert (code, out) == (2, "")
    assert "nobody waits whom agent 'ann' could take" in err


@ensureDeferred
async def test_the_list_for_programs(site: Path) -> None:
    where = ("--site", str(site))
    _, out, _ = await deferToThread(run, "agent", "list", "--format", "json", *where)
    assert await deferToThread(run, "agent", "list", "--json", *where) == (0, out, "")
    assert [agent["name"] for agent in json.loads(out)] == ["ann", "bob", "hana kim"]


@ensureDeferred
async def test_an_unknown_agent(site: Path) -> None:
    code, _, err = await deferToThread(run, "agent", "ready", "anne", "--site", str(site))
    assert code == 2
    assert err.startswith("error: ")
    assert "hint:" in err


@ensureDeferred
async def test_address_and_token_without_a_site(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (site / "config/ivrcore.yaml").read_text()
    port = next(line.split()[-1] for line in text.splitlines() if line.startswith("  port:"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVRCORE_TOKEN", (site / "secrets/api.token").read_text().strip())
    monkeypatch.setenv("IVRCORE_URL", f"http://127.0.0.1:{port}")
    assert (await deferToThread(run, "agent", "ready", "bob"))[0] == 0
    monkeypatch.setenv("IVRCORE_TOKEN", "another token of good length")
    code, _, err = await deferToThread(run, "agent", "ready", "bob")
    assert (code, "token is missing or wrong" in err, "IVRCORE_TOKEN" in err) == (2, True, True)
    monkeypatch.delenv("IVRCORE_TOKEN")
    file = tmp_path / "mine"
    monkeypatch.setenv("IVRCORE_TOKEN_FILE", str(file))
    assert "cannot be read" in (await deferToThread(run, "agent", "ready", "bob"))[2]
    write(file, (site / "secrets/api.token").read_text(), 0o644)
    assert f"chmod 600 {file}" in (await deferToThread(run, "agent", "ready", "bob"))[2]
    write(file, (site / "secrets/api.token").read_text(), 0o600)
    assert (await deferToThread(run, "agent", "ready", "bob"))[0] == 0


def write(file: Path, text: str, mode: int) -> None:
    file.write_text(text)
    file.chmod(mode)


def test_no_server(folder: Path) -> None:
    config = folder / "config/ivrcore.yaml"
    config.write_text(config.read_text().replace("port: 8080", "port: 1"))
    code, _, err = run("agent", "list", "--site", str(folder))
    assert code == 2
    assert "ivrcore serve" in err


def test_no_site(tmp_path: Path) -> None:
    code, _, err = run("agent", "list", "--site", str(tmp_path))
    assert (code, "--site DIR" in err) == (2, True)


@ensureDeferred
async def test_a_subject_is_erased(site: Path) -> None:
    where = ("--site", str(site))
    told = await deferToThread(run, "subject", "erase", "5ab1ec7", *where)
    assert told == (0, "the personal values of 5ab1ec7 are erased\n", "")
    code, _, err = await deferToThread(run, "subject", "erase", "5ab1ec7", *where)
    assert (code, "no personal values" in err) == (2, True)


def test_an_agent_gets_a_pin_and_loses_it(folder: Path) -> None:
    def pin(*arguments: str, given: str | None = None) -> str:
        result = CliRunner().invoke(agent, ["pin", *arguments, "--site", str(folder)], input=given)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.output

    config = folder / "config/ivrcore.yaml"
    with pytest.raises(ConfigError, match="names no file"):
        pin("kim")
    config.write_text(config.read_text() + "\nfeature_codes: {pins: secrets/agents}\n")
    with pytest.raises(ConfigError, match="no agent 'kimm'"):
        pin("kimm")
    told = pin("kim", given="4829\n4829\n")
    assert "kim has a PIN" in told
    assert "4829" not in told
    name, _, kept = (folder / "secrets/agents").read_text().strip().partition(":")
    assert (name, pin_matches("4829", kept)) == ("kim", True)
    assert "kim has no PIN any more" in pin("kim", "--remove")
    assert (folder / "secrets/agents").read_text() == ""
