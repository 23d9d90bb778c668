"""``ivrcore explain``, the process of a server that explains, and the address of the web."""

from __future__ import annotations

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.threads import deferToThread
from twisted.web.resource import Resource

from ivrcore import cli, why
from ivrcore.errors import ConfigError, RequestRefused
from ivrcore.journal.local import insert
from ivrcore.journal.record import Record
from ivrcore.journal.store import Store
from ivrcore.model.names import By
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.routing import commands as r
from ivrcore.routing.router import RouterState, step
from ivrcore.web.client import ApiClient
from ivrcore.web.server import tree
from tests.web.served import TOKEN, Served


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal of one contact whom the second agent answered."""
    state = RouterState(load_plugins().routing())
    agents = tuple(AgentFacts(name=name, endpoint=f"PJSIP/{name}") for name in ("ann", "bob"))
    inputs = (
        r.LoadRoster((QueueFacts(name="loans"),), agents),
        r.AgentReady("ann"),
        r.AgentReady("bob"),
        r.Enqueue("c1", "c1.v1", "loans"),
        r.AgentPause("ann"),
        r.Bridged("c1.v1.o2", "b"),
        r.TalkOver("c1.v1.o2", By.CALLER),
    )
    events = [event for at, one in enumerate(inputs, 1000) for event in step(state, one, float(at)).events]
    records = [Record(seq, event) for seq, event in enumerate(events, 1)]
    path = tmp_path / "journal.db"
    store = Store(path)
    store.commit([insert(records)])
    store.close()
    return path


def run(*arguments: str) -> tuple[int, str, str]:
    """Run the command; give exit code, output, errors."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code, out.getvalue(), err.getvalue()


def test_the_command_tells_it_in_words(journal: Path) -> None:
    code, text, _ = run("explain", "c1", "--journal", str(journal))
    assert code == 0
    assert "offered to ann (c1.v1.o1)" in text
    assert "ann paused or logged out while the phone rang (c1.v1.o1)" in text
    assert "- ann: paused; tier 1" in text
    assert "joined to bob after 2 s" in text


def test_the_command_gives_json(journal: Path) -> None:
    code, text, _ = run("explain", "c1", "--journal", str(journal), "--format", "json")
    assert code == 0
    offers = [one["offer"] for one in json.loads(text)["decisions"] if one["offer"]]
    assert [[row["agent"] for row in offer["agents"]] for offer in offers] == [["ann", "bob"], ["bob", "ann"]]
    assert all(offer["same"] for offer in offers)


def test_the_command_refuses_what_is_not_there(journal: Path) -> None:
    code, _, error = run("explain", "c7", "--journal", str(journal))
    assert code == 2
    assert "contact 'c7' never was in a queue" in error
    assert run("explain", "c1", "--journal", str(journal.with_name("none")))[0] == 2


@pytest.mark.slow
def test_a_process_explains_and_refuses_as_this_one_does(journal: Path) -> None:
    found = json.loads(why.ask(why.Asked("c1", str(journal), None, ())))
    assert found["contact"] == "c1"
    with pytest.raises(RequestRefused, match="never was in a queue") as refused:
        why.ask(why.Asked("c7", str(journal), None, ()))
    assert refused.value.status == 404
    with pytest.raises(RequestRefused, match="took more than") as slow:
        why.ask(why.Asked("c1", str(journal), None, ()), longest=0.01)
    assert slow.value.status == 503


def test_a_journal_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no journal"):
        why.explained("c1", tmp_path / "none")


class Explaining(Served):
    """A server that explains one contact when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Deferred[bytes]]] = []
        super().__init__()

    def root(self) -> Resource:
        return tree(
            self.hotline,
            self.hotline.exposition(),
            self.access,
            lambda: self.hotline.now,
            explain=self.explain,
        )

    def explain(self, contact: str) -> Deferred[bytes]:
        if contact == "c7":
            return fail(RequestRefused("contact 'c7' never was in a queue", status=404))
        if contact == "c1":
            return succeed(b'{"contact": "c1", "decisions": []}')
        later: Deferred[bytes] = Deferred()
        self.asked.append((contact, later))
        return later


@ensureDeferred
async def test_the_web_explains_one_contact_at_a_time() -> None:
    site = Explaining()
    try:
        client = ApiClient(f"http://127.0.0.1:{site.port}", TOKEN)
        assert await deferToThread(client.explanation, "c1") == {"contact": "c1", "decisions": []}
        with pytest.raises(RequestRefused, match="never was in a queue") as unknown:
            await deferToThread(client.explanation, "c7")
        assert unknown.value.status == 404
        slow = deferToThread(client.explanation, "c2")
        while not site.asked:
            wait: Deferred[None] = Deferred()
            reactor.callLater(0.01, wait.callback, None)
            await wait
        with pytest.raises(RequestRefused, match="another contact is being explained"):
            await deferToThread(client.explanation, "c1")
        site.asked[0][1].callback(b'{"contact": "c2"}')
        assert await slow == {"contact": "c2"}
        assert (await deferToThread(client.explanation, "c1"))["contact"] == "c1"
        with pytest.raises(RequestRefused):
            await deferToThread(ApiClient(f"http://127.0.0.1:{site.port}", "wrong").explanation, "c1")
    finally:
        await site.server.stop()
