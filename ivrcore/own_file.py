"""Files that their owner alone may read, changed by commands that may run at once. Knows no content."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 30.0
"""Seconds that a change waits for another one."""
LOOK_EVERY = 0.02


@contextmanager
def changing(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Keep others from changing a file, from reading to writing: else the later change loses the earlier.

    Raises :class:`ConfigError` where another change is not done within ``patience`` seconds, or the lock is
    a symbolic link, and :class:`OSError`.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A file of its own: the file itself is another one after every change.
    lock = _lock_at(_beside(path, "lock"))
    try:
        _give_to_owner(lock, path)
        _wait_for(lock, path, patience)
        yield
    finally:
        os.close(lock)


def write_whole(path: Path, text: str) -> None:
    """Write a file whole, or leave it as it is; it is its owner's alone. Raises :class:`OSError`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _beside(path, str(os.getpid()))
    draft.unlink(missing_ok=True)
    number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            _give_to_owner(file.fileno(), path)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def secret_from(file: str = "", variable: str = "") -> str:
    """Read a secret from a file that its owner alone may read, or from an environment variable.

    Empty if neither is named. Raises :class:`ConfigError`, never with the secret in it.
    """
    if file and variable:
        raise ConfigError("a secret is in a file or in an environment variable, not in both")
    if variable:
        value = os.environ.get(variable, "").strip()
        if not value:
            raise ConfigError(f"the environment variable {variable} is not set", hint=f"export {variable}=…")
        return value
    return _secret_in(Path(file).expanduser()) if file else ""


def read_own(path: Path, what: str, hint: str = "") -> str:
    """Read a file that its owner alone may read; ``what`` it is, and what helps where it cannot be read.

    Raises :class:`FileNotFoundError` where there is none, and :class:`ConfigError`.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{what} {path} cannot be read", hint=hint) from error
    if mode & 0o077:
        raise ConfigError(f"other users may read {what} {path}", hint=f"chmod 600 {path}")
    return text


def _secret_in(path: Path) -> str:
    hint = f"umask 077; openssl rand -hex 32 > {path}"
    try:
        text = read_own(path, "the secret file", hint).strip()
    except FileNotFoundError as error:
        raise ConfigError(f"the secret file {path} cannot be read", hint=hint) from error
    if not text or "\n" in text:
        raise ConfigError(f"the secret file {path} does not hold one line", hint=hint)
    return text


def _beside(path: Path, end: str) -> Path:
    return path.with_name(f".{path.name}.{end}")


def _lock_at(path: Path) -> int:
    """Open a lock, never one that a symbolic link says is elsewhere."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise ConfigError(f"the lock {path} is a symbolic link", hint=f"remove it: rm {path}") from error


def _give_to_owner(file: int, path: Path) -> None:
    """Let the owner of the file, or of its folder, own this one: the server reads it, whoever changes it.

    Not a file that has another name too: who may write into the folder could have it be any file, and root
    would give that away.
    """
    given = os.fstat(file)
    if not stat.S_ISREG(given.st_mode) or given.st_nlink != 1:
        return
    whose = (path if path.exists() else path.parent).stat()
    with suppress(PermissionError):
        os.fchown(file, whose.st_uid, whose.st_gid)


def _wait_for(lock: int, path: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise ConfigError(
                    f"another process has been changing {path} for {patience:g} s", hint="end it, or wait"
                ) from None
            time.sleep(LOOK_EVERY)
        else:
            return
