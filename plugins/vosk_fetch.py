"""Fetches a Vosk model: the list of the models' site, its zip and that list's checksum. No plugin itself.

Vosk's own downloader waits without end on a dead network, checks nothing, and leaves half a model behind when
it is cut off. Here a download that was cut off goes on where it ended, and a model appears whole or not
at all.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import http.client
import json
import lzma
import os
import re
import shutil
import stat
import struct
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ivrcore.api import ModelMissing, Progress

LIST = "model-list.json"
MOST_LISTED = 10_000_000
"""Bytes of the list that are read."""
CONNECT_SECONDS = 5.0
"""How long the site may be silent before it answers the first question."""
SILENT_SECONDS = 20.0
"""How long it may be silent in a download."""
CHUNK = 1 << 18
WITHOUT_INTERNET = (
    "without internet: fetch the model's zip elsewhere and unpack it into ~/.cache/vosk (or the folder that "
    "VOSK_MODEL_PATH names), or serve a copy of that site and name it with --from URL"
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MD5 = re.compile(r"[0-9a-f]{32}")
_FAULTS = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, LookupError),
)
"""What a zip makes zipfile and what it unpacks with raise."""
_OF_NAMES = (
    *(None, errno.EEXIST, errno.ENOENT, errno.ENOTDIR, errno.EISDIR),
    *(errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ),
)
"""Errors of a disk that are no fault of the disk: names that cannot be, or none (bz2 raises these)."""
_NO_ROOM = "there is no room on the disk"


@dataclass(frozen=True, slots=True)
class Listed:
    """One model of the site's list; ``size`` in bytes."""

    name: str
    language: str
    """As the site has it, such as en-us or cn."""
    size: int
    md5: str


