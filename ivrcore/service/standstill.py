"""Says what keeps the event loop from turning, while it does: with file and line, and the plugin's name.

A thread looks whether the loop still beats; if not, it looks at what the loop's thread is doing. So it sees
every hook of every plugin, and ours, without a clock around each call. A loop that would run if it were given
a processor is told apart: nothing of ours keeps it, the machine does. Must not know what a hook is for.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.task import LoopingCall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

log = logging.getLogger("ivrcore")

BEAT = 0.25
"""Seconds between two beats of the loop."""
BOUND = 1.0
"""Seconds without a beat that are told; every call waits meanwhile."""
MOSTLY = 0.5
"""Share of the time without a beat from which on the loop's thread did run: then it is what it ran."""


class Standstill:
    """Made and started on the loop's thread. ``plugins`` gives plugins' names by the module they live in."""

    def __init__(self, reactor: Any, plugins: Callable[[], Mapping[str, str]]) -> None:
        self._plugins = plugins
        self._beats = 0
        self._beating = LoopingCall(self._beat)
        self._beating.clock = reactor
        self._loops = threading.get_ident()
        self._turns = _Turns(self._loops, threading.get_native_id())
        self._told = self._starved = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="ivrcore standstill", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._beating.start(BEAT)
        self._thread.start()

    def stop(self) -> None:
        """End; harmless when not started."""
        if self._beating.running:
            self._beating.stop()
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _beat(self) -> None:
        self._beats += 1

    # --- on its own thread ----------------------------------------------------------------------

    def _watch(self) -> None:
        beats, since, before = self._beats, time.monotonic(), self._turns.look()
        told = starved = False
        while not self._over.wait(BEAT):
            now = time.monotonic()
            if self._beats != beats:
                beats, since, before = self._beats, now, self._turns.look()
                told = starved = False
            elif now - since >= BOUND and not told:
                if self._turns.look().starved_since(before, now - since):
                    if not starved:
                        starved = True
                        self._tell_starved(now - since)
                else:
                    told = True
                    self._tell(now - since)

    def _tell_starved(self, seconds: float) -> None:
        self._starved += 1
        if self._starved & (self._starved - 1) == 0:
            log.warning(
                "the event loop has waited for a processor for %.1f s (%d times so far), and every call waits"
                "\n  hint: other programs of this machine take the processors, or it has too few",
                seconds,
                self._starved,
            )

    def _tell(self, seconds: float) -> None:
        frame = sys._current_frames().get(self._loops)
        self._told += 1
        if frame is None or self._told & (self._told - 1):  # the 1st, 2nd, 4th …: it fills no disk
            return
        where, plugin = self._place(frame)
        whose = f"plugin {plugin}, " if plugin else ""
        log.error(
            "the event loop has stood still for %.1f s (%d times so far), and every call with it: %s%s%s",
            seconds,
            self._told,
            whose,
            where,
            "\n  hint: what takes long belongs on a thread (docs/plugins.md)" if plugin else "",
        )

    def _place(self, frame: FrameType | None) -> tuple[str, str]:
        """Give file, line and function of the innermost frame, or of a plugin's nearest one, and its name."""
        assert frame is not None
        innermost, modules = frame, self._plugins()
        while frame is not None:
            plugin = modules.get(frame.f_globals.get("__name__", ""), "")
            if plugin:
                return _words(frame), plugin
            frame = frame.f_back
        return _words(innermost), ""


class _Look(NamedTuple):
    """A look at what a thread has got of the processors so far."""

    spent: float
    """Seconds of processor time."""
    waited: float = 0.0
    """Seconds that it waited for a processor, before it got one."""
    turns: int = 0
    """How often it got one."""
    wants: bool = False
    """Whether it runs or would, and waits for nothing else."""

    def starved_since(self, before: _Look, seconds: float) -> bool:
        """Tell whether most of the time since ``before``, so many seconds ago, it could not run."""
        never = self.turns - before.turns <= 2  # then the time that it waits is not in `waited` yet
        waited = never or self.waited - before.waited > MOSTLY * seconds
        return self.wants and waited and self.spent - before.spent < MOSTLY * seconds


class _Turns:
    """What a thread gets of the processors, as Linux tells it; elsewhere it is taken to get what it wants."""

    def __init__(self, ident: int, native: int) -> None:
        self._clock = time.pthread_getcpuclockid(ident)
        self._folder = Path(f"/proc/self/task/{native}")

    def look(self) -> _Look:
        """Look: state R of `stat` in proc(5), and `schedstat` of the kernel's sched-stats."""
        spent = time.clock_gettime(self._clock)
        try:
            state = (self._folder / "stat").read_text().rpartition(")")[2].split()[0]
            _, waited, turns = (self._folder / "schedstat").read_text().split()
        except OSError:  # no Linux, or no file descriptor is left
            return _Look(spent)
        return _Look(spent, int(waited) / 1e9, int(turns), state == "R")


def _words(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}"
