"""The strategy ``longest_idle``: who has been without a contact for longest gets the next one.

Idle time counts from the end of the last conversation or missed offer since login, else from first ready;
wrap-up and pauses do not restart it, nor does a caller who hung up while the phone rang.
"""

from collections.abc import Sequence

from ivrcore.api import Candidate, Key, Options, Strategy, hookimpl


class LongestIdle:
    """Orders agents by the time since which they are idle, earliest first."""

    name = "longest_idle"

    def key(self, candidate: Candidate, options: Options, now: float) -> Key:
        """Give the time itself: it grows with nobody's waiting, so the order keeps without being touched."""
        return (candidate.idle_since,)

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say for how long."""
        return f"idle for {max(0.0, now - candidate.idle_since):.0f} s"


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (LongestIdle(),)
