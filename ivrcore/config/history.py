"""The section ``history:``: where reports are made from, and how long that is kept.

Must not know of databases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from ivrcore.config import keys
from ivrcore.config.rules import BAD_ADDRESS
from ivrcore.config.secret import read_secret
from ivrcore.dialplan.hours_parse import read_zone
from ivrcore.durations import DAY
from ivrcore.problems import quoted

if TYPE_CHECKING:
    from ivrcore.fields import Fields

KINDS = ("postgresql://", "sqlite:///")
NEEDED = "pg8000"
SSL_MODES = ("disable", "prefer", "require", "verify-full")
"""What ``?sslmode=`` may be behind a PostgreSQL database's URL; `prefer` without."""
SSL_AUTHORITIES = "sslrootcert"
"""The parameter that names a file of authorities, with `verify-full`."""
UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class HistoryConfig:
    """Where the history is, how old it grows (seconds), and the time zone of reports."""

    url: str = field(repr=False)
    keep: float = 400.0 * DAY
    zone: ZoneInfo = UTC
    live: bool = False
    """Whether the server keeps it up to date; else a report does so first."""


def read_history(top: Fields, folder: Path, env: Mapping[str, str]) -> HistoryConfig:
    """Read ``history:``; paths are relative to the site's ``folder``."""
    fields = top.within("history", "'history'")
    if fields is None:
        return HistoryConfig(_file(folder / "var/history.db"))
    url = _file(folder / fields.text("path", "var/history.db"))
    if fields.texts("url_file") or fields.texts("url_env"):
        url = _url(fields, folder, env)
        if fields.entry("path"):
            fields.bad(fields.place("path"), "'path' and a URL are given", "leave one of them out")
    zone = fields.scalar("zone")
    result = HistoryConfig(
        url=url,
        keep=fields.seconds("keep", 400.0 * DAY, least=DAY, most=9999.0 * DAY),
        zone=(read_zone(zone, fields.problems) if zone else None) or UTC,
        live=fields.boolean("live", True),
    )
    fields.finish(keys.HISTORY)
    return result


def _file(path: Path) -> str:
    return f"sqlite:///{path}"


def _url(fields: Fields, folder: Path, env: Mapping[str, str]) -> str:
    url = read_secret(fields, "url", folder, env)
    place = fields.place("url_file" if fields.texts("url_file") else "url_env")
    if not url:
        return url
    if not url.startswith(KINDS):
        message = f"{fields.what}: the URL of the history database is none that can be used"
        hint = "postgresql://USER:PASSWORD@HOST/DATABASE"
        fields.problems.report(BAD_ADDRESS, place, message, hint)
        return url
    postgresql = url.startswith(KINDS[0])
    parameters = parse_qsl(url.rpartition("@")[2].partition("?")[2], keep_blank_values=True)
    for name, value in parameters:
        known = name == SSL_AUTHORITIES or (name == "sslmode" and value in SSL_MODES)
        if not postgresql or not known:
            what = quoted(f"{name}={value}" if name == "sslmode" else name)
            message = f"{fields.what}: the URL of the history database has {what}, which is not known"
            hint = f"?sslmode= and one of {', '.join(SSL_MODES)}" if postgresql else "leave it out"
            fields.problems.report(BAD_ADDRESS, place, message, hint)
    asked = dict(parameters)
    if SSL_AUTHORITIES in asked and asked.get("sslmode") != "verify-full":
        message = (
            f"{fields.what}: {SSL_AUTHORITIES} is of no use without sslmode=verify-full: nothing is checked"
        )
        fields.problems.report(BAD_ADDRESS, place, message, "add sslmode=verify-full, or leave it out")
    if postgresql and find_spec(NEEDED) is None:
        hint = 'pip install "ivrcore[postgresql]"'
        fields.bad(place, "PostgreSQL needs a package that is not installed", hint)
    return url
