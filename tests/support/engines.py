"""Recognisers that behave as told: what a plugin may do wrong, on purpose."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from ivrcore.speech.recogniser import Grammar, Hypothesis, Recogniser


def nothing() -> None:
    """Do nothing."""


class ScriptedEngine:
    """Answers ``texts`` in turn (the last one for ever); each step first calls what it is given."""

    def __init__(
        self,
        *texts: str,
        confidence: float = 1.0,
        name: str = "scripted",
        waits: int = 0,
        cost: float = 0.02,
        on_create: Callable[[], None] = nothing,
        on_feed: Callable[[], None] = nothing,
        on_finish: Callable[[], None] = nothing,
        partials: Sequence[str] = (),
    ) -> None:
        """``partials`` are what it has heard so far, each time it is asked (the last one for ever)."""
        self.name = name
        self.language = "en"
        self.waits, self.cost = waits, cost
        self.on_create, self.on_feed, self.on_finish = on_create, on_feed, on_finish
        self.recognisers: list[ScriptedRecogniser] = []
        self.asked: list[Grammar] = []
        self.fed = self.answered = 0
        """Calls that came back."""
        self._texts = list(texts) or [""]
        self._confidence = confidence
        self._partials = list(partials) or [""]

    def recogniser(self, grammar: Grammar) -> Recogniser:
        self.asked.append(grammar)
        self.on_create()
        made = ScriptedRecogniser(self)
        self.recognisers.append(made)
        return made

    def unknown_words(self, grammar: Grammar) -> frozenset[str]:
        return frozenset()

    def answer(self) -> Sequence[Hypothesis]:
        text = self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]
        return (Hypothesis(text, self._confidence),) if text else ()

    def so_far(self) -> str:
        return self._partials.pop(0) if len(self._partials) > 1 else self._partials[0]


class ScriptedRecogniser:
    """Notes what it is given."""

    def __init__(self, engine: ScriptedEngine) -> None:
        self._engine = engine
        self.audio = b""
        self._busy = threading.Lock()

    def feed(self, pcm: bytes) -> None:
        assert self._busy.acquire(blocking=False), "one recogniser on two threads at once"
        try:
            self._engine.on_feed()
            self.audio += pcm
            self._engine.fed += 1
        finally:
            self._busy.release()

    def partial(self) -> str:
        return self._engine.so_far()

    def finish(self) -> Sequence[Hypothesis]:
        self._engine.on_finish()
        self._engine.answered += 1
        return self._engine.answer()


class Stall:
    """A step that hangs until released (at the end of the test)."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.entered = threading.Semaphore(0)

    def __call__(self) -> None:
        self.entered.release()
        self.released.wait(30)


def broken() -> None:
    """Raise what a careless plugin raises."""
    raise KeyError("caller said 123")


def ends_the_process() -> None:
    raise SystemExit(1)


class Panic(BaseException):
    """As a native library's: no Exception."""


def panics() -> None:
    raise Panic("caller said 123")
