"""The strategies ``linear`` and ``ordered``, one thing: always from the first of the configuration.

app_queue's ``linear``, mod_callcenter's ``top-down``: the first takes most of the work, the last little.
"""

from collections.abc import Sequence

from ivrcore.api import Candidate, Key, Options, Strategy, check_options, hookimpl


class Linear:
    """Always the first free agent in the order of the configuration."""

    def __init__(self, name: str) -> None:
        self.name = name

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {})

    def key(self, candidate: Candidate, options: Options, now: float) -> Key:
        """Give the place in the configuration."""
        return (candidate.position,)

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say the place."""
        return f"number {candidate.position + 1} in the configuration"


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer it under both of the field's names."""
    return Linear("linear"), Linear("ordered")
