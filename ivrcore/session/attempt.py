"""One engine's try at one utterance: jobs on its threads, and what became of them. Runs on the reactor.

Every try is told to the engine's standing once it is known how it went; a job that nobody waits for any more
is watched until it comes back, since it keeps a thread from all other calls. Must not know grammars' meaning,
other engines or when speech ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ivrcore.errors import RecogniserFailed, RecogniserLied, SpeechBusy
from ivrcore.model.names import EngineFault
from ivrcore.session.clock import Timer
from ivrcore.session.utterance import Utterance
from ivrcore.speech.audio import seconds_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.session.chain import Chain, Link
    from ivrcore.session.clock import SteadyTime
    from ivrcore.speech.recogniser import Grammar, Hypothesis

T = TypeVar("T")

Report = Callable[[str, str, BaseException], None]
"""Told (plugin, what it was doing, error), as ``Plugins.on_failure``."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: an engine's longest silence after the end of speech, audio waiting for it, a dry stream."""

    stall: float = 2.0
    backlog: float = 3.0
    starved: float = 1.0


@dataclass(frozen=True, slots=True)
class Threads:
    """What tries share. ``call_soon`` is callable from any thread; ``report`` is told on the reactor's.

    ``cpu`` gives the CPU seconds of the thread that asks.
    """

    clock: SteadyTime
    call_soon: Callable[[Callable[[], None]], object]
    report: Report
    limits: Limits
    cpu: Callable[[], float]


def _nobody() -> None:
    """Stand for who was to be told, once there is nothing to be told."""