def models_listed(source: str = "") -> tuple[Listed, ...]:
    """Ask the site, or a copy of it at the address ``source``, what it has; raise ModelMissing."""
    address = _site(source) + LIST
    try:
        with _open(urllib.request.Request(address), CONNECT_SECONDS) as answer:  # noqa: S310 - see _site
            entries = json.loads(answer.read(MOST_LISTED))
        return tuple(
            Listed(str(one["name"]), str(one["lang"]), int(one["size"]), str(one["md5"]).lower())
            for one in entries
            if str(one.get("obsolete", "false")).lower() != "true"
        )
    except (OSError, http.client.HTTPException) as error:
        raise ModelMissing(
            f"nobody gives a list of models at {address}: {_why(error)}", hint=WITHOUT_INTERNET
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelMissing(f"what is at {address} is no list of Vosk models") from error


def fetch(wanted: Listed, folder: Path, source: str, told: Progress) -> Path:
    """Fetch a model into a folder of models, and give its own; raise ModelMissing."""
    if not _NAME.fullmatch(wanted.name) or not _MD5.fullmatch(wanted.md5) or wanted.size <= 0:
        raise ModelMissing(f"the list of models says nothing that can be used of {wanted.name!r}")
    model = folder / wanted.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            if not model.is_dir():
                archive = folder / f".{wanted.name}.zip.part"
                _download(wanted, archive, _site(source) + wanted.name + ".zip", told)
                _unpack(wanted.name, archive, folder)
    except OSError as error:
        raise ModelMissing(f"{model} cannot be written: {error.strerror}") from error
    return model


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from fetching into the same folder; one that dies lets go of it."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ModelMissing(f"another process fetches a model into {folder} just now") from None
    finally:
        os.close(held)


# --- the network ------------------------------------------------------------------------------------------


def _site(source: str) -> str:
    if not source:
        import vosk  # here: it takes as long to import as checking a small site

        source = vosk.MODEL_PRE_URL
    if not source.startswith(("https://", "http://")):
        raise ModelMissing(f"{source} is no address of a web server", hint="such as https://models.example/")
    return source.rstrip("/") + "/"


def _open(request: urllib.request.Request, seconds: float) -> http.client.HTTPResponse:
    # Not `urlopen`: it keeps the proxies of its first use for all that the process ever asks for.
    answer: http.client.HTTPResponse = urllib.request.build_opener().open(request, timeout=seconds)
    return answer


def _download(wanted: Listed, archive: Path, address: str, told: Progress) -> None:
    """Have all of the zip in ``archive``, which may hold its beginning; what cannot be used is removed."""
    have = archive.stat().st_size if archive.is_file() else 0
    if have > wanted.size:
        have = 0
    _want_room(archive.parent, wanted.size - have)
    if have < wanted.size:
        have = _rest(wanted, archive, have, address, told)
    if have < wanted.size:
        message = f"the download ended after {have} of {wanted.size} bytes"
        raise ModelMissing(message, hint="ask for it again: it goes on from there")
    told(have, wanted.size)
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if digest != wanted.md5:
        archive.unlink()
        raise ModelMissing(
            f"what {address} gave has another checksum than the list says", hint="ask again: it begins anew"
        )


def _rest(wanted: Listed, archive: Path, have: int, address: str, told: Progress) -> int:
    """Fetch what is missing; give how much is there then. A site that cannot go on begins anew."""
    with _zip(address, have) as answer:
        goes_on = answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        have = have if goes_on else 0
        with archive.open("ab" if goes_on else "wb") as file:
            for chunk in _chunks(answer, address):
                have += len(chunk)
                if have > wanted.size:
                    file.truncate(0)
                    raise ModelMissing(f"{address} gives more than the list says")
                file.write(chunk)
                told(have, wanted.size)
    return have


def _zip(address: str, have: int) -> http.client.HTTPResponse:
    headers = {"Range": f"bytes={have}-"} if have else {}
    try:
        return _open(urllib.request.Request(address, headers=headers), SILENT_SECONDS)  # noqa: S310 - see _site
    except (OSError, http.client.HTTPException) as error:
        raise ModelMissing(f"{address} cannot be fetched: {_why(error)}") from error


def _chunks(answer: http.client.HTTPResponse, address: str) -> Iterator[bytes]:
    """Give what comes; a site that breaks off, or is silent, ends it: what came is kept."""
    while True:
        try:
            chunk = answer.read(CHUNK)
        except http.client.IncompleteRead as error:
            chunk = error.partial
        except (OSError, http.client.HTTPException) as error:
            hint = "ask for it again: it goes on from there"
            raise ModelMissing(f"{address} broke off: {_why(error)}", hint=hint) from error
        if not chunk:
            return
        yield chunk


def _why(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.code} {error.reason}"
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__


# --- the disk ---------------------------------------------------------------------------------------------


def _want_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size:
        raise ModelMissing(f"{_NO_ROOM} of {folder}: {size} bytes are needed, {free} are free")


def _unpack(name: str, archive: Path, folder: Path) -> None:
    """Put the model beside the archive by one renaming; the archive is kept where the disk is at fault."""
    draft = folder / f".{name}.new"
    shutil.rmtree(draft, ignore_errors=True)
    try:
        _extract(name, archive, draft)
        (draft / name).rename(folder / name)
    except _Broken as error:
        archive.unlink()
        raise ModelMissing(f"the zip of {name} is broken: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    archive.unlink()


class _Broken(Exception):
    """A zip that can never be unpacked."""


def _extract(name: str, archive: Path, draft: Path) -> None:
    """Raise :class:`_Broken` for what is the zip's fault, `OSError` for what is the disk's."""
    try:
        with zipfile.ZipFile(archive) as content:
            members = content.infolist()
            _refuse_strays(members, name)
            _want_model(members, name)
            _want_room(draft.parent, sum(one.file_size for one in members))
            content.extractall(draft, members)
    except _FAULTS as error:
        raise _Broken(str(error) or type(error).__name__) from error
    except OSError as error:
        if error.errno not in _OF_NAMES:
            raise
        raise _Broken(error.strerror or str(error)) from error


def _want_model(members: list[zipfile.ZipInfo], name: str) -> None:
    if not any(one.filename.startswith(f"{name}/conf/") for one in members):
        raise zipfile.BadZipFile("there is no Vosk model in it")


def _refuse_strays(members: list[zipfile.ZipInfo], name: str) -> None:
    """Refuse a zip whose files would lie elsewhere than in the model's own folder."""
    for one in members:
        parts = one.filename.split("/")
        strays = parts[0] != name or ".." in parts or "\\" in one.filename or os.path.isabs(one.filename)
        if strays or stat.S_ISLNK(one.external_attr >> 16):
            raise zipfile.BadZipFile(f"it holds {one.filename!r}, which does not belong there")
