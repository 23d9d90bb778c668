"""The strategy ``round_robin``: in the order of the configuration, going on behind the last one tried.

app_queue's ``rrmemory`` and ``rrordered``. There is one memory for each queue, whatever the tier; it is in
the journal, so a restart does not begin anew. Who was tried and did not answer is passed too.
"""

from collections.abc import Sequence

from ivrcore.api import Candidate, Key, Memory, Options, Strategy, check_options, hookimpl


class RoundRobin:
    """Agents in turn, in the order of the configuration, from behind the last one tried."""

    name = "round_robin"

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {})

    def key(self, candidate: Candidate, options: Options, now: float) -> Key:
        """Give the place in the configuration."""
        return (candidate.position,)

    def start(self, memory: Memory) -> Key | None:
        """Begin behind the last one tried."""
        last = memory.get("last")
        return (last,) if isinstance(last, int) else None

    def remember(self, memory: Memory, candidate: Candidate, key: Key) -> Memory:
        """Keep who is tried now."""
        return {"last": candidate.position}

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say the place in the turn."""
        return f"next in turn, number {candidate.position + 1}"


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (RoundRobin(),)