class Attempt:
    """Made when speech begins, or when another engine failed; ``failed`` is told at most once."""

    def __init__(
        self, chain: Chain, link: Link, grammar: Grammar, threads: Threads, failed: Callable[[], None]
    ) -> None:
        self.link = link
        self._chain = chain
        self._threads = threads
        self._failed = failed
        self._use = link.standing.begin()
        self._lane = link.pool.lane()
        self._utterance = Utterance(link.engine, grammar)
        self._backlog = 0.0
        self._running = 0
        self._known = False
        self.failing = False
        """Whether it failed by a fault of the engine; one that is full has none."""
        self._timer = Timer(threads.clock)
        self.over = False
        link.attempts.add(self)

    def feed(self, pcm: bytes) -> None:
        """Give it what is said now."""
        length = seconds_of(pcm)
        self._backlog += length
        if self._backlog > self._bounded(self._threads.limits.backlog):
            self._stalled()
            return
        self._submit("feed", lambda: self._utterance.feed(pcm), lambda _: self._fed(length), length)

    def catch_up(self, pcm: bytes) -> None:
        """Give it what was said before it came in: that takes a while, and is no backlog."""
        self._submit("feed", lambda: self._utterance.feed(pcm), lambda _: None, seconds_of(pcm))

    def ask(self, then: Callable[[Sequence[Hypothesis]], None]) -> None:
        """Ask what was heard so far."""
        asked = self._now()

        def told(heard: Sequence[Hypothesis]) -> None:
            self._answered(self._now() - asked)
            if not self.over:
                then(heard)

        self._submit("finish", self._utterance.finish, told, awaited=True)

    def peek(self, then: Callable[[str], None]) -> None:
        """Ask what was heard so far, while more is fed."""
        self._submit("partial", self._utterance.partial, lambda text: None if self.over else then(text))

    def wait_at_most(self, seconds: float) -> None:
        """Fail if it has not answered in so many seconds, or half as many if another could be asked then."""
        self._timer.set(self._bounded(seconds), self._stalled)

    def close(self) -> None:
        """Nobody waits for it any more."""
        if self.over:
            return
        self.over = True
        self.link.attempts.discard(self)
        self._failed = _nobody  # who made it refers to it: neither is to keep the other, and the engine
        self._timer.clear()
        self._running -= self._lane.close()
        if self._running > 0:
            self._timer.set(self._threads.limits.stall, self._write_off)
        else:
            self._conclude()

    def _bounded(self, seconds: float) -> float:
        return seconds if self._chain.alone(self.link) else seconds / 2

    def _now(self) -> float:
        return self._threads.clock.seconds()

    def _fed(self, length: float) -> None:
        self._backlog -= length

    def _answered(self, took: float) -> None:
        if not self.failing:
            alone = self._chain.alone(self.link)
            self.link.standing.answered(self._use, took, self._now(), alone=alone)
            self._known = True

    # --- the worker threads -----------------------------------------------------------------------

    def _submit(
        self,
        doing: str,
        work: Callable[[], T],
        then: Callable[[T], None],
        audio: float = 0.0,
        *,
        awaited: bool = False,
    ) -> None:
        call_soon, cpu = self._threads.call_soon, self._threads.cpu
        self._running += 1

        def job() -> None:
            began = cpu()
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - a panic in a native library too: told, and goes on
                failure = error  # the name `error` ends with this block
                call_soon(lambda: self._raised(doing, failure))
                return
            spent = cpu() - began
            call_soon(lambda: self._returned(then, result, spent, audio))

        self._lane.submit(job, awaited=awaited)

    def _returned(self, then: Callable[[T], None], result: T, cpu: float, audio: float) -> None:
        self.link.cost.measured(cpu, audio)
        self._running -= 1
        then(result)
        self._if_idle()

    def _if_idle(self) -> None:
        if self.over and self._running == 0:
            self._timer.clear()
            self._conclude()

    def _conclude(self) -> None:
        if not self._known:
            self._known = True
            self.link.standing.dropped(self._use, self._now())

    # --- failing ----------------------------------------------------------------------------------

    def _raised(self, doing: str, error: BaseException) -> None:
        if isinstance(error, SpeechBusy):
            self.link.standing.refused(self._now())
        else:
            # Reported even when nobody waits for it any more: the plugin is wrong all the same.
            self._fault(EngineFault.LIED if isinstance(error, RecogniserLied) else EngineFault.RAISED)
            self._threads.report(self.link.engine.name, doing, error)
        self._running -= 1
        self._give_up()
        self._if_idle()

    def _stalled(self) -> None:
        if not self._write_off():  # others hold the threads: no fault of this engine
            self._tell_stall("no thread was free in time")
        self._give_up()

    def _write_off(self) -> bool:
        """Give up the thread that is stuck in the engine; False if there is none."""
        if not self._lose_thread():
            if self.over:  # its last job has just come back, and nobody else concludes
                self._conclude()
            return False
        self._fault(EngineFault.STALLED)
        if not self.link.standing.serves:
            for other in self.link.attempts - {self}:
                other._desert()
        self.link.pool.fill_up()  # only now: the new thread would be the next to be stuck
        self._tell_stall("no answer in time")
        return True

    def _lose_thread(self) -> bool:
        stuck = self._lane.give_up(self._came_back)
        self._running = 0
        self.link.standing.stuck += stuck
        return stuck

    def _desert(self) -> None:
        """Leave an engine that hangs in other utterances: this one would cost a thread more."""
        self._lose_thread()
        self._fault(EngineFault.STALLED)
        self._threads.call_soon(self._give_up)

    def _came_back(self) -> None:
        """Take note, on the thread that was given up, that the engine let go of it."""

        def note() -> None:
            self.link.standing.stuck -= 1

        self._threads.call_soon(note)

    def _fault(self, fault: EngineFault) -> None:
        if self.failing:
            return
        self.failing = self._known = True
        now = self._now()
        self.link.standing.failed(self._use, fault, now, alone=self._chain.alone(self.link))

    def _tell_stall(self, what: str) -> None:
        self._threads.report(self.link.engine.name, "finish", RecogniserFailed(what))

    def _give_up(self) -> None:
        if not self.over:
            failed = self._failed
            self.close()
            failed()
