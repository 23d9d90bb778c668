"""What is served and what is saved: a dialplan with its text, and the files of a site's folder.

Blocking where it reads files. Must not know which of it takes effect.
"""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.config.plans import plan_files
from ivrcore.config.rules import NO_FILE
from ivrcore.location import Location
from ivrcore.problems import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from ivrcore.dialplan.model import Plan


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of a dialplan, as served. ``file`` is the name of its file in the site's folder."""

    plan: Plan
    file: str
    text: str

    @property
    def name(self) -> str:
        """The dialplan's name."""
        return self.plan.name

    @property
    def version(self) -> str:
        """The hash of its text."""
        return self.plan.version


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A dialplan's file as it was read; ``problem`` is set if it could not be."""

    path: Path
    text: str = ""
    owner: str = ""
    problem: Problem | None = None

    @property
    def file(self) -> str:
        """The name within the folder."""
        return self.path.name


def read_folder(folder: Path) -> list[SavedFile]:
    """Read every dialplan file of a folder (blocks); one that vanishes meanwhile is not there."""
    found = (_read(path) for path in plan_files(folder))
    return [one for one in found if one is not None]


def _read(path: Path) -> SavedFile | None:
    try:
        owner = owner_name(path.stat().st_uid)
        return SavedFile(path, path.read_text(encoding="utf-8"), owner)
    except FileNotFoundError:
        if path.is_symlink():
            return SavedFile(path, problem=_unreadable(path, "the file that it leads to is not there"))
        return None
    except UnicodeDecodeError:
        return SavedFile(path, problem=_unreadable(path, "it is not UTF-8 text"))
    except OSError as error:
        return SavedFile(path, problem=_unreadable(path, error.strerror or type(error).__name__))


def _unreadable(path: Path, why: str) -> Problem:
    return Problem(NO_FILE, Location(str(path), 1), f"cannot be read: {why}")


def owner_name(uid: int) -> str:
    """Give the user's name; the number where the machine knows no name for it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def write_whole(path: Path, text: str) -> None:
    """Replace a file's text at once, keeping its mode and, where that is allowed, its owner (blocks).

    A link is followed. The text is on the disk when this returns; raises OSError.
    """
    target = path.resolve()
    draft, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(draft, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            _take_after(target, file.fileno())
        os.replace(name, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _take_after(target: Path, descriptor: int) -> None:
    """Give a new file the mode and owner of the one that it replaces; group-readable where there is none."""
    try:
        old = target.stat()
    except FileNotFoundError:
        os.fchmod(descriptor, 0o644)
        return
    with suppress(PermissionError):
        os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
