"""The right to take over from the server that writes a journal: one process has it at a time.

A lock beside the journal, had before anything is made and until the journal's own lock is had, so that the
kernel lets go of it however its process ends. Whoever is asked to let go looks at it: it gives nothing to one
that is not there any more.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.errors import JournalError, RequestRefused

if TYPE_CHECKING:
    from pathlib import Path

BESIDE = ".successor"
"""The lock's file is named as the journal, with this behind it."""
TRIES = 10
TRY_EVERY = 0.01
"""Seconds: who only looks (`claimant`) holds the lock for a moment too."""


class TakingOver(RequestRefused):
    """Another process takes over from the running server already (HTTP 409)."""

    code = "IVR608"


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who has the right: ``claim`` tells one process from another of the same number."""

    pid: int
    claim: str


class Claim:
    """Ours, until `release`. Raises :class:`TakingOver` where another process has it, JournalError where
    nobody could."""

    def __init__(self, journal: Path) -> None:
        self.id = secrets.token_hex(8)
        path = _beside(journal)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            _take(self._lock)
            os.ftruncate(self._lock, 0)
            os.write(self._lock, f"{os.getpid()} {self.id}\n".encode())
        except BlockingIOError as error:
            other = _read(self._lock)
            os.close(self._lock)
            raise refusal(other) from error
        except OSError as error:
            os.close(self._lock)
            raise _unusable(path, error) from error

    def release(self) -> None:
        """Let another process have it."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def claimant(journal: Path) -> Claimant | None:
    """Give who is about to take over from the server of this journal; None for nobody. Raises JournalError
    where that cannot be told."""
    path = _beside(journal)
    try:
        lock = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(lock)
    except OSError as error:
        raise _unusable(path, error) from error
    finally:
        os.close(lock)
    return None


def refusal(other: Claimant) -> TakingOver:
    """Say that this process is the one."""
    return TakingOver(
        f"process {other.pid} is taking over already",
        status=409,
        hint="wait until it has, or end it: the running server goes on then, and may be asked again",
    )


def _take(lock: int) -> None:
    for left in range(TRIES, -1, -1):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not left:
                raise
            time.sleep(TRY_EVERY)
        else:
            return


def _read(lock: int) -> Claimant:
    pid, _, claim = os.pread(lock, 60, 0).decode("ascii", "replace").strip().partition(" ")
    return Claimant(int(pid) if pid.isdigit() else 0, claim)


def _beside(journal: Path) -> Path:
    return journal.with_name(journal.name + BESIDE)


def _unusable(path: Path, error: OSError) -> JournalError:
    return JournalError(
        f"{path} cannot be used: {error.strerror}",
        hint="see that the folder exists, has space, and may be written by this user",
    )
