"""Sessions of screens on a wall: they outlive the server, since nobody goes to a wall to log in again. Pure.

Such a session is its cookie alone, signed with a key made from the site's own token; it is good for a token
of the role `view`, for as long as that token is there. So removing the token ends it, and nothing is stored.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable

from ivrcore.tokens import Role, Token

SECONDS = 365 * 86_400.0
"""How long one is good at most; browsers keep a cookie for 400 days."""


class Screens:
    """Makes and knows them. ``secret`` is the site's own token."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"ivrcore: sessions of screens", hashlib.sha256)

    def open(self, token: Token, now: float) -> bytes | None:
        """Give the cookie's value; None for a token that may do more than look: that is for a shift only."""
        if token.role is not Role.VIEW:
            return None
        until = int(now + SECONDS)
        signed = urlsafe_b64encode(token.name.encode()) + b".%d" % until
        return signed + b"." + self._sign(token, until)

    def token(self, value: bytes, tokens: Iterable[Token], now: float) -> Token | None:
        """Give the token that opened a session, if it is one of these and the session is good."""
        try:
            name, until, signature = value.split(b".")
            asked, end = urlsafe_b64decode(name).decode(), int(until)
        except (ValueError, binascii.Error):
            return None
        token = next((one for one in tokens if one.name == asked and one.role is Role.VIEW), None)
        if token is None or not now < end <= now + SECONDS:
            return None
        return token if hmac.compare_digest(signature, self._sign(token, end)) else None

    def _sign(self, token: Token, until: int) -> bytes:
        """Sign for this very token: another one of the same name is another."""
        return hmac.new(self._key, token.digest + b"%d" % until, hashlib.sha256).hexdigest().encode()
