"""The strategies ``round_robin`` and ``ordered``, one thing: in turn, going on behind the last one tried.

The order is that of the configuration: app_queue's ``rrordered``, and its ``rrmemory`` but for whose order it
is. There is one memory for each queue, whatever the tier; it is in the journal, so a restart does not begin
anew; in a changed configuration the turn goes on behind the same agent, wherever that one stands then. Who
was tried and did not answer is passed too.
"""

from collections.abc import Mapping, Sequence

from ivrcore.api import Candidate, Key, Memory, Options, Strategy, check_options, hookimpl


class RoundRobin:
    """Agents in turn, in the order of the configuration, from behind the last one tried."""

    steady = True

    def __init__(self, name: str) -> None:
        self.name = name

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

    def reordered(self, memory: Memory, before: Sequence[str], now: Mapping[str, int]) -> Memory:
        """Find the last one tried again; for who is gone, the nearest before that one."""
        last = memory.get("last")
        tried = before[: last + 1] if isinstance(last, int) else ()
        return next(({"last": now[agent]} for agent in reversed(tried) if agent in now), {})

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say the place in the turn."""
        return f"next in turn, number {candidate.position + 1}"


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer it under both of the field's names."""
    return RoundRobin("round_robin"), RoundRobin("ordered")
