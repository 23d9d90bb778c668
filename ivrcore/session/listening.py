"""Speech for the calls of one server: loads the engines, and makes a listening per turn.

Engines load in the background; until one is ready for a language (or if none can be had) menus go on with
keys. An engine that stalls too often is taken out of service, so that it cannot eat threads without end.
Knows nothing of Asterisk: a leg's audio goes into what :meth:`SpeechService.listen` gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import webrtcvad
from twisted.internet.defer import Deferred

from ivrcore.errors import PLUGIN_FAULTS, IvrError, ModelMissing, SpeechError
from ivrcore.plugin_manager import describe
from ivrcore.session.turn import (
    Began,
    Decided,
    GaveUp,
    Limits,
    Listening,
    Report,
    SpeechEvent,
    Surroundings,
)
from ivrcore.session.workers import Workers
from ivrcore.speech.decide import Bounds
from ivrcore.speech.endpointing import Timing
from ivrcore.speech.gate import Gate
from ivrcore.speech.grammar import primary, unheard
from ivrcore.speech.recogniser import SAMPLE_RATE

if TYPE_CHECKING:
    from ivrcore.config import SpeechConfig
    from ivrcore.session.clock import SteadyTime
    from ivrcore.speech.endpointing import IsSpeech
    from ivrcore.speech.recogniser import Engine, Grammar, Phrase

__all__ = [
    "Began",
    "Decided",
    "GaveUp",
    "LanguageStatus",
    "Limits",
    "Listening",
    "SpeechEvent",
    "SpeechService",
]

LoadEngine = Callable[[str, str, Mapping[str, str]], "Engine"]
"""Takes (name, language, options), as ``Plugins.recogniser``; called on a worker thread, may raise."""

MOST_STALLS = 3
"""An engine whose threads stalled this often is out of service until a restart."""


@dataclass(frozen=True, slots=True)
class LanguageStatus:
    """What became of a language. ``engine`` is empty if none; ``problems`` say why others did not load."""

    language: str
    loading: bool = True
    engine: str = ""
    problems: tuple[IvrError, ...] = ()


def webrtc_gate(mode: int = 2) -> IsSpeech:
    """Make a voice gate for one stream over WebRTC's detector (``mode`` 0..3 is how strict that is)."""
    detector = webrtcvad.Vad(mode)
    return Gate(lambda frame: bool(detector.is_speech(frame, SAMPLE_RATE)))


