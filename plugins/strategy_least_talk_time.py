"""The strategy ``least_talk_time``: who talked least lately, for the time there, gets the next contact.

mod_callcenter's ``agent-with-least-talk-time`` sums since login, which floods whoever logs in anew. Here it
is the share of the staffed time (logged in and not paused) within a window.
"""

from collections.abc import Sequence

from ivrcore_plugins.agent_figures import LeastShare, span, window

from ivrcore.api import Candidate, Options, Strategy, Window, hookimpl


class LeastTalkTime(LeastShare):
    """Who spent the smallest share of the staffed time in conversation; ties (to 0.1 %) by idle time.

    Option ``window``: how far back it looks (default `1h`, at most `4h`).
    """

    name = "least_talk_time"

    @staticmethod
    def part(seen: Window) -> float:
        """Conversation alone."""
        return seen.talk

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say how much of how much."""
        seen = candidate.window(window(options), now)
        return f"talked for {seen.talk:.0f} s in {span(seen.staffed)} of staffed time"


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (LeastTalkTime(),)
