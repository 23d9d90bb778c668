"""One call of the canary: what it waits for, what it does, and what its result is. Pure.

It is dialled, arrives at the server, is answered, hears something, presses its keys one menu after another,
hangs up and is gone. What happens comes in as :class:`Seen`, with the time; what is to be done is given back.
Each wait has a deadline, and the whole call one. Must not know of legs, events or clocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from ivrcore.model.canary_names import CanaryResult, CanaryStage


class Seen(Enum):
    """What happened to the call."""

    ARRIVED = auto()
    ANSWERED = auto()
    SOUND = auto()
    MENU = auto()
    """A menu waits for a key."""
    CHOSE = auto()
    """A key led to a choice."""
    LOST = auto()
    """A key was no choice."""
    CALLED_OFF = auto()
    """The calling side is gone."""
    CLOSED = auto()
    """The hotline's side is gone."""
    TIME = auto()
    """Nothing, but time went by."""


@dataclass(frozen=True, slots=True)
class Press:
    """Press this key."""

    key: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the calling side."""


Act = Press | HangUp

_MISSED: Mapping[CanaryStage, CanaryResult] = {
    CanaryStage.ARRIVED: CanaryResult.NOT_ARRIVED,
    CanaryStage.ANSWERED: CanaryResult.NOT_ANSWERED,
    CanaryStage.HEARD: CanaryResult.NOT_HEARD,
    CanaryStage.WALKED: CanaryResult.NOT_WALKED,
    CanaryStage.ENDED: CanaryResult.NOT_ENDED,
}
_STAGES = tuple(CanaryStage)


@dataclass(slots=True)
class Walk:
    """A call that was dialled at ``begun``. Times are UTC seconds, ``within`` and ``longest`` seconds.

    ``hears``: whether sound can be told from silence; without it the stage is not waited for.
    ``always_open``: a dialplan that ends the call by itself is a fault.
    """

    keys: str
    begun: float
    within: float
    longest: float
    hears: bool = True
    always_open: bool = False
    reached: dict[CanaryStage, float] = field(default_factory=dict)
    """Stage -> seconds from dialling."""
    result: CanaryResult | None = None
    """Known from when it hangs up, or cannot go on; last changed by the end."""
    deadline: float = 0.0
    """When `Seen.TIME` is to be told at the latest."""
    over: bool = False
    _gone: set[Seen] = field(default_factory=set)
    _menu: bool = False

    def __post_init__(self) -> None:
        self._wait(self.begun)

    @property
    def stage(self) -> CanaryStage:
        """Give the stage that it waits for."""
        return next((one for one in _STAGES if one not in self.reached), CanaryStage.ENDED)

    def see(self, seen: Seen, now: float) -> tuple[Act, ...]:
        """Take what happened; give what is to be done. Nothing comes of anything once it is over."""
        if self.over:
            return ()
        if seen in (Seen.CALLED_OFF, Seen.CLOSED):
            return self._side_gone(seen, now)
        if seen is Seen.TIME:
            return self._late(now) if now >= self.deadline else ()
        return () if self.result is not None else self._go_on(seen, now)

    def _go_on(self, seen: Seen, now: float) -> tuple[Act, ...]:
        match seen:
            case Seen.ARRIVED:
                self._reach(CanaryStage.ARRIVED, now)
            case Seen.ANSWERED if CanaryStage.ARRIVED not in self.reached:
                return self._end(CanaryResult.NOT_HERE, now)
            case Seen.ANSWERED:
                self._reach(CanaryStage.ANSWERED, now)
                if not self.hears:
                    self._reach(CanaryStage.HEARD, now)
                    return self._next(now)
            case Seen.SOUND if self.stage is CanaryStage.HEARD:
                self._reach(CanaryStage.HEARD, now)
                return self._next(now)
            case Seen.MENU:
                self._menu = True
                return self._next(now)
            case Seen.CHOSE if self.stage is CanaryStage.WALKED and self.keys and self._menu:
                self.keys, self._menu = self.keys[1:], False
                self._wait(now)
                return self._next(now)
            case Seen.LOST if self.stage is CanaryStage.WALKED and self.keys:
                return self._end(CanaryResult.NOT_WALKED, now)
        return ()

    def _next(self, now: float) -> tuple[Act, ...]:
        """Press the next key where a menu waits for it; hang up after the last."""
        if self.stage is not CanaryStage.WALKED:
            return ()
        if not self.keys:
            self._reach(CanaryStage.WALKED, now)
            return self._end(CanaryResult.PASSED, now)
        return (Press(self.keys[0]),) if self._menu else ()

    def _side_gone(self, side: Seen, now: float) -> tuple[Act, ...]:
        self._gone.add(side)
        if self.result is None:
            heard = CanaryStage.HEARD in self.reached
            closed = heard and not self.always_open
            acts = self._end(CanaryResult.CLOSED if closed else _MISSED[self.stage], now)
        else:
            acts = ()
        arrived = CanaryStage.ARRIVED in self.reached
        if Seen.CALLED_OFF in self._gone and (Seen.CLOSED in self._gone or not arrived):
            self.reached[CanaryStage.ENDED] = now - self.begun
            self.over = True
        return () if Seen.CALLED_OFF in self._gone else acts

    def _late(self, now: float) -> tuple[Act, ...]:
        if self.result is None:
            return self._end(_MISSED[self.stage], now)
        if self.result in (CanaryResult.PASSED, CanaryResult.CLOSED):
            self.result = CanaryResult.NOT_ENDED
        self.over = True
        return ()

    def _end(self, result: CanaryResult, now: float) -> tuple[Act, ...]:
        self.result = result
        self.deadline = now + self.within
        return (HangUp(),)

    def _reach(self, stage: CanaryStage, now: float) -> None:
        self.reached.setdefault(stage, now - self.begun)
        self._wait(now)

    def _wait(self, now: float) -> None:
        self.deadline = min(now + self.within, self.begun + self.longest)
