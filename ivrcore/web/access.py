# mypy: untyped-calls-exclude=twisted
"""Who may ask: the token of the configuration, or for the status page a session that the token opened."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from collections.abc import Callable

from twisted.web.server import Request

from ivrcore.errors import RequestRefused

COOKIE = b"ivrcore_session"
SESSION_SECONDS = 12 * 3600.0
"""A shift: then the token is asked for again."""
MOST_SESSIONS = 200
WRONG_TOKENS = 5
"""So many in `WRONG_SECONDS`, from whomever, and nobody may log in until those seconds are over."""
WRONG_SECONDS = 60.0


class Unauthorised(RequestRefused):
    """The token is missing or wrong (HTTP 401)."""

    code = "IVR601"


class TooManyTries(RequestRefused):
    """Somebody is guessing the token of the status page (HTTP 429)."""

    code = "IVR604"


class Access:
    """Checks tokens and keeps the sessions (their hashes only) in memory. ``now`` gives steady seconds."""

    def __init__(self, token: str, now: Callable[[], float]) -> None:
        if len(token) < 16:
            raise RequestRefused(
                "the web token is too short", hint="use 16 characters or more, such as `openssl rand -hex 32`"
            )
        self._token = _digest(token.encode())
        self._now = now
        self._sessions: dict[bytes, float] = {}
        self._wrong: list[float] = []
        """When the wrong tokens came, of the last `WRONG_SECONDS`."""

    def is_token(self, given: bytes) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(_digest(given), self._token)

    def bearer(self, request: Request) -> bool:
        """Tell whether the request carries the token."""
        scheme, _, given = (request.getHeader(b"authorization") or b"").partition(b" ")
        return scheme.lower() == b"bearer" and self.is_token(given.strip())

    def session(self, request: Request) -> bool:
        """Tell whether the request carries a session's cookie."""
        value = request.getCookie(COOKIE)
        return value is not None and self._sessions.get(_digest(value), 0.0) > self._now()

    def require_token(self, request: Request) -> None:
        """Raise :class:`Unauthorised` unless the request carries the token."""
        if not self.bearer(request):
            raise Unauthorised(
                "the token is missing or wrong",
                status=401,
                hint="send `Authorization: Bearer TOKEN` with the token of the site's configuration",
            )

    def may_ask(self, request: Request) -> bool:
        """Tell whether the request carries the token or a session."""
        return self.bearer(request) or self.session(request)

    def require_login(self, request: Request) -> None:
        """Raise :class:`Unauthorised` unless the request carries the token, or the session of our pages.

        A page of another site cannot use the session: its cookie is not sent from there (SameSite=Strict),
        and what changes something must be JSON, which no form sends, and no script without our leave. A page
        of another port of the same host has the cookie: the browser says so (Sec-Fetch-Site: same-site).
        """
        kind = (request.getHeader(b"content-type") or b"").partition(b";")[0].strip().lower()
        harmless = request.method in (b"GET", b"HEAD") or kind == b"application/json"
        ours = (request.getHeader(b"sec-fetch-site") or b"same-origin") == b"same-origin"
        if not (ours and harmless and self.session(request)):
            self.require_token(request)

    def log_in(self, given: bytes) -> bytes | None:
        """Give a new session's cookie for the right token, else None; raise :class:`TooManyTries`."""
        now = self._now()
        self._wrong = [at for at in self._wrong if at + WRONG_SECONDS > now]
        if len(self._wrong) >= WRONG_TOKENS:
            wait = math.ceil(self._wrong[-1] + WRONG_SECONDS - now)
            raise TooManyTries("too many wrong tokens", status=429, hint=f"try again in {wait} seconds")
        if self.is_token(given):
            self._wrong.clear()
            return self.open_session()
        self._wrong.append(now)
        return None

    def open_session(self) -> bytes:
        """Give a new cookie's value; only its hash is kept."""
        now = self._now()
        self._sessions = {key: until for key, until in self._sessions.items() if until > now}
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        value = secrets.token_urlsafe(32).encode()
        self._sessions[_digest(value)] = now + SESSION_SECONDS
        return value

    def close_session(self, request: Request) -> None:
        """Forget the request's session."""
        value = request.getCookie(COOKIE)
        if value is not None:
            self._sessions.pop(_digest(value), None)


def _digest(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()
