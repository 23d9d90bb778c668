"""``ivrcore contact ID``: one contact's story in order, masked, from the journal alone."""

from __future__ import annotations

import json
import random
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from ivrcore.cli import main
from ivrcore.journal.record import Record
from ivrcore.model import events as e
from ivrcore.model.event import EVENTS, Event
from ivrcore.model.names import AgentState
from ivrcore.story.tell import as_objects, as_text
from ivrcore.story.words import WORDS, told
from tests.support.every_event import any_event
from tests.unit.history.history_site import append
from tests.unit.metrics import metrics_stories as stories

UTC = ZoneInfo("UTC")
CONFIG = """\
asterisk: {password_env: TOKEN}
web: {token_env: TOKEN}
journal: {key_env: KEY}
history: {zone: Asia/Seoul}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("config", "dialplans", "var"):
        (tmp_path / name).mkdir()
    (tmp_path / "config/ivrcore.yaml").write_text(CONFIG)
    monkeypatch.setenv("TOKEN", "opensesamewouldyou")
    monkeypatch.setenv("KEY", "0123456789abcdef" * 4)
    monkeypatch.setenv("IVRCORE_SITE", str(tmp_path))
    append(tmp_path / "var/journal.db", stories.a_day())
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as done:
        main(["contact", *arguments])
    written = capsys.readouterr()
    return done.value.code, written.out, written.err


def test_every_event_of_a_contact_has_words() -> None:
    of_contacts = {
        kind
        for kind in EVENTS.values()
        if "contact" in {field.name for field in msgspec.structs.fields(kind)}
    }
    assert of_contacts - WORDS.keys() == set()
    for kind in WORDS:
        assert "{" not in told(any_event(kind, random.Random(1)), UTC)


def test_given_a_contact_then_its_story_goes_from_first_ring_to_the_end_of_wrap_up(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text, _ = run(capsys, "c1")
    assert code == 0
    lines = text.splitlines()
    assert lines[0] == "contact c1, 1970-01-01 (Asia/Seoul)"
    assert lines[1] == "09:01:50.0      +0.0 s  a call to 1000 rings: dialplan bank 1"
    assert "chooses loan in main, by speech" in text
    assert "waits in queue loans, priority 0, expected unknown" in text
    assert "is offered to ann (loans, longest_idle: idle for 3 s)" in text
    assert "talks with ann (loans), after 5 s" in text
    order = [
        "rings",
        "chooses",
        "is offered",
        "talks with",
        "is talking",
        "is over after 30 s",
        "is in wrap-up",
    ]
    places = [text.index(word) for word in [*order, "ann is ready", "is closed: queued"]]
    assert places == sorted(places)
    assert lines[-1] == "in all: waited 5 s, talked 30 s, wrapped up 10 s"
    assert "is heard by vosk: reject, sure to" in text
    assert "c2" not in text


def test_given_json_then_every_event_is_there_with_its_place(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text, _ = run(capsys, "c3", "--json")
    assert code == 0
    told = json.loads(text)
    assert told["contact"] == "c3"
    kinds = [event["event"] for event in told["events"]]
    assert kinds == ["ContactArrived", "ContactQueued", "VisitAbandoned", "ContactClosed"]
    assert [event["seq"] for event in told["events"]] == sorted(event["seq"] for event in told["events"])
    assert told["events"][2]["waited"] == 3.0


def test_given_plumbing_then_it_is_told_when_asked_for(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, brief, _ = run(capsys, "c6")
    _, whole, _ = run(capsys, "c6", "--all")
    assert "menu main asks, time 2" in whole
    assert "menu main asks" not in brief


def test_given_no_such_contact_then_it_says_so(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "c99")
    assert code == 2
    assert "the journal knows no contact 'c99'" in err
    code, _, err = run(capsys, "lsit")
    assert code == 2
    assert "No such command" in err


def test_given_values_of_variables_then_their_digits_are_masked() -> None:
    event = e.VariablesSet(
        at=1.0, contact="c", values={"account": "12-34", "rich": True, "sum": 5.5}, secret=["pin"]
    )
    records = [Record(1, event)]
    text = as_text("c", records, UTC)
    assert "account = ##-##, rich = True, sum = #.# pin" in text
    assert "12-34" not in json.dumps(as_objects("c", records, UTC))


def test_given_wrap_up_of_another_conversation_then_it_is_not_told(
    tmp_path: Path, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more: list[Event] = [
        stories.state("ann", AgentState.READY, 400.0),
        stories.state("ann", AgentState.TALKING, 410.0),
        stories.state("ann", AgentState.WRAP_UP, 420.0),
    ]
    append(site / "var/journal.db", more)
    _, text, _ = run(capsys, "c2")
    assert "ann is talking" in text
    assert "wrap up" not in text
