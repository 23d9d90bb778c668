"""Who may use the API, and as what: names, roles and hashes of tokens, in a file of its owner's alone.

A line each: ``NAME:ROLE:sha256$hash``, made by ``ivrcore token add``. A token is 256 random bits, so a plain
hash of it tells nobody anything: no slow one is needed, as it is for PINs. Must not know of HTTP.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from ivrcore.errors import ConfigError
from ivrcore.own_file import changing, read_own, write_whole

NAME = re.compile(r"[\w][\w.-]{0,63}")
"""As the names of agents are: an agent's own token has the agent's name."""
MOST = 1000
TOKEN_BYTES = 32
FORM = "sha256$"


class Role(StrEnum):
    """What a token is for. Each may also do what those before it may."""

    VIEW = "view"
    AGENT = "agent"
    SUPERVISE = "supervise"
    ADMIN = "admin"

    def may(self, needed: Role) -> bool:
        """Whether this role is enough where that one is needed."""
        return _ORDER.index(self) >= _ORDER.index(needed)


_ORDER = list(Role)

MEANINGS = {
    Role.VIEW: "look, without callers' numbers and voices: a display on the wall, Prometheus",
    Role.AGENT: "be the agent of the token's name",
    Role.SUPERVISE: "steer contacts and all agents, announce, use the emergency switch, hear messages",
    Role.ADMIN: "check, draw, test and change dialplans, erase personal values, hear failed turns",
}
"""What each is for, beside what those before it may do."""


class Token(NamedTuple):
    """A token as it is known: never itself."""

    name: str
    role: Role
    digest: bytes
    """SHA-256."""

    @property
    def line(self) -> str:
        """As a line of the file."""
        return f"{self.name}:{self.role}:{FORM}{self.digest.hex()}\n"


def digest(token: bytes) -> bytes:
    """Give what is kept of a token."""
    return hashlib.sha256(token).digest()


def find(tokens: Iterable[Token], given: bytes) -> Token | None:
    """Give whose token it is; takes as long whosever it is, or nobody's."""
    theirs = digest(given)
    found = [token for token in tokens if hmac.compare_digest(token.digest, theirs)]
    return found[0] if found else None


def read_tokens(path: Path) -> tuple[Token, ...]:
    """Give the file's tokens; none where there is no file. Raises :class:`ConfigError`."""
    try:
        text = read_own(path, "the file of tokens")
    except FileNotFoundError:
        return ()
    lines = [line.strip() for line in text.splitlines()]
    found = [_entry(path, line) for line in lines if line and not line.startswith("#")]
    if len(found) > MOST:
        raise ConfigError(f"the file of tokens {path} has more than {MOST} entries")
    twice = [name for name, count in Counter(token.name for token in found).items() if count > 1]
    if twice:
        raise ConfigError(f"the file of tokens {path} has {twice[0]} twice", hint="one line for each name")
    return tuple(found)


def _entry(path: Path, line: str) -> Token:
    parts = line.split(":")
    kept = parts[-1].removeprefix(FORM)
    formed = len(parts) == 3 and NAME.fullmatch(parts[0]) and re.fullmatch("[0-9a-f]{64}", kept)
    if not formed or parts[1] not in set(Role) or kept == parts[-1]:
        raise ConfigError(
            f"the file of tokens {path} has a line that is not NAME:ROLE:{FORM}…",
            hint="`ivrcore token add NAME --role ROLE` writes them",
        )
    return Token(parts[0], Role(parts[1]), bytes.fromhex(kept))


def write_tokens(path: Path, tokens: Sequence[Token]) -> None:
    """Write the file whole, or leave it as it is; raises :class:`OSError`."""
    write_whole(path, "".join(token.line for token in sorted(tokens)))


def add_token(path: Path, name: str, role: Role) -> str:
    """Make a token for somebody, in place of an earlier one; give it: it is nowhere else.

    Raises :class:`ConfigError` for a name that cannot be.
    """
    if not NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot be a token's name", hint="letters, digits, '.', '_' and '-'")
    made = secrets.token_hex(TOKEN_BYTES)
    with changing(path):
        others = [token for token in read_tokens(path) if token.name != name]
        if len(others) >= MOST:
            raise ConfigError(f"the file of tokens {path} has {MOST} entries already")
        write_tokens(path, [*others, Token(name, role, digest(made.encode()))])
    return made


def remove_token(path: Path, name: str) -> None:
    """Take a token out; raises :class:`ConfigError` for one that is not there."""
    with changing(path):
        found = read_tokens(path)
        left = [token for token in found if token.name != name]
        if len(left) == len(found):
            raise ConfigError(
                f"there is no token of {name} in {path}", hint="`ivrcore token list` names them"
            )
        write_tokens(path, left)
