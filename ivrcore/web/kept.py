"""``/api/v1/kept``: what is kept of failed turns. Every access is journalled.

Must not know how it is kept: `KeptBox` does, and comes back when it is done.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol, overload

import msgspec
from twisted.internet.defer import Deferred
from twisted.web.server import Request

from ivrcore.errors import RequestRefused
from ivrcore.kept.words import LEAST, MenuWords
from ivrcore.web.api import read_body
from ivrcore.web.endpoint import Endpoint, Reply, json_reply
from ivrcore.web.roles import Gate

if TYPE_CHECKING:
    from ivrcore.kept.model import Head

LONGEST_TEXT = 1000
WORDS = "words"
SAMPLE = '{"said": "opening hours", "means": "hours", "author": "kim"}'


class KeptView(msgspec.Struct, frozen=True, kw_only=True):
    """A kept utterance as shown; see :class:`ivrcore.kept.model.Head`."""

    utterance: str
    at: float
    contact: str
    plan: str
    plan_version: str
    menu: str
    language: str
    engine: str
    outcome: str
    verdict: str
    choice: str
    confidence: float
    seconds: float
    labelled: bool
    said: str
    means: str
    heard: str
    heard_by: str


@overload
def shown(head: Head) -> KeptView: ...
@overload
def shown(head: Head | None) -> KeptView | None: ...
def shown(head: Head | None) -> KeptView | None:
    """Give what is shown of one: not whose it is."""
    if head is None:
        return None
    values = {name: getattr(head, name) for name in KeptView.__struct_fields__}
    return msgspec.convert({**values, "seconds": round(head.seconds, 2)}, KeptView)


class KeptBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What somebody heard: a person ``said`` and what it ``means``, or a recogniser ``heard``."""

    said: str | None = None
    means: str = ""
    heard: str | None = None
    heard_by: str = ""
    author: str = ""


class KeptBox(Protocol):
    """All kept utterances; what it gives comes later. ``by`` is who asked, for the journal."""

    def listed(self, by: str) -> Deferred[list[KeptView]]:
        """List them, the oldest first."""

    @property
    def count(self) -> int:
        """How many there are, also those that cannot be read, as of the last that was done."""

    def words(
        self, least: int, by: str, since: float = 0.0, until: float = math.inf
    ) -> Deferred[list[MenuWords]]:
        """Tell what was said, by menu, as far as ``least`` contacts said it from ``since`` to ``until``."""

    def hear(self, utterance: str, by: str) -> Deferred[bytes | None]:
        """Give the wav of one; None if it is not there."""

    def label(self, utterance: str, said: str, means: str, by: str) -> Deferred[KeptView | None]:
        """Write down what a person heard; None if it is not there."""

    def transcribe(self, utterance: str, heard: str, heard_by: str, by: str) -> Deferred[KeptView | None]:
        """Write down what a recogniser heard; None if it is not there."""

    def erase(self, utterance: str, by: str) -> Deferred[bool]:
        """Delete one for good; False if it is not there."""

    def erase_all(self, by: str) -> Deferred[int]:
        """Delete all for good, also those that cannot be read; give how many."""


class KeptEndpoint(Endpoint):
    """``/kept``: ``GET, DELETE``; ``GET /kept/words`` counts what was said; ``/kept/ID`` is one of them."""

    def __init__(self, box: KeptBox | None, gate: Gate) -> None:
        super().__init__(gate)
        self._kept = box

    def on_get(self, request: Request) -> Deferred[Reply]:
        """List them, count words, or give the wav of one."""
        by = self.author(request, _asked(request, "author"))
        if not any(request.postpath or ()):
            listed = self._box.listed(by)
            return listed.addCallback(lambda found: json_reply({"kept": found, "held": self._box.count}))
        utterance = _named(request)
        if utterance == WORDS:
            since, until = _moment(request, "since", 0.0), _moment(request, "until", math.inf)
            found = self._box.words(_least(request), by, since, until)
            return found.addCallback(lambda menus: json_reply({"menus": menus}))
        return self._box.hear(utterance, by).addCallback(_heard)

    def on_put(self, request: Request) -> Deferred[Reply]:
        """Write down what somebody, or a recogniser, heard."""
        utterance = _named(request)
        body = read_body(request, KeptBody, SAMPLE)
        by = self.author(request, body.author)
        if (body.said is None) == (body.heard is None):
            raise RequestRefused("give either 'said' or 'heard'", status=400, hint=SAMPLE)
        if max(map(len, (body.said or "", body.means, body.heard or "", body.heard_by))) > LONGEST_TEXT:
            raise RequestRefused(
                "the text is too long", status=400, hint=f"{LONGEST_TEXT} characters at most"
            )
        if body.said is not None:
            return self._box.label(utterance, body.said, body.means, by).addCallback(_changed)
        return self._box.transcribe(utterance, body.heard or "", body.heard_by, by).addCallback(_changed)

    def on_delete(self, request: Request) -> Deferred[Reply]:
        """Delete one, or all."""
        by = self.author(request, _asked(request, "author"))
        if not any(request.postpath or ()):
            return self._box.erase_all(by).addCallback(lambda count: json_reply({"deleted": count}))
        utterance = _named(request)

        def deleted(known: bool) -> Reply:
            if not known:
                raise _unknown()
            return json_reply({"deleted": utterance})

        return self._box.erase(utterance, by).addCallback(deleted)

    @property
    def _box(self) -> KeptBox:
        if self._kept is None:
            raise RequestRefused(
                "nothing is kept of failed turns here",
                status=404,
                hint="see `speech: keep:` in docs/speech.md",
            )
        return self._kept


def _named(request: Request) -> str:
    parts = [part.decode("utf-8", "replace") for part in request.postpath or () if part]
    if len(parts) != 1:
        raise RequestRefused("name one utterance", status=404, hint="GET /api/v1/kept lists them")
    return parts[0]


def _asked(request: Request, name: str) -> str:
    given = request.args.get(name.encode(), [b""]) if request.args else [b""]
    return given[0].decode("utf-8", "replace")


def _least(request: Request) -> int:
    given = _asked(request, "least") or str(LEAST)
    if not (given.isascii() and given.isdigit() and len(given) < 9):
        raise RequestRefused("'least' is a number of contacts", status=400, hint="such as least=3")
    return int(given)


def _moment(request: Request, name: str, default: float) -> float:
    given = _asked(request, name)
    if not given:
        return default
    try:
        moment = float(given)
    except ValueError:
        moment = math.nan
    if not math.isfinite(moment):
        raise RequestRefused(f"{name!r} is a time in UTC seconds", status=400, hint="such as 1800000000")
    return moment


def _heard(wav: bytes | None) -> Reply:
    if wav is None:
        raise _unknown()
    return Reply(wav, "audio/wav")


def _changed(view: KeptView | None) -> Reply:
    if view is None:
        raise _unknown()
    return json_reply({"kept": view})


def _unknown() -> RequestRefused:
    return RequestRefused("there is no such utterance", status=404, hint="is it deleted already?")
