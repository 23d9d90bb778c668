"""What is counted of the canary's calls. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ivrcore.metrics.outside_figures import bump, zeros
from ivrcore.model import events
from ivrcore.model.canary_names import GOOD, CanaryResult, CanaryStage
from ivrcore.model.event import Event
from ivrcore.model.histogram import Histogram
from ivrcore.model.pbx import at

STAGE_EDGES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
MOST_NUMBERS = 20
"""At each PBX the configuration has one; those of before are counted on, but not without bound."""


def _stages() -> dict[str, Histogram]:
    return {stage.value: Histogram(edges=STAGE_EDGES) for stage in CanaryStage}


class CanaryFigures(msgspec.Struct, kw_only=True):
    """The calls to one number at one PBX: kept by its name over all (`ivrcore.model.pbx.at`)."""

    results: dict[str, int] = msgspec.field(default_factory=lambda: zeros(CanaryResult))
    took: dict[str, Histogram] = msgspec.field(default_factory=_stages)
    """Stage -> seconds from dialling."""
    succeeded: float = 0.0
    """When the last call was over with which all was well, UTC seconds; 0: never."""
    every: float = 0.0
    seen: float = 0.0
    """When the last call was over, however."""

    def set_back(self, seconds: float) -> None:
        """Take a jump of the clock off both times."""
        self.seen -= seconds
        self.succeeded -= seconds if self.succeeded else 0.0


def _called(figures: dict[str, CanaryFigures], event: events.CanaryCalled) -> None:
    number = at(event.pbx, event.number)
    if number not in figures and len(figures) >= MOST_NUMBERS:
        return
    canary = figures.setdefault(number, CanaryFigures())
    bump(canary.results, event.result)
    canary.every, canary.seen = event.every, event.at
    for stage, seconds in event.took.items():
        if stage in canary.took:
            canary.took[stage].observe(seconds)
    if event.result in GOOD:
        canary.succeeded = event.at


CANARY: dict[type[Event], Callable[[dict[str, CanaryFigures], Any], None]] = {events.CanaryCalled: _called}
"""Event class -> what it changes."""
