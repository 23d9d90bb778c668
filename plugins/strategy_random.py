"""The strategy ``random``: any free agent, each as likely as the other. What was drawn is journalled."""

from collections.abc import Sequence

from ivrcore.api import Choice, Options, Order, Strategy, check_options, hookimpl


class Random:
    """Any free agent of the lowest tier, each as likely; costs the same however many there are."""

    name = "random"

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {})

    def order(self, choice: Choice) -> Order:
        """Draw one by number, without looking at the others."""
        count = len(choice.candidates)
        if not count or choice.ringing:
            return Order((), "nobody to draw")
        drawn = choice.candidates[int(choice.draw() * count)]
        return Order((drawn.agent,), f"drawn of {count}")


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (Random(),)
