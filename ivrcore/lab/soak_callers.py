"""What callers and customers tell of the calls of a long run: by what they heard, not from the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ivrcore.lab import audio, hearing
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phone_records import AgentCall
from ivrcore.lab.phones import Call, Result
from ivrcore.lab.soak_site import AGENT_HERTZ, CUSTOMERS, STAFF, TONES

LEAST = 0.25
"""Seconds of a queue's tone that say that the call came to it; the tone is twice as long."""
LEAST_AGENT = 0.15
"""Seconds of an agent's tone that say that the agent was there."""
CLOSE = 1.0
"""Seconds in which hanging up and being answered may cross."""
BUSY = 486


@dataclass(frozen=True)
class Heard:
    """One caller's call: the queue it came to ("": none), if an agent was there, who hung up, and when."""

    status: int
    queue: str
    agent: bool
    by_caller: bool
    ended: float
    cut: bool = False
    """Whether the caller hung up while the queue's tone sounded, or just after it."""


def heard(result: Result) -> Heard:
    """Listen to a recording."""
    samples = audio.read_wav(result.heard)
    tones = {queue: hearing.tone_curve(samples, hertz) for queue, hertz in TONES.items()}
    window = hearing.WINDOW / audio.RATE
    queue = next((name for name, curve in tones.items() if sum(curve) * window >= LEAST), "")
    last = round(CLOSE / window)
    cut = any(any(curve[-last:]) for curve in tones.values())
    agent = sum(hearing.tone_curve(samples, AGENT_HERTZ)) * window >= LEAST_AGENT
    return Heard(result.status, queue, agent, result.ended_by == "caller", result.ended_at, cut)


class Callers:
    """The callers of a run; what they recorded is listened to as soon as they are done, and deleted."""

    def __init__(self, lab: HotlineLab) -> None:
        self._lab = lab
        self._live: list[Call] = []
        self.calls: list[Heard] = []
        self.deadlines = 0
        """Callers who would still be there had they not hung up at last."""

    @property
    def live(self) -> int:
        """Callers who have not hung up yet."""
        return len(self._live)

    def add(self, call: Call) -> None:
        """Take one that has just dialled."""
        self._live.append(call)

    def hear(self) -> None:
        """Listen to those that are over."""
        for call in [one for one in self._live if one.happened("done")]:
            self._live.remove(call)
            result = call.result(0)
            self.deadlines += result.ended_by == "deadline"
            self.calls.append(heard(result))
            result.heard.unlink()

    def told(self) -> tuple[dict[str, Counter[str]], Counter[str]]:
        """Give the counts of each queue, and of each those calls of which the callers cannot be sure.

        Who hangs up in the moment in which an agent answers hears no agent, and may count as answered.
        """
        counts: dict[str, Counter[str]] = {queue: Counter() for queue in TONES}
        unsure: Counter[str] = Counter()
        crossed = [
            call.answered_at
            for number in range(1, len(STAFF) + 1)
            for call in self._lab.phones.agents[f"agent{number}"].calls
            if call.answered_at is not None and (call.ended_at or 0.0) - call.answered_at <= CLOSE
        ]
        for call in self.calls:
            if not call.queue:
                continue
            count = counts[call.queue]
            count["entered"] += 1
            if call.agent:
                count["answered"] += 1
            elif call.by_caller:
                count["abandoned"] += 1
                near = any(abs(at - call.ended) <= CLOSE for at in crossed)
                unsure[call.queue] += near or call.cut
            elif call.queue != "backs":  # there they are called back, see `customers`
                count["left"] += 1
        return counts, unsure

    def customers(self) -> tuple[int, int, int]:
        """Give how often customers' phones rang, how many of them heard an agent, and how many may have.

        An agent who hangs up as the customer picks up was there, but not for long enough to be heard.
        """
        calls = self._calls_of(CUSTOMERS)
        hung_up = [call.ended_at for call in self._calls_of(range(1, len(STAFF) + 1)) if call.ended_at]
        spoken = unsure = 0
        for call in calls:
            if call.heard is None:
                continue
            curve = hearing.tone_curve(audio.read_wav(call.heard), AGENT_HERTZ)
            if sum(curve) * hearing.WINDOW / audio.RATE >= LEAST_AGENT:
                spoken += 1
            else:
                unsure += any(abs(at - (call.ended_at or 0.0)) <= CLOSE for at in hung_up)
        return len(calls), spoken, unsure

    def _calls_of(self, numbers: Iterable[int]) -> list[AgentCall]:
        return [call for number in numbers for call in self._lab.phones.agents[f"agent{number}"].calls]
