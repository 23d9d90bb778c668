"""Callers' messages: encrypted files in the site's folder, listed, heard and deleted.

A file holds a short head (who, when, which mailbox) and the audio, each sealed by AES-256-GCM (NIST SP
800-38D) as the subjects' values are, bound to the message's id. Everything here blocks: call it on a worker.
Must not know of calls, Asterisk or the web.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ivrcore.errors import JournalError

MAGIC = b"IVRM1"
NONCE_BYTES = 12
ENDING = ".message"
_ID = re.compile(r"[0-9a-f]{32}")


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a message without hearing it. ``at`` is UTC seconds; ``subject`` has the number."""

    message: str
    mailbox: str
    contact: str
    at: float
    seconds: float
    subject: str = ""


class Messages:
    """The folder of messages; ``key`` is the journal's. Raises :class:`JournalError` where it fails."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._cipher = AESGCM(key)

    def keep(self, mailbox: str, contact: str, at: float, seconds: float, subject: str, audio: bytes) -> Head:
        """Keep a message; it is on the disk, whole, when this returns."""
        head = Head(
            message=secrets.token_hex(16),
            mailbox=mailbox,
            contact=contact,
            at=at,
            seconds=seconds,
            subject=subject,
        )
        try:
            self._write(head, audio)
        except OSError as error:
            raise JournalError(f"a message cannot be kept in {self._folder}: {error.strerror}") from error
        return head

    def heads(self) -> list[Head]:
        """List them, the oldest first."""
        found = [head for path in self._files() if (head := self._head(path)) is not None]
        return sorted(found, key=lambda head: (head.at, head.message))

    def count(self, mailbox: str) -> int:
        """Count a mailbox's messages."""
        return sum(head.mailbox == mailbox for head in self.heads())

    def read(self, message: str) -> tuple[Head, bytes] | None:
        """Give a message with its audio, a wav; None if there is none."""
        path = self._path(message)
        raw = self._raw(path) if path else None
        if raw is None:
            return None
        head, rest = self._split(message, raw)
        return head, self._open(message, b"audio", rest)

    def delete(self, message: str) -> Head | None:
        """Delete a message for good; None if there is none."""
        path = self._path(message)
        head = self._head(path) if path else None
        if path is None or head is None:
            return None
        # What the file system may keep of its pages cannot be read without the key.
        path.unlink(missing_ok=True)
        return head

    def delete_of(self, subject: str) -> list[Head]:
        """Delete what a person said, who wants to be forgotten."""
        return [
            gone
            for head in self.heads()
            if head.subject == subject and (gone := self.delete(head.message)) is not None
        ]

    # --- inside ---------------------------------------------------------------------------------

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{ENDING}"))

    def _path(self, message: str) -> Path | None:
        return self._folder / f"{message}{ENDING}" if _ID.fullmatch(message) else None

    def _write(self, head: Head, audio: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sealed = self._seal(head.message, b"head", msgspec.json.encode(head))
        raw = MAGIC + len(sealed).to_bytes(4) + sealed + self._seal(head.message, b"audio", audio)
        path = self._folder / f"{head.message}{ENDING}"
        draft = path.with_name(f".{path.name}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def _head(self, path: Path) -> Head | None:
        """Read the head alone; None for a message that was deleted meanwhile."""
        message = path.name.removesuffix(ENDING)
        try:
            with path.open("rb") as file:
                start = file.read(len(MAGIC) + 4)
                sealed = file.read(self._length(message, start))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise JournalError(f"the message {message} cannot be read: {error.strerror}") from error
        return msgspec.json.decode(self._open(message, b"head", sealed), type=Head)

    def _raw(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise JournalError(f"the message {path.stem} cannot be read: {error.strerror}") from error

    def _split(self, message: str, raw: bytes) -> tuple[Head, bytes]:
        begin = len(MAGIC) + 4
        end = begin + self._length(message, raw[:begin])
        head = msgspec.json.decode(self._open(message, b"head", raw[begin:end]), type=Head)
        return head, raw[end:]

    @staticmethod
    def _length(message: str, start: bytes) -> int:
        if not start.startswith(MAGIC) or len(start) != len(MAGIC) + 4:
            raise JournalError(f"the file of the message {message} is damaged")
        return int.from_bytes(start[len(MAGIC) :])

    def _seal(self, message: str, part: bytes, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, message.encode() + part)

    def _open(self, message: str, part: bytes, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], message.encode() + part)
        except (InvalidTag, ValueError) as error:
            raise JournalError(
                f"the message {message} cannot be decrypted",
                hint="it is damaged, or the journal's key is not the one it was kept with",
            ) from error
