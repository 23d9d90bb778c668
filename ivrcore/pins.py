"""PINs as they are kept: scrypt hashes (RFC 7914), compared in constant time. Knows no file and no caller."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

N, R, P = 2**14, 8, 1
"""Cost: some 50 ms and 16 MiB a guess. A PIN has few digits, so the tries are limited elsewhere too."""
SALT_BYTES = 16
HASH_BYTES = 32
MOST_MEMORY = 64 * 2**20
LONGEST = 64
"""Digits of a PIN that are looked at; a longer one is wrong."""


def pin_hash(pin: str, salt: bytes | None = None) -> str:
    """Give ``scrypt$salt$hash`` (base64) of a PIN, to be kept in its place."""
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    return f"scrypt${_text(salt)}${_text(_hash(pin, salt))}"


def pin_matches(pin: str, kept: str) -> bool:
    """Whether it is the PIN; takes as long for a wrong one. Raises ValueError for what is no such hash."""
    form, salt, wanted = kept.split("$")
    if form != "scrypt":
        raise ValueError("not a hash that this release makes")
    given = _hash(pin[:LONGEST], base64.b64decode(salt, validate=True))
    return hmac.compare_digest(given, base64.b64decode(wanted, validate=True)) and len(pin) <= LONGEST


def is_pin_hash(text: str) -> bool:
    """Whether a text has the form of a kept PIN."""
    parts = text.split("$")
    if len(parts) != 3 or parts[0] != "scrypt":
        return False
    try:
        return all(base64.b64decode(part, validate=True) for part in parts[1:])
    except ValueError:
        return False


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=N, r=R, p=P, maxmem=MOST_MEMORY, dklen=HASH_BYTES)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
