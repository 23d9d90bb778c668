"""The strategy ``least_occupied``: who was busy for the smallest part of the time there is next.

Avaya's least occupied agent (LOA). Work is conversation and wrap-up, ringing is not; staffed is logged in and
not paused.
"""

from collections.abc import Sequence

from ivrcore_plugins.agent_figures import idle, renewed, share, span, window

from ivrcore.api import Candidate, Key, Options, Ranked, Strategy, check_options, hookimpl, want_seconds


class LeastOccupied:
    """Who has the lowest occupancy, work ÷ staffed time; ties (to 0.1 %) by idle time.

    Option ``window``: how far back it looks (default `1h`, at most `4h`).
    """

    name = "least_occupied"

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {"window": want_seconds(1)})

    def key(self, candidate: Candidate, options: Options, now: float) -> Key | Ranked:
        """Give the occupancy; with no work in it, it stays so until the agent's next contact."""
        length = window(options)
        seen = candidate.window(length, now)
        key = (share(seen.work, seen), *idle(candidate))
        return renewed(key, length, now) if seen.work else key

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say how occupied."""
        seen = candidate.window(window(options), now)
        return f"occupied for {share(seen.work, seen):.1%} of {span(seen.staffed)}"


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (LeastOccupied(),)
