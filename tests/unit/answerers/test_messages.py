"""Messages on the disk: sealed, listed, read, deleted; damage and wrong keys are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.answerers.messages import ENDING, Messages
from ivrcore.errors import JournalError

KEY = bytes(range(32))
AUDIO = b"RIFF" + b"what was said" * 100


@pytest.fixture
def kept(tmp_path: Path) -> Messages:
    return Messages(tmp_path / "var/messages", KEY)


def test_a_message_is_kept_sealed_and_comes_back(kept: Messages, tmp_path: Path) -> None:
    assert kept.heads() == []
    second = kept.keep("praise", "c2", 20.0, 1.5, "s2", AUDIO, "r1")
    first = kept.keep("complaints", "c1", 10.0, 3.0, "s1", AUDIO, "r2")
    assert kept.heads() == [first, second]
    assert (kept.count("praise"), kept.count("other")) == (1, 0)
    assert kept.read(first.message) == (first, AUDIO)
    files = list((tmp_path / "var/messages").iterdir())
    assert len(files) == 2
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600
        assert b"what was said" not in file.read_bytes()
        assert b"complaints" not in file.read_bytes()


def test_a_message_that_is_kept_again_is_the_same_one(kept: Messages, tmp_path: Path) -> None:
    first = kept.keep("complaints", "c1", 10.0, 3.0, "s1", AUDIO, "c1.s1")
    again = Messages(tmp_path / "var/messages", KEY)
    assert again.keep("complaints", "c1", 12.0, 3.0, "s1", AUDIO, "c1.s1") == first
    assert kept.heads() == [first]
    (file,) = (tmp_path / "var/messages").iterdir()
    file.write_bytes(file.read_bytes()[:20])
    whole = again.keep("complaints", "c1", 12.0, 3.0, "s1", AUDIO, "c1.s1")
    assert kept.read(first.message) == (whole, AUDIO)


def test_deleting_is_for_good_and_by_subject_too(kept: Messages) -> None:
    heads = [kept.keep("a", f"c{n}", n, 1.0, subject, AUDIO, f"c{n}.s1") for n, subject in enumerate("xyx")]
    assert kept.delete(heads[1].message) == heads[1]
    assert kept.delete(heads[1].message) is None
    assert kept.read(heads[1].message) is None
    assert kept.delete_of("x") == ([heads[0], heads[2]], [])
    assert kept.heads() == []


@pytest.mark.parametrize("name", ["", "x", "../../etc/passwd", "0" * 31, "0" * 32])
def test_names_that_are_no_messages(kept: Messages, name: str) -> None:
    assert kept.read(name) is None
    assert kept.delete(name) is None


def test_another_key_damage_and_exchanged_files_are_told(kept: Messages, tmp_path: Path) -> None:
    one = kept.keep("a", "c1", 1.0, 1.0, "s", AUDIO, "r4")
    other = kept.keep("a", "c2", 2.0, 1.0, "s", AUDIO, "r5")
    folder = tmp_path / "var/messages"
    with pytest.raises(JournalError):
        Messages(folder, b"x" * 32).read(one.message)
    path = folder / f"{one.message}{ENDING}"
    raw = path.read_bytes()
    for broken in (
        raw[:-1],
        raw[:20],
        b"",
        b"RIFF" + raw,
        (folder / f"{other.message}{ENDING}").read_bytes(),
    ):
        path.write_bytes(broken)
        with pytest.raises(JournalError):
            kept.read(one.message)


def test_one_that_cannot_be_read_hides_no_other(
    kept: Messages, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mine = kept.keep("a", "c1", 1.0, 1.0, "s", AUDIO, "r6")
    strange = Messages(tmp_path / "var/messages", b"x" * 32).keep("a", "c2", 2.0, 1.0, "s", AUDIO, "r7")
    (tmp_path / "var/messages" / f"{'0' * 32}{ENDING}").write_bytes(b"")
    assert kept.heads() == [mine]
    assert kept.count("a") == 1
    told = [record.getMessage() for record in caplog.records]  # once, and not each time
    assert len(told) == 2
    assert f"{strange.message} cannot be decrypted" in caplog.text
    assert f"{'0' * 32} is damaged" in caplog.text


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "messages").write_text("a file")
    with pytest.raises(JournalError):
        Messages(tmp_path / "messages", KEY).keep("a", "c", 1.0, 1.0, "s", AUDIO, "r8")
