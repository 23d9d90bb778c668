"""A storm: one Asterisk and its callers, fault after fault, each followed by an audit, and one in the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from ivrcore.lab.chaos_audit import Audit
from ivrcore.lab.chaos_callers import NUMBERS
from ivrcore.lab.chaos_calls import Calls
from ivrcore.lab.chaos_end import end

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.lab.hotline import HotlineLab


class Found(Protocol):
    """What was found at one point."""

    seed: int
    target: str
    """The event of the journal at which the fault came."""
    wrong: list[str]

    def words(self) -> str:
        """Sum it up in a line."""
        ...


Point = TypeVar("Point", bound=Found)


def storm(
    lab: HotlineLab,
    one: Callable[[Audit, Calls, int], Point],
    seeds: Sequence[int],
    tell: Callable[[str], None] = lambda _text: None,
    finish: Callable[[HotlineLab, Audit, Calls], list[str]] = end,
    seconds: float = 1e9,
    numbers: Mapping[str, int] = NUMBERS,
) -> tuple[list[Point], list[str]]:
    """Make a fault by each seed, as many as begin within so many seconds; give points and what is wrong.

    ``numbers`` are what callers dial, and how often each.
    """
    until, audit = time.monotonic() + seconds, Audit(lab)
    calls, points = Calls(lab, audit, numbers), list[Point]()
    wrong: list[str] = []
    for seed in seeds:
        if time.monotonic() > until:
            break
        point = one(audit, calls, seed)
        points.append(point)
        tell(f"seed {seed}: {point.target}: {point.words()}; {point.wrong or 'well'}")
        wrong += [f"seed {seed} ({point.target}): {one}" for one in point.wrong]
    return points, wrong + finish(lab, audit, calls)
