"""Plugins: checked when they are loaded, and called one at a time, so that one that raises harms no other.

pluggy finds the hook implementations and their order; the calls are made here, because pluggy stops at the
first implementation that raises. The latest loaded plugin is asked first: a site's own comes before the
built-in ones. Must not know what any hook is for, beyond the few typed helpers at the end of
:class:`Plugins`.
"""

from __future__ import annotations

import inspect
import logging
from typing import TYPE_CHECKING, Any

import pluggy

from ivrcore import hookspecs, plugin_contract
from ivrcore.dialplan.parse import CORE_VERBS
from ivrcore.errors import PLUGIN_FAULTS, IvrError, Misfit, PluginError
from ivrcore.plugin_contract import check, empty_manager, hint_for
from ivrcore.plugin_observers import EventObserver
from ivrcore.plugin_source import Found, broken, frames, in_folder, installed, place
from ivrcore.plugin_words import describe as describe
from ivrcore.plugin_words import named, traced
from ivrcore.routing.rulebook import RoutingPlugins

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from ivrcore.dialplan.step import Step
    from ivrcore.lookup import Lookup
    from ivrcore.model.event import Event
    from ivrcore.speech.lexicon import Lexicon
    from ivrcore.speech.models import Models
    from ivrcore.speech.options import RecogniserOptions
    from ivrcore.speech.recogniser import Engine
    from ivrcore.speech.voice import Voice
    from ivrcore.watch import Watch

    OnFailure = Callable[[str, str, BaseException], None]
    """Told (plugin, hook, error); called on the thread that called the hook."""

    Fit = Callable[[Any], Any]
    """Gives an answer as its hook promises it, or raises :class:`Misfit`."""

log = logging.getLogger("ivrcore.plugins")


def signature(hook: str) -> str:
    """Give a hook as it is written in :mod:`ivrcore.hookspecs`: name, arguments with types, result."""
    return hook + str(inspect.signature(getattr(hookspecs, hook))).replace("'", "")


