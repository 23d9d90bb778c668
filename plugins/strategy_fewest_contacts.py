"""The strategy ``fewest_contacts``: who had the fewest conversations lately, for the time there, is next.

app_queue counts since its reload, and so floods whoever comes later. Here it is a rate over the staffed time
(logged in and not paused) within a window: the contacts an hour that the agent would have with this one. With
everybody there throughout, that is the fewest contacts. Who came ten minutes ago stands at six an hour with
the first: behind those who had five in the hour, before those who had six.
"""

from collections.abc import Sequence

from ivrcore_plugins.agent_figures import HOUR, LONGEST, idle, renewed, span, window

from ivrcore.api import Candidate, Key, Options, Ranked, Strategy, check_options, hookimpl, want_seconds


class FewestContacts:
    """Who would have the fewest contacts an hour, for the time there, with this one; ties by idle time.

    Option ``window``: how far back it looks (default `1h`, at most `4h`).
    """

    name = "fewest_contacts"

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {"window": want_seconds(1, LONGEST)})

    def key(self, candidate: Candidate, options: Options, now: float) -> Key | Ranked:
        """Give the rate; it falls while the staffed time grows, and when a contact leaves the window."""
        length = window(options)
        seen = candidate.window(length, now)
        staffed = max(1.0, round(seen.staffed))
        key = (round((seen.contacts + 1) * HOUR / staffed, 2), *idle(candidate))
        if staffed < length:
            return renewed(key, length, now)
        return key if seen.changes_at is None else Ranked(key, seen.changes_at)

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say how many, in which time."""
        seen = candidate.window(window(options), now)
        return f"{seen.contacts} contacts in {span(seen.staffed)} of staffed time"


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (FewestContacts(),)
