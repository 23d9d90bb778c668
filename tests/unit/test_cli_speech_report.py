"""``ivrcore speech report`` on the journal of a site."""

from __future__ import annotations

import csv
import getpass
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from ivrcore.cli_speech import speech
from ivrcore.errors import ConfigError, IvrError
from ivrcore.journal.local import LocalJournal
from ivrcore.samples import init_site
from ivrcore.tryout.ear import typed
from ivrcore.web.client import ApiClient
from tests.unit.tryout.trial_tools import dialled

DAY = ("--since", "2026-03-11T00:00", "--until", "2026-03-12T00:00")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(speech, ["report", *map(str, arguments)])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    init_site(folder)
    return folder


@ensureDeferred
async def test_a_report_in_every_form(site: Path) -> None:
    call = dialled()
    for said in ("something secret", "?0.8 two", "yes", "one"):
        assert call.say(typed(said))
    call.hang_up()
    journal = LocalJournal(site / "var" / "journal.db", reactor._asyncioEventloop)  # type: ignore[attr-defined]
    done: Deferred[None] = Deferred()
    journal.append(call.events, lambda: done.callback(None))
    await done.addTimeout(10, reactor)

    (found,) = json.loads(run(site, *DAY, "--format", "json").stdout)
    assert (found["dialplan"], found["menu"], found["turns"], found["heard"]) == ("bank", "main", 3, 3)
    assert (found["in_grammar_share"], found["denied_share"]) == (0.6667, 0.0)
    (row,) = csv.DictReader(run(site, "--format", "csv").stdout.splitlines())
    assert {name: str(value) for name, value in found.items()} == row
    text = run(site, "--plan", "bank").stdout
    assert "66.7% (20.8%–93.9%)" in text
    assert "secret" not in text
    for nothing in (("--since", "2026-03-12T00:00"), ("--until", "2026-03-10T00:00"), ("--plan", "other")):
        assert run(site, *nothing).stdout == "nobody was listened to by a menu\n"
    journal.close()


@ensureDeferred
async def test_what_people_said_instead_is_told_by_the_running_server(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []
    of = {"plan": "bank", "menu": "main", "kept": 9, "worded": 8, "labelled": 4, "meant": 2, "untold": 1}
    said = {"phrases": [{"text": "my card", "contacts": 5}], "words": [{"text": "card", "contacts": 6}]}

    def words(client: ApiClient, *values: Any) -> list[dict[str, Any]]:
        asked.append(values)
        return [of | said]

    monkeypatch.setenv("IVRCORE_TOKEN", "a token")
    monkeypatch.setattr(ApiClient, "kept_words", words)
    call = dialled()
    for text in ("something secret", "one"):
        assert call.say(typed(text))
    call.hang_up()
    journal = LocalJournal(site / "var" / "journal.db", reactor._asyncioEventloop)  # type: ignore[attr-defined]
    done: Deferred[None] = Deferred()
    journal.append(call.events, lambda: done.callback(None))
    await done.addTimeout(10, reactor)

    _, after = run(site, *DAY, "--said", "--least", "5").stdout.split("\n\n")
    assert after.splitlines() == [
        "bank, main: 9 kept, 8 of them with words, 4 labelled, 2 of these meant a choice",
        "  of who said a choice, about 66.7% were understood",
        "      5  my card",
        "  words: card (6)",
        "  1 not told: spoken numbers are not known in their language",
    ]
    begin = datetime(2026, 3, 11, tzinfo=UTC).timestamp()
    assert asked == [(5, getpass.getuser(), begin, begin + 86_400)]
    run(site, "--said")
    assert asked[1] == (3, getpass.getuser(), 0.0, None)
    (found,) = json.loads(run(site, *DAY, "--said", "--format", "json").stdout)
    assert found["said_instead"] == said
    (row,) = csv.DictReader(run(site, *DAY, "--said", "--format", "csv").stdout.splitlines())
    assert (row["kept"], row["labelled"], row["meant"], row["accuracy"]) == ("9", "4", "2", "0.6667")
    monkeypatch.setattr(ApiClient, "kept_words", lambda *_: [])
    (row,) = csv.DictReader(run(site, *DAY, "--said", "--format", "csv").stdout.splitlines())
    assert (row["kept"], row["accuracy"]) == ("0", "")
    journal.close()


def test_where_there_is_nothing_to_report(site: Path, tmp_path: Path) -> None:
    result = run(site)
    assert isinstance(result.exception, IvrError)
    assert "has no journal" in str(result.exception)
    assert isinstance(run(tmp_path / "nowhere").exception, ConfigError)
