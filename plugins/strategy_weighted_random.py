"""The strategy ``weighted_random``: drawn, each agent as likely as their weight in the queue says.

Weights are those of the queue's members in the configuration, 1 unless said otherwise; who has none (0 or
less) is drawn only where nobody has any. Percent allocation (Avaya, VICIdial's grades) is this with weights
that sum to 100. Looks at every free agent of the lowest tier.
"""

from collections.abc import Sequence
from itertools import accumulate

from ivrcore.api import Choice, Options, Order, Strategy, check_options, hookimpl


class WeightedRandom:
    """Any free agent of the lowest tier, as likely as the agent's `weight` in the queue is large."""

    name = "weighted_random"

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {})

    def order(self, choice: Choice) -> Order:
        """Draw a point on the weights laid end to end."""
        found = list(choice.candidates)
        if not found or choice.ringing:
            return Order((), "nobody to draw")
        weights = [max(0.0, candidate.weight) for candidate in found]
        if not any(weights):
            weights = [1.0] * len(found)
        ends = list(accumulate(weights))
        point = choice.draw() * ends[-1]
        at = next((at for at, end in enumerate(ends) if point < end), len(ends) - 1)
        return Order((found[at].agent,), f"drawn by weight {weights[at]:g} of {ends[-1]:g}")


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (WeightedRandom(),)
