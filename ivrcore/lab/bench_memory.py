"""The benchmark's memory: resident memory of server and Asterisk with more and more callers waiting."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import pairwise

from ivrcore.lab.bench_figures import Table, slope
from ivrcore.lab.bench_lab import BARE_HOLD, HOLD, asterisk_pid, bench_lab, memory
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.load import Load, Pause

Say = Callable[[str], None]
Point = tuple[int, int, int]
"""Callers waiting, bytes of the server, bytes of Asterisk."""

WARM_UP = 20
SETTLED = 0.01
"""Share by which memory may still grow within half a second to count as settled."""
MEGA = 1e6


def grow(number: str, steps: Sequence[int], say: Say, what: str) -> list[Point]:
    """Measure with each number of callers waiting, on an Asterisk and a server of their own."""
    with bench_lab() as lab:
        Load(lab.pbx, number, calls=WARM_UP, rate=WARM_UP, steps=(Pause(0.5),)).run()
        lab.pbx.idle(10)
        points = [point(lab, 0)]
        with ExitStack() as callers:
            for lane, (before, wanted) in enumerate(pairwise(steps)):
                load = Load(lab.pbx, number, calls=wanted - before, rate=25, steps=(Pause(600.0),), lane=lane)
                callers.enter_context(load)
                lab.wait_for(f"{wanted} callers", lambda n=wanted: len(lab.pbx.channels()) >= n, 60)  # type: ignore[misc]
                points.append(point(lab, wanted))
                say(f"memory, {what}: {wanted} callers wait")
            lab.pbx.hang_up_all()
    return points


def point(lab: HotlineLab, callers: int) -> Point:
    """Measure once memory has settled (or three seconds are over)."""
    deadline, last = time.monotonic() + 3.0, 0
    while time.monotonic() < deadline:
        time.sleep(0.5)
        now = memory(lab.pid) + memory(asterisk_pid(lab))
        if last and now - last < SETTLED * last:
            break
        last = now
    return callers, memory(lab.pid), memory(asterisk_pid(lab))


def memories(*, quick: bool, say: Say) -> Table:
    """Measure part 5."""
    steps = (0, 25, 50) if quick else (0, 50, 100, 200)
    ours = grow(HOLD, steps, say, "server")
    bare = grow(BARE_HOLD, steps, say, "bare dialplan")
    rows = [
        _row("server", [(callers, server) for callers, server, _ in ours]),
        _row("Asterisk below the server", [(callers, asterisk) for callers, _, asterisk in ours]),
        _row("bare dialplan, app_queue", [(callers, asterisk) for callers, _, asterisk in bare]),
    ]
    head = ("resident MB with callers waiting", *(str(step) for step in steps), "kB per call")
    return Table("Memory", head, rows)


def _row(name: str, points: Sequence[tuple[int, int]]) -> list[str]:
    per_call = slope([(float(callers), float(size)) for callers, size in points])
    return [name, *(f"{size / MEGA:.1f}" for _, size in points), f"{per_call / 1000:.0f}"]
