"""The strategy ``least_occupied``: who was busy for the smallest part of the time there is next.

Avaya's least occupied agent (LOA). Work is conversation and wrap-up, ringing is not; staffed is logged in and
not paused.
"""

from collections.abc import Sequence

from ivrcore_plugins.agent_figures import LeastShare, share, span, window

from ivrcore.api import Candidate, Options, Strategy, Window, hookimpl


class LeastOccupied(LeastShare):
    """Who has the lowest occupancy, work ÷ staffed time; ties (to 0.1 %) by idle time.

    Option ``window``: how far back it looks (default `1h`, at most `4h`).
    """

    name = "least_occupied"

    @staticmethod
    def part(seen: Window) -> float:
        """Work is conversation and wrap-up."""
        return seen.work

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say how occupied."""
        seen = candidate.window(window(options), now)
        return f"occupied for {share(seen.work, seen):.1%} of {span(seen.staffed)}"


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (LeastOccupied(),)
