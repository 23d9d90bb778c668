"""The folder of kept utterances: sealed, bounded in age and size, erased for good."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ivrcore.errors import JournalError
from ivrcore.kept.model import Gone
from ivrcore.kept.store import ENDING, KeptStore, mark_of
from ivrcore.model.kept_names import KeptFor
from tests.unit.kept.kept_turns import AUDIO, failed

KEY = bytes(range(32))
NOW = 1_800_000_000.0
ONE = 33_000
"""Bytes on the disk of one of a second, about."""


def store(folder: Path, key: bytes = KEY, longest: float = 3600.0, room: int = 10_000_000) -> KeptStore:
    made = KeptStore(folder, key, longest=longest, room=room)
    made.open()
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "kept"


def test_an_utterance_is_kept_sealed_and_comes_back(folder: Path) -> None:
    kept = store(folder)
    assert kept.held().count == 0
    head, gone = kept.keep(failed(outcome=KeptFor.DENIED, choice="cards"))
    assert gone == 0
    assert (head.contact, head.outcome, head.choice, head.seconds) == ("c1", "denied", "cards", 1.0)
    assert kept.read(head.utterance) == (head, b"".join(AUDIO))
    assert kept.heads() == [head]
    assert folder.stat().st_mode & 0o777 == 0o700
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    raw = file.read_bytes()
    assert not any(word in raw for word in (b"s-c1", b"main", b"cards", AUDIO[0][:32]))
    assert kept.held() == store(folder).held()
    assert (kept.held().count, kept.held().size, kept.held().oldest) == (1, len(raw), NOW)


def test_a_folder_that_others_may_read_is_closed_and_drafts_of_a_crash_are_gone(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    (folder / f".half{ENDING}").write_bytes(b"half")
    kept = store(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.iterdir()) == []
    assert kept.held().count == 0


def test_a_folder_that_others_use_too_is_refused_and_left_as_it_is(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    notes = folder / "somebody's notes"
    notes.write_text("stay")
    with pytest.raises(JournalError, match="somebody's notes"):
        store(folder)
    assert folder.stat().st_mode & 0o777 == 0o755
    folder.chmod(0o700)
    store(folder).keep(failed())
    assert notes.read_text() == "stay"


def test_the_oldest_go_when_room_is_short_and_at_once_after_a_start_with_less(folder: Path) -> None:
    kept = store(folder, room=3 * ONE)
    heads = [kept.keep(failed(at=NOW + n))[0] for n in range(3)]
    head, gone = kept.keep(failed(at=NOW + 3))
    assert gone == 1
    assert kept.heads() == [*heads[1:], head]
    less = store(folder, room=2 * ONE)
    assert less.make_room() == 1
    assert less.keep(failed(at=NOW + 4))[1] == 1
    assert less.held().size <= 2 * ONE
    assert less.held().oldest == NOW + 3


def test_what_is_too_old_goes_without_the_key_too(folder: Path) -> None:
    old = store(folder).keep(failed(at=NOW))[0]
    other = store(folder, key=b"x" * 32)
    young = other.keep(failed(at=NOW + 10))[0]
    assert other.expire(NOW + 3599) == 0
    assert other.expire(NOW + 3600) == 1
    assert other.heads() == [young]
    assert old.utterance not in "".join(os.listdir(folder))
    assert other.held().count == 1


def test_labels_and_transcripts_are_kept_with_it(folder: Path) -> None:
    kept = store(folder)
    head = kept.keep(failed())[0]
    assert head.words == ""
    heard = kept.transcribe(head.utterance, "good mourning", "vosk")
    assert heard is not None
    assert (heard.words, heard.heard_by, heard.labelled) == ("good mourning", "vosk", False)
    told = kept.label(head.utterance, "good morning", "")
    assert told is not None
    assert (told.words, told.means, told.labelled, told.heard) == ("good morning", "", True, "good mourning")
    assert store(folder).read(head.utterance) == (told, b"".join(AUDIO))
    assert b"morning" not in b"".join(path.read_bytes() for path in folder.iterdir())


def test_erasing_one_or_all_of_a_person(folder: Path) -> None:
    kept = store(folder)
    heads = [kept.keep(failed(contact, NOW + n))[0] for n, contact in enumerate(("c1", "c2", "c1", "c3"))]
    assert kept.erase(heads[3].utterance)
    assert not kept.erase(heads[3].utterance)
    assert kept.erase_of(["s-c1", "s-nobody"]) == Gone(2)
    assert kept.heads() == [heads[1]]
    assert len(list(folder.iterdir())) == 1


def test_when_a_person_is_erased_then_only_theirs_goes_whatever_the_key(folder: Path) -> None:
    right = store(folder)
    theirs, other = (right.keep(failed(contact))[0] for contact in ("c1", "c2"))
    right.label(theirs.utterance, "a", "b")
    mistyped = store(folder, key=b"x" * 32)
    assert mistyped.erase_of(["s-c1"]) == Gone(1)
    assert store(folder).heads() == [other]
    assert mistyped.held() == store(folder).held()


def test_a_mark_cannot_be_exchanged(folder: Path) -> None:
    kept = store(folder)
    head = kept.keep(failed("c1"))[0]
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes().replace(mark_of("s-c1"), mark_of("s-c2")))
    with pytest.raises(JournalError):
        kept.head(head.utterance)


def test_when_a_person_is_erased_then_what_is_damaged_beyond_a_mark_goes_too(folder: Path) -> None:
    kept = store(folder)
    for contact in ("c1", "c2"):
        kept.keep(failed(contact))
    for file in folder.iterdir():
        file.write_bytes(b"broken")
    (folder / f"{file.stem}0{ENDING}").write_bytes(b"no utterance of ours")
    assert kept.erase_of(["s-c3"]) == Gone(2)
    assert len(list(folder.iterdir())) == 1


def test_a_disk_that_fails_while_a_person_is_erased_costs_nobody_else_anything(folder: Path) -> None:
    kept = store(folder)
    heads = [kept.keep(failed(contact, NOW + n))[0] for n, contact in enumerate(("c1", "c2", "c1"))]
    first = folder / f"{heads[0].utterance}{ENDING}"
    first.unlink()
    first.mkdir()  # cannot be read
    gone = kept.erase_of(["s-c1"])
    assert gone.count == 1
    assert [heads[0].utterance in one for one in gone.failed] == [True]
    assert first.exists()
    assert kept.heads() == [heads[1]]


def undeletable(folder: Path, name: str) -> Path:
    """Put something in a file's place that cannot be deleted as one."""
    path = folder / name
    path.unlink(missing_ok=True)
    path.mkdir()
    return path


