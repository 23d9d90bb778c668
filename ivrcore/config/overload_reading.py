"""Reads the section ``overload:``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.config.asterisk import read_steps
from ivrcore.config.fallback import FallbackAction
from ivrcore.config.overload import WAYS, OverloadAction, OverloadConfig
from ivrcore.config.overload_keys import OVERLOAD
from ivrcore.overload import Limits

if TYPE_CHECKING:
    from ivrcore.fields import Fields

LIMITS = ("calls_per_second", "contacts", "lag", "streams")


def read_overload(top: Fields) -> OverloadConfig:
    """Read it; where it is not there, everybody is let in."""
    fields = top.within("overload", "'overload'")
    if fields is None:
        return OverloadConfig()
    limits = _limits(fields)
    action = fields.one_of("action", OverloadAction.CONGESTION)
    steps = read_steps(fields, FallbackAction.CONGESTION if action in WAYS else FallbackAction(action))
    fields.finish(OVERLOAD)
    return OverloadConfig(limits, action, steps)


def _limits(fields: Fields) -> Limits:
    given = {key: fields.entry(key) is not None for key in LIMITS}
    if not any(given.values()):
        hint = "add one of them, such as 'calls_per_second: 20', or remove 'overload'"
        fields.bad(fields.location, f"there is no limit: none of {', '.join(LIMITS)} is given", hint)
    if fields.entry("burst") is not None and not given["calls_per_second"]:
        hint = "add 'calls_per_second: …'"
        fields.bad(fields.place("burst"), "'burst' has no meaning without 'calls_per_second'", hint)
    rate = fields.number("calls_per_second", 1.0, least=0.1, most=10_000.0)
    burst = fields.number("burst", max(1.0, rate), least=1.0, most=10_000.0)
    contacts = fields.integer("contacts", 1, least=1, most=100_000)
    lag = fields.seconds("lag", 1.0, least=0.05, most=10.0)
    streams = fields.integer("streams", 1, least=1, most=100_000)
    return Limits(
        calls_per_second=rate if given["calls_per_second"] else None,
        burst=burst,
        contacts=contacts if given["contacts"] else None,
        lag=lag if given["lag"] else None,
        streams=streams if given["streams"] else None,
    )
