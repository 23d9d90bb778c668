"""``ivrcore dialplan`` and ``ivrcore reload`` against a real server over a real library."""

from __future__ import annotations

import asyncio
import getpass
import json
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from ivrcore import cli
from ivrcore.config import Config, read_site
from ivrcore.lab.ports import free_port
from ivrcore.problems import Problem
from ivrcore.samples import init_site
from ivrcore.service.live_config import LiveConfig
from ivrcore.versions import VersionStore
from ivrcore.web.access import Access
from ivrcore.web.server import WebServer, tree
from tests.unit.versions.shelf_site import Shelves, text
from tests.web.router_hotline import RouterHotline


def run(*arguments: str) -> tuple[int, str, str]:
    """Run the command on a thread; give exit code, output, errors."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code, out.getvalue(), err.getvalue()


class Running:
    """A site whose server has a library; its store is where the site's own would be."""

    def __init__(self, folder: Path) -> None:
        self.site = folder / "site"
        init_site(self.site)
        self.shelves = Shelves(folder)
        self.shelves.store = VersionStore(self.site / "var/dialplans.db")
        self.shelves.save(text())
        self.library = self.shelves.start()
        hotline = RouterHotline()
        token = (self.site / "secrets/api.token").read_text().strip()
        access = Access(token, lambda: 0.0)
        port = free_port()
        config = self.site / "config/ivrcore.yaml"
        config.write_text(config.read_text().replace("port: 8080", f"port: {port}"))
        self.taken: list[Config] = []
        reading = read_site(self.site)
        assert reading.config is not None
        live = LiveConfig(reading.config, reading.plugins, self, lambda events: None, lambda: 0.0)
        page = hotline.exposition()
        root = tree(hotline, page, access, lambda: hotline.now, self.library, configuration=live)
        self.server = WebServer(reactor, root, "127.0.0.1", port, access.may_ask)
        self.server.start()

    async def objections(self, config: Config) -> Sequence[Problem]:
        return ()

    async def prepare(self, config: Config) -> None:
        pass

    def take(self, config: Config) -> None:
        self.taken.append(config)

    def load_again(self, config: Config) -> None:
        pass

    @property
    def version(self) -> str:
        return self.library.current("bank").version

    async def ask(self, *arguments: str) -> tuple[int, str, str]:
        return await deferToThread(run, *arguments, "--site", str(self.site))

    async def close(self) -> None:
        await self.server.stop()
        await Deferred.fromFuture(asyncio.ensure_future(self.library.stop()))


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A server whose folder nobody watches: on a busy machine the watch would be before `reload`."""
    monkeypatch.setattr("ivrcore.versions.watch.FolderWatch.start", lambda *_: None)
    made = Running(tmp_path)
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.close()))


@ensureDeferred
async def test_queues_and_agents_are_reloaded_first(running: Running) -> None:
    config = running.site / "config/ivrcore.yaml"
    config.write_text(config.read_text().replace("strategy: longest_idle", "strategy: random"))
    code, out, err = await running.ask("reload")
    assert (code, err) == (0, "")
    assert out.startswith("configuration: version ")
    assert running.taken[0].queues[0].strategy == "random"
    config.write_text(config.read_text().replace("strategy: random", "strategy: rnadom"))
    code, _, err = await running.ask("reload")
    assert code == 1
    assert "does not take effect: 1 error (IVR600)\n" in err
    assert "ivrcore.yaml:" in err
    assert "rnadom" in err
    assert len(running.taken) == 1


@ensureDeferred
async def test_a_dialplan_is_reloaded_looked_at_and_rolled_back(running: Running) -> None:
    first = running.version
    code, out, err = await running.ask("reload")
    assert (code, err) == (0, "")
    assert out.startswith("nothing to change: what is saved is in force (configuration ")
    running.shelves.save(text(words="Hello."))
    code, out, _ = await running.ask("reload")
    second = running.version
    assert (code, out) == (0, f"bank: version {second} takes effect (was {first})\n")
    _, out, _ = await running.ask("dialplan", "list")
    assert out.splitlines()[1].split()[:2] == ["bank", second]
    assert (await running.ask("dialplan", "show", "bank"))[1] == text(words="Hello.")
    assert (await running.ask("dialplan", "show", "bank", first))[1] == text()
    _, out, _ = await running.ask("dialplan", "diff", "bank")
    assert "-    - say: Welcome.\n+    - say: Hello.\n" in out
    assert "+    - say: Welcome.\n" in (await running.ask("dialplan", "diff", "bank", second, first))[1]
    code, out, _ = await running.ask("dialplan", "rollback", "bank", first, "--note", "too short")
    assert (code, running.version) == (0, first)
    assert first in out
    assert await running.ask("dialplan", "rollback", "bank", first) == (
        0,
        f"bank is at version {first} already\n",
        "",
    )
    _, out, _ = await running.ask("dialplan", "log", "bank", "--format", "json")
    assert [(one["version"], one["author"], one["how"], one["note"]) for one in json.loads(out)][:2] == [
        (first, f"admin ({getpass.getuser()})", "rollback", "too short"),
        (second, f"admin ({getpass.getuser()})", "cli", ""),
    ]


@ensureDeferred
async def test_a_broken_file_is_told_with_its_place(running: Running) -> None:
    running.shelves.save(text(queue="generel"))
    code, _, err = await running.ask("reload")
    assert code == 1
    assert f"bank.yaml does not take effect, version {running.version} is served:" in err
    assert "bank.yaml:7:14: error DP202: " in err
    assert "hint: did you mean 'general'?" in err
    assert "DP202" in (await running.ask("dialplan", "list"))[2]


@ensureDeferred
async def test_a_version_that_does_not_pass_any_more_is_not_rolled_back_to(running: Running) -> None:
    first = running.version
    running.shelves.save(text(words="Hello.", queue="cards"))
    await running.ask("reload")
    second = running.version
    await running.ask("dialplan", "rollback", "bank", first)
    running.shelves.site = type(running.shelves.site)(queues=["general"])
    code, _, err = await running.ask("dialplan", "rollback", "bank", second)
    assert (code, running.version) == (2, first)
    assert "bank.yaml:7:14: error DP202" in err


@ensureDeferred
async def test_the_log_can_be_read_without_a_server(running: Running) -> None:
    await running.server.stop()
    code, out, err = await running.ask("dialplan", "log", "bank")
    assert (code, err) == (0, "no server answers; this is what the site kept\n")
    assert out.splitlines()[1].split()[0] == running.version
    code, _, err = await running.ask("dialplan", "show", "bank")
    assert (code, "ivrcore serve" in err) == (2, True)


def test_given_no_server_and_nothing_kept_then_it_says_so(tmp_path: Path) -> None:
    init_site(tmp_path / "site")
    config = tmp_path / "site/config/ivrcore.yaml"
    config.write_text(config.read_text().replace("port: 8080", "port: 1"))
    code, _, err = run("dialplan", "log", "bank", "--site", str(tmp_path / "site"))
    assert (code, "ivrcore serve" in err) == (2, True)
