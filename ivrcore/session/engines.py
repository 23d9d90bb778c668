"""The recognisers of one server: loaded in the background, best ones first, each language's in a chain.

A language is ready with its first engine; those behind it come as they are loaded. Other ones take their
place when all of them are loaded: who is listened to meanwhile is heard by the old ones to the end, and with
the last such utterance they go. Must not know calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakSet, finalize

from twisted.internet.defer import Deferred

from ivrcore.errors import PLUGIN_FAULTS, IvrError, ModelMissing, RecogniserFailed, SpeechBusy, SpeechError
from ivrcore.plugin_manager import describe
from ivrcore.session.chain import Chain
from ivrcore.session.loading import PATIENCE, Job, Loader
from ivrcore.session.workers import Workers
from ivrcore.speech.grammar import primary
from ivrcore.speech.recogniser import AsksServers
from ivrcore.speech.standing import Leniency

if TYPE_CHECKING:
    from ivrcore.config import EngineChoice, LanguageSpeech, SpeechConfig
    from ivrcore.session.attempt import Report
    from ivrcore.session.chain import Link, OnChange
    from ivrcore.session.clock import SteadyTime
    from ivrcore.speech.recogniser import Engine, ServerNow

LoadEngine = Callable[[str, str, Mapping[str, str]], "Engine"]
"""Takes (name, language, options), as ``Plugins.recogniser``; called on a worker thread, may raise."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """One engine that is loaded. ``out_for``: seconds until it may be tried, if it does not ``serve``.

    ``cost`` is the CPU seconds that it takes for a second of what is said, as measured.
    """

    name: str
    rank: int
    serves: bool = True
    out_for: float = 0.0
    cost: float = 0.0
    servers: tuple[ServerNow, ...] = ()
    """Those that it asks, if it does."""


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
    changing: bool = False
    """Other engines are being loaded, to take the place of these."""


class _Language:
    """What is configured for a language, and what became of it."""

    def __init__(self, choices: tuple[EngineChoice, ...], chain: Chain) -> None:
        self.choices = choices
        self.chain = chain
        self.problems: list[IvrError] = []

    @property
    def known(self) -> bool:
        """Whether it is known of each engine what became of it."""
        return len(self.chain.links) + len(self.problems) >= len(self.choices)

    @property
    def loading(self) -> bool:
        return not self.chain.links and not self.known

    def loaded(self, choice: EngineChoice) -> Link | None:
        """Give what came of a choice."""
        return next((one for one in self.chain.links if self.choices[one.rank - 1] == choice), None)


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
        self._leniency = leniency = Leniency(late=config.late)
        self._changed = changed
        self._languages = {
            tag: self._made(tag, choices) for tag, choices in _by_tag(config.languages).items()
        }
        self._coming: dict[str, _Language] = {}
        self._clock = clock
        self._call_soon = call_soon
        self._load_engine = load_engine
        self._report = report
        # One that holds fewer than `stuck` may still get hold of all there are.
        self._spares = leniency.stuck - 1 + config.threads
        self._loader = Loader(clock, call_soon)
        self._told: list[tuple[tuple[_Language, ...], Callable[[], None]]] = []
        wanted = (each.choices for each in self._languages.values())
        self._computing = Workers(config.threads, spares=self._spares_for(wanted))
        self._waiting: WeakSet[Workers] = WeakSet()

    def load(self) -> Deferred[Mapping[str, LanguageStatus]]:
        """Load every engine; fires with every language's status once all are there, never fails."""
        done: Deferred[Mapping[str, LanguageStatus]] = Deferred()
        languages = tuple(self._languages.values())
        most = max((len(each.choices) for each in languages), default=0)
        for rank in range(1, most + 1):
            for each in languages:
                if rank <= len(each.choices):
                    self._begin(each, rank, each.choices[rank - 1])
        self._when_known(languages, lambda: done.callback(self.status()))
        return done

    def put_up(self, late: float) -> None:
        """Call an engine late from now on whose answers take so many seconds."""
        self._leniency = replace(self._leniency, late=late)
        for each in (*self._languages.values(), *self._coming.values()):
            each.chain.put_up(self._leniency)

    def take(self, languages: Mapping[str, LanguageSpeech]) -> Deferred[Mapping[str, LanguageStatus]]:
        """Have these recognisers instead, each language's once all of them are loaded.

        A language whose new ones all fail goes on with those it has, and one that lacks some has them loaded
        again. Engines that stay keep their standing. Fires with the status of each language
        that is another, never fails.
        """
        done: Deferred[Mapping[str, LanguageStatus]] = Deferred()
        wanted = _by_tag(languages)
        for tag in self._languages.keys() - wanted.keys():
            del self._languages[tag]
        self._coming = {tag: each for tag, each in self._coming.items() if wanted.get(tag) == each.choices}
        changed = [tag for tag, choices in wanted.items() if not self._has(tag, choices)]
        if changed:
            self._computing.allow(self._spares_for(wanted.values()))
        made = tuple(self._made(tag, wanted[tag]) for tag in changed)
        for each in made:
            self._prepare(each)
        told = set(changed)
        self._when_known(
            made, lambda: done.callback({tag: one for tag, one in self.status().items() if tag in told})
        )
        return done

    def best(self, language: str) -> Link | None:
        """Give the engine that the next utterance would be given to; None if there is none."""
        chain = self.chain(language)
        return chain.best(self._clock.seconds()) if chain else None

    def chain(self, language: str) -> Chain | None:
        """Give a language's engines; None if it is not configured."""
        found = self._languages.get(primary(language))
        return found.chain if found else None

    def wanted(self, language: str) -> bool:
        """Whether a language is meant to have an engine, loaded or not."""
        found = self._languages.get(primary(language))
        return found is not None and bool(found.choices)

    def why_not(self, language: str) -> tuple[str, bool]:
        """Say why no engine can be asked: the error's code, and whether that is for good."""
        found = self._languages.get(primary(language))
        if found is None:
            return ModelMissing.code, True
        if found.loading:
            return SpeechError.code, False
        if found.chain.links:
            full = found.chain.full(self._clock.seconds())
            return (SpeechBusy if full else RecogniserFailed).code, False
        return (found.problems[-1].code if found.problems else ModelMissing.code), True

    def status(self) -> dict[str, LanguageStatus]:
        """Give what became of each configured language, by primary tag."""
        return {tag: self._status(each) for tag, each in self._languages.items()}

    def on_loader(self, job: Job) -> None:
        """Run a job on the thread that loads, after what it has to do."""
        self._loader.submit(job)

    @property
    def threads(self) -> int:
        """Threads that compute for all engines that do, but for those that hang in one."""
        return self._computing.threads

    def stop(self) -> bool:
        """End the threads (waits at most a few seconds); False if an engine still hangs in one."""
        ended = [self._loader.stop(), *(pool.stop() for pool in (self._computing, *self._waiting))]
        return all(ended)

    # --- inside -----------------------------------------------------------------------------------

    def _status(self, language: _Language) -> LanguageStatus:
        now = self._clock.seconds()
        best = language.chain.best(now)
        engines = tuple(self._engine_status(link, now) for link in language.chain.links)
        name = best.engine.name if best else ""
        return LanguageStatus(
            language.chain.language,
            language.loading,
            name,
            tuple(language.problems),
            engines,
            language.chain.language in self._coming,
        )

    def _engine_status(self, link: Link, now: float) -> EngineStatus:
        engine, standing = link.engine, link.standing
        out_for, servers = standing.out_for(now), self._servers_of(engine)
        return EngineStatus(engine.name, link.rank, standing.serves, out_for, link.cost.cores, servers)

    def _servers_of(self, engine: Engine) -> tuple[ServerNow, ...]:
        try:
            return tuple(engine.servers()) if isinstance(engine, AsksServers) else ()
        except PLUGIN_FAULTS as error:
            self._report(engine.name, "servers", error)
            return ()

    def _spares_for(self, wanted: Iterable[tuple[EngineChoice, ...]]) -> int:
        """Give how many threads may be stuck in so many engines before none of them is asked any more."""
        return self._spares * max(1, sum(map(len, wanted)))

    def _made(self, tag: str, choices: tuple[EngineChoice, ...]) -> _Language:
        return _Language(choices, Chain(tag, self._leniency, self._changed))

    def _has(self, tag: str, choices: tuple[EngineChoice, ...]) -> bool:
        known = self._coming.get(tag) or self._languages.get(tag)
        if known is None or (known.known and known.problems):
            return False
        return known.choices == choices

    def _prepare(self, coming: _Language) -> None:
        """Load what is not loaded yet of a language that is to change."""
        tag = coming.chain.language
        before = self._languages.get(tag)
        self._coming[tag] = coming
        for rank, choice in enumerate(coming.choices, 1):
            same = before.loaded(choice) if before else None
            if same is None:
                self._begin(coming, rank, choice)
            else:
                coming.chain.keep(rank, same)
        self._replace_if_known(coming)

    def _begin(self, into: _Language, rank: int, choice: EngineChoice) -> None:
        """Load an engine when its turn comes; one that hangs is missing until it comes after all."""
        late = SpeechError(f"the recogniser {choice.name} was not loaded within {PATIENCE:.0f} s")
        self._loader.submit(partial(self._load, into, rank, choice, late), partial(self._missing, into, late))

    def _when_known(self, languages: tuple[_Language, ...], call: Callable[[], None]) -> None:
        """Have it called once it is known what became of all engines of these."""
        self._told.append((languages, call))
        self._tell(self._tell_known)

    def _tell_known(self) -> None:
        told, self._told = self._told, []
        for languages, call in told:
            if all(each.known for each in languages):
                call()
            else:
                self._told.append((languages, call))

    def _load(
        self, into: _Language, rank: int, choice: EngineChoice, late: SpeechError
    ) -> Callable[[], None]:
        """Load an engine (on the loader's thread); give what is to be done with it."""
        try:
            engine = self._load_engine(choice.name, into.chain.language, choice.options)
        except IvrError as error:
            return partial(self._missing, into, error, late)
        except BaseException as error:  # noqa: BLE001 - a panic in a native library too: named and reported
            problem = SpeechError(f"the recogniser {choice.name} could not be loaded: {describe(error)}")
            self._tell(partial(self._report, choice.name, "ivrcore_recogniser", error))
            return partial(self._missing, into, problem, late)
        return partial(self._loaded, into, rank, engine, late)

    def _tell(self, call: Callable[[], None]) -> None:
        """Have it called on the reactor's thread."""
        self._call_soon(call)

    def _missing(self, into: _Language, problem: IvrError, late: SpeechError | None = None) -> None:
        """Note why an engine is not there; if it was ``late``, this says why it never came."""
        into.problems = [one for one in into.problems if one is not late] + [problem]
        self._became_known(into)

    def _loaded(self, into: _Language, rank: int, engine: Engine, late: SpeechError) -> None:
        into.problems = [one for one in into.problems if one is not late]
        into.chain.add(rank, engine, self._threads_for(engine))
        self._became_known(into)

    def _became_known(self, into: _Language) -> None:
        self._replace_if_known(into)
        self._tell_known()

    def _replace_if_known(self, coming: _Language) -> None:
        """Let a language's new engines take over once it is known what became of all of them."""
        tag = coming.chain.language
        if self._coming.get(tag) is not coming or not coming.known:
            return
        del self._coming[tag]
        before = self._languages.get(tag)
        if before is not None and before.chain.links and coming.choices and not coming.chain.links:
            before.problems = coming.problems  # better an old engine than none
        else:
            self._languages[tag] = coming
            coming.chain.take_over()

    def _threads_for(self, engine: Engine) -> Workers:
        """Give the threads that compute, or an engine's own where its calls only wait."""
        if not engine.waits:
            return self._computing
        for each in self._languages.values():
            for link in each.chain.links:
                if link.engine is engine:
                    return link.pool
        name = f"ivrcore-{engine.name}-{engine.language}"
        own = Workers(engine.waits, spares=self._leniency.stuck, name=name)
        self._waiting.add(own)
        with suppress(TypeError):  # an engine with slots: its threads end with the server
            finalize(engine, own.end).atexit = False
        return own


def _by_tag(languages: Mapping[str, LanguageSpeech]) -> dict[str, tuple[EngineChoice, ...]]:
    return {primary(tag): each.recognisers for tag, each in languages.items()}
