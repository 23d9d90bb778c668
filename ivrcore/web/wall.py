# mypy: untyped-calls-exclude=twisted
"""The wallboard over HTTP: its page, what that is made of, and the stream of its figures."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from twisted.python.failure import Failure
from twisted.web.server import NOT_DONE_YET, Request
from twisted.web.template import Tag, tags

from ivrcore.errors import RequestRefused
from ivrcore.samples import beside_package
from ivrcore.wallboard.feed import MOST_SCREENS, Feed
from ivrcore.web.access import Access
from ivrcore.web.assets import KINDS
from ivrcore.web.endpoint import Endpoint, Reply
from ivrcore.web.frame import HTML, log_out, navigation, page
from ivrcore.web.pages import Page
from ivrcore.web.roles import Gate

STREAM = "text/event-stream; charset=utf-8"
LANGUAGES = {"en": "English", "zh": "中文", "ko": "한국어"}


class WallFiles:
    """The page's scripts and styles, read once; their address holds a hash of them."""

    def __init__(self) -> None:
        self.contents = {
            file.name: file.read_bytes()
            for file in beside_package("wallboard", "monitoring/wallboard").iterdir()
            if Path(file.name).suffix in KINDS
        }
        digest = hashlib.sha256()
        for name, content in sorted(self.contents.items()):
            digest.update(name.encode() + b"\0" + content)
        self.stamp = digest.hexdigest()[:16]

    def address(self, name: str) -> str:
        """Where a file of these is."""
        return f"/wallboard-files/{self.stamp}/{name}"


class WallAssets(Endpoint):
    """``GET /wallboard-files/STAMP/NAME``."""

    def __init__(self, wall: WallFiles) -> None:
        super().__init__()
        self._wall = wall

    def on_get(self, request: Request) -> Reply:
        """Give a file; those of an older stamp are gone."""
        parts = [part.decode("utf-8", "replace") for part in request.postpath or ()]
        if len(parts) != 2 or parts[0] != self._wall.stamp or parts[1] not in self._wall.contents:
            raise RequestRefused("there is no such file", status=404)
        kept = {b"cache-control": b"public, max-age=31536000, immutable"}
        return Reply(self._wall.contents[parts[1]], KINDS[Path(parts[1]).suffix], headers=kept)


class WallPage(Page):
    """``GET /wallboard``: the frame; its scripts fill it."""

    def __init__(self, access: Access, wall: WallFiles) -> None:
        super().__init__(access)
        self._body = page(
            "ivrcore wallboard",
            *_content(wall.stamp),
            styles=(wall.address("wallboard.css"),),
            modules=(wall.address("main.js"),),
            class_="wallboard",
        )

    def on_get(self, request: Request) -> Reply:
        """Show it."""
        return Reply(self._body, HTML)


class _Browser:
    """One screen (`ivrcore.wallboard.feed.Screen`), and as such the producer of its connection."""

    def __init__(self, request: Request, gate: Gate, feed: Feed) -> None:
        self._request = request
        self._gate = gate
        self._feed = feed
        self._open = True
        self.behind_since: float | None = None

    def begin(self) -> None:
        channel: Any = self._request.channel
        channel.keep_open()
        self._request.notifyFinish().addBoth(self._gone)
        self._request.registerProducer(self, True)
        self._feed.join(self)

    def send(self, message: bytes) -> None:
        if self._open:
            self._request.write(message)

    def drop(self) -> None:
        channel: Any = self._request.channel
        if self._open and channel is not None:
            channel.end()

    def may_look(self) -> bool:
        try:
            self._gate.check(self._request)
        except RequestRefused:
            return False
        return True

    def _gone(self, _result: Failure | None) -> None:
        self._open = False
        self._feed.leave(self)

    # --- as a producer: the connection tells whether it takes more ---

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        if self.behind_since is None:
            self.behind_since = self._feed.seconds()

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        self.behind_since = None

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        self._gone(None)


class WallStream(Endpoint):
    """``GET /api/v1/wallboard``: the whole board, then every change, as server-sent events."""

    gate: Gate

    def __init__(self, feed: Feed, gate: Gate, stamp: str) -> None:
        super().__init__(gate)
        self._feed = feed
        self._stamp = stamp

    def on_get(self, request: Request) -> Reply:
        """Keep the connection, and push to it."""
        if len(self._feed) >= MOST_SCREENS:
            raise RequestRefused(f"{MOST_SCREENS} screens look already", status=503, hint="close one")
        # By the stamp a page sees that a newer release has other scripts; a proxy is to pass on each message.
        headers = {b"x-wallboard": self._stamp.encode(), b"x-accel-buffering": b"no"}
        return Reply(b"", STREAM, headers=headers)

    def render(self, request: Request) -> bytes | int:
        """Answer; what is no refusal goes on for as long as the screen looks."""
        answer = super().render(request)
        if request.code != 200 or request.method != b"GET":
            return answer
        _Browser(request, self.gate, self._feed).begin()
        return NOT_DONE_YET


# --- the page -----------------------------------------------------------------------------------


def _content(stamp: str) -> list[Tag]:
    return [
        tags.header(
            tags.h1("Wallboard", id="title"),
            navigation("/wallboard"),
            tags.p(id="sign", class_="sign"),
            _controls(),
            log_out(),
        ),
        # The age counts on, and is not to be read out each second: it is beside what is.
        tags.div(tags.p(id="problem", role="alert"), " ", tags.p(id="age"), id="stale", hidden="hidden"),
        tags.div(id="notes", hidden="hidden"),
        Tag("main")(
            tags.p(id="told", class_="unseen", role="status"),
            tags.dl(id="totals", class_="totals"),
            *(tags.section(id=name, **{"aria-labelledby": f"{name}-title"}) for name in SECTIONS),
            tags.p(id="note", class_="note"),
            **{"data-stamp": stamp},
        ),
        Tag("noscript")(tags.p("This page needs JavaScript.", class_="note")),
    ]


SECTIONS = ("queues", "agents", "contacts")


def _controls() -> Tag:
    return tags.div(
        _select("view", {"desk": "desk", "wall": "wall"}),
        _select("theme", {"": "auto", "light": "light", "dark": "dark"}),
        _select("language", LANGUAGES),
        tags.button("pause", type="button", id="pause", hidden="hidden"),
        id="controls",
        class_="controls",
        role="group",
    )


def _select(name: str, options: dict[str, str]) -> Tag:
    return tags.select(*(tags.option(words, value=value) for value, words in options.items()), id=name)
