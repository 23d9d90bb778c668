"""Whether an engine may be asked: one that fails is left out, tried by one utterance, then back. Pure.

::

    SERVES --fault, or late too often--> OUT --back-off over: one utterance--> TRIED --answer--> SERVES
                                          ^                                      |
                                          +------- fault: out twice as long -----+

One that is full is no failure, and is left out for a moment only, whatever its state.
Where no other engine can serve in its stead, a single fault and lateness are forgiven: keys would be worse;
but not that it holds threads for good, which others need.
Must not know engines, threads or the clock: what happened is told, with ``now`` in seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from ivrcore.model.names import EngineChange, EngineFault
from ivrcore.percentile import nearest_rank


@dataclass(frozen=True, slots=True)
class Leniency:
    """How much is put up with. Times in seconds; ``late`` bounds the 95th percentile of answers."""

    first: float = 5.0
    """The first back-off."""
    longest: float = 300.0
    late: float = 1.0
    least: int = 20
    """Answers that must be known before they are called late."""
    watched: int = 40
    """Answers that are looked at."""
    forgiven: int = 2
    """Faults one after another that an engine without a substitute may have."""
    stuck: int = 3
    """An engine that holds so many threads is out, and not tried before one of them comes back."""
    full: float = 1.0
    """How long one that takes no more streams is not asked again."""


@dataclass(frozen=True, slots=True)
class Change:
    """An engine's standing changed: for what ``fault``, and out for how many ``seconds``."""

    change: EngineChange
    fault: EngineFault | None = None
    seconds: float = 0.0


@dataclass(slots=True, eq=False)
class Use:
    """One utterance for an engine to hear; ``trial`` while its outcome decides whether it is back."""

    trial: bool = False


class Standing:
    """One engine's. What changes is told to ``tell``."""

    def __init__(self, leniency: Leniency, tell: Callable[[Change], object]) -> None:
        self._leniency = leniency
        self._tell = tell
        self._trial: Use | None = None
        self._answers: deque[float] = deque(maxlen=leniency.watched)
        self._faults = 0
        self._answered = 0
        self._back_off = leniency.first
        self._until: float | None = None
        self._full_until = -inf
        self.stuck = 0
        """Threads that are lost in it at the moment."""

    def put_up(self, leniency: Leniency) -> None:
        """Put up with so much from now on."""
        self._leniency = leniency

    def tell_to(self, tell: Callable[[Change], object]) -> None:
        """Tell somebody else from now on: the engine has another place among those of its language."""
        self._tell = tell

    @property
    def serves(self) -> bool:
        """Whether it is in service without a doubt."""
        return self._until is None

    def out_for(self, now: float) -> float:
        """Give the seconds until it may be tried; 0 for one that serves or is being tried."""
        return 0.0 if self._until is None else max(0.0, self._until - now)

    def full(self, now: float) -> bool:
        """Whether it said just now that it takes no more streams: no fault, but others would ask in vain."""
        return now < self._full_until

    def refused(self, now: float) -> None:
        """It took no more streams."""
        self._full_until = now + self._leniency.full

    def may_be_asked(self, now: float) -> bool:
        """Whether the next utterance may be given to it."""
        if self.full(now):
            return False
        if self._until is None:
            return True
        return self._trial is None and now >= self._until and self.stuck < self._leniency.stuck

    def begin(self) -> Use:
        """Give it an utterance, since it may be asked; end that with `answered`, `failed` or `dropped`."""
        if self._until is None:
            return Use()
        self._trial = Use(trial=True)
        self._tell(Change(EngineChange.TRIED))
        return self._trial

    def answered(self, use: Use, took: float, now: float, *, alone: bool) -> None:
        """It answered after ``took`` seconds; ``alone``: nobody can serve in its stead."""
        if use.trial:
            use.trial = False
            if use is self._trial:
                self._trial = None
                self._tried(took, now, alone)
        elif self._until is None:
            self._note(took, now, alone)

    def failed(self, use: Use, fault: EngineFault, now: float, *, alone: bool) -> None:
        """It did not hear this utterance."""
        if use.trial:
            use.trial = False
            self._trial = None
            self._out(fault, now)
        elif self._until is None:
            self._faults += 1
            self._answered = 0
            lost = self.stuck >= self._leniency.stuck
            if lost or not alone or self._faults > self._leniency.forgiven:
                self._out(fault, now)

    def dropped(self, use: Use, now: float) -> None:
        """The utterance is not wanted any more, and nothing is known: the next one is its trial."""
        if use.trial and use is self._trial:
            use.trial, self._trial, self._until = False, None, now

    def _tried(self, took: float, now: float, alone: bool) -> None:
        if took > self._leniency.late and not alone:
            self._out(EngineFault.LATE, now)
            return
        self._until = None
        self._faults = 0
        self._answers.clear()
        self._tell(Change(EngineChange.BACK))

    def _note(self, took: float, now: float, alone: bool) -> None:
        self._faults = 0
        self._answered += 1
        self._answers.append(took)
        if self._answered >= self._leniency.watched:
            self._back_off = self._leniency.first
        if not alone and len(self._answers) >= self._leniency.least and self._p95() > self._leniency.late:
            self._out(EngineFault.LATE, now)

    def _p95(self) -> float:
        return nearest_rank(sorted(self._answers), 0.95)

    def _out(self, fault: EngineFault, now: float) -> None:
        seconds = self._back_off
        self._until = now + seconds
        self._back_off = min(self._leniency.longest, 2 * seconds)
        self._answered = 0
        self._answers.clear()
        self._tell(Change(EngineChange.OUT, fault, seconds))
