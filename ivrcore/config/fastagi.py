"""The section ``fastagi:``: callers whom an existing dialplan of Asterisk hands over with one line.

Nothing listens unless the section is there. Must not know of the wire.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.config import keys
from ivrcore.config.listening import THIS_MACHINE, read_allow, read_listen_host, read_url_secret
from ivrcore.config.rules import NO_FILE_HERE
from ivrcore.dialplan.model import plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.fields import Fields

PORT = 4573
"""Asterisk's own default for ``agi://``."""


@dataclass(frozen=True, slots=True)
class FastAgiConfig:
    """Where AGI requests are taken, from whom, and for what. Times are seconds."""

    secret: str = field(repr=False)
    """The first part of every request's path."""
    host: str = "127.0.0.1"
    port: int = PORT
    allow: tuple[str, ...] = THIS_MACHINE
    """Networks that may connect."""
    certificate: Path | None = None
    """With it the server speaks TLS."""
    key: Path | None = None
    sessions: int = 2000
    """How many may be open at once."""
    numbers: tuple[str, ...] = ()
    """Numbers and names of dialplans that may be asked for."""
    longest_wait: float = 600.0
    """A request for an agent waits no longer at once."""
    away: float = 30.0
    """A contact whose dialplan does not come back for so long is taken to have hung up."""


def read_fastagi(top: Fields, folder: Path, env: Mapping[str, str]) -> FastAgiConfig | None:
    """Read ``fastagi:``; None where it is not there. Paths are relative to the site's ``folder``."""
    fields = top.within("fastagi", "'fastagi'")
    if fields is None:
        return None
    certificate, key = (_file(fields, name, folder) for name in ("certificate", "certificate_key"))
    if (certificate is None) != (key is None):
        message = "'certificate' and 'certificate_key' are needed both for TLS, or neither"
        fields.bad(fields.location, message)
    default = FastAgiConfig("")
    result = FastAgiConfig(
        secret=read_url_secret(fields, "secret", folder, env),
        host=read_listen_host(fields, "" if certificate else "the secret"),
        port=fields.integer("port", PORT, least=0, most=65_535),
        allow=read_allow(fields),
        certificate=certificate,
        key=key,
        sessions=fields.integer("sessions", default.sessions, least=1, most=100_000),
        numbers=tuple(plain_number(node.text) for node in fields.texts("numbers")),
        longest_wait=fields.seconds("longest_wait", default.longest_wait, least=1.0, most=14_400.0),
        away=fields.seconds("away", default.away, least=1.0, most=600.0),
    )
    fields.finish(keys.FASTAGI)
    return result


def _file(fields: Fields, key: str, folder: Path) -> Path | None:
    named = fields.text(key)
    if not named:
        return None
    path = folder / named
    if not path.is_file():
        fields.problems.report(NO_FILE_HERE, fields.place(key), f"the file {path} for {key!r} is not there")
    return path
