"""The strategy ``longest_idle``: who has been without a contact for longest gets the next one.

Idle time counts from the end of the last conversation or missed offer since login, else from first ready;
wrap-up and pauses do not restart it, nor does a caller who hung up while the phone rang. app_queue,
mod_callcenter, Connect and TaskRouter have the like, where a missed offer does not restart it; the variants
of ``since`` are those of several.
"""

from collections.abc import Sequence

from ivrcore_plugins.agent_figures import one_of

from ivrcore.api import Candidate, Key, Options, Strategy, check_options, hookimpl, want_one_of

SINCE = ("contact_end", "contact_start", "inbound_end", "ready")


class LongestIdle:
    """Who has been without a contact for longest; of agents with several at once, those with fewer in hand.

    Option ``since``: from when idle time counts: `contact_end` (default; the last contact or missed offer),
    `contact_start` (the start of the last conversation: short contacts earn no extra ones), `inbound_end`
    (call-backs do not count), `ready` (time in ready: wrap-up and pauses restart it).
    """

    name = "longest_idle"
    steady = True

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {"since": want_one_of(*SINCE)})

    def key(self, candidate: Candidate, options: Options, now: float) -> Key:
        """Give the time itself: it grows with nobody's waiting, so the order keeps without being touched."""
        return (candidate.load, _since(candidate, one_of(options, "since", SINCE)))

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say for how long."""
        since = one_of(options, "since", SINCE)
        passed = f"{max(0.0, now - _since(candidate, since)):.0f} s"
        if since == "contact_start":
            return f"last contact began {passed} ago"
        return f"ready for {passed}" if since == "ready" else f"idle for {passed}"


def _since(candidate: Candidate, since: str) -> float:
    if since == "contact_end":
        return candidate.idle_since
    if since == "ready":
        return candidate.ready_since
    own = {"contact_start": candidate.talk_began, "inbound_end": candidate.inbound_idle_since}.get(since)
    return candidate.idle_since if own is None else own


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (LongestIdle(),)
