"""What a speech worker is told when it is started."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from ivrcore.speech.endpointing import Timing


@dataclass(frozen=True, slots=True)
class Settings:
    """One worker: an engine, where it listens, and its bounds (seconds, bytes, counts).

    ``token`` empty: anybody may use it. ``rate`` is of clients that do not say theirs.
    """

    engine: str
    language: str
    options: Mapping[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 2700
    token: str = field(default="", repr=False)
    certificate: str = ""
    key: str = ""
    streams: int = 40
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    rate: int = 8000
    idle: float = 30.0
    stall: float = 5.0
    grace: float = 10.0
    largest: int = 1 << 20
    most_phrases: int = 5000
    timing: Timing = field(default_factory=lambda: Timing(longest=30.0, chunk=0.2))
