"""The relaxation ``penalty_rules``: app_queue's queuerules.conf. A penalty is an agent's tier in the queue.

As app_queue does: nothing goes below 0, ``min`` and ``raise`` never past ``max``, adjusting a ``max`` that is
not set leaves it unset; what a rule does not name stays. What holds before the first rule is what the queue
requires of ``tier``. A contact keeps the rules with which it came.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ivrcore.api import (
    Floor,
    Options,
    Relaxation,
    Relaxed,
    VisitFacts,
    check_options,
    hookimpl,
    read_seconds,
    want_fields,
    want_list,
    want_seconds,
)

BOUNDS = ("min", "max", "raise")


def _want_change(path: str, value: Any) -> Iterable[str]:
    try:
        int(value if isinstance(value, str | int) and not isinstance(value, bool) else "")
    except ValueError:
        yield f"{path}: a penalty such as 3, +1 or -1 is wanted, not {value!r}"


_RULE = want_fields({"after": want_seconds(), **dict.fromkeys(BOUNDS, _want_change)}, ["after"])


class PenaltyRules:
    """Bounds on the tiers (penalties) of agents, changed by rules as time goes by.

    Option ``rules``: a list of `{after, max, min, raise}` in order of `after`, the time waited; a number sets
    a bound, `+1` and `-1` adjust it. Lower tiers than `raise` count as that one.
    """

    name = "penalty_rules"

    def check(self, options: Options) -> Sequence[str]:
        """Rules, in order."""
        problems = check_options(options, {"rules": want_list(_RULE, least=1)}, ["rules"])
        if not problems:
            times = [read_seconds(rule["after"]) for rule in options["rules"]]
            problems = [
                f"rules[{number}].after: the rules must be in order of time"
                for number, (before, after) in enumerate(pairwise(times), start=2)
                if after < before
            ]
        return problems

    def relax(
        self, visit: VisitFacts, need: Mapping[str, Any], floor: Floor, options: Options, now: float
    ) -> Relaxed:
        """Apply every rule whose time has come."""
        least, most, *rest = need.get("tier") or (None, None)
        bounds = {"min": least, "max": most, "raise": rest[0] if rest else None}
        done = 0
        for rule in options["rules"]:
            due = visit.entered + read_seconds(rule["after"])
            if due > now:
                return _relaxed(need, bounds, done, due)
            bounds, done = _changed(bounds, rule), done + 1
        return _relaxed(need, bounds, done, None)


def _changed(bounds: Mapping[str, int | None], rule: Mapping[str, Any]) -> dict[str, int | None]:
    after = {name: _change(name, bounds[name], rule.get(name)) for name in BOUNDS}
    most = after["max"]
    if most is not None:
        after |= {name: min(after[name] or 0, most) for name in ("min", "raise") if after[name] is not None}
    return after


def _change(name: str, before: int | None, change: int | str | None) -> int | None:
    if change is None:
        return before
    adjusts = int(change) < 0 or (isinstance(change, str) and change.startswith("+"))
    if adjusts and before is None and name == "max":
        return None
    return max(0, (before or 0) * adjusts + int(change))


def _relaxed(
    need: Mapping[str, Any], bounds: Mapping[str, int | None], done: int, until: float | None
) -> Relaxed:
    shown = ", ".join(f"{name} {bounds[name]}" for name in BOUNDS if bounds[name] is not None)
    words = f"after rule {done}" if done else "before the first rule"
    tier = (bounds["min"], bounds["max"], bounds["raise"]) if shown else None
    return Relaxed({**need, "tier": tier}, f"penalties {words}: {shown or 'any'}", until)


@hookimpl
def ivrcore_relaxations() -> Sequence[Relaxation]:
    """Offer the relaxation under its name."""
    return (PenaltyRules(),)
