"""Personal values: kept, encrypted at rest, erased for good, refused with a reason."""

from pathlib import Path

import pytest
from twisted.internet import reactor

from ivrcore.errors import JournalError
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
