# mypy: untyped-calls-exclude=twisted
"""Who asks: by the token that a request carries, or for the pages by a session that a token opened."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Sequence
from typing import NamedTuple

from twisted.web.server import Request

from ivrcore.errors import RequestRefused
from ivrcore.tokens import Role, Token, digest, find
from ivrcore.web.screens import SECONDS, Screens

COOKIE = b"ivrcore_session"
SESSION_SECONDS = 12 * 3600.0
"""A shift: then the token is asked for again."""
MOST_SESSIONS = 1000
WRONG_TOKENS = 5
"""So many in `WRONG_SECONDS`, from whomever, and nobody may log in until those seconds are over."""
WRONG_SECONDS = 60.0
ADMIN = "admin"
"""The name of the token of the site's configuration, unless that says another."""


class Unauthorised(RequestRefused):
    """The token is missing or wrong (HTTP 401)."""

    code = "IVR601"


class Forbidden(RequestRefused):
    """The token is right, and its role may not do this (HTTP 403)."""

    code = "IVR607"


class TooManyTries(RequestRefused):
    """Somebody is guessing the token of the status page (HTTP 429)."""

    code = "IVR604"


class _Session(NamedTuple):
    """Until when (steady seconds), and by whose token it was opened."""

    until: float
    token: bytes


class Opened(NamedTuple):
    """A session that was opened: the value of its cookie, and for how many seconds that is kept."""

    value: bytes
    seconds: float


class Access:
    """Knows the tokens, and keeps the sessions (their hashes only) in memory. ``now`` gives steady seconds.

    ``token`` is that of the site's configuration: an admin's, known as ``name``.
    """

    def __init__(self, token: str, now: Callable[[], float], name: str = ADMIN) -> None:
        if len(token) < 16:
            raise RequestRefused(
                "the web token is too short", hint="use 16 characters or more, such as `openssl rand -hex 32`"
            )
        self._screens = Screens(token.encode())
        self._own = Token(name, Role.ADMIN, digest(token.encode()))
        self._tokens: tuple[Token, ...] = (self._own,)
        self._now = now
        self._sessions: dict[bytes, _Session] = {}
        self._wrong: list[float] = []
        """When the wrong tokens came, of the last `WRONG_SECONDS`."""

    def name_tokens(self, tokens: Sequence[Token]) -> None:
        """Let these be the tokens beside that of the configuration; sessions of others are over."""
        self._tokens = (self._own, *(token for token in tokens if token.name != self._own.name))

    def bearer(self, request: Request) -> Token | None:
        """Give the token that the request carries."""
        scheme, _, given = (request.getHeader(b"authorization") or b"").partition(b" ")
        return find(self._tokens, given.strip()) if scheme.lower() == b"bearer" else None

    def session(self, request: Request) -> Token | None:
        """Give the token that opened the session of the request's cookie."""
        value = request.getCookie(COOKIE)
        if value is None:
            return None
        session = self._sessions.get(digest(value))
        if session is None:
            return self._screens.token(value, self._tokens, self._now())
        if session.until <= self._now():
            return None
        return next((token for token in self._tokens if token.digest == session.token), None)

    def may_ask(self, request: Request) -> bool:
        """Tell whether the request carries a token or a session."""
        return bool(self.bearer(request) or self.session(request))

    def by_token(self, request: Request) -> Token:
        """Give who asks; raise :class:`Unauthorised` unless the request carries a token."""
        token = self.bearer(request)
        if token is None:
            raise Unauthorised(
                "the token is missing or wrong",
                status=401,
                hint="send `Authorization: Bearer TOKEN` with the token of the site's configuration, or one "
                "of `ivrcore token add`",
            )
        return token

    def by_page(self, request: Request) -> Token:
        """Give who asks; raise :class:`Unauthorised` unless it carries a token, or a session of ours.

        A page of another site cannot use the session: its cookie is not sent from there (SameSite=Strict),
        and what changes something must be JSON, which no form sends, and no script without our leave. A page
        of another port of the same host has the cookie: the browser says so (Sec-Fetch-Site: same-site).
        """
        kind = (request.getHeader(b"content-type") or b"").partition(b";")[0].strip().lower()
        harmless = request.method in (b"GET", b"HEAD") or kind == b"application/json"
        ours = (request.getHeader(b"sec-fetch-site") or b"same-origin") == b"same-origin"
        return (self.session(request) if ours and harmless else None) or self.by_token(request)

    def by_sight(self, request: Request) -> Token:
        """Give who looks at a page, wherever the way there began; raise :class:`Unauthorised`."""
        return self.session(request) or self.by_token(request)

    def log_in(self, given: bytes, *, stays: bool = False) -> Opened | None:
        """Open a session for a right token, else give None; raise :class:`TooManyTries`.

        One of a screen that ``stays`` is of :mod:`ivrcore.web.screens`, if the token may be used so.
        """
        now = self._now()
        self._wrong = [at for at in self._wrong if at + WRONG_SECONDS > now]
        if len(self._wrong) >= WRONG_TOKENS:
            wait = math.ceil(self._wrong[-1] + WRONG_SECONDS - now)
            raise TooManyTries("too many wrong tokens", status=429, hint=f"try again in {wait} seconds")
        token = find(self._tokens, given)
        if token is None:
            self._wrong.append(now)
            return None
        self._wrong.clear()
        kept = self._screens.open(token, now) if stays else None
        return Opened(kept, SECONDS) if kept else Opened(self._open_session(token), SESSION_SECONDS)

    def _open_session(self, token: Token) -> bytes:
        """Give a new cookie's value; only its hash is kept."""
        now = self._now()
        self._sessions = {key: one for key, one in self._sessions.items() if one.until > now}
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        value = secrets.token_urlsafe(32).encode()
        self._sessions[digest(value)] = _Session(now + SESSION_SECONDS, token.digest)
        return value

    def close_session(self, request: Request) -> None:
        """Forget the request's session."""
        value = request.getCookie(COOKIE)
        if value is not None:
            self._sessions.pop(digest(value), None)
