"""Files of names and PIN hashes that their owner alone may read, a line each: ``NAME:scrypt$salt$hash``.

See :mod:`ivrcore.pins` for the hashes. Knows neither whose PINs they are nor what they open.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ivrcore.errors import ConfigError
from ivrcore.own_file import read_own, write_whole
from ivrcore.pins import is_pin_hash

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = re.compile(r"\w[\w.+-]{0,63}")
LONGEST_PIN = 32


def read_pins(path: Path, what: str, hint: str) -> dict[str, str]:
    """Give hash by name; empty where there is no file. Raises :class:`ConfigError`.

    ``what`` the file is ("the supervisors' file"), and a ``hint`` on how its lines are made.
    """
    try:
        text = read_own(path, what)
    except FileNotFoundError:
        return {}
    found: dict[str, str] = {}
    for line in (line.strip() for line in text.splitlines()):
        if line and not line.startswith("#"):
            name, _, kept = line.partition(":")
            if not NAME.fullmatch(name) or not is_pin_hash(kept):
                raise ConfigError(f"{what} {path} has a line that is not NAME:scrypt$…", hint=hint)
            found[name] = kept
    return found


def write_pins(path: Path, found: Mapping[str, str]) -> None:
    """Write the file whole, or leave it as it is; raises :class:`OSError`."""
    write_whole(path, "".join(f"{name}:{kept}\n" for name, kept in sorted(found.items())))


def check_pin(pin: str, shortest: int) -> None:
    """Raise :class:`ConfigError` for a PIN that cannot be."""
    if not (pin.isascii() and pin.isdigit() and shortest <= len(pin) <= LONGEST_PIN):
        raise ConfigError(f"a PIN has {shortest} to {LONGEST_PIN} digits")
    if len(set(pin)) < 3:
        raise ConfigError("that PIN is guessed at once", hint="use more than two different digits")
