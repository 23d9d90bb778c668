"""The section ``journal:``: where events are stored, and for how long they stay as they were written.

Must not know how they are stored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ivrcore.config import keys
from ivrcore.config.secret import decode_key, read_secret
from ivrcore.durations import DAY
from ivrcore.fields import Fields
from ivrcore.yamltree import MapNode

NEVER = "never"
"""In place of a duration."""
PACK_AFTER = 7.0 * DAY


@dataclass(frozen=True, slots=True)
class JournalConfig:
    """Where events are stored; ``key`` (32 bytes) encrypts personal values. What is older than ``pack_after``
    (seconds; infinity: never) is packed; personal values of contacts that closed longer ago than
    ``forget_after`` (the same) are removed."""

    path: Path
    key: bytes = field(repr=False)
    pack_after: float = PACK_AFTER
    forget_after: float = math.inf


def read_journal(top: Fields, folder: Path, env: Mapping[str, str]) -> JournalConfig:
    """Read ``journal:``; paths are relative to the site's ``folder``."""
    fields = top.within("journal", "'journal'") or Fields(
        MapNode(top.location, ()), top.problems, "'journal'"
    )
    path = folder / fields.text("path", "var/journal.db")
    key = decode_key(read_secret(fields, "key", folder, env), fields)
    pack_after = _after(fields, "pack_after", PACK_AFTER)
    forget_after = _after(fields, "forget_after", math.inf)
    fields.finish(keys.JOURNAL)
    return JournalConfig(path, key, pack_after, forget_after)


def _after(fields: Fields, name: str, usual: float) -> float:
    """Read some days (seconds), or never (infinity)."""
    said = fields.text(name)
    if not said:
        return usual
    return math.inf if said == NEVER else fields.seconds(name, usual, least=DAY, most=9999.0 * DAY)
