"""One utterance's way through the engines of a language: when one fails, the next hears all of it again.

The caller need not repeat anything, and waits no longer than before: what is left of the patience after the
end of speech is halved as long as another engine could be asked. Must not know when speech ends, or what the
words mean.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ivrcore.errors import RecogniserFailed, SpeechBusy
from ivrcore.session.attempt import Attempt, Threads
from ivrcore.speech.recogniser import may_be_early

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.session.chain import Chain, Link
    from ivrcore.speech.recogniser import Grammar, Hypothesis

    Then = Callable[[Sequence[Hypothesis]], None]


def _nobody(_code: str) -> None:
    """Stand for who was to be told, once there is nothing to be told."""


class Relay:
    """Made for one utterance; ``failed`` is told once, when no engine is left that could hear it in time.

    It is told why by an error's code: that all were full, or that one failed.
    """

    def __init__(
        self, chain: Chain, grammar: Grammar, threads: Threads, failed: Callable[[str], None]
    ) -> None:
        self._chain = chain
        self._grammar = grammar
        self._threads = threads
        self._failed = failed
        self._attempt: Attempt | None = None
        self._tried: list[Link] = []
        self._kept: list[bytes] = []
        self._asked: Then | None = None
        self._until: float | None = None
        self._over = self._faulty = False

    @property
    def engine(self) -> str:
        """The name of the engine that hears it; of the one that would, before speech began."""
        if self._tried:
            return self._tried[-1].engine.name
        best = self._chain.best(self._now())
        return best.engine.name if best else ""

    @property
    def may_be_early(self) -> bool:
        """Whether what the engine that hears it answers in a pause may be all that is said."""
        return may_be_early(self._tried[-1].engine if self._tried else None, self._grammar)

    @property
    def said(self) -> tuple[bytes, ...]:
        """Give what was said so far, as it came; nothing once it is closed."""
        return tuple(self._kept)

    def feed(self, pcm: bytes) -> None:
        """Give what is said to the engine; the best one is chosen with the first audio."""
        self._kept.append(pcm)
        self._asked = None
        if self._attempt is not None:
            self._attempt.feed(pcm)
        elif not self._over:
            self._next()

    def ask(self, then: Then, patience: float | None = None) -> None:
        """Ask what was heard so far; ``then`` is told unless more is fed or asked before, or all fail.

        With ``patience`` (seconds) this is the end: no engine answers later than that.
        """
        self._asked = then
        if patience is not None:
            self._until = self._now() + patience
        if self._attempt is not None:
            self._ask(self._attempt)

    def spare(self) -> None:
        """Let nobody know if it fails: it may have been a cough, and the caller is listened to again."""
        self._failed = _nobody

    def peek(self, then: Callable[[str], None]) -> None:
        """Have it told what was heard so far, while more is fed; not by an engine that cannot tell."""
        if self._attempt is not None:
            self._attempt.peek(then)

    def close(self) -> None:
        """Nobody waits for the words any more."""
        self._over = True
        self._failed = _nobody  # who made it refers to it: see Attempt
        self._asked = None
        self._kept.clear()
        if self._attempt is not None:
            self._attempt.close()

    def _now(self) -> float:
        return self._threads.clock.seconds()

    def _next(self) -> None:
        """Give all that was said to the best engine that has not tried it."""
        link = self._chain.next(self._now(), self._tried)
        in_time = self._until is None or self._now() < self._until
        self._faulty = self._faulty or (self._attempt is not None and self._attempt.failing)
        if link is None or not in_time:
            self._attempt = None
            failed, full = self._failed, self._chain.full(self._now()) and not self._faulty
            self.close()
            failed(SpeechBusy.code if full else RecogniserFailed.code)
            return
        self._tried.append(link)
        attempt = Attempt(self._chain, link, self._grammar, self._threads, self._next)
        self._attempt = attempt
        attempt.catch_up(b"".join(self._kept))
        self._ask(attempt)

    def _ask(self, attempt: Attempt) -> None:
        asked = self._asked
        if asked is None:
            return

        def told(heard: Sequence[Hypothesis]) -> None:
            if self._asked is asked:  # else it was overtaken by more audio, or by a later question
                self._asked = None
                asked(heard)

        attempt.ask(told)
        if self._until is not None:
            attempt.wait_at_most(max(0.0, self._until - self._now()))
