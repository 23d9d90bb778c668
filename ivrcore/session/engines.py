"""The recognisers of one server: loaded in the background, best ones first, each language's in a chain.

A language is ready with its first engine; those behind it come as they are loaded. Must not know calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from ivrcore.errors import PLUGIN_FAULTS, IvrError, ModelMissing, RecogniserFailed, SpeechError
from ivrcore.plugin_manager import describe
from ivrcore.session.chain import Chain
from ivrcore.session.workers import Workers
from ivrcore.speech.grammar import primary
from ivrcore.speech.standing import Leniency

if TYPE_CHECKING:
    from ivrcore.config import EngineChoice, SpeechConfig
    from ivrcore.session.attempt import Report
    from ivrcore.session.chain import Link, OnChange
    from ivrcore.session.clock import SteadyTime
    from ivrcore.speech.recogniser import Engine

LoadEngine = Callable[[str, str, Mapping[str, str]], "Engine"]
"""Takes (name, language, options), as ``Plugins.recogniser``; called on a worker thread, may raise."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """One engine that is loaded. ``out_for``: seconds until it may be tried, if it does not ``serve``."""

    name: str
    rank: int
    serves: bool = True
    out_for: float = 0.0


@dataclass(frozen=True, slots=True)
class LanguageStatus:
    """What became of a language. ``engine`` is the one that is asked next, empty if none can be.

    ``loading`` until the first engine is there or none can be had; ``problems`` say why others did not load.
    """

    language: str
    loading: bool = True
    engine: str = ""
    problems: tuple[IvrError, ...] = ()
    engines: tuple[EngineStatus, ...] = ()


class _Language:
    """What is configured for a language, and what became of it."""

    def __init__(self, choices: tuple[EngineChoice, ...], chain: Chain) -> None:
        self.choices = choices
        self.chain = chain
        self.problems: list[IvrError] = []

    @property
    def loading(self) -> bool:
        return not self.chain.links and len(self.problems) < len(self.choices)


class Engines:
    """To be used from the reactor's thread only."""

    def __init__(
        self,
        clock: SteadyTime,
        call_soon: Callable[[Callable[[], None]], object],
        load_engine: LoadEngine,
        config: SpeechConfig,
        report: Report,
        changed: OnChange,
    ) -> None:
        leniency = Leniency(late=config.late)
        self._languages = {
            primary(tag): _Language(each.recognisers, Chain(primary(tag), leniency, changed))
            for tag, each in config.languages.items()
        }
        self._clock = clock
        self._call_soon = call_soon
        self._load_engine = load_engine
        self._report = report
        self._spares = leniency.stuck
        self._loader = Workers(1, spares=0, name="ivrcore-speech-load")
        engines = sum(len(each.choices) for each in self._languages.values())
        self._computing = Workers(config.threads, spares=leniency.stuck * max(1, engines))
        self._waiting: dict[int, Workers] = {}

    def load(self) -> Deferred[Mapping[str, LanguageStatus]]:
        """Load every engine; fires with every language's status once all are there, never fails."""
        done: Deferred[Mapping[str, LanguageStatus]] = Deferred()
        lane = self._loader.lane()
        most = max((len(each.choices) for each in self._languages.values()), default=0)
        for rank in range(1, most + 1):
            for language, each in self._languages.items():
                if rank <= len(each.choices):
                    lane.submit(partial(self._load, language, rank, each.choices[rank - 1]))
        lane.submit(lambda: self._tell(lambda: done.callback(self.status())))
        return done

    def best(self, language: str) -> Link | None:
        """Give the engine that the next utterance would be given to; None if there is none."""
        chain = self.chain(language)
        return chain.best(self._clock.seconds()) if chain else None

    def chain(self, language: str) -> Chain | None:
        """Give a language's engines; None if it is not configured."""
        found = self._languages.get(primary(language))
        return found.chain if found else None

    def why_not(self, language: str) -> tuple[str, bool]:
        """Say why no engine can be asked: the error's code, and whether that is for good."""
        found = self._languages.get(primary(language))
        if found is None:
            return ModelMissing.code, True
        if found.loading:
            return SpeechError.code, False
        if found.chain.links:
            return RecogniserFailed.code, False
        return (found.problems[-1].code if found.problems else ModelMissing.code), True

    def status(self) -> dict[str, LanguageStatus]:
        """Give what became of each configured language, by primary tag."""
        return {tag: self._status(each) for tag, each in self._languages.items()}

    def on_loader(self, job: Callable[[], None]) -> None:
        """Run a job, which must not raise, on the thread that loads, after what it has to do."""
        self._loader.lane().submit(job)

    def stop(self) -> bool:
        """End the threads (waits at most a few seconds); False if an engine still hangs in one."""
        ended = [pool.stop() for pool in (self._loader, self._computing, *self._waiting.values())]
        return all(ended)

    # --- inside -----------------------------------------------------------------------------------

    def _status(self, language: _Language) -> LanguageStatus:
        now = self._clock.seconds()
        best = language.chain.best(now)
        engines = tuple(
            EngineStatus(link.engine.name, link.rank, link.standing.serves, link.standing.out_for(now))
            for link in language.chain.links
        )
        name = best.engine.name if best else ""
        return LanguageStatus(
            language.chain.language, language.loading, name, tuple(language.problems), engines
        )

    def _load(self, language: str, rank: int, choice: EngineChoice) -> None:
        try:
            engine = self._load_engine(choice.name, language, choice.options)
        except IvrError as error:
            self._tell(partial(self._missing, language, error))
        except PLUGIN_FAULTS as error:  # named and reported
            problem = SpeechError(f"the recogniser {choice.name} could not be loaded: {describe(error)}")
            self._tell(partial(self._missing, language, problem))
            self._tell(partial(self._report, choice.name, "ivrcore_recogniser", error))
        else:
            self._tell(partial(self._loaded, language, rank, engine))

    def _tell(self, call: Callable[[], None]) -> None:
        """Have it called on the reactor's thread."""
        self._call_soon(call)

    def _missing(self, language: str, problem: IvrError) -> None:
        self._languages[language].problems.append(problem)

    def _loaded(self, language: str, rank: int, engine: Engine) -> None:
        self._languages[language].chain.add(rank, engine, self._threads_for(engine))

    def _threads_for(self, engine: Engine) -> Workers:
        """Give the threads that compute, or an engine's own where its calls only wait."""
        if not engine.waits:
            return self._computing
        own = self._waiting.get(id(engine))
        if own is None:
            name = f"ivrcore-{engine.name}-{engine.language}"
            own = self._waiting[id(engine)] = Workers(engine.waits, spares=self._spares, name=name)
        return own
