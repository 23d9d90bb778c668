"""``/api/v1/announcements`` and ``/api/v1/emergency``: what callers hear beside the dialplan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from twisted.internet.defer import Deferred
from twisted.web.server import Request

from ivrcore.announcements.board import Posted, Switched
from ivrcore.announcements.drafts import Draft, SwitchDraft, plain_numbers
from ivrcore.announcements.live import Change, LiveBoard
from ivrcore.announcements.parse import TIME_HINT, read_time
from ivrcore.dialplan.model import plain_number
from ivrcore.errors import RequestRefused
from ivrcore.model.announcement import EVERYWHERE, Emergency
from ivrcore.model.names import EmergencyAction, Via
from ivrcore.problems import quoted
from ivrcore.web.api import OfHotline
from ivrcore.web.endpoint import Reply, json_reply

Body = TypeVar("Body")


class AnnouncementBody(msgspec.Struct, forbid_unknown_fields=True):
    """An announcement as asked for; ``text`` is in the first language of the dialplans.

    Times are ISO 8601 with an offset.
    """

    author: str = ""
    text: str = ""
    texts: dict[str, str] = {}
    recording: str = ""
    numbers: list[str] = []
    whole: bool = True
    starts: str | None = None
    ends: str | None = None


class EmergencyBody(msgspec.Struct, forbid_unknown_fields=True):
    """The emergency switch as asked for."""

    action: EmergencyAction
    author: str = ""
    text: str = ""
    texts: dict[str, str] = {}
    number: str = ""


class AnnouncementView(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement as shown. Times are UTC seconds."""

    name: str
    version: int
    texts: Mapping[str, str]
    recording: str
    numbers: tuple[str, ...]
    whole: bool
    starts: float
    ends: float | None
    in_force: bool
    author: str
    via: Via
    since: float


class EmergencyView(msgspec.Struct, frozen=True, kw_only=True):
    """The emergency switch of a scope as shown; nobody moved it where ``since`` is None."""

    scope: str
    action: EmergencyAction
    texts: Mapping[str, str] = {}
    number: str = ""
    author: str = ""
    via: Via | None = None
    since: float | None = None


class Announcements(OfHotline):
    """``GET``, ``PUT`` and ``DELETE /announcements[/NAME]``."""

    def on_get(self, request: Request) -> Reply:
        """List them, or show one."""
        now, board = self.hotline.board.now(), self.hotline.board.board
        name = _named(request, most=1)
        if not name:
            views = [_announcement(one, now) for one in board.posted.values()]
            return json_reply({"announcements": views})
        if name not in board.posted:
            raise _unknown(name)
        return json_reply({"announcement": _announcement(board.posted[name], now)})

    def on_put(self, request: Request) -> Deferred[Reply]:
        """Have callers hear one; answer once it is in force (or will be, at its beginning)."""
        body = _body(request, AnnouncementBody)
        board = self.hotline.board
        draft = Draft(
            name=_named(request, least=1, most=1),
            texts=_texts(body.text, body.texts, board),
            recording=body.recording,
            numbers=plain_numbers(body.numbers),
            whole=body.whole,
            starts=_time(body.starts),
            ends=_time(body.ends),
        )
        return board.post(draft, self.author(request, body.author)).addCallback(self._posted)

    def _posted(self, change: Change) -> Reply:
        shown = _announcement(change.posted, self.hotline.board.now()) if change.posted else None
        return json_reply({"announcement": shown, **_told(change)})

    def on_delete(self, request: Request) -> Reply:
        """Have nobody hear it any more; whom it is for is in the query."""
        name = _named(request, least=1, most=1)
        self.hotline.board.withdraw(name, self.author(request, _query(request, "author")))
        return json_reply({"withdrawn": name})


class EmergencySwitch(OfHotline):
    """``GET`` and ``PUT /emergency[/SCOPE]``."""

    def on_get(self, request: Request) -> Reply:
        """List every switch that is not open, or show that of a scope."""
        switched = self.hotline.board.board.switched
        scope = plain_number(_named(request, most=1))
        if scope:
            return json_reply({"emergency": _emergency(scope, switched.get(scope))})
        return json_reply({"emergency": [_emergency(name, one) for name, one in switched.items()]})

    def on_put(self, request: Request) -> Deferred[Reply]:
        """Move the switch of a scope (of all if none is named); answer once it stands."""
        body = _body(request, EmergencyBody)
        board = self.hotline.board
        draft = SwitchDraft(
            scope=plain_number(_named(request, most=1)) or EVERYWHERE,
            action=body.action,
            texts=_texts(body.text, body.texts, board),
            number=plain_number(body.number),
        )

        def moved(change: Change) -> Reply:
            return json_reply({"emergency": _emergency(draft.scope, change.switched), **_told(change)})

        return board.switch(draft, self.author(request, body.author)).addCallback(moved)


def _told(change: Change) -> dict[str, object]:
    return {"changed": change.changed, "spoken": change.spoken, "warnings": change.warnings}


def _announcement(posted: Posted, now: float) -> AnnouncementView:
    one = posted.announcement
    return AnnouncementView(
        name=one.name,
        version=one.version,
        texts=one.texts,
        recording=one.recording,
        numbers=one.numbers,
        whole=one.whole,
        starts=one.starts,
        ends=one.ends,
        in_force=one.starts <= now and (one.ends is None or now < one.ends),
        author=posted.author,
        via=posted.via,
        since=posted.since,
    )


def _emergency(scope: str, switched: Switched | None) -> EmergencyView:
    if switched is None:
        return EmergencyView(scope=scope, action=EmergencyAction.OPEN)
    one: Emergency = switched.emergency
    return EmergencyView(
        scope=scope,
        action=one.action,
        texts=one.texts,
        number=one.number,
        author=switched.author,
        via=switched.via,
        since=switched.since,
    )


def _unknown(name: str) -> RequestRefused:
    return RequestRefused(
        f"there is no announcement {name!r}", status=404, hint="GET /api/v1/announcements lists them"
    )


def _named(request: Request, *, least: int = 0, most: int) -> str:
    parts = [part.decode("utf-8", "replace") for part in request.postpath or () if part]
    if not least <= len(parts) <= most:
        path = request.path.decode("utf-8", "replace")
        raise RequestRefused(f"there is no {path}", status=404, hint="docs/announcements.md")
    return parts[0] if parts else ""


def _query(request: Request, key: str) -> str:
    given: dict[bytes, list[bytes]] = request.args or {}
    return given.get(key.encode(), [b""])[0].decode("utf-8", "replace")


def _body(request: Request, kind: type[Body]) -> Body:
    assert request.content is not None
    try:
        return msgspec.json.decode(request.content.read(), type=kind)
    except msgspec.DecodeError as error:
        hint = "send JSON; docs/announcements.md lists its fields"
        raise RequestRefused(f"the body cannot be read: {error}", status=400, hint=hint) from error


def _time(written: str | None) -> float | None:
    if not written:
        return None
    at = read_time(written)
    if at is None:
        raise RequestRefused(f"{quoted(written)} is no time with an offset", hint=TIME_HINT)
    return at


def _texts(text: str, texts: dict[str, str], board: LiveBoard) -> dict[str, str]:
    if text and texts:
        raise RequestRefused("both `text` and `texts` are given", hint="give texts by language, or one text")
    return {board.around().first_language: text} if text else texts
