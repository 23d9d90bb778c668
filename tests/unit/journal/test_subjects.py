"""Personal values: kept, encrypted at rest, erased for good, refused with a reason."""

import base64
from pathlib import Path

import pytest
from twisted.internet import reactor

from ivrcore.errors import JournalError
from ivrcore.journal.local import LocalJournal
from ivrcore.journal.subjects import KEY_VARIABLE, Subjects, load_key, new_key, write_key_file

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
    subjects.erase(gone)
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
    assert KEY_VARIABLE in refused.value.hint


def test_the_key_comes_from_the_environment_first_then_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    write_key_file(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_key({}, file) == base64.b64decode(file.read_text())
    text = new_key()
    assert load_key({KEY_VARIABLE: text}, file) == base64.b64decode(text)
    with pytest.raises(FileExistsError):
        write_key_file(file)


def test_unusable_keys_are_refused_with_a_hint(tmp_path: Path) -> None:
    file = tmp_path / "key"
    with pytest.raises(JournalError, match="no key") as missing:
        load_key({}, file)
    assert "ivrcore init" in missing.value.hint
    file.write_text(new_key())
    file.chmod(0o644)
    with pytest.raises(JournalError, match="read by others"):
        load_key({}, file)
    for bad in ("", "short", base64.b64encode(b"x" * 31).decode(), "ключ"):
        with pytest.raises(JournalError, match=KEY_VARIABLE):
            load_key({KEY_VARIABLE: bad}, file)
