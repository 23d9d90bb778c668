"""``ivrcore journal``: how large it is, packed when asked to, and looked through for damage."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from ivrcore.cli import main
from ivrcore.config import load_config
from ivrcore.journal import forgetting
from ivrcore.journal.blocks import BLOCK
from ivrcore.journal.compaction import packed_to
from ivrcore.journal.snapshots import Snapshots
from ivrcore.journal.store import Store, Write
from ivrcore.journal.subjects import INSERT
from ivrcore.lab import made_day
from ivrcore.model import events
from tests.unit.history.history_site import append
from tests.unit.service.test_past_snapshots import start

CONFIG = """\
asterisk: {password_env: TOKEN}
web: {token_env: TOKEN}
journal: {key_env: KEY, pack_after: 1d}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("config", "dialplans", "var"):
        (tmp_path / name).mkdir()
    (tmp_path / "config/ivrcore.yaml").write_text(CONFIG)
    monkeypatch.setenv("TOKEN", "opensesamewouldyou")
    monkeypatch.setenv("KEY", "0123456789abcdef" * 4)
    return tmp_path


@pytest.fixture
def journal(site: Path) -> Path:
    path = site / "var/journal.db"
    append(path, made_day.day(400)[: 2 * BLOCK])
    key = load_config(site).journal.key
    start(path, end=BLOCK + 9, key=key).save(Snapshots(path, key))
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as done:
        main([*map(str, ("journal", *arguments))])
    said = capsys.readouterr()
    return done.value.code, said.out, said.err


def test_given_a_journal_then_it_is_packed_and_told(
    site: Path, journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, before, _ = run(capsys, "status", site)
    assert f"records: {2 * BLOCK:,}, of these packed: 0 in 0.0 MB" in before
    code, said, _ = run(capsys, "compact", site, "--dry-run")
    assert not code
    assert f"{BLOCK - 1:,} records would be packed" in said
    assert packed_to(journal) == 0
    code, said, _ = run(capsys, "compact", site, "--anew")
    assert not code
    assert packed_to(journal) == BLOCK - 1
    assert f"of these packed: {BLOCK - 1:,} in 0." in said
    assert "of these free: 0.0 MB" in said
    assert "0 records would be packed" in run(capsys, "compact", site, "--dry-run")[1]
    code, said, _ = run(capsys, "check", site)
    assert not code
    assert "nothing is damaged or missing" in said


def test_given_damage_then_a_check_names_it_and_fails(
    site: Path, journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "compact", site)
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("UPDATE block SET data = x'1234'")
        connection.execute("DELETE FROM event WHERE seq = ?", (2 * BLOCK - 7,))
        connection.commit()
    code, said, hint = run(capsys, "check", site)
    assert code == 1
    assert said.splitlines() == [
        f"records 1 to {BLOCK - 1} of the journal are damaged",
        f"records {2 * BLOCK - 7} to {2 * BLOCK - 7} are missing",
    ]
    assert "restore a copy" in hint


def test_given_a_server_then_the_file_is_not_written_anew(
    site: Path, journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Store(journal)
    code, _, said = run(capsys, "compact", site, "--anew")
    server.close()
    assert code == 2
    assert "in use by another process" in said
    assert packed_to(journal) == BLOCK - 1


def test_given_no_journal_then_that_is_told(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("status", "compact", "check"):
        code, _, said = run(capsys, command, site)
        assert code == 2
        assert "there is no journal" in said


def test_given_a_journal_that_cannot_be_reached_then_that_is_told(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "config/ivrcore.yaml").write_text(CONFIG.replace("{key_env", f"{{path: {'x' * 300}, key_env"))
    for command in ("status", "compact", "check"):
        code, _, said = run(capsys, command, site)
        assert code == 2
        assert "cannot be read" in said
        assert "(IVR500)" in said


@pytest.mark.parametrize(
    ("said", "days"), [("", 7.0), (", pack_after: 30d", 30.0), (", pack_after: never", float("inf"))]
)
def test_given_pack_after_then_it_is_read(site: Path, said: str, days: float) -> None:
    (site / "config/ivrcore.yaml").write_text(CONFIG.replace(", pack_after: 1d", said))
    assert load_config(site).journal.pack_after == days * 86_400.0


@pytest.mark.parametrize(
    ("said", "days"),
    [("", float("inf")), (", forget_after: 90d", 90.0), (", forget_after: never", float("inf"))],
)
def test_given_forget_after_then_it_is_read(site: Path, said: str, days: float) -> None:
    (site / "config/ivrcore.yaml").write_text(CONFIG.replace(", pack_after: 1d", said))
    assert load_config(site).journal.forget_after == days * 86_400.0


def test_given_old_values_then_they_are_removed_when_asked_to(
    site: Path, journal: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, said = run(capsys, "forget", site)
    assert code == 2
    assert "kept without a limit of time" in said
    assert "forget_after: 90d" in said
    monkeypatch.setattr(forgetting, "SETTLED", 0.0)
    (site / "config/ivrcore.yaml").write_text(CONFIG.replace("1d", "1d, forget_after: 90d"))
    store = Store(journal)
    store.commit([Write(INSERT, [("of-nobody", bytes(12), bytes(30))])])
    code, _, said = run(capsys, "forget", site)
    assert code == 2
    assert "days ahead of the journal (IVR600)" in said
    assert "`--now-is-right`" in said
    code, said, _ = run(capsys, "forget", site, "--now-is-right")
    store.close()
    assert not code
    assert "the personal values of 1 subjects were removed" in said
    append(journal, [events.ServerStopped(at=time.time() - 1.5 * 86_400.0, node="n")])
    assert "of 0 subjects" in run(capsys, "forget", site)[1]


@pytest.mark.parametrize("said", ["5h", "soon"])
def test_given_a_time_that_is_none_or_too_short_then_that_is_told(
    site: Path, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "config/ivrcore.yaml").write_text(CONFIG.replace("1d", said))
    code, _, told = run(capsys, "status", site)
    assert code != 0
    assert "pack_after" in told