class SpeechService:
    """Speech recognition for all calls; to be used from the reactor's thread only."""

    def __init__(
        self,
        clock: SteadyTime,
        call_soon: Callable[[Callable[[], None]], object],
        load_engine: LoadEngine,
        config: SpeechConfig,
        *,
        report: Report = lambda plugin, hook, error: None,
        make_gate: Callable[[], IsSpeech] = webrtc_gate,
    ) -> None:
        self._languages = {primary(tag): each.recognisers for tag, each in config.languages.items()}
        self._load_engine = load_engine
        self._call_soon = call_soon
        self._report = report
        self._engines: dict[str, Engine] = {}
        self._status = {tag: LanguageStatus(tag) for tag in self._languages}
        self._stalls: Counter[int] = Counter()
        self._workers = Workers(config.threads, spares=MOST_STALLS * max(1, len(self._languages)))
        self._waiting: dict[int, Workers] = {}
        self._loader = Workers(1, spares=0, name="ivrcore-speech-load")
        self._around = Surroundings(
            clock,
            call_soon,
            make_gate,
            report,
            self._lost,
            Timing(hang_over=config.end_silence, longest=config.longest),
            Limits(stall=config.stall),
        )

    # --- engines ----------------------------------------------------------------------------------

    def load(self) -> Deferred[Mapping[str, LanguageStatus]]:
        """Load one engine per language in the background; fires with every language's status, never fails."""
        done: Deferred[Mapping[str, LanguageStatus]] = Deferred()
        lane = self._loader.lane()
        for language in self._languages:
            lane.submit(partial(self._load, language))
        lane.submit(lambda: self._tell(lambda: done.callback(self.status())))
        return done

    def ready(self, language: str) -> Engine | None:
        """Give the language's engine, or None: still loading, not to be had, or out of service."""
        return self._engines.get(primary(language))

    def status(self) -> dict[str, LanguageStatus]:
        """Give what became of each configured language, by primary tag."""
        return dict(self._status)

    def unheard(self, grammars: Sequence[Grammar]) -> Deferred[tuple[tuple[Phrase, ...], ...]]:
        """Give each grammar's phrases that its engine can never hear (none without an engine); never fails.

        To be asked once the engines are loaded.
        """
        done: Deferred[tuple[tuple[Phrase, ...], ...]] = Deferred()
        asked = [(grammar, self.ready(grammar.language)) for grammar in grammars]

        def job() -> None:
            found = tuple(self._unheard(grammar, engine) if engine else () for grammar, engine in asked)
            self._tell(lambda: done.callback(found))

        self._loader.lane().submit(job)
        return done

    # --- listening --------------------------------------------------------------------------------

    def listen(
        self,
        turn: int,
        grammar: Grammar,
        accept: float,
        confirm: float,
        on_event: Callable[[SpeechEvent], None],
    ) -> Listening:
        """Make the sink of one turn; give it to ``leg.open_audio``, and `stop` it when the turn is over.

        ``on_event`` is called on the reactor's thread, never from within this call: at most one `Began`,
        then one `Decided` or `GaveUp`.
        """
        engine = self.ready(grammar.language)
        lane = self._threads_for(engine).lane() if engine else None
        listening = Listening(turn, grammar, Bounds(accept, confirm), on_event, self._around, engine, lane)
        if engine is None:
            code, for_good = self._why_not(primary(grammar.language))
            listening.give_up_soon(code, for_good=for_good)
        return listening

    def stop(self) -> bool:
        """End the threads (waits at most a few seconds); False if an engine still hangs in one."""
        ended = [pool.stop() for pool in (self._loader, self._workers, *self._waiting.values())]
        return all(ended)

    # --- inside -----------------------------------------------------------------------------------

    def _threads_for(self, engine: Engine) -> Workers:
        """Give the threads that compute, or an engine's own where its calls only wait."""
        if not engine.waits:
            return self._workers
        own = self._waiting.get(id(engine))
        if own is None:
            name = f"ivrcore-{engine.name}-{engine.language}"
            own = self._waiting[id(engine)] = Workers(engine.waits, spares=MOST_STALLS, name=name)
        return own

    def _tell(self, call: Callable[[], None]) -> None:
        """Have it called on the reactor's thread."""
        self._call_soon(call)

    def _load(self, language: str) -> None:
        problems: list[IvrError] = []
        engine: Engine | None = None
        for choice in self._languages[language]:
            try:
                engine = self._load_engine(choice.name, language, choice.options)
            except IvrError as error:
                problems.append(error)
            except PLUGIN_FAULTS as error:  # named and reported
                problems.append(
                    SpeechError(f"the recogniser {choice.name} could not be loaded: {describe(error)}")
                )
                self._tell(partial(self._report, choice.name, "ivrcore_recogniser", error))
            else:
                break
        self._tell(partial(self._loaded, language, engine, tuple(problems)))

    def _unheard(self, grammar: Grammar, engine: Engine) -> tuple[Phrase, ...]:
        try:
            return unheard(grammar, engine.unknown_words(grammar))
        except PLUGIN_FAULTS as error:  # named and reported
            self._tell(partial(self._report, engine.name, "unknown_words", error))
            return ()

    def _loaded(self, language: str, engine: Engine | None, problems: tuple[IvrError, ...]) -> None:
        if engine is not None:
            self._engines[language] = engine
        name = engine.name if engine else ""
        self._status[language] = LanguageStatus(language, False, name, problems)

    def _why_not(self, language: str) -> tuple[str, bool]:
        status = self._status.get(language)
        if status is None:
            return ModelMissing.code, True
        if status.loading:
            return SpeechError.code, False
        return (status.problems[-1].code if status.problems else ModelMissing.code), True

    def _lost(self, engine: Engine) -> None:
        self._stalls[id(engine)] += 1
        if self._stalls[id(engine)] < MOST_STALLS:
            return
        problem = SpeechError(f"the recogniser {engine.name} stalled too often and is out of service")
        for language in [tag for tag, known in self._engines.items() if known is engine]:
            del self._engines[language]
            self._status[language] = LanguageStatus(language, False, "", (problem,))
