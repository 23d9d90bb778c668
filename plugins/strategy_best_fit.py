"""The strategy ``best_fit``: the best level of the skills asked for, then idle time or occupancy.

Avaya's expert agent distribution: EAD-MIA with ties by idle time, EAD-LOA with ties by occupancy. A chain is
as strong as its weakest link: of several skills asked for, the agent's lowest level counts first, then their
sum.
"""

from collections.abc import Sequence

from ivrcore_plugins.agent_figures import LONGEST, ago, idle, one_of, renewed, share, span, window

from ivrcore.api import (
    Candidate,
    Key,
    Options,
    Ranked,
    Strategy,
    check_options,
    hookimpl,
    want_one_of,
    want_seconds,
)


class BestFit:
    """Whose lowest level in the skills asked for is highest, then whose sum of them is.

    Option ``ties``: what decides between equals: `idle` (default) or `occupancy`.

    Option ``window``: over how long occupancy is taken (default `1h`, at most `4h`).
    """

    name = "best_fit"

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(
            options, {"ties": want_one_of("idle", "occupancy"), "window": want_seconds(1, LONGEST)}
        )

    def key(self, candidate: Candidate, options: Options, now: float) -> Key | Ranked:
        """Give lowest level and sum, highest first, then what decides between equals."""
        levels = _levels(candidate)
        fit: Key = (-min(levels, default=0), -sum(levels))
        if one_of(options, "ties", ("idle", "occupancy")) == "idle":
            return (*fit, *idle(candidate))
        length = window(options)
        seen = candidate.window(length, now)
        key = (*fit, share(seen.work, seen), *idle(candidate))
        return renewed(key, length, now) if seen.work else key

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say the lowest level, and what decided between equals."""
        lowest = min(_levels(candidate), default=0)
        tie = ago(candidate, now)
        if options.get("ties") == "occupancy":
            seen = candidate.window(window(options), now)
            tie = f"occupied for {share(seen.work, seen):.1%} of {span(seen.staffed)}"
        return f"at least level {lowest} in what is asked, {tie}"


def _levels(candidate: Candidate) -> list[int]:
    return [candidate.skills.get(skill, 0) for skill in candidate.asked]


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (BestFit(),)
