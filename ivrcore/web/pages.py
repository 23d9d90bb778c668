# mypy: untyped-calls-exclude=twisted
"""The status page and its login form: HTML made on the server, escaped by Twisted's templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.resources import files
from urllib.parse import parse_qs

from twisted.web.server import Request
from twisted.web.template import Tag, tags

from ivrcore.errors import RequestRefused
from ivrcore.web.access import COOKIE, Access, TooManyTries, Unauthorised
from ivrcore.web.endpoint import Endpoint, Reply, send
from ivrcore.web.frame import HTML, page, pieces
from ivrcore.web.roles import Gate, by_sight
from ivrcore.web.status import main
from ivrcore.web.view import Hotline

COOKIE_RULES = b"; Path=/; HttpOnly; SameSite=Strict"


WALL = "/wallboard"
AFTER_LOGIN = ("/", "/dialplans", WALL)
"""Where the login form may lead."""


def log_in_first(wanted: str) -> Reply:
    """Lead to the login form, and from there to the page that was ``wanted``."""
    query = f"?next={wanted}" if wanted in AFTER_LOGIN[1:] else ""
    return Reply(b"", HTML, 303, {b"location": f"/login{query}".encode()})


class Page(Endpoint):
    """A page for people; without a session, the way to the login form."""

    def __init__(self, access: Access) -> None:
        self._sight: Gate = by_sight(access)
        super().__init__(self._sight)

    def render(self, request: Request) -> bytes | int:
        """Answer; who is not known yet, logs in first."""
        try:
            self._sight.who(request)
        except Unauthorised:
            return send(request, log_in_first(request.path.decode("ascii", "replace")))
        return super().render(request)


class Status(Page):
    """``GET /``: how things stand."""

    def __init__(self, hotline: Hotline, access: Access, now: Callable[[], float]) -> None:
        super().__init__(access)
        self._hotline = hotline
        self._now = now

    def on_get(self, request: Request) -> Reply:
        """Show the status."""
        return Reply(b"", HTML, pieces=pieces("ivrcore status", *main(self._hotline, self._now())))


class Login(Endpoint):
    """``GET /login`` asks for the token; ``POST`` takes it and opens a session."""

    def __init__(self, access: Access) -> None:
        super().__init__()
        self._access = access

    def on_get(self, request: Request) -> Reply:
        """Show the form."""
        return Reply(_form(_wanted(request.uri.partition(b"?")[2])), HTML)

    def on_post(self, request: Request) -> Reply:
        """Open a session for the right token."""
        assert request.content is not None
        body = request.content.read()
        given, wanted = _field(body, "token"), _wanted(body)
        try:
            session = self._access.log_in(given.strip().encode(), stays=_field(body, "stays") == "yes")
        except TooManyTries as refused:
            problem = f"There were too many wrong tokens: {refused.hint}."
            return Reply(_form(wanted, problem), HTML, refused.status)
        if session is None:
            return Reply(_form(wanted, "That is not the token."), HTML, 401)
        cookie = COOKIE + b"=" + session.value + COOKIE_RULES
        age = b"; Max-Age=%d" % session.seconds
        return Reply(b"", HTML, 303, {b"location": wanted.encode(), b"set-cookie": cookie + age})


def _field(query: bytes, name: str) -> str:
    return parse_qs(query.decode("utf-8", "replace")).get(name, [""])[0]


def _wanted(query: bytes) -> str:
    wanted = _field(query, "next")
    return wanted if wanted in AFTER_LOGIN else "/"


def _form(wanted: str, problem: str = "") -> bytes:
    shown: Iterable[Tag] = [tags.p(problem, role="alert", class_="bad")] if problem else []
    form = tags.form(
        tags.h1("ivrcore"),
        *shown,
        tags.label("Your token", for_="token"),
        tags.input(
            type="password",
            id="token",
            name="token",
            autocomplete="current-password",
            required="required",
            autofocus="autofocus",
        ),
        tags.input(type="hidden", name="next", value=wanted),
        *([_stays()] if wanted == WALL else []),
        tags.button("Log in", type="submit"),
        method="post",
        action="/login",
        class_="login",
    )
    return page("ivrcore login", Tag("main")(form))


def _stays() -> Tag:
    return tags.label(
        tags.input(type="checkbox", name="stays", value="yes"),
        " This is a screen on the wall: it stays logged in (with a token of the role view).",
        class_="choice",
    )


class Logout(Endpoint):
    """``POST /logout`` ends the session."""

    def __init__(self, access: Access) -> None:
        super().__init__()
        self._access = access

    def on_post(self, request: Request) -> Reply:
        """Forget the session, and have the browser forget its cookie."""
        self._access.close_session(request)
        gone = COOKIE + b"=" + COOKIE_RULES + b"; Max-Age=0"
        return Reply(b"", HTML, 303, {b"location": b"/login", b"set-cookie": gone})


class Asset(Endpoint):
    """A file of this package, read once."""

    def __init__(self, name: str, content_type: str) -> None:
        super().__init__()
        self._reply = Reply(
            files("ivrcore.web").joinpath(name).read_bytes(),
            content_type,
            headers={b"cache-control": b"max-age=300"},
        )

    def on_get(self, request: Request) -> Reply:
        """Give it."""
        if request.postpath:
            raise RequestRefused("there is no such file", status=404)
        return self._reply
