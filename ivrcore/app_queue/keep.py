"""The figures on the disk, so that counts go on where they were when the server starts again."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from ivrcore.app_queue.figures import Figures


def load(path: Path) -> Figures | None:
    """Give what was kept; None if nothing was. Raise OSError, ValueError for what cannot be read."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    return msgspec.json.decode(data, type=Figures)


def encoded(figures: Figures, at: float) -> bytes:
    """Give what is to be kept at this time (UTC seconds), from which on nobody may have listened."""
    away = figures.lost_since if figures.lost_since is not None else at
    return msgspec.json.encode(msgspec.structs.replace(figures, lost_since=away))


def write(path: Path, data: bytes) -> None:
    """Write a file of mode 600, whole or not at all; raise OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    new.replace(path)
