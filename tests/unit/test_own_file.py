"""Files of secrets that two commands change at once: no change is lost, each file is its owner's alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivrcore import tokens
from ivrcore.answerers import supervisors
from ivrcore.errors import ConfigError
from ivrcore.own_file import changing, write_whole
from ivrcore.tokens import Role, add_token, read_tokens, remove_token


def overtaken(
    monkeypatch: pytest.MonkeyPatch, module: Any, reading: str, second: Callable[[], object]
) -> Any:
    """Let a second command begin when the first one has read the file; give the thread that it runs on."""
    read = getattr(module, reading)
    other = threading.Thread(target=second)

    def slowly(path: Path) -> object:
        found = read(path)
        if other.ident is None:
            other.start()
            other.join(0.3)  # it ends only if nothing keeps it from changing the file now
        return found

    monkeypatch.setattr(module, reading, slowly)
    return other


@pytest.mark.parametrize("second", ["add", "remove"])
def test_two_commands_on_the_tokens_at_once_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    file = tmp_path / "tokens"
    add_token(file, "old", Role.VIEW)
    deeds = {
        "add": lambda: add_token(file, "sue", Role.SUPERVISE),
        "remove": lambda: remove_token(file, "old"),
    }
    other = overtaken(monkeypatch, tokens, "read_tokens", deeds[second])
    add_token(file, "wall", Role.VIEW)
    other.join(10)
    names = {"add": ["old", "sue", "wall"], "remove": ["wall"]}
    assert [one.name for one in read_tokens(file)] == names[second]
    assert file.stat().st_mode & 0o777 == 0o600


def test_two_commands_on_the_supervisors_at_once_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "supervisors"
    other = overtaken(
        monkeypatch, supervisors, "read_supervisors", lambda: supervisors.set_pin(file, "sue", "135791")
    )
    supervisors.set_pin(file, "kim", "246802")
    other.join(10)
    assert set(supervisors.read_supervisors(file)) == {"kim", "sue"}
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_change_that_never_ends_is_told(tmp_path: Path) -> None:
    with (
        changing(tmp_path / "tokens"),
        pytest.raises(ConfigError, match="another process has been changing"),
        changing(tmp_path / "tokens", patience=0.05),
    ):
        raise AssertionError("two at once")
    with changing(tmp_path / "tokens", patience=0.05):
        pass


def test_a_file_is_the_owners_alone_whatever_was_left_of_an_earlier_writing(tmp_path: Path) -> None:
    write_whole(tmp_path / "folder/file", "one")
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o700
    (tmp_path / "folder/file").chmod(0o644)
    write_whole(tmp_path / "folder/file", "two")
    assert (tmp_path / "folder/file").read_text() == "two"
    assert (tmp_path / "folder/file").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in (tmp_path / "folder").iterdir()] == ["file"]


def given_away(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the files (their inodes) that are given to another owner."""
    found: list[int] = []
    monkeypatch.setattr(os, "fchown", lambda file, *_: found.append(os.fstat(file).st_ino))
    return found


def test_a_lock_that_is_a_symbolic_link_is_refused_and_nothing_is_given_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = given_away(monkeypatch)
    shadow = tmp_path / "shadow"
    shadow.write_text("root")
    for target in (shadow, tmp_path / "nowhere"):
        lock = tmp_path / ".tokens.lock"
        lock.symlink_to(target)
        with pytest.raises(ConfigError, match="is a symbolic link"), changing(tmp_path / "tokens"):
            raise AssertionError("changed")
        lock.unlink()
    assert not given
    assert not (tmp_path / "nowhere").exists()


def test_a_lock_that_is_another_file_too_is_not_given_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = given_away(monkeypatch)
    (tmp_path / "shadow").write_text("root")
    (tmp_path / ".tokens.lock").hardlink_to(tmp_path / "shadow")
    with changing(tmp_path / "tokens"):
        assert given == []
    with changing(tmp_path / "others"):
        assert given == [(tmp_path / ".others.lock").stat().st_ino]


def test_a_writing_that_fails_leaves_the_file_as_it_was_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tokens"
    write_whole(file, "one")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "no room")))
    with pytest.raises(OSError, match="no room"):
        write_whole(file, "two")
    with pytest.raises(UnicodeEncodeError):
        write_whole(file, "\ud800")
    assert [one.name for one in tmp_path.iterdir()] == ["tokens"]
    assert file.read_text() == "one"
