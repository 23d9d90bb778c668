"""The built-in lookup `supervisors`: names and PIN hashes in a file of the site that only its owner can read.

A line each: ``NAME:scrypt$salt$hash`` (see :mod:`ivrcore.pins`), made by ``ivrcore supervisor add``. The file
is read anew for every try, so a supervisor who is taken out is out at once.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.errors import ConfigError, LookupFailed
from ivrcore.own_file import changing
from ivrcore.pin_file import check_pin, read_pins, write_pins
from ivrcore.pins import pin_hash, pin_matches

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from ivrcore.lookup import Json
    from ivrcore.model.names import Scalar

log = logging.getLogger(__name__)

NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,63}")
SHORTEST_PIN = 6
MOST = 50
"""Each try looks at everybody's hash."""

OnWorker = Callable[[Callable[[], "Json"]], "Deferred[Json]"]
"""Runs something slow on a thread and gives what came of it."""


def read_supervisors(path: Path) -> dict[str, str]:
    """Give hash by name; empty where there is no file. Raises :class:`ConfigError`."""
    found = read_pins(path, "the supervisors' file", "`ivrcore supervisor add NAME` writes them")
    if len(found) > MOST:
        raise ConfigError(f"the supervisors' file {path} has more than {MOST} entries")
    return found


def set_pin(path: Path, name: str, pin: str) -> None:
    """Add a supervisor, or change the PIN; raises :class:`ConfigError` for a name or PIN that cannot be."""
    if not NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot be a supervisor's name", hint="letters, digits, . _ + -")
    check_pin(pin, SHORTEST_PIN)
    with changing(path):
        found = read_supervisors(path)
        if any(other != name and pin_matches(pin, kept) for other, kept in found.items()):
            raise ConfigError("that PIN cannot be used", hint="choose another one")
        write_pins(path, {**found, name: pin_hash(pin)})


def remove(path: Path, name: str) -> None:
    """Take a supervisor out; raises :class:`ConfigError` for one who is not there."""
    with changing(path):
        found = read_supervisors(path)
        if name not in found:
            raise ConfigError(f"there is no supervisor {name} in {path}")
        write_pins(path, {other: kept for other, kept in found.items() if other != name})


class Supervisors:
    """A :class:`~ivrcore.lookup.Lookup`: ``who`` is a name, or whatever number calls (then the PIN tells)."""

    def __init__(self, path: Path, on_worker: OnWorker) -> None:
        self._path = path
        self._on_worker = on_worker

    def ask(self, values: Mapping[str, Scalar], timeout: float) -> Deferred[Json]:
        """Give ``{"name": …}`` of the supervisor, None for a wrong PIN."""
        who, pin = str(values.get("who")), str(values.get("pin"))
        return self._on_worker(lambda: self._judge(who, pin))

    def close(self) -> None:
        """Hold nothing."""

    def _judge(self, who: str, pin: str) -> Json:
        try:
            found = read_supervisors(self._path)
        except ConfigError as error:
            raise LookupFailed(error.message) from error
        candidates = {who: found[who]} if who in found else found
        # Everybody's, also after the right one: how long it takes must not tell who it was.
        right = [name for name, kept in candidates.items() if pin_matches(pin, kept)]
        return {"name": right[0]} if right else None
