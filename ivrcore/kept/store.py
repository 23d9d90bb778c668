"""The folder of kept utterances: encrypted, and never more or for longer than the bounds allow.

Everything here blocks: call it on a worker, one call at a time. An id begins with its time in milliseconds,
so that age is known without the key; a file's mark tells, without it too, whose it is to those who know the
subject's id. Must not know of calls or the web.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import structs

from ivrcore.errors import JournalError
from ivrcore.kept.model import FailedTurn, Gone, Head, Held
from ivrcore.sealed import SealedFolder
from ivrcore.speech.audio import seconds_of

log = logging.getLogger("ivrcore.speech")

MAGIC = b"IVRU2"
ENDING = ".utterance"
_ID = re.compile(r"[0-9]{13}-[0-9a-f]{16}")


def mark_of(subject: str) -> bytes:
    """Give what stands for a subject in the clear.

    Subjects' ids are 128 random bits (`ivrcore.journal.subjects`), so their hash needs no key: nobody can
    try them all, and what is of a person is found whatever became of the key.
    """
    return hashlib.sha256(subject.encode()).digest()


MARK_BYTES = len(mark_of(""))


def _at(utterance: str) -> float:
    return int(utterance.partition("-")[0]) / 1000


class KeptStore:
    """``key`` is 32 bytes, ``longest`` seconds, ``room`` bytes.

    Raises :class:`JournalError` where it fails. What has to go and cannot be deleted stops nothing: it is
    told in the log, and tried again each time. Nothing is kept while the folder cannot be opened.
    """

    def __init__(self, folder: Path, key: bytes, *, longest: float, room: int) -> None:
        self._files = SealedFolder(
            folder, key, what="kept utterance", ending=ENDING, magic=MAGIC, form=_ID, mark=MARK_BYTES
        )
        self._folder = folder
        self._longest = longest
        self._room = room
        self._sizes: dict[str, int] = {}
        """Id -> bytes."""
        self._opened = False

    def bound(self, *, longest: float, room: int) -> None:
        """Have other bounds from now on."""
        self._longest, self._room = longest, room

    def open(self) -> None:
        """Make the folder, let nobody else in, and see what is there: at the start, and from time to time.

        A folder that others may enter and that holds other things is theirs too: it is refused.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._folder.stat().st_mode & 0o077:
                self._close()
        except OSError as error:
            why = f"the folder of kept utterances {self._folder} cannot be used: {error.strerror}"
            raise JournalError(why) from error
        self._sizes = {name: self._size(name) for name in self._files.ids()}
        self._opened = True
        try:
            self._files.clear_drafts()
        except JournalError as error:
            _told(error)

    def held(self) -> Held:
        """Tell what is there."""
        oldest = min(map(_at, self._sizes), default=None)
        return Held(len(self._sizes), sum(self._sizes.values()), oldest)

    def keep(self, failed: FailedTurn) -> tuple[Head, int]:
        """Keep one; it is on the disk, whole, when this returns. Give how many had to go for it."""
        if not self._opened:
            self.open()
        audio = b"".join(failed.audio)
        head = Head(
            utterance=f"{max(0, round(failed.at * 1000)):013d}-{secrets.token_hex(8)}",
            at=failed.at,
            contact=failed.contact,
            subject=failed.subject,
            plan=failed.plan,
            plan_version=failed.plan_version,
            menu=failed.menu,
            language=failed.language,
            engine=failed.engine,
            outcome=failed.outcome,
            verdict=failed.verdict,
            choice=failed.choice,
            confidence=failed.confidence,
            seconds=seconds_of(audio),
        )
        self._write(head, audio)
        return head, self.make_room()

    def expire(self, now: float) -> int:
        """Delete what is too old at ``now`` (UTC seconds); give how many those were."""
        old = [name for name in self._sizes if _at(name) <= now - self._longest]
        return sum(map(self._deleted, old))

    def make_room(self) -> int:
        """Delete the oldest where there is no room for them; give how many those were."""
        over, count = sum(self._sizes.values()) - self._room, 0
        for name in sorted(self._sizes):
            if over <= 0:
                break
            size = self._sizes[name]
            if self._deleted(name):
                count += 1
                over -= size
        return count

    def heads(self) -> list[Head]:
        """List those that can be read, the oldest first; others are told of in the log."""
        found: list[Head] = []
        for name in sorted(self._sizes):
            try:
                head = self.head(name)
            except JournalError as error:
                _told(error)
                continue
            if head is not None:
                found.append(head)
        return found

    def head(self, utterance: str) -> Head | None:
        """Give what is known of one; None if it is not there."""
        raw = self._files.head(utterance)
        return None if raw is None else msgspec.json.decode(raw, type=Head)

    def read(self, utterance: str) -> tuple[Head, bytes] | None:
        """Give one with its audio; None if it is not there."""
        found = self._files.read(utterance)
        return None if found is None else (msgspec.json.decode(found[0], type=Head), found[1])

    def label(self, utterance: str, said: str, means: str) -> Head | None:
        """Write down what a person heard; None if it is not there."""
        return self._change(utterance, labelled=True, said=said, means=means)

    def transcribe(self, utterance: str, heard: str, heard_by: str) -> Head | None:
        """Write down what a recogniser heard; None if it is not there."""
        return self._change(utterance, heard=heard, heard_by=heard_by)

    def erase(self, utterance: str) -> bool:
        """Delete one for good; False if it is not there."""
        known = self._files.delete(utterance)
        self._sizes.pop(utterance, None)
        return known

    def erase_all(self) -> Gone:
        """Delete all of them, also what was kept with another key; what fails stops nothing else."""
        count, failed = 0, []
        for name in self._files.ids():
            try:
                count += self.erase(name)
            except JournalError as error:
                failed.append(error.message)
        return Gone(count, tuple(failed))

    def erase_of(self, subjects: Iterable[str]) -> Gone:
        """Delete what these people said, also what was kept with another key; what fails stops nothing else.

        A file so damaged that it has no mark may be theirs, and nobody can ever use it: it goes too.
        """
        wanted = {*map(mark_of, subjects), b""}
        count, failed = 0, []
        for name in self._files.ids():
            try:
                if self._files.mark(name) in wanted:
                    count += self.erase(name)
            except JournalError as error:
                failed.append(error.message)
        return Gone(count, tuple(failed))

    # --- inside ---------------------------------------------------------------------------------

    def _close(self) -> None:
        other = next((path.name for path in self._folder.iterdir() if path.suffix != ENDING), None)
        if other is not None:
            raise JournalError(
                f"the folder of kept utterances {self._folder} is open to other users and holds {other}",
                hint="give kept utterances a folder of their own",
            )
        self._folder.chmod(0o700)

    def _write(self, head: Head, audio: bytes) -> None:
        raw, mark = msgspec.json.encode(head), mark_of(head.subject)
        self._sizes[head.utterance] = self._files.write(head.utterance, raw, audio, mark)

    def _change(self, utterance: str, **values: str | bool) -> Head | None:
        found = self.read(utterance)
        if found is None:
            return None
        head = structs.replace(found[0], **values)
        self._write(head, found[1])
        return head

    def _size(self, name: str) -> int:
        try:
            return self._files.size(name)
        except JournalError as error:
            _told(error)
            return 0

    def _deleted(self, name: str) -> bool:
        try:
            return self.erase(name)
        except JournalError as error:
            _told(error)
            return False


def _told(error: JournalError) -> None:
    log.warning("%s %s", error.code, error.message)
