"""Reads ``wallboard:``: from which figures on a queue is shown as a warning, or as critical."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ivrcore.config.wallboard_keys import LEVELS, WALLBOARD
from ivrcore.dialplan.hours_parse import read_zone
from ivrcore.fields import Fields
from ivrcore.problems import did_you_mean, quoted

if TYPE_CHECKING:
    from collections.abc import Collection

UTC = ZoneInfo("UTC")
FALLING = "service_level"
"""The one figure that is worse the lower it is."""


@dataclass(frozen=True, slots=True)
class Levels:
    """From where on a figure is a warning, and from where on critical; None: never.

    Counts, seconds, and shares from 0 to 1. A longest wait of None goes by the queue's own threshold T: a
    warning from T on, critical from 3 T on. A service level of None goes by the queue's own objective: a
    warning below it, critical where twice as many are late as it allows (0.6 for 0.8).
    """

    waiting_warning: float | None = None
    waiting_critical: float | None = None
    longest_wait_warning: float | None = None
    longest_wait_critical: float | None = None
    expected_wait_warning: float | None = None
    expected_wait_critical: float | None = None
    service_level_warning: float | None = None
    service_level_critical: float | None = None
    abandoned_warning: float | None = 0.05
    abandoned_critical: float | None = 0.1


FIGURES = tuple(one.name.removesuffix("_warning") for one in fields(Levels) if one.name.endswith("_warning"))


@dataclass(frozen=True, slots=True)
class WallboardConfig:
    """What the wallboard goes by."""

    zone: ZoneInfo = UTC
    """Where a day begins at midnight."""
    levels: Levels = Levels()
    queues: Mapping[str, Levels] = field(default_factory=dict)
    """Queues with levels of their own."""

    def of(self, queue: str) -> Levels:
        """Give the levels of a queue."""
        return self.queues.get(queue, self.levels)


def read_wallboard(top: Fields, queues: Collection[str]) -> WallboardConfig:
    """Read the section; ``queues`` are the site's."""
    section = top.within("wallboard", "'wallboard'")
    if section is None:
        return WallboardConfig()
    scalar = section.scalar("time_zone")
    zone = read_zone(scalar, section.problems) if scalar else None
    levels = _levels(section, Levels())
    own: dict[str, Levels] = {}
    for entry in section.entries("queues"):
        if entry.key not in queues:
            section.bad(
                entry.location, f"there is no queue {quoted(entry.key)}", did_you_mean(entry.key, queues)
            )
        one = Fields(entry.value, section.problems, "wallboard of queue {}", entry.key)
        own[entry.key] = _levels(one, levels)
        one.finish(LEVELS)
    section.finish({**WALLBOARD, **LEVELS})
    return WallboardConfig(zone or UTC, levels, own)


def _levels(section: Fields, default: Levels) -> Levels:
    read = {one.name: _bound(section, one.name, getattr(default, one.name)) for one in fields(Levels)}
    for figure in FIGURES:
        warning, critical = read[f"{figure}_warning"], read[f"{figure}_critical"]
        if warning is None or critical is None or warning == critical:
            continue
        if (critical < warning) != (figure == FALLING):
            message = f"'{figure}_critical' comes before '{figure}_warning'"
            place = section.place(f"{figure}_critical")
            section.bad(place, message, "a figure that gets worse is a warning first")
    return replace(default, **read)


def _bound(section: Fields, key: str, default: float | None) -> float | None:
    if section.entry(key) is None:
        return default
    if "wait_" in key:
        return section.seconds(key, 0.0)
    if key.startswith("waiting"):
        return section.integer(key, 0, least=1, most=100_000)
    return section.number(key, 0.0, least=0.0, most=1.0)
