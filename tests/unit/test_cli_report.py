"""``ivrcore report`` and ``ivrcore history``: the same numbers in every format, from a journal alone."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ivrcore.cli import main
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import Outcome
from tests.unit.history.history_site import append
from tests.unit.metrics import metrics_stories as stories

CONFIG = """\
asterisk: {password_env: TOKEN}
web: {token_env: TOKEN}
journal: {key_env: KEY}
history: {zone: Asia/Seoul}
"""
ALL = ("--since", "1970-01-01T00:00Z", "--until", "1970-01-01T01:00Z")
"""The first hour of UTC: all of `stories.a_day`."""


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


class Run:
    """Runs the command in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: object) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as done:
            main([str(argument) for argument in arguments])
        told = self.capsys.readouterr()
        return done.value.code, told.out, told.err

    def good(self, *arguments: object) -> str:
        code, out, err = self(*arguments)
        assert code == 0, err
        return out


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


def rows(run: Run, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run.good("report", *arguments, *ALL, "--format", "json"))["rows"]
    return found


def test_given_a_day_then_the_queue_is_told_by_every_measure(site: Path, run: Run) -> None:
    loans = next(row for row in rows(run, "queues") if row["queue"] == "loans")
    assert (loans["entered"], loans["answered"], loans["abandoned"], loans["left"]) == (5, 2, 1, 1)
    assert (loans["left_timed_out"], loans["waiting"], loans["abandoned_short"]) == (1, 1, 1)
    assert loans["service_level"] == pytest.approx(1 / 3, abs=1e-6)
    assert loans["service_level_answered"] == 0.5
    assert loans["service_level_abandons_positive"] == pytest.approx(2 / 3, abs=1e-6)
    assert loans["service_level_abandons_ignored"] == 0.5
    assert (loans["connect_rate"], loans["abandon_rate"]) == (0.4, 0.2)
    assert (loans["mean_wait"], loans["longest_wait"]) == (24.0, 43.0)
    assert (loans["mean_talk"], loans["mean_handling"]) == (30.0, 40.0)
    assert (loans["offers"], loans["offers_accepted"], loans["offer_answer_rate"]) == (3, 2, 0.666667)


def test_given_a_queue_without_calls_then_it_is_there_with_zeros_and_no_rates(site: Path, run: Run) -> None:
    cards = next(row for row in rows(run, "queues") if row["queue"] == "cards")
    assert (cards["entered"], cards["waiting"]) == (0, 0)
    assert (cards["service_level"], cards["mean_wait"]) == (None, None)


def test_given_agents_menus_and_contacts_then_each_has_its_report(site: Path, run: Run) -> None:
    ann = next(row for row in rows(run, "agents") if row["agent"] == "ann")
    assert (ann["answered"], ann["offers"], ann["talks"], ann["mean_talk"]) == (2, 2, 1, 30.0)
    assert (ann["wrap_up_seconds"], ann["offered_seconds"]) == (10.0, 10.0)
    assert 0 < ann["occupancy"] < 1
    cho = next(row for row in rows(run, "agents") if row["agent"] == "cho")
    assert (cho["offers"], cho["offers_missed"], cho["answered"]) == (1, 1, 0)
    (menu,) = rows(run, "menus")
    assert (menu["dialplan"], menu["menu"], menu["entered"], menu["choices_by_speech"]) == (
        "bank",
        "main",
        2,
        1,
    )
    assert (menu["no_inputs"], menu["no_matches"], menu["gave_up"], menu["rejected_rate"]) == (1, 1, 1, 0.5)
    (contacts,) = rows(run, "contacts")
    assert (contacts["offered"], contacts["closed"], contacts["left_in_menu"]) == (6, 4, 1)


def test_given_dispositions_and_recognisers_then_each_has_its_report(site: Path, run: Run) -> None:
    end = {"cause": 16, "outcome": Outcome.QUEUED}
    append(
        site / "var/journal.db",
        [
            e.DispositionSet(at=400.0, contact="c2", disposition="card_lost"),
            e.DispositionSet(at=401.0, contact="c2", disposition="csat_5"),
            e.ContactClosed(at=410.0, contact="c2", **end),
        ],
    )
    said = {row["disposition"]: row for row in rows(run, "dispositions")}
    assert said.keys() == {"card_lost", "csat_5"}
    assert (said["card_lost"]["times"], said["card_lost"]["contacts"]) == (1, 0)
    assert (said["csat_5"]["dialplan"], said["csat_5"]["times"], said["csat_5"]["contacts"]) == ("bank", 1, 1)
    assert (said["csat_5"]["queued"], said["csat_5"]["failed"]) == (1, 0)
    (vosk,) = rows(run, "engines")
    assert (vosk["engine"], vosk["utterances"], vosk["accepted"], vosk["rejected"]) == ("vosk", 2, 1, 1)
    assert (vosk["rejected_rate"], vosk["gave_up"], vosk["taken_out"]) == (0.5, 1, 1)
    assert vosk["mean_decision"] <= vosk["slowest_decision"] <= vosk["decision"]
    code, _, err = run("report", "engines", "--since", "1970-01-01T00:00Z", "--only", "wosk")
    assert (code, "did you mean 'vosk'?" in err) == (2, True)


