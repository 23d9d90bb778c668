"""``ivrcore contact`` and ``ivrcore agent`` as supervisors use them, with a server over the real router."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from ivrcore import cli
from ivrcore.model import events as e
from ivrcore.model.names import WITHDRAWALS, LeftQueue
from ivrcore.routing import commands as r
from ivrcore.tokens import Role, Token, digest
from ivrcore.web.view import AgentAction
from tests.web.router_hotline import RouterHotline
from tests.web.served import TOKEN, Served

SUE, WALL = "the secret token of sue", "the secret token of the wall"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A server with two who wait for loans and one for cards; the token is a supervisor's."""
    made = Served()
    made.access.name_tokens(
        [
            Token("sue", Role.SUPERVISE, digest(SUE.encode())),
            Token("wall", Role.VIEW, digest(WALL.encode())),
        ]
    )
    monkeypatch.setenv("IVRCORE_URL", made.server.url)
    monkeypatch.setenv("IVRCORE_TOKEN", SUE)
    for contact in ("c1", "c2"):
        made.hotline.enqueue(contact, "loans")
    made.hotline.enqueue("c3", "cards")
    made.hotline.now += 30.0
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.server.stop()))


def _run(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code, out.getvalue(), err.getvalue()


async def run(*arguments: str) -> tuple[int, str, str]:
    """Run the command on a thread; give exit code, output, errors."""
    return await deferToThread(_run, *arguments)


def last(hotline: RouterHotline, kind: type[e.Event]) -> e.Event:
    return [one for one in hotline.journal.events if isinstance(one, kind)][-1]


@ensureDeferred
async def test_the_contacts_are_listed_with_how_they_wait(served: Served) -> None:
    served.hotline.route(r.Prioritise("c2", 7, "kim"))
    served.hotline.set_agent("ann", AgentAction.READY, "")
    served.hotline.arrive("c4")
    code, out, _ = await run("contact", "list")
    heads, menu, cards, first, second = out.splitlines()
    assert code == 0
    assert heads.split() == [
        "contact", "where", "position", "priority", "waited", "since", "expected", "needs", "rung",
    ]  # fmt: skip
    assert menu.split() == ["c4", "in", "bank", *["-"] * 7]
    assert cards.split()[:5] == ["c3", "cards", "1", "0", "30"]
    assert first.split()[:6] == ["c2", "loans", "1", "7", "30", "s"]
    assert first.endswith("any agent of the queue  ann ringing")
    assert second.split()[:3] == ["c1", "loans", "2"]
    _, out, _ = await run("contact", "list", "--queue", "loans", "--json")
    assert [(one["contact"], one["wait"]["position"]) for one in json.loads(out)] == [("c2", 1), ("c1", 2)]
    code, _, err = await run("contact", "list", "--queue", "loan")
    assert (code, "hint: one of loans, cards" in err) == (2, True)


@ensureDeferred
async def test_a_contact_is_steered_and_who_did_it_is_kept(served: Served) -> None:
    hotline, user = served.hotline, getpass.getuser()
    told = await run("contact", "move", "c1", "cards")
    assert told == (0, "c1 waits in cards, position 1, priority 0\n", "")
    moved = last(hotline, e.VisitLeft)
    assert isinstance(moved, e.VisitLeft)
    assert (moved.why, moved.by) == (LeftQueue.MOVED, f"sue ({user})")
    told = await run("contact", "prioritise", "c1", "-5", "--author", "kim")
    assert told == (0, "c1 waits in cards, position 2, priority -5\n", "")
    placed = last(hotline, e.ContactPlaced)
    assert isinstance(placed, e.ContactPlaced)
    assert placed.by == "sue (kim)"
    hotline.set_agent("ann", AgentAction.READY, "")
    hotline.set_agent("ann", AgentAction.PAUSE, "lunch")
    told = await run("contact", "hand-over", "c2", "ann", "--seconds", "90")
    assert told == (0, "c2 waits in loans, position 1, priority 0, for only ann\n", "")
    relaxed = last(hotline, e.NeedRelaxed)
    assert isinstance(relaxed, e.NeedRelaxed)
    assert relaxed.until == hotline.now + 90.0
    told = await run("contact", "withdraw", "c2", "--outcome", "nobody_there")
    assert told == (0, "c2 is in its dialplan\n", "")
    left = last(hotline, e.VisitLeft)
    assert isinstance(left, e.VisitLeft)
    assert (left.why, left.by) == (LeftQueue.NOBODY_THERE, f"sue ({user})")


@ensureDeferred
async def test_agents_are_told_what_to_do_with_a_reason(served: Served) -> None:
    hotline, user = served.hotline, getpass.getuser()
    assert await run("agent", "ready", "bob") == (0, "bob is offered\n", "")
    assert await run("agent", "ready", "ann") == (0, "ann is offered\n", "")
    assert await run("agent", "take", "hana kim", "c3") == (
        2,
        "",
        "error: agent 'hana kim' is logged out (IVR600)\n  hint: who is ready can take a contact\n",
    )
    hotline.serve("c1", 1.0)
    told = await run("agent", "pause", "bob", "--reason", "a fire drill")
    assert told == (0, "bob is talking, then paused\n", "")
    changed = last(hotline, e.AgentStateChanged)
    assert isinstance(changed, e.AgentStateChanged)
    assert (changed.agent, changed.reason, changed.by) == ("bob", "a fire drill", f"sue ({user})")
    _, out, _ = await run("agent", "list")
    assert "bob       talking (a fire drill), then paused  0 s  unknown  1 of 1" in out


@ensureDeferred
@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("contact", "move", "c9", "cards"), "contact 'c9' waits in no queue", "`ivrcore contact list`"),
        (("contact", "move", "c2", "carts"), "there is no queue 'carts'", "did you mean cards?"),
        (("contact", "move", "c2", "loans"), "waits in loans already", ""),
        (("contact", "move", "c1", "cards"), "agent 'ann' has answered", "only the agent's phone"),
        (("contact", "prioritise", "c2", "5000"), "5000 is no priority", "-1000 to 1000"),
        (("contact", "hand-over", "c2", "anne"), "there is no agent 'anne'", "did you mean ann?"),
        (("contact", "hand-over", "c2", "hana kim"), "does not serve the queue", "move the contact"),
        (("contact", "hand-over", "c2", "bob", "--seconds", "0"), "no time to hand over", "more than 0"),
        (("contact", "hand-over", "c2", "bob"), "agent 'bob' is logged out", "somebody who is there"),
        (("agent", "take", "ann", "c2"), "'ann' is being offered a contact", "who is ready"),
        (("agent", "wrap-up", "bob", "60"), "not in wrap-up", "between"),
        (("agent", "pause", "ann", "--author", "a" * 65), "author is too long", "64 characters"),
    ],
)
async def test_what_cannot_be_is_said_with_what_can(
    served: Served, arguments: tuple[str, ...], message: str, hint: str
) -> None:
    served.hotline.set_agent("ann", AgentAction.READY, "")
    served.hotline.route(r.AgentAnswered("c1.v1.o1"))
    before = len(served.hotline.journal.events)
    code, out, err = await run(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert hint in err
    assert len(served.hotline.journal.events) == before


@ensureDeferred
async def test_a_wrong_token_one_that_may_not_and_a_server_that_is_away_are_told_apart(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    move = ("contact", "move", "c1", "cards")
    monkeypatch.setenv("IVRCORE_TOKEN", WALL)
    assert (await run("contact", "list"))[0] == 0
    code, _, err = await run(*move)
    assert (code, "has the role view, which may not do this" in err) == (2, True)
    assert "it takes the role supervise" in err
    monkeypatch.setenv("IVRCORE_TOKEN", "no token of anybody")
    code, _, err = await run(*move)
    assert (code, "the token is missing or wrong" in err, "IVRCORE_TOKEN" in err) == (2, True, True)
    monkeypatch.setenv("IVRCORE_URL", "http://127.0.0.1:1")
    code, _, err = await run(*move)
    assert (code, "no ivrcore answers" in err, "ivrcore serve" in err) == (2, True, True)
    monkeypatch.delenv("IVRCORE_TOKEN")
    monkeypatch.delenv("IVRCORE_URL")
    code, _, err = await run(*move)
    assert (code, "--site DIR" in err) == (2, True)
    monkeypatch.setenv("IVRCORE_URL", served.server.url)
    monkeypatch.setenv("IVRCORE_TOKEN", TOKEN)
    assert (await run(*move))[0] == 0


def test_the_documentation_names_every_outcome_of_a_withdrawal() -> None:
    lines = (Path(__file__).parents[2] / "docs/web.md").read_text(encoding="utf-8").splitlines()
    (address,) = (line for line in lines if "contacts/ID/withdraw`" in line)
    (command,) = (line for line in lines if line.startswith("$ ivrcore contact withdraw"))
    assert [one for one in WITHDRAWALS if f"`{one}`" not in address or one not in command] == []
