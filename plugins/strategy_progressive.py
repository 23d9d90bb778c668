"""The strategy ``progressive``: rings one agent, adds another every few seconds, and keeps the earlier ones.

The next one is who is idle for longest, of the lowest tier with anybody free: who was tried first may be
joined by agents of higher tiers. The first answer wins; the others stop ringing and keep their idle time.
"""

from collections.abc import Sequence

from ivrcore_plugins.agent_figures import ago, idle, number, seconds

from ivrcore.api import Choice, Options, Order, Strategy, check_options, hookimpl, want_number, want_seconds

EVERY = 10.0
MOST = 3


class Progressive:
    """The agent who is idle for longest, then another besides, and another; the first who answers has it.

    Option ``every``: how long until another one rings too (default `10s`).

    Option ``most``: how many may ring at once (default 3).
    """

    name = "progressive"

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {"every": want_seconds(1), "most": want_number(1, whole=True)})

    def order(self, choice: Choice) -> Order:
        """Add one, if there is one and room for one."""
        every = max(1.0, seconds(choice.options, "every", EVERY))
        room = max(1, int(number(choice.options, "most", MOST))) - len(choice.ringing)
        if room <= 0 or not choice.candidates:
            return Order((), "nobody to add", again=choice.now + every if choice.ringing else None)
        best = min(choice.candidates, key=lambda one: (idle(one), one.agent))
        which = "one more besides" if choice.ringing else "the first"
        return Order((best.agent,), f"{which}, {ago(best, choice.now)}", again=choice.now + every)


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (Progressive(),)
