"""The strategy ``pull``: the queue rings nobody, its contacts wait until agents take them (jambonz).

An agent who is free and fits takes the most urgent contact, or a chosen one, by the API.
"""

from collections.abc import Sequence

from ivrcore.api import Choice, Options, Order, Strategy, check_options, hookimpl


class Pull:
    """Nobody is rung: agents take the first contact, or one that they choose."""

    name = "pull"
    pulled = True

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {})

    def order(self, choice: Choice) -> Order:
        """Ring nobody."""
        return Order((), "waits to be taken")


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (Pull(),)
