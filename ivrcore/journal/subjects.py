"""Personal values (caller's number and name, words) apart from the journal, encrypted and erasable.

Events carry only the subject's id, which is random: erasing the row leaves nothing that leads to a person.
AES-256-GCM (NIST SP 800-38D) by :mod:`cryptography`, a fresh 96-bit nonce per row, the id bound in as
associated data so that rows cannot be exchanged. The rows lie in the journal's file and are written by its
thread.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ivrcore.errors import JournalError
from ivrcore.journal.store import Write, reading

NONCE_BYTES = 12

INSERT = "INSERT OR REPLACE INTO subject VALUES (?, ?, ?)"
DELETE = "DELETE FROM subject WHERE id = ?"
SELECT = "SELECT nonce, sealed FROM subject WHERE id = ?"


class Submit(Protocol):
    """How a row is handed to the journal's thread: :meth:`ivrcore.journal.writer.Writer.submit`."""

    def __call__(self, write: Write, done: Callable[[], None], *, urgent: bool) -> None:
        """Take a write, call ``done`` once it is durable."""


def sealed_of(cipher: AESGCM, subject: str, values: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Give a new nonce, and a subject's values sealed with it."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce, cipher.encrypt(nonce, msgspec.json.encode(dict(values)), subject.encode())


class Subjects:
    """The table of personal values. Used on the reactor's thread; `get` reads one row (blocks briefly).

    ``submit`` is the journal's writer's, ``path`` the journal's file, ``key`` 32 bytes (AES-256).
    """

    def __init__(self, path: Path, submit: Submit, key: bytes) -> None:
        self._path = path
        self._submit = submit
        self._cipher = AESGCM(key)
        self._waiting: dict[str, tuple[bytes, bytes] | None] = {}
        """Rows (or None: erased) that are not in the file yet."""
        self._open: sqlite3.Connection | None = None

    def put(self, values: Mapping[str, str]) -> str:
        """Keep the values; give the new subject's id, to be put into events."""
        subject = secrets.token_hex(16)
        self.keep(subject, values)
        return subject

    def keep(self, subject: str, values: Mapping[str, str]) -> None:
        """Keep the values under an id of the asker's, which must tell nothing of them without a key."""
        nonce, sealed = sealed_of(self._cipher, subject, values)
        self._write(subject, (nonce, sealed), Write(INSERT, [(subject, nonce, sealed)]), urgent=False)

    def get(self, subject: str) -> dict[str, str] | None:
        """Give the values, or None if erased or never known; raise :class:`JournalError` for a wrong key."""
        row = self._waiting[subject] if subject in self._waiting else self._stored(subject)
        if row is None:
            return None
        try:
            plain = self._cipher.decrypt(*row, subject.encode())
        except InvalidTag as error:
            raise JournalError(
                f"the personal values of subject {subject} cannot be decrypted",
                hint="the journal's key in the configuration is not the one they were written with",
            ) from error
        return msgspec.json.decode(plain, type=dict[str, str])

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Open the file once for all that is read inside: to open it takes longer than to read a row."""
        with ExitStack() as held:
            with suppress(JournalError):  # then each read tells of it
                self._open = held.enter_context(reading(self._path))
            try:
                yield
            finally:
                self._open = None

    def erase(self, subject: str) -> bool:
        """Forget the values for good; the file's pages are overwritten. False if there were none."""
        known = self._waiting[subject] if subject in self._waiting else self._stored(subject)
        if known is None:
            return False
        self._write(subject, None, Write(DELETE, [(subject,)]), urgent=True)
        return True

    def _write(self, subject: str, row: tuple[bytes, bytes] | None, write: Write, *, urgent: bool) -> None:
        self._waiting[subject] = row
        self._submit(write, partial(self._written, subject, row), urgent=urgent)

    def _written(self, subject: str, row: tuple[bytes, bytes] | None) -> None:
        if subject in self._waiting and self._waiting[subject] is row:
            del self._waiting[subject]

    def _stored(self, subject: str) -> tuple[bytes, bytes] | None:
        try:
            with nullcontext(self._open) if self._open else reading(self._path) as connection:
                row: tuple[bytes, bytes] | None = connection.execute(SELECT, (subject,)).fetchone()
        except sqlite3.Error as error:  # as `reading` says it
            raise JournalError(f"the personal values in {self._path} cannot be read: {error}") from error
        return row
