"""Lookup `file`: a table in a file of the site, CSV or YAML; for small sites, and to try a dialplan with.

Keys: ``file`` (CSV with a first row of names, or YAML with a list of mappings), ``by`` (the column that is
looked up, `number` if not said, taken from the value of that name). A column ``pin`` holds hashes as
``ivrcore supervisor hash`` prints them; then `identify` can use the table, ``by`` being compared with `who`.
The file is read anew when it was changed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ivrcore.api import ConfigError, Json, Lookup, LookupFailed, Scalar, hookimpl, pin_matches

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

LARGEST = 5_000_000
"""Bytes: a larger table belongs into a database behind a web service."""


@hookimpl
def ivrcore_lookup(name: str, kind: str, options: Mapping[str, object]) -> Lookup | None:
    """Make a lookup in a table; raises ConfigError where the table cannot be read."""
    if kind != "file":
        return None
    unknown = sorted(set(options) - {"file", "by", "folder", "secret"})
    if unknown:
        raise ConfigError(f"lookup {name}: unknown key {unknown[0]!r}", hint="known: file, by")
    path = Path(str(options.get("folder", ".")), str(options.get("file", "")))
    table = FileLookup(path, str(options.get("by", "number")))
    try:
        table.rows()
    except LookupFailed as error:
        raise ConfigError(f"lookup {name}: {error.message}") from error
    return table


class FileLookup:
    """Looks one row up."""

    def __init__(self, path: Path, by: str) -> None:
        self._path = path
        self._by = by
        self._stamp: tuple[int, int] | None = None
        self._rows: dict[str, Mapping[str, Any]] = {}

    def ask(self, values: Mapping[str, Scalar], timeout: float) -> Deferred[Json] | Json:
        """Give the row, without its PIN; None if there is none, or the PIN is not that."""
        wanted = values.get(self._by, values.get("who"))
        row = self.rows().get(_key(wanted))
        if "pin" not in values:
            return row and {name: value for name, value in row.items() if name != "pin"}
        kept, pin = str((row or {}).get("pin") or ""), str(values["pin"])
        from twisted.internet.threads import deferToThread  # a check of a site need not wait for Twisted

        return deferToThread(self._judge, row, kept, pin)

    def close(self) -> None:
        """Hold nothing."""

    def rows(self) -> dict[str, Mapping[str, Any]]:
        """Give the table by its key; raises LookupFailed."""
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            if stamp != self._stamp:
                self._rows = self._read(stat.st_mode, stat.st_size)
                self._stamp = stamp
        except (OSError, UnicodeDecodeError, yaml.YAMLError, csv.Error) as error:
            raise LookupFailed(f"the table {self._path} cannot be read: {type(error).__name__}") from None
        return self._rows

    def _read(self, mode: int, size: int) -> dict[str, Mapping[str, Any]]:
        if size > LARGEST:
            raise LookupFailed(f"the table {self._path} is larger than {LARGEST} bytes")
        rows = _table(self._path)
        if not all(self._by in row for row in rows):
            raise LookupFailed(f"the table {self._path} has rows without {self._by!r}")
        if mode & 0o077 and any("pin" in row for row in rows):
            raise LookupFailed(f"the table {self._path} has PINs and other users may read it: chmod 600")
        return {_key(row[self._by]): row for row in rows}

    @staticmethod
    def _judge(row: Mapping[str, Any] | None, kept: str, pin: str) -> Json:
        try:
            right = pin_matches(pin, kept or NOBODYS)  # also where there is no row: it takes as long
        except ValueError:
            raise LookupFailed("a PIN in the table is no hash") from None
        if row is None or not kept or not right:
            return None
        return {name: value for name, value in row.items() if name != "pin"}


NOBODYS = "scrypt$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def _table(path: Path) -> list[Mapping[str, Any]]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix in (".yaml", ".yml"):
        rows = yaml.safe_load(text)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise LookupFailed(f"{path} is no list of mappings")
        return [{str(name): _plain(value) for name, value in row.items()} for row in rows]
    return list(csv.DictReader(io.StringIO(text)))


def _plain(value: Any) -> Any:
    """Give what JSON has no form for (a date of YAML) as text."""
    return value if value is None or isinstance(value, str | int | float | list | dict) else str(value)


def _key(value: Any) -> str:
    return "" if value is None else str(value).strip()
