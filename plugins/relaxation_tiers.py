"""The relaxation ``tiers``: mod_callcenter's tier rules.

Levels from 0 down are open at once, and lower ones always come first. Logged in is who is paused or busy too.
With ``no_agent_no_wait`` and nobody logged in at all, every level is open until the next time to ask. It is
over when every level is open.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ivrcore.api import (
    Floor,
    Options,
    Relaxation,
    Relaxed,
    VisitFacts,
    check_options,
    hookimpl,
    need_of,
    read_seconds,
    want_seconds,
    want_truth,
)

KNOWN = {"wait": want_seconds(0.1), "multiply": want_truth, "no_agent_no_wait": want_truth}


class Tiers:
    """One tier (level) after another: level L opens after L times `wait`.

    Option ``wait``: the time for each level; needed.

    Option ``multiply``: `false`: all levels open together after `wait` (default `true`).

    Option ``no_agent_no_wait``: the lowest level that has anybody logged in is open at once (default `true`).
    """

    name = "tiers"

    def check(self, options: Options) -> Sequence[str]:
        """A wait, and two switches."""
        return check_options(options, KNOWN, ["wait"])

    def relax(
        self, visit: VisitFacts, need: Mapping[str, Any], floor: Floor, options: Options, now: float
    ) -> Relaxed:
        """Open the levels whose time has come."""
        least, _last, *rest = need.get("tier") or (None, None)
        wait, present = read_seconds(options["wait"]), floor.tiers(need_of(need))
        opened = int((now - visit.entered) / wait + 1e-6)  # a level due now is not a moment late
        if opened and not options.get("multiply", True):
            return Relaxed(dict(need), "all levels", over=True)
        skips = options.get("no_agent_no_wait", True)
        if skips and not present:
            until = visit.entered + (opened + 1) * wait
            return Relaxed(dict(need), "all levels, for nobody is logged in", until)
        most = max(opened, present[0]) if skips else opened
        closed = [tier for tier in floor.tiers(need_of(need), logged_out=True) if tier > most]
        if not closed:
            return Relaxed(dict(need), "all levels", over=True)
        until = visit.entered + (closed[0] if options.get("multiply", True) else 1) * wait
        asked = {**need, "tier": (least, most, *rest)}
        return Relaxed(asked, f"levels up to {most}", until, when_nobody=skips)


@hookimpl
def ivrcore_relaxations() -> Sequence[Relaxation]:
    """Offer the relaxation under its name."""
    return (Tiers(),)
