"""The strategy ``linear``: always from the first of the configuration.

app_queue's ``linear``, mod_callcenter's ``top-down``: the first takes most of the work, the last little.
"""

from collections.abc import Sequence

from ivrcore.api import Candidate, Key, Options, Strategy, check_options, hookimpl


class Linear:
    """Always the first free agent in the order of the configuration."""

    name = "linear"
    steady = True

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {})

    def key(self, candidate: Candidate, options: Options, now: float) -> Key:
        """Give the place in the configuration."""
        return (candidate.position,)

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say the place."""
        return f"number {candidate.position + 1} in the configuration"


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (Linear(),)