def test_what_cannot_be_deleted_keeps_nothing_else_from_going(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = store(folder, room=3 * ONE)
    heads = [kept.keep(failed(at=NOW + n))[0] for n in range(3)]
    undeletable(folder, f"{heads[0].utterance}{ENDING}")
    head, gone = kept.keep(failed(at=NOW + 3))
    assert gone == 1
    assert kept.heads() == [heads[2], head]
    assert f"{heads[0].utterance} cannot be deleted" in caplog.text
    assert kept.expire(NOW + 3602) == 1
    assert kept.heads() == [head]


def test_half_a_file_that_cannot_be_deleted_keeps_the_folder_from_nothing(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    head = store(folder).keep(failed())[0]
    undeletable(folder, f".a{ENDING}")
    half = folder / f".b{ENDING}"
    half.write_bytes(b"half")
    kept = store(folder)
    assert not half.exists()
    assert f".a{ENDING}" in caplog.text
    assert kept.expire(NOW + 3600) == 1
    assert kept.head(head.utterance) is None


def test_nothing_is_kept_while_the_folder_cannot_be_opened(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("a file")
    kept = KeptStore(folder, KEY, longest=3600, room=1_000_000)
    for _ in range(2):
        with pytest.raises(JournalError, match="folder of kept utterances"):
            kept.keep(failed())
    folder.unlink()
    folder.mkdir(mode=0o755)
    assert kept.keep(failed())[1] == 0
    assert folder.stat().st_mode & 0o777 == 0o700


def test_opening_again_lists_anew(folder: Path) -> None:
    kept = store(folder)
    store(folder).keep(failed())
    assert kept.held().count == 0
    kept.open()
    assert kept.held() == store(folder).held()


@pytest.mark.parametrize("name", ["", "words", "../../etc/passwd", "1800000000000-0000000000000000"])
def test_names_that_are_no_utterances(folder: Path, name: str) -> None:
    kept = store(folder)
    assert kept.read(name) is None
    assert kept.label(name, "a", "b") is None
    assert not kept.erase(name)


def test_damage_is_told_and_hides_nothing_else(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = store(folder)
    first, second = (kept.keep(failed(at=NOW + n))[0] for n in range(2))
    one, other = sorted(folder.iterdir())
    one.write_bytes(other.read_bytes())  # one is not taken for another
    with pytest.raises(JournalError):
        kept.read(first.utterance)
    assert kept.heads() == [second]
    assert first.utterance in caplog.text


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    with pytest.raises(JournalError):
        store(tmp_path / "kept")
