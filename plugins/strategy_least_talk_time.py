"""The strategy ``least_talk_time``: who talked least lately, for the time there, gets the next contact.

mod_callcenter's ``agent-with-least-talk-time`` sums since login, which floods whoever logs in anew. Here it
is the share of the staffed time (logged in and not paused) within a window.
"""

from collections.abc import Sequence

from ivrcore_plugins.agent_figures import idle, renewed, share, span, window

from ivrcore.api import Candidate, Key, Options, Ranked, Strategy, check_options, hookimpl, want_seconds


class LeastTalkTime:
    """Who spent the smallest share of the staffed time in conversation; ties (to 0.1 %) by idle time.

    Option ``window``: how far back it looks (default `1h`, at most `4h`).
    """

    name = "least_talk_time"

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {"window": want_seconds(1)})

    def key(self, candidate: Candidate, options: Options, now: float) -> Key | Ranked:
        """Give the share; with no talk in it, it stays so until the agent's next contact."""
        length = window(options)
        seen = candidate.window(length, now)
        key = (share(seen.talk, seen), *idle(candidate))
        return renewed(key, length, now) if seen.talk else key

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say how much of how much."""
        seen = candidate.window(window(options), now)
        return f"talked for {seen.talk:.0f} s in {span(seen.staffed)} of staffed time"


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (LeastTalkTime(),)