def test_given_intervals_then_each_thing_counts_where_it_happened(site: Path, run: Run) -> None:
    until = ("--since", "1970-01-01T00:00Z", "--until", "1970-01-01T00:30Z", "--every", "15m")
    told = json.loads(run.good("report", "queues", *until, "--only", "loans", "--format", "json"))
    first, second = told["rows"]
    assert (first["begin"], second["begin"]) == ("1970-01-01T09:00+09:00", "1970-01-01T09:15+09:00")
    assert (first["entered"], first["waiting"]) == (5, 1)
    assert (second["entered"], second["answered"], second["waiting"]) == (0, 0, 1)
    assert (told["total"]["entered"], told["total"]["waiting"]) == (5, 1)


@pytest.mark.slow
def test_given_csv_then_it_has_what_json_has(site: Path, run: Run) -> None:
    text = run.good("report", "queues", *ALL, "--format", "csv")
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    for told, row in zip(rows(run, "queues"), found, strict=True):
        assert {name: "" if value is None else str(value) for name, value in told.items()} == row


def test_given_a_file_then_its_name_says_the_format(site: Path, run: Run, tmp_path: Path) -> None:
    assert run.good("report", "queues", *ALL, "-o", tmp_path / "r.xlsx") == ""
    with zipfile.ZipFile(tmp_path / "r.xlsx") as book:
        texts = book.read("xl/sharedStrings.xml").decode()
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "loans" in texts
    assert "A_T / (A + B)" in texts
    assert "<v>5</v>" in sheet
    run.good("report", "agents", *ALL, "-o", tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_bytes().startswith(b"begin,end,agent,answered")


def test_given_more_lines_than_a_sheet_holds_then_no_spreadsheet_is_made(
    site: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = tmp_path / "r.xlsx"
    monkeypatch.setattr("ivrcore.history.formats.SHEET_LINES", 4)
    code, _, err = run("report", "contacts", *ALL, "--every", "15m", "-o", book)
    assert code == 2
    assert "a sheet holds 3" in err
    assert not book.exists()


def test_given_a_table_then_people_can_read_it(site: Path, run: Run) -> None:
    text = run.good("report", "queues", *ALL)
    (loans,) = (line.split() for line in text.splitlines() if line.startswith("loans"))
    assert loans[:5] == ["loans", "5", "2", "1", "1"]
    assert "33.3%" in text
    assert "(all)" in text
    assert "(Asia/Seoul)" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--zone", "Asia/Soul"), "there is no time zone"),
        (("--since", "soon"), "is no time"),
        (("--since", "now", "--until", "1h"), "ends before it begins"),
        (("--format", "xlsx"), "name a file"),
        (("-o", "/nowhere/at/all/r.csv"), "r.csv cannot be written: No such file or directory (IVR600)"),
    ],
)
def test_given_something_impossible_then_it_says_what(
    site: Path, run: Run, arguments: tuple[str, ...], said: str
) -> None:
    code, _, err = run("report", "queues", *arguments)
    assert code == 2
    assert said in err


@pytest.mark.parametrize(
    ("about", "only", "said"),
    [
        ("queues", "lones", "did you mean 'loans'?"),
        ("agents", "zz", "ann"),
        ("menus", "zz", "main"),
        ("contacts", "c1", "leave out --only"),
    ],
)
def test_given_a_name_that_is_not_there_then_it_is_refused(
    site: Path, run: Run, about: str, only: str, said: str
) -> None:
    code, out, err = run("report", about, *ALL, "--only", only)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.slow
@pytest.mark.parametrize(("about", "only"), [("queues", "loans"), ("agents", "ann"), ("menus", "main")])
def test_given_a_name_of_which_there_is_nothing_in_that_time_then_it_is_no_fault(
    site: Path, run: Run, about: str, only: str
) -> None:
    """Years before, and years after."""
    for begin, end in (("1960-01-01", "1961-01-01"), ("1980-01-01", "1980-01-02")):
        run.good("report", about, "--since", begin, "--until", end, "--only", only)


def test_given_no_journal_then_it_says_so(site: Path, run: Run) -> None:
    (site / "var/journal.db").unlink()
    code, _, err = run("report", "queues")
    assert code == 2
    assert "there is no journal" in err


@pytest.mark.slow
def test_given_more_events_then_the_next_report_has_them(site: Path, run: Run) -> None:
    assert rows(run, "contacts")[0]["offered"] == 6
    more: list[Event] = [stories.arrived("c9", 300.0)]
    append(site / "var/journal.db", more)
    assert rows(run, "contacts")[0]["offered"] == 7


@pytest.mark.slow
def test_history_tells_its_place_and_is_made_anew(site: Path, run: Run) -> None:
    assert "tables: none yet" in run.good("history", "status")
    assert run.good("history", "migrate") == "tables: none -> 0002\n"
    assert run.good("history", "migrate") == "tables: 0002 already\n"
    last = len(stories.a_day())
    assert run.good("history", "catch-up") == f"taken in up to record {last}\n"
    assert f"taken in: record {last} of {last}, of 1970-01-01T09:03+09:00" in run.good("history", "status")
    before = rows(run, "queues")
    assert f"record {last}" in run.good("history", "rebuild", "--yes")
    assert rows(run, "queues") == before


def test_history_prune_deletes_what_is_old(site: Path, run: Run) -> None:
    run.good("history", "catch-up")
    assert run.good("history", "prune") != "0 rows deleted\n"
    assert rows(run, "contacts")[0]["offered"] == 2
