"""Encrypted files of one folder: each has a short head, and a body that need not be read for it.

Both are sealed by AES-256-GCM (NIST SP 800-38D) by :mod:`cryptography`, with a fresh 96-bit nonce, and bound
to the file's id, its mark and their place in it, so that nothing can be exchanged. A mark, where there is
one, stands before them in the clear: it is read without the key, so it must tell nothing of a person.
A draft is locked (flock) by who writes it, so that several processes can write to a folder.
Everything here blocks. Must not know what is kept.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ivrcore.errors import JournalError

NONCE_BYTES = 12
LENGTH_BYTES = 4
_HEAD, _BODY = b"head", b"audio"


class SealedFolder:
    """Files ``ID + ending``, of mode 600 in a folder of mode 700; ``key`` is 32 bytes.

    ``what`` a file holds stands in errors (:class:`JournalError`), ``form`` is what an id looks like,
    ``magic`` what a file begins with, ``mark`` how many bytes its mark has.
    """

    def __init__(
        self,
        folder: Path,
        key: bytes,
        *,
        what: str,
        ending: str,
        magic: bytes,
        form: re.Pattern[str],
        mark: int = 0,
    ) -> None:
        self.folder = folder
        self._cipher = AESGCM(key)
        self._what = what
        self._ending = ending
        self._magic = magic
        self._form = form
        self._marked = len(magic), len(magic) + mark
        """Where the mark begins and ends."""
        self._start = len(magic) + mark + LENGTH_BYTES

    def ids(self) -> list[str]:
        """List what is there, in the order of the names."""
        try:
            files = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise JournalError(f"the folder {self.folder} cannot be listed: {error.strerror}") from error
        names = (name.removesuffix(self._ending) for name in files if name.endswith(self._ending))
        return sorted(name for name in names if self._form.fullmatch(name))

    def size(self, name: str) -> int:
        """Give a file's bytes; 0 if there is none."""
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise self._unreadable(name, error) from error

    def written(self, name: str) -> float:
        """Give when a file was written, UTC seconds; 0 if there is none, or nobody can tell."""
        try:
            return self._path(name).stat().st_mtime
        except OSError:
            return 0.0

    def mark(self, name: str) -> bytes | None:
        """Read a file's mark, which takes no key; empty if it is damaged, None if there is no such file."""
        try:
            with self._path(name).open("rb") as file:
                start = file.read(self._start)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(name, error) from error
        return self._mark_in(start) if self._is_whole(start) else b""

    def write(self, name: str, head: bytes, body: bytes, mark: bytes = b"") -> int:
        """Write a file whole, in place of one of that id; it is on the disk when this returns its bytes."""
        sealed = self._seal(name, _HEAD, mark, head)
        start = self._magic + mark + len(sealed).to_bytes(LENGTH_BYTES)
        raw = start + sealed + self._seal(name, _BODY, mark, body)
        path = self._path(name)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft, number = self._new_draft(name)
        except OSError as error:
            raise self._unkept(error) from error
        try:
            with os.fdopen(number, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
                draft.replace(path)  # while it is locked: nobody may take it for left over
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise self._unkept(error) from error
        return len(raw)

    def head(self, name: str) -> bytes | None:
        """Read a head alone; None if there is no such file."""
        if not self._form.fullmatch(name):
            return None
        try:
            with self._path(name).open("rb") as file:
                start = file.read(self._start)
                sealed = file.read(self._length(name, start))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(name, error) from error
        return self._open(name, _HEAD, self._mark_in(start), sealed)

    def read(self, name: str) -> tuple[bytes, bytes] | None:
        """Read head and body; None if there is no such file."""
        if not self._form.fullmatch(name):
            return None
        try:
            raw = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(name, error) from error
        start = raw[: self._start]
        end = self._start + self._length(name, start)
        mark = self._mark_in(start)
        return self._open(name, _HEAD, mark, raw[self._start : end]), self._open(name, _BODY, mark, raw[end:])

    def delete(self, name: str) -> bool:
        """Delete a file for good; False if there is none."""
        if not self._form.fullmatch(name):
            return False
        try:
            # What the file system may keep of its pages cannot be read without the key.
            self._path(name).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise JournalError(f"the {self._what} {name} cannot be deleted: {error.strerror}") from error
        return True

    def clear_drafts(self) -> None:
        """Delete what a crash left half written, of whichever process. Tries all before it fails."""
        failed: list[str] = []
        for path in self.folder.glob(f".*{self._ending}"):
            try:
                with path.open("rb") as file, suppress(BlockingIOError):  # somebody writes it
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink(missing_ok=True)
            except FileNotFoundError:
                pass
            except OSError as error:
                failed.append(f"{path.name}: {error.strerror}")
        if failed:
            raise JournalError(f"half a {self._what} cannot be deleted: {'; '.join(failed)}")

    # --- inside ---------------------------------------------------------------------------------

    def _new_draft(self, name: str) -> tuple[Path, int]:
        """Make a file that no other writer has, locked; give it, open."""
        while True:
            draft = self.folder / f".{name}.{secrets.token_hex(8)}{self._ending}"
            number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with suppress(BlockingIOError):
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(number).st_nlink:
                    return draft, number
            os.close(number)  # somebody cleared it away before it was locked

    def _unkept(self, error: OSError) -> JournalError:
        return JournalError(f"a {self._what} cannot be kept in {self.folder}: {error.strerror}")

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{self._ending}"

    def _unreadable(self, name: str, error: OSError) -> JournalError:
        return JournalError(f"the {self._what} {name} cannot be read: {error.strerror}")

    def _length(self, name: str, start: bytes) -> int:
        if not self._is_whole(start):
            raise JournalError(f"the file of the {self._what} {name} is damaged")
        return int.from_bytes(start[self._marked[1] :])

    def _is_whole(self, start: bytes) -> bool:
        return start.startswith(self._magic) and len(start) == self._start

    def _mark_in(self, start: bytes) -> bytes:
        return start[slice(*self._marked)]

    def _seal(self, name: str, part: bytes, mark: bytes, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, name.encode() + part + mark)

    def _open(self, name: str, part: bytes, mark: bytes, sealed: bytes) -> bytes:
        bound = name.encode() + part + mark
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError) as error:
            raise JournalError(
                f"the {self._what} {name} cannot be decrypted",
                hint="it is damaged, or the key in the configuration is not the one it was kept with",
            ) from error
