"""Callers' messages: encrypted files in the site's folder, listed, heard and deleted.

A file holds a short head (who, when, which mailbox) and the audio, sealed by :mod:`ivrcore.sealed`.
Everything here blocks: call it on a worker. Must not know of calls, Asterisk or the web.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

import msgspec

from ivrcore.errors import JournalError
from ivrcore.model.message_ids import ID_DIGITS, message_of
from ivrcore.sealed import SealedFolder

log = logging.getLogger("ivrcore.services")

MAGIC = b"IVRM1"
ENDING = ".message"
_ID = re.compile(rf"[0-9a-f]{{{ID_DIGITS}}}")


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a message without hearing it. ``at`` is UTC seconds; ``subject`` has the number."""

    message: str
    mailbox: str
    contact: str
    at: float
    seconds: float
    subject: str = ""


class Messages:
    """The folder of messages; ``key`` is the journal's.

    Raises :class:`ivrcore.errors.JournalError` where it fails.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self._files = SealedFolder(folder, key, what="message", ending=ENDING, magic=MAGIC, form=_ID)
        self._told: set[str] = set()
        """Unreadable ones that the log tells of already."""

    def keep(
        self, mailbox: str, contact: str, at: float, seconds: float, subject: str, audio: bytes, request: str
    ) -> Head:
        """Keep a message; it is on the disk, whole, when this returns.

        One of the same ``request`` that is there already is that message: whoever kept it may have died
        before they could say so.
        """
        message = message_of(request)
        found = self._readable(message)
        if found is not None:
            return found
        head = Head(
            message=message,
            mailbox=mailbox,
            contact=contact,
            at=at,
            seconds=seconds,
            subject=subject,
        )
        self._files.write(head.message, msgspec.json.encode(head), audio)
        return head

    def heads(self) -> list[Head]:
        """List those that can be read, the oldest first; the log tells, once, of each other one."""
        found = [head for name in self._files.ids() if (head := self._readable(name)) is not None]
        return sorted(found, key=_age)

    def count(self, mailbox: str) -> int:
        """Count a mailbox's messages that can be read."""
        return sum(head.mailbox == mailbox for head in self.heads())

    def read(self, message: str) -> tuple[Head, bytes] | None:
        """Give a message with its audio, a wav; None if there is none."""
        found = self._files.read(message)
        return None if found is None else (msgspec.json.decode(found[0], type=Head), found[1])

    def delete(self, message: str) -> Head | None:
        """Delete a message for good; None if there is none."""
        head = self._head(message)
        return head if head is not None and self._files.delete(message) else None

    def delete_of(self, subject: str) -> tuple[list[Head], list[str]]:
        """Delete what a person said, who wants to be forgotten; give that, and what failed: a line each.

        What cannot be read may be theirs, so that is told too; it stops nothing else.
        """
        gone: list[Head] = []
        failed: list[str] = []
        for message in self._files.ids():
            try:
                head = self._head(message)
                if head is not None and head.subject == subject and self._files.delete(message):
                    gone.append(head)
            except JournalError as error:
                failed.append(error.message)
        return sorted(gone, key=_age), failed

    def _readable(self, message: str) -> Head | None:
        try:
            return self._head(message)
        except JournalError as error:
            if message not in self._told:
                log.warning("%s", error)
            self._told.add(message)
            return None

    def _head(self, message: str) -> Head | None:
        raw = self._files.head(message)
        return None if raw is None else msgspec.json.decode(raw, type=Head)


def _age(head: Head) -> tuple[float, str]:
    return head.at, head.message
