"""The one event of a canary's call: its calls are no contacts, and nothing else is written of them."""

from __future__ import annotations

from ivrcore.model.canary_names import CanaryResult
from ivrcore.model.event import Event
from ivrcore.model.pbx import MAIN


class CanaryCalled(Event, frozen=True, kw_only=True):
    """A call of our own to the hotline's ``number`` at a PBX is over; one is made every ``every`` seconds.

    ``took`` has the seconds from dialling to each `CanaryStage` that it came to.
    """

    number: str
    every: float
    result: CanaryResult
    took: dict[str, float] = {}
    pbx: str = MAIN
