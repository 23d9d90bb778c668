"""The strategy ``least_skilled``: keeps the experts free for those who need them.

Every agent who is asked for has the skills and levels that the contact needs, so what else they can do would
be wasted on it.
"""

from collections.abc import Sequence

from ivrcore_plugins.agent_figures import ago, idle

from ivrcore.api import Candidate, Key, Options, Strategy, check_options, hookimpl


class LeastSkilled:
    """Who has the lowest levels, of all skills added up, of those who fit; ties by idle time."""

    name = "least_skilled"
    steady = True

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {})

    def key(self, candidate: Candidate, options: Options, now: float) -> Key:
        """Give all levels added up, lowest first."""
        return (sum(candidate.skills.values()), *idle(candidate))

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say the sum."""
        return f"skill levels of {sum(candidate.skills.values())} in all, {ago(candidate, now)}"


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (LeastSkilled(),)
