"""What the configuration says of a watched app_queue: ``kind: app_queue`` under ``watches:``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivrcore.addresses import is_loopback
from ivrcore.durations import parse_duration
from ivrcore.errors import ConfigError
from ivrcore.problems import did_you_mean

KEYS = ("host", "port", "user", "secret", "tls", "ca_file", "allow_remote", "every", "patience", "folder")
LONGEST_SECRET = 200


@dataclass(frozen=True, slots=True)
class Options:
    """How the manager interface is reached. Times are seconds."""

    user: str
    secret: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 5038
    tls: bool = False
    ca_file: Path | None = None
    every: float = 60.0
    """Between statuses, while nothing is in doubt."""
    patience: float = 5.0
    """No answer is waited for longer."""
    kept: Path | None = None
    """Where figures outlive a restart of the server."""


def read_options(name: str, given: Mapping[str, Any]) -> Options:
    """Read a watch's keys; raise :class:`ConfigError` that names the first one that cannot be used."""
    read = _Reader(name, given)
    for key in given:
        if key not in KEYS:
            raise read.wrong(key, "no key of a watch of kind app_queue", did_you_mean(key, KEYS))
    folder = Path(read.line("folder", "."))
    ca_file = read.line("ca_file", "")
    options = Options(
        user=read.line("user", "ivrcore"),
        secret=read.secret(),
        host=read.line("host", "127.0.0.1"),
        port=int(read.number("port", 5038, 1, 65535)),
        tls=read.truth("tls"),
        ca_file=folder / ca_file if ca_file else None,
        every=read.seconds("every", 60.0, 5.0, 3600.0),
        patience=read.seconds("patience", 5.0, 0.5, 60.0),
        kept=folder / "var" / f"watch-{name}.json",
    )
    _check(options, read)
    return options


def _check(options: Options, read: _Reader) -> None:
    if options.ca_file is not None and not options.tls:
        raise read.wrong("ca_file", "of no use without tls", "add 'tls: yes'")
    if options.ca_file is not None and not options.ca_file.is_file():
        raise read.wrong("ca_file", f"{options.ca_file}, which is not there")
    if options.tls or is_loopback(options.host) or read.truth("allow_remote"):
        return
    hint = "add 'tls: yes' and set tlsenable in manager.conf, or 'allow_remote: yes' within a closed network"
    raise read.wrong("host", "another machine: the secret would be sent there in clear", hint)


class _Reader:
    def __init__(self, name: str, given: Mapping[str, Any]) -> None:
        self._name = name
        self._given = given

    def wrong(self, key: str, what: str, hint: str = "") -> ConfigError:
        return ConfigError(f"watch {self._name}: {key!r} is {what}", hint=hint)

    def line(self, key: str, default: str) -> str:
        """Read a text of one line: a line feed would begin a command of its own on the manager's wire."""
        value = self._given.get(key, default)
        if not isinstance(value, str) or any(ord(letter) < 32 for letter in value):
            raise self.wrong(key, "no text in one line")
        return value

    def secret(self) -> str:
        if "secret" not in self._given:
            hint = "add 'secret_file: secrets/manager.secret' (mode 600) or 'secret_env: VARIABLE'"
            raise ConfigError(f"watch {self._name}: the manager user's secret is not given", hint=hint)
        return self.line("secret", "")[:LONGEST_SECRET]

    def truth(self, key: str) -> bool:
        value = self.line(key, "no")
        if value not in ("yes", "no", "true", "false"):
            raise self.wrong(key, "neither yes nor no")
        return value in ("yes", "true")

    def number(self, key: str, default: float, least: float, most: float) -> float:
        return self._within(key, _number(self.line(key, str(default))), least, most)

    def seconds(self, key: str, default: float, least: float, most: float) -> float:
        text = self.line(key, str(default))
        plain = _number(text)
        return self._within(key, parse_duration(text) if plain is None else plain, least, most)

    def _within(self, key: str, value: float | None, least: float, most: float) -> float:
        if value is None or not least <= value <= most:
            raise self.wrong(key, f"no number from {least:g} to {most:g}")
        return value


def _number(text: str) -> float | None:
    return float(text) if text.replace(".", "", 1).isdecimal() else None
