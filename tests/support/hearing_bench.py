"""A speech service over scripted engines: real threads, a clock that is turned by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

from twisted.internet.task import Clock

from ivrcore.config import EngineChoice, LanguageSpeech, SpeechConfig
from ivrcore.session.listening import Decided, GaveUp, Listening, SpeechEvent, SpeechService
from ivrcore.speech.audio import FRAME_BYTES
from ivrcore.speech.endpointing import USUAL, TurnTaking
from ivrcore.speech.recogniser import Engine, Grammar, Phrase
from ivrcore.speech.standing import Change
from tests.support.engines import ScriptedEngine

GRAMMAR = Grammar("en", (Phrase("s", "sales"), Phrase("ss", "sales support"), Phrase("b", "billing")))
VOICED = b"\x01\x00" * (FRAME_BYTES // 2)
SILENT = bytes(FRAME_BYTES)


class Bench:
    """A service over engines (or why they cannot be loaded); `pump` runs what threads sent back."""

    def __init__(self, *engines: Engine | Exception | None, threads: int = 2, **settings: Any) -> None:
        self.clock = Clock()
        self.back: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.reports: list[tuple[str, str, BaseException]] = []
        self.events: list[SpeechEvent] = []
        self.changes: list[tuple[str, str]] = []
        """(engine's name, what became of it and why)."""
        self._came_back = 0
        self._engines = [engine for engine in engines if engine]
        choices = tuple(EngineChoice("scripted", {"at": str(at)}) for at, _ in enumerate(self._engines))
        keys_only, cpu = settings.pop("keys_only", ()), settings.pop("cpu", time.thread_time)
        languages = {"en": LanguageSpeech(recognisers=choices, keys_only=keys_only)}
        config = SpeechConfig(languages=languages, threads=threads, **settings)
        self.service = SpeechService(
            self.clock,
            self.back.put,
            self._load,
            config,
            report=lambda *what: self.reports.append(what),
            changed=self._changed,
            cpu=cpu,
            make_gate=lambda: lambda frame: frame[0] == 1,
        )

    def _load(self, name: str, language: str, options: Mapping[str, str]) -> Engine:
        engine = self._engines[int(options["at"])]
        if isinstance(engine, Exception):
            raise engine
        return engine

    def _changed(self, language: str, rank: int, engine: str, change: Change) -> None:
        assert language == "en"
        self.changes.append((engine, " ".join(filter(None, [change.change, change.fault]))))

    def load(self) -> None:
        done = self.service.load()
        self.pump(lambda: done.called)
        self._came_back = 0

    def pump(self, until: Callable[[], object], seconds: float = 5.0) -> None:
        deadline = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < deadline, "it did not come"
            try:
                self.back.get(timeout=0.05)()
                self._came_back += 1
            except Empty:
                continue

    def pump_answer(self, engine: ScriptedEngine) -> None:
        """Run all that came back from an engine, its (first) answer included; no words may be waited for."""
        self.pump(lambda: engine.answered and self._came_back == engine.fed + engine.answered)

    def listen(
        self,
        turn: int = 1,
        grammar: Grammar = GRAMMAR,
        taking: TurnTaking = USUAL,
        *,
        prompted: bool = False,
    ) -> Listening:
        return self.service.listen(turn, grammar, 0.9, 0.7, self.events.append, taking, prompted=prompted)

    def say(self, listening: Listening, pattern: str) -> None:
        """Play frames as a line does: one each 20 ms of the clock."""
        for char in pattern:
            listening.audio(VOICED if char == "1" else SILENT)
            self.clock.advance(0.02)

    def decided(self) -> Decided:
        self.pump(lambda: any(isinstance(event, Decided) for event in self.events))
        return next(event for event in self.events if isinstance(event, Decided))

    def gave_up(self) -> GaveUp:
        self.pump(lambda: any(isinstance(event, GaveUp) for event in self.events))
        return next(event for event in self.events if isinstance(event, GaveUp))


@contextmanager
def benches() -> Iterator[Callable[..., Bench]]:
    """Give what makes benches that are loaded; at the end, all of them stop and leave nothing behind."""
    made: list[Bench] = []

    def make(*engines: Engine | Exception | None, threads: int = 2, **settings: Any) -> Bench:
        made.append(Bench(*engines, threads=threads, **settings))
        made[-1].load()
        return made[-1]

    yield make
    for each in made:
        assert each.service.stop()
        each.pump(each.back.empty)
        assert not each.clock.getDelayedCalls(), "a timer was left behind"


Make = Callable[..., Bench]
