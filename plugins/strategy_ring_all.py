"""The strategy ``ring_all``: every free agent of the lowest tier rings at once, the first answer wins.

app_queue's ``ringall``. The others stop ringing and keep their idle time. Agents of a higher tier ring only
in a later round, when nobody of a lower one is free.
"""

from collections.abc import Sequence

from ivrcore_plugins.agent_figures import seconds

from ivrcore.api import Choice, Options, Order, Strategy, check_options, hookimpl, want_seconds

EVERY = 5.0
"""Seconds between looks at who came free while others ring."""


class RingAll:
    """Every free agent of the lowest tier at once; the first who answers has the contact.

    Option ``every``: who comes free while others ring is rung too, after at most so long (default `5s`); `0`:
    only in the next round.
    """

    name = "ring_all"

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {"every": want_seconds()})

    def order(self, choice: Choice) -> Order:
        """Ring all who are no worse than those who ring."""
        every, found = seconds(choice.options, "every", EVERY), choice.candidates
        if found and choice.ringing_tier is not None and found[0].tier > choice.ringing_tier:
            found = ()
        ring = tuple(candidate.agent for candidate in found)
        again = choice.now + every if every and (ring or choice.ringing) else None
        return Order(ring, "too, came free" if choice.ringing else "all at once", again=again)


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (RingAll(),)
