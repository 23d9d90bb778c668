"""Personal values: kept, encrypted at rest, erased for good, refused with a reason."""

import sqlite3
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest
from twisted.internet import reactor

from ivrcore.errors import JournalError
from ivrcore.journal import subjects as subjects_module
from ivrcore.journal.local import LocalJournal
from ivrcore.journal.subjects import Subjects

KEY = bytes(range(32))
CALLER = {"number": "+821012345678", "name": "김하나"}


def open_journal(path: Path) -> LocalJournal:
    return LocalJournal(path, reactor._asyncioEventloop)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_values_come_back_at_once_and_after_a_restart(path: Path) -> None:
    journal = open_journal(path)
    subjects = Subjects(path, journal.writer.submit, KEY)
    subject = subjects.put(CALLER)
    assert subjects.get(subject) == CALLER
    journal.close()
    assert subjects.get(subject) == CALLER
    journal = open_journal(path)
    assert Subjects(path, journal.writer.submit, KEY).get(subject) == CALLER
    journal.close()


def test_two_subjects_with_the_same_values_share_nothing(path: Path) -> None:
    journal = open_journal(path)
    subjects = Subjects(path, journal.writer.submit, KEY)
    assert subjects.put(CALLER) != subjects.put(CALLER)
    journal.close()


def test_nothing_personal_is_readable_in_the_files(path: Path) -> None:
    journal = open_journal(path)
    Subjects(path, journal.writer.submit, KEY).put(CALLER)
    journal.close()
    stored = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"subject" in stored
    assert CALLER["number"].encode() not in stored
    assert CALLER["name"].encode() not in stored


def test_erased_values_are_gone_from_table_and_file(path: Path) -> None:
    journal = open_journal(path)
    subjects = Subjects(path, journal.writer.submit, KEY)
    kept, gone = subjects.put(CALLER), subjects.put({"number": "1"})
    journal.close()
    assert gone.encode() in path.read_bytes()
    journal = open_journal(path)
    subjects = Subjects(path, journal.writer.submit, KEY)
    assert subjects.erase(gone)
    assert not subjects.erase(gone)
    assert not subjects.erase("never")
    assert subjects.get(gone) is None
    journal.close()
    assert subjects.get(gone) is None
    assert gone.encode() not in path.read_bytes()
    assert subjects.get(kept) == CALLER
    assert subjects.get("never") is None


def test_a_wrong_key_is_named(path: Path) -> None:
    journal = open_journal(path)
    subject = Subjects(path, journal.writer.submit, KEY).put(CALLER)
    journal.close()
    with pytest.raises(JournalError) as refused:
        Subjects(path, journal.writer.submit, bytes(32)).get(subject)
    assert "the journal's key" in refused.value.hint


def test_many_are_read_with_the_file_opened_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = open_journal(path)
    writing = Subjects(path, journal.writer.submit, KEY)
    known = [writing.put({"number": str(number)}) for number in range(3)]
    journal.close()
    opened: list[Path] = []
    reading = subjects_module.reading

    def counted(path: Path) -> AbstractContextManager[sqlite3.Connection]:
        opened.append(path)
        return reading(path)

    monkeypatch.setattr(subjects_module, "reading", counted)
    subjects = Subjects(path, journal.writer.submit, KEY)
    with subjects.at_once():
        assert [subjects.get(one) for one in known] == [{"number": str(number)} for number in range(3)]
    assert len(opened) == 1
    assert subjects.get(known[0]) == {"number": "0"}
    assert len(opened) == 2


def test_a_file_that_cannot_be_opened_is_told_by_each_read(tmp_path: Path) -> None:
    subjects = Subjects(tmp_path / "none.db", lambda *_, **__: None, KEY)
    with subjects.at_once():
        for _ in range(2):
            with pytest.raises(JournalError, match="cannot be read"):
                subjects.get("s")


def test_a_row_that_cannot_be_read_is_an_error_of_ours_inside_too(path: Path) -> None:
    path.touch()
    open_journal(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE subject")
    subjects = Subjects(path, lambda *_, **__: None, KEY)
    with subjects.at_once(), pytest.raises(JournalError, match="cannot be read"):
        subjects.get("s")
