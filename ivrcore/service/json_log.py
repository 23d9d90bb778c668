"""The log as JSON, one object per line: for whoever collects logs. Secrets and long numbers are masked.

Fields: ``time`` (ISO 8601, UTC), ``level``, ``logger``, ``message``; ``contact`` where the line is of one;
``code`` of an error of ours; ``trace`` of an exception. Numbers are masked by their form, not by what they
are: six digits or more, also in groups (a number to call, a card), but for ids of contacts, times, addresses
and short decimals (`12.345`). Secrets are those of the configuration at the time of the line.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ivrcore.config import Config

SHORTEST = 8
"""Characters of a secret that is looked for: a shorter one would be found in innocent words."""
MASK = "***"
CONTACT = re.compile(r"\bc-(?:[\w-]*~)?(?:[\w-]+-)?\d+\.\d+(?:-[0-9a-f]{6})?(?![0-9a-f])")
"""An id of a contact, made of its channel's: `c-1763.1`, with a PBX's or a system's name or hex digits."""
_CODE = re.compile(r"\bIVR\d{3}\b")
_KEPT = (
    CONTACT.pattern,
    r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?(?!\d)",
    r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\d.])",
    r"(?<![\d./-])\d{1,5}\.\d{1,3}(?![ ()./-]{0,2}\d)",
)
"""What has many digits and is kept: ids of contacts, dates and times, IPv4 addresses with ports, decimals."""
_MASKED = re.compile(rf"(?P<kept>{'|'.join(_KEPT)})|(?P<digits>\d(?:[ ()./-]{{0,2}}\d){{5,}})")
_DIGIT = re.compile(r"\d")
_SECRET_KEY = re.compile(r"secret|password|token|key|pin", re.IGNORECASE)


def masked_digits(text: str) -> str:
    """Put `#` in place of the digits of long numbers."""
    return _MASKED.sub(lambda found: found["kept"] or _DIGIT.sub("#", found[0]), text)


def secrets_of(config: Config) -> tuple[str, ...]:
    """Find every secret text of a configuration, longest first: fields that no ``repr`` shows."""
    return tuple(sorted({text for text in _secrets(config) if len(text) >= SHORTEST}, key=len, reverse=True))


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, (tuple, list)):
        for each in value:
            yield from _secrets(each)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _secrets(each)
    elif is_dataclass(value):
        for field in fields(value):
            inside = getattr(value, field.name)
            yield from _secrets(inside) if field.repr else _hidden(inside)


def _hidden(value: Any) -> Iterator[str]:
    """Give the texts of a field that is not shown; of settings those whose names say that they are secret."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.hex()
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if isinstance(each, str) and _SECRET_KEY.search(str(key)):
                yield each


class SecretsRead:
    """The secrets of every configuration that ``config`` has given so far, longest first.

    What was replaced stays one: who was given it before may still have it, and log it.
    """

    def __init__(self, config: Callable[[], Config]) -> None:
        self._config = config
        self._of: Config | None = None
        self._known: tuple[str, ...] = ()

    def __call__(self) -> tuple[str, ...]:
        """Give them; a configuration is looked through once."""
        config = self._config()
        if config is not self._of:
            self._known = tuple(sorted({*self._known, *secrets_of(config)}, key=len, reverse=True))
            self._of = config
        return self._known


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON; what ``secrets`` gives by then is masked wherever it stands."""

    def __init__(self, secrets: Callable[[], tuple[str, ...]] = tuple) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        message = self._masked(record.getMessage())
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
        }
        contact = getattr(record, "contact", "") or _first(CONTACT, message)
        code = _first(_CODE, message)
        line |= {name: value for name, value in (("contact", contact), ("code", code)) if value}
        if record.exc_info:
            line["trace"] = self._masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)

    def _masked(self, text: str) -> str:
        for secret in self._secrets():
            text = text.replace(secret, MASK)
        return masked_digits(text)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found else ""