class Plugins:
    """The loaded plugins. ``trace`` logs every hook call."""

    def __init__(self, *, trace: bool = False) -> None:
        self.trace = trace
        self.problems: list[PluginError] = []
        """Plugins that could not be loaded or asked (not logged here: tell them); the others work."""
        self.on_failure: OnFailure = self._note_early
        """Set it to be told of every plugin that fails from then on."""
        self.early: list[tuple[str, str, str]] = []
        """(plugin, hook, error described) of those that failed before `on_failure` was set."""
        self._manager = empty_manager()

    # --- loading ---

    @property
    def names(self) -> tuple[str, ...]:
        """The loaded plugins, in order of loading."""
        return tuple(name for name, _ in self._manager.list_name_plugin())

    def modules(self) -> dict[str, str]:
        """Give the plugins' names by the modules that they live in."""
        of = {name: plugin for name, plugin in self._manager.list_name_plugin() if plugin is not None}
        return {
            plugin.__name__ if inspect.ismodule(plugin) else type(plugin).__module__: name
            for name, plugin in of.items()
        }

    def add(self, plugin: object, name: str) -> None:
        """Check a plugin and take it; raise :class:`PluginError` (nothing is taken then)."""
        if self._manager.has_plugin(name):
            raise PluginError(
                f"two plugins are called {name}",
                plugin=name,
                hint=f"rename one, or put {name} into plugins: disabled: to leave the installed one out",
            )
        check(plugin, name)
        self._manager.register(plugin, name)

    def take(self, found: Found) -> None:
        """Take what a source found, or note why it cannot be used."""
        try:
            if found.error is not None:
                raise found.error
            if found.plugin is not None:
                self.add(found.plugin, found.name)
        except PluginError as error:
            self.problems.append(error)
        except PLUGIN_FAULTS as error:  # looking at a plugin may run its code (a property)
            self.problems.append(broken(found.name, found.origin, error))

    def implementations(self, hook: str) -> tuple[str, ...]:
        """Give the names of the plugins that implement a hook, first asked first."""
        return tuple(implementation.plugin_name for implementation in self._asked(hook))

    def hooks(self) -> dict[str, tuple[str, ...]]:
        """Give the hooks that each loaded plugin implements, by its name."""
        found: dict[str, list[str]] = {name: [] for name in self.names}
        for hook in plugin_contract.hook_names():
            for name in self.implementations(hook):
                found[name].append(hook)
        return {name: tuple(hooks) for name, hooks in found.items()}

    # --- calling ---

    def call_first(self, hook: str, fit: Fit, **arguments: object) -> Any:
        """Ask one plugin after another until one gives an answer that fits; None if none does.

        If nobody answered and one raised: raise its error, if it is an :class:`IvrError` (the plugin knew
        the name and said why not), else :class:`PluginError`.
        """
        failures: list[tuple[str, BaseException]] = []
        for plugin, answer in self._answers(hook, arguments, fit):
            if not isinstance(answer, _Failure):
                return answer
            if not _on_purpose(answer.error):
                self._failed(plugin, hook, answer.error)
            failures.append((plugin, answer.error))
        if not failures:
            return None
        plugin, error = failures[0]
        if isinstance(error, IvrError):
            raise error
        raise _problem(plugin, hook, error) from error

    def _asked(self, hook: str) -> list[pluggy.HookImpl]:
        return list(reversed(getattr(self._manager.hook, hook).get_hookimpls()))

    def _answers(self, hook: str, arguments: Mapping[str, object], fit: Fit) -> Iterator[tuple[str, Any]]:
        for implementation in self._asked(hook):
            if self.trace:
                traced(implementation.plugin_name, hook, arguments)
            try:
                answer = implementation.function(*[arguments[name] for name in implementation.argnames])
                answer = None if answer is None else fit(answer)
            except Misfit as misfit:
                answer = _Failure(named(misfit, implementation.plugin_name, hook, implementation.function))
            except PLUGIN_FAULTS as error:  # the caller reports it
                answer = _Failure(error)
            if answer is not None:
                yield implementation.plugin_name, answer

    def _failed(self, plugin: str, hook: str, error: BaseException) -> None:
        """Log it, with the error's own text (which may hold personal values) only while tracing; tell it."""
        log.error(
            "plugin %s failed in %s: %s; the others go on%s",
            plugin,
            hook,
            describe(error),
            frames(error),
            exc_info=error if self.trace else None,
        )
        self.on_failure(plugin, hook, error)

    def _note_early(self, plugin: str, hook: str, error: BaseException) -> None:
        self.early.append((plugin, hook, describe(error)))

    # --- typed helpers ---

    def routing(self) -> RoutingPlugins:
        """Give all that plugins give to routing; raise :class:`PluginError` for two of one kind and name.

        A plugin that raises, or gives what is none, is added to `problems`.
        """
        return RoutingPlugins(
            strategies=self._by_name("ivrcore_strategies", plugin_contract.strategies),
            eligibility=self._by_name("ivrcore_eligibility", plugin_contract.eligibility),
            relaxations=self._by_name("ivrcore_relaxations", plugin_contract.relaxations),
            contact_orders=self._by_name("ivrcore_contact_orders", plugin_contract.contact_orders),
        )

    def _by_name(self, hook: str, fit: Fit) -> dict[str, Any]:
        by_name: dict[str, Any] = {}
        owner: dict[str, str] = {}
        for plugin, given in self._answers(hook, {}, fit):
            if isinstance(given, _Failure):
                self.problems.append(_problem(plugin, hook, given.error))
                self.on_failure(plugin, hook, given.error)
                continue
            for one in given:
                if one.name in by_name:
                    raise PluginError(
                        f"plugins {owner[one.name]} and {plugin} both give {one.name!r} in {hook}",
                        plugin=plugin,
                        hint="rename one, or put one of the plugins into plugins: disabled:",
                    )
                by_name[one.name], owner[one.name] = one, plugin
        return by_name

    def verbs(self) -> dict[str, type[Step]]:
        """Give all verbs by name, the built-in ones first.

        A plugin that raises, gives what is none, or a verb that there is already, is added to `problems`.
        """
        by_name = dict(CORE_VERBS)
        hook = "ivrcore_verbs"
        for plugin, verbs in self._answers(hook, {}, plugin_contract.verbs):
            if isinstance(verbs, _Failure):
                self.problems.append(_problem(plugin, hook, verbs.error))
                self.on_failure(plugin, hook, verbs.error)
                continue
            for verb in verbs:
                if by_name.setdefault(verb.verb, verb) is not verb:
                    self.problems.append(
                        PluginError(
                            f"plugin {plugin} gives a verb {verb.verb}, which there is already",
                            plugin=plugin,
                            hint="rename it: dialplans must mean the same everywhere",
                        )
                    )
        return by_name

    def recogniser(self, name: str, language: str, options: Mapping[str, str]) -> Engine:
        """Load an engine (blocks: worker thread); raise what its plugin raised, or PluginError if unknown."""
        engine: Engine | None = self.call_first(
            "ivrcore_recogniser", plugin_contract.engine, name=name, language=language, options=options
        )
        if engine is None:
            raise self._nobody("ivrcore_recogniser", "recogniser", name)
        return engine

    def lexicon(self, name: str, language: str, options: Mapping[str, str]) -> Lexicon | None:
        """Give what an engine knows of a language, None if nobody can tell; raise what its plugin raised."""
        lexicon: Lexicon | None = self.call_first(
            "ivrcore_lexicon", plugin_contract.lexicon, name=name, language=language, options=options
        )
        return lexicon

    def models(self) -> dict[str, Models]:
        """Give what is known of recognisers' models, by recogniser; as :meth:`routing` for what is wrong."""
        return self._by_name("ivrcore_models", plugin_contract.models)

    def recogniser_options(self) -> dict[str, RecogniserOptions]:
        """Give the checks of recognisers' options, by recogniser; as :meth:`routing` for what is wrong."""
        return self._by_name("ivrcore_recogniser_options", plugin_contract.recogniser_options)

    def voice(self, name: str, options: Mapping[str, str]) -> Voice:
        """Make a voice; raise what its plugin raised, or :class:`PluginError` if nobody knows the name."""
        voice: Voice | None = self.call_first(
            "ivrcore_voice", plugin_contract.voice, name=name, options=options
        )
        if voice is None:
            raise self._nobody("ivrcore_voice", "voice", name)
        return voice

    def lookup(self, name: str, kind: str, options: Mapping[str, object]) -> Lookup:
        """Make a lookup; raise what its plugin raised, or :class:`PluginError` if nobody knows the kind."""
        lookup: Lookup | None = self.call_first(
            "ivrcore_lookup", plugin_contract.lookup, name=name, kind=kind, options=options
        )
        if lookup is None:
            raise self._nobody("ivrcore_lookup", "kind of lookup", kind)
        return lookup

    def watch(self, name: str, kind: str, options: Mapping[str, object]) -> Watch:
        """Make a watch; raise what its plugin raised, or :class:`PluginError` if nobody knows the kind."""
        watch: Watch | None = self.call_first(
            "ivrcore_watch", plugin_contract.watch, name=name, kind=kind, options=options
        )
        if watch is None:
            raise self._nobody("ivrcore_watch", "kind of watch", kind)
        return watch

    def _nobody(self, hook: str, what: str, name: str) -> PluginError:
        return PluginError(
            f"no plugin knows the {what} {name}", plugin=name, hint=hint_for(name, self.implementations(hook))
        )

    def observers(self) -> list[EventObserver]:
        """Resolve the observers of events once, each to be shown the events that it asks for."""
        return [
            EventObserver(one.plugin_name, one.function, one.argnames, self._failed, trace=self.trace)
            for one in self._asked("ivrcore_event")
        ]

    def observer(self) -> Callable[[int, Event], None]:
        """Give one function that shows an event to all who ask for it; see `observers`."""
        observers = self.observers()

        def observe(seq: int, event: Event) -> None:
            for one in observers:
                if one.of is None or type(event) in one.of:
                    one.show(seq, event)

        return observe


def load_plugins(
    folder: Path | None = None, disabled: Collection[str] = (), *, trace: bool = False
) -> Plugins:
    """Load the installed plugins and a site's own; broken ones are in ``problems``, the rest works."""
    plugins = Plugins(trace=trace)
    left_out: set[str] = set()
    for found in installed():
        if found.name in disabled:
            left_out.add(found.name)
        else:
            plugins.take(found)
    for found in in_folder(folder) if folder is not None else ():
        plugins.take(found)
    for name in sorted(set(disabled) - left_out):
        plugins.problems.append(
            PluginError(
                f"plugins: disabled: names {name}, which is not installed",
                plugin=name,
                hint=hint_for(name, plugins.names),
            )
        )
    return plugins


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _on_purpose(error: BaseException) -> bool:
    """Whether a plugin told with an error of ours why it cannot serve."""
    return isinstance(error, IvrError) and not isinstance(error, Misfit)


def _problem(plugin: str, hook: str, error: BaseException) -> PluginError:
    """Give what a hook raised as a problem to be shown, without the error's text."""
    if isinstance(error, Misfit):
        return error
    message = f"plugin {plugin} failed in {hook}: {describe(error)}"
    return PluginError(message, plugin=plugin, location=place(error))
