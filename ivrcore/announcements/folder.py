"""The folder of announcements: its files read, and checked against the site. Blocks; knows no server."""

from __future__ import annotations

import hashlib
import pwd
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ivrcore.announcements import rules
from ivrcore.announcements.board import Board
from ivrcore.announcements.drafts import Draft, Surroundings
from ivrcore.announcements.faults import MOST_ANNOUNCEMENTS, find_faults
from ivrcore.announcements.parse import parse_announcement
from ivrcore.config.plans import ENDINGS
from ivrcore.location import Location
from ivrcore.problems import Problems, quoted

MOST_FILES = 2 * MOST_ANNOUNCEMENTS
LONGEST_FILE = 64 * 1024
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it was found; ``problem`` says why it could not be read."""

    name: str
    file: str
    text: str = ""
    author: str = ""
    problem: str = ""

    @property
    def mark(self) -> str:
        """A hash that tells one state of the file from the next."""
        return hashlib.sha256(f"{self.text}\0{self.problem}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says: a draft to be posted (None if it has errors), and its problems."""

    draft: Draft | None
    problems: Problems


def find_files(folder: Path) -> list[Found] | None:
    """Read every file of the folder, in order of name; None if there is no folder to be read."""
    try:
        files = sorted(path for path in folder.iterdir() if _counts(path))
    except OSError:
        return None
    return [_found(path) for path in files[:MOST_FILES]]


def _counts(path: Path) -> bool:
    """Leave out what editors keep beside a file that is being written."""
    return path.suffix in ENDINGS and not path.name.startswith((".", "#"))


def _found(path: Path) -> Found:
    try:
        stat = path.stat()
        if stat.st_size > LONGEST_FILE:
            return Found(path.stem, str(path), problem=f"it is longer than {LONGEST_FILE} bytes")
        return Found(path.stem, str(path), path.read_text(encoding="utf-8"), _owner(stat.st_uid))
    except UnicodeDecodeError:
        return Found(path.stem, str(path), problem="it is not UTF-8 text")
    except OSError as error:
        return Found(path.stem, str(path), problem=error.strerror or type(error).__name__)


def _owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def read_file(found: Found, around: Surroundings, board: Board, now: float) -> Read:
    """Judge a file against the site and what is posted."""
    problems = Problems()
    if found.problem:
        place = Location(found.file, 1)
        problems.report(rules.UNREADABLE, place, f"cannot be read: {found.problem}")
        return Read(None, problems)
    parsed = parse_announcement(found.text, found.name, found.file, problems, around.first_language)
    if parsed is None or problems.errors:
        return Read(None, problems)
    parsed.report(find_faults(parsed.draft, around, board, now), problems)
    return Read(None if problems.errors else parsed.draft, problems)


def check_folder(folder: Path, around: Surroundings, now: float) -> Problems:
    """Tell everything that is wrong with the files of a folder."""
    problems = Problems()
    found = find_files(folder) or []
    for one in found:
        problems.extend(read_file(one, around, Board(), now).problems)
    for name, files in _by_name(found):
        if len(files) > 1:
            message = f"two files are named {quoted(name)}"
            problems.report(rules.BAD_NAME, Location(files[1], 1), message, f"the other is {files[0]}")
    return problems


def _by_name(found: Iterable[Found]) -> Iterator[tuple[str, list[str]]]:
    files: dict[str, list[str]] = {}
    for one in found:
        files.setdefault(one.name, []).append(one.file)
    yield from files.items()
