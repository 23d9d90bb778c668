"""Speech for the calls of one server: makes a listening per turn, over the engines that are in service.

Until one is ready for a language (or if none can be had, or all are out) menus go on with keys. Knows nothing
of Asterisk: a leg's audio goes into what :meth:`SpeechService.listen` gives.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import webrtcvad
from twisted.internet.defer import Deferred

from ivrcore.dialplan.world import HearingNow
from ivrcore.errors import SpeechBusy, SpeechError
from ivrcore.model.names import SpeechRefusal
from ivrcore.session.attempt import Limits, Report, Threads
from ivrcore.session.cores import spare_cores
from ivrcore.session.engines import Engines, LanguageStatus, LoadEngine
from ivrcore.session.turn import Began, Decided, GaveUp, Listening, SpeechEvent, Surroundings
from ivrcore.speech.admission import Admission, Room
from ivrcore.speech.decide import Bounds
from ivrcore.speech.endpointing import USUAL, Timing, TurnTaking
from ivrcore.speech.gate import Gate
from ivrcore.speech.grammar import primary, unheard
from ivrcore.speech.recogniser import SAMPLE_RATE

if TYPE_CHECKING:
    from ivrcore.config import LanguageSpeech, SpeechConfig
    from ivrcore.session.chain import OnChange
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


_REFUSALS = {SpeechError.code: SpeechRefusal.LOADING, SpeechBusy.code: SpeechRefusal.BUSY}
"""Why nobody can be listened to now, by the code that `Engines.why_not` gives."""


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
        changed: OnChange = lambda language, rank, engine, change: None,
        make_gate: Callable[[], IsSpeech] = webrtc_gate,
        cpu: Callable[[], float] = time.thread_time,
    ) -> None:
        self._call_soon = call_soon
        self._report = report
        self._engines = Engines(clock, call_soon, load_engine, config, report, changed)
        self._languages = {primary(tag): each for tag, each in config.languages.items()}
        self.admission = Admission(Room(config.budget or spare_cores(), config.streams))
        self._around = Surroundings(
            Threads(clock, call_soon, report, Limits(stall=config.stall), cpu),
            make_gate,
            Timing(hang_over=config.end_silence, longest=config.longest),
        )

    # --- engines ----------------------------------------------------------------------------------

    def load(self) -> Deferred[Mapping[str, LanguageStatus]]:
        """Load every engine in the background; fires with every language's status, never fails."""
        return self._engines.load()

    def take(self, languages: Mapping[str, LanguageSpeech]) -> Deferred[Mapping[str, LanguageStatus]]:
        """Have these languages' recognisers instead; fires with the changed ones' status, never fails."""
        self._languages = {primary(tag): each for tag, each in languages.items()}
        return self._engines.take(languages)

    def tune(self, config: SpeechConfig) -> None:
        """Have its bounds and times for turns that are to come: all but the number of threads."""
        self._engines.put_up(config.late)
        self.admission.room = Room(config.budget or spare_cores(), config.streams)
        self._around = Surroundings(
            replace(self._around.threads, limits=Limits(stall=config.stall)),
            self._around.make_gate,
            Timing(hang_over=config.end_silence, longest=config.longest),
        )

    def ready(self, language: str) -> Engine | None:
        """Give the engine that is asked next, or None: still loading, not to be had, or all are out."""
        link = self._engines.best(language)
        return link.engine if link else None

    @property
    def lacks(self) -> bool:
        """Whether a recogniser could not be loaded: `take` tries it again."""
        return any(each.problems for each in self.status().values())

    def status(self) -> dict[str, LanguageStatus]:
        """Give what became of each configured language, by primary tag."""
        return self._engines.status()

    @property
    def threads(self) -> int:
        """Threads that compute for engines, but for those that hang in one."""
        return self._engines.threads

    def unheard(self, grammars: Sequence[Grammar]) -> Deferred[tuple[tuple[Phrase, ...], ...]]:
        """Give each grammar's phrases that its engine can never hear (none without an engine); never fails.

        To be asked once the engines are loaded.
        """
        done: Deferred[tuple[tuple[Phrase, ...], ...]] = Deferred()
        asked = [(grammar, self.ready(grammar.language)) for grammar in grammars]

        def job() -> Callable[[], None]:
            found = tuple(self._unheard(grammar, engine) if engine else () for grammar, engine in asked)
            return lambda: done.callback(found)

        self._engines.on_loader(job)
        return done

    # --- listening --------------------------------------------------------------------------------

    def listen(
        self,
        turn: int,
        grammar: Grammar,
        accept: float,
        confirm: float,
        on_event: Callable[[SpeechEvent], None],
        taking: TurnTaking = USUAL,
        *,
        prompted: bool = False,
    ) -> Listening:
        """Make the sink of one turn; give it to ``leg.open_audio``, and `stop` it when the turn is over.

        While a prompt is heard (``prompted``, until `Listening.prompt_over`) only so much speech as
        ``taking`` asks for is told of. Less is an answer if it is accepted, and else nothing.

        ``on_event`` is called on the reactor's thread, never from within this call: at most one `Began`,
        then one `Decided` or `GaveUp`.
        """
        bounds = Bounds(accept, confirm)
        best = self._engines.best(grammar.language)
        if best is None or not self.admission.has_room(best.cost):
            why_not = self._engines.why_not(grammar.language) if best is None else (SpeechBusy.code, False)
            listening = Listening(turn, grammar, bounds, on_event, self._around, None)
            listening.give_up_soon(why_not[0], for_good=why_not[1])
            return listening
        leave = partial(self.admission.leave, best.cost)
        chain = self._engines.chain(grammar.language)
        listening = Listening(
            turn, grammar, bounds, on_event, self._around, chain, leave, taking, prompted=prompted
        )
        self.admission.enter(best.cost)  # only now: what could not be made never leaves
        return listening

    def hearing(self, language: str, stays: bool = False) -> HearingNow:
        """Tell whether a caller of this language can be listened to now, and what to say to who is not heard.

        ``stays``: they are until this moment. Where no engine is meant to be, `listen` tells so.
        """
        refused = self._refused(language, stays)
        admission, known = self.admission, self._languages.get(primary(language))
        keys_only = known.keys_only if known else ()
        if refused is None:
            return HearingNow(instead=keys_only)
        return HearingNow(
            refused,
            keys_only,
            admission.streams,
            round(admission.cores, 3),
            admission.room.cores,
        )

    def stop(self) -> bool:
        """End the threads (waits at most a few seconds); False if an engine still hangs in one."""
        return self._engines.stop()

    # --- inside -----------------------------------------------------------------------------------

    def _refused(self, language: str, stays: bool) -> SpeechRefusal | None:
        best = self._engines.best(language)
        if best is not None:
            return None if self.admission.has_room(best.cost, stays=stays) else SpeechRefusal.BUSY
        code, for_good = self._engines.why_not(language)
        if for_good:  # callers of a line that should understand them are told, as while it is out
            return SpeechRefusal.OUT if self._engines.wanted(language) else None
        return _REFUSALS.get(code, SpeechRefusal.OUT)

    def _tell(self, call: Callable[[], None]) -> None:
        """Have it called on the reactor's thread."""
        self._call_soon(call)

    def _unheard(self, grammar: Grammar, engine: Engine) -> tuple[Phrase, ...]:
        try:
            return unheard(grammar, engine.unknown_words(grammar))
        except BaseException as error:  # noqa: BLE001 - a panic in a native library too: named and reported
            self._tell(partial(self._report, engine.name, "unknown_words", error))
            return ()
