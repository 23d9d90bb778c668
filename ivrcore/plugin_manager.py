"""Plugins: checked when they are loaded, and called one at a time, so that one that raises harms no other.

pluggy finds the hook implementations and their order; the calls are made here, because pluggy stops at the
first implementation that raises. The latest loaded plugin is asked first: a site's own comes before the
built-in ones. Must not know what any hook is for, beyond the few typed helpers at the end of
:class:`Plugins`.
"""

from __future__ import annotations

import difflib
import inspect
import logging
from typing import TYPE_CHECKING, Any

import pluggy

from ivrcore import hookspecs
from ivrcore.errors import IvrError, PluginError
from ivrcore.model.events import PluginFailed
from ivrcore.plugin_source import Found, in_folder, installed, place

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from ivrcore.model.event import Event
    from ivrcore.routing.strategy import Strategy
    from ivrcore.speech.recogniser import Engine
    from ivrcore.speech.voice import Voice

    OnFailure = Callable[[str, str, Exception], None]
    """Told (plugin, hook, error); called on the thread that called the hook."""

REMOVED: dict[str, str] = {}
"""Name of a plugin that earlier releases had -> what to do now, such as ``moved to pip's ivrcore-foo``."""

log = logging.getLogger("ivrcore.plugins")


def describe(error: BaseException) -> str:
    """Say what went wrong without its text, which may hold personal values: ``KeyError at file.py:12``."""
    where = place(error)
    return f"{type(error).__name__} at {where.file}:{where.line}" if where else type(error).__name__


def hook_names() -> tuple[str, ...]:
    """Give every hook's name, in the order of :mod:`ivrcore.hookspecs`."""
    return tuple(name for name in vars(hookspecs) if name.startswith("ivrcore_"))


def signature(hook: str) -> str:
    """Give a hook as it is written in :mod:`ivrcore.hookspecs`: name, arguments with types, result."""
    return hook + str(inspect.signature(getattr(hookspecs, hook))).replace("'", "")


class Plugins:
    """The loaded plugins. ``trace`` logs every hook call."""

    def __init__(self, *, trace: bool = False) -> None:
        self.trace = trace
        self.problems: list[PluginError] = []
        """Plugins that could not be loaded (not logged here: tell them); the others work."""
        self.on_failure: OnFailure = lambda plugin, hook, error: None
        """Set it to be told of every plugin that raises; the log is written anyway."""
        self._manager = _empty()

    # --- loading ---

    @property
    def names(self) -> tuple[str, ...]:
        """The loaded plugins, in order of loading."""
        return tuple(name for name, _ in self._manager.list_name_plugin())

    def add(self, plugin: object, name: str) -> None:
        """Check a plugin and take it; raise :class:`PluginError` (nothing is taken then)."""
        if self._manager.has_plugin(name):
            raise PluginError(
                f"two plugins are called {name}",
                plugin=name,
                hint=f"rename one, or put {name} into plugins: disabled: to leave the installed one out",
            )
        _check(plugin, name)
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

    def implementations(self, hook: str) -> tuple[str, ...]:
        """Give the names of the plugins that implement a hook, first asked first."""
        return tuple(implementation.plugin_name for implementation in self._asked(hook))

    # --- calling ---

    def call_each(self, hook: str, **arguments: object) -> dict[str, Any]:
        """Call every plugin's implementation; give the answers that are not None, by plugin."""
        answers: dict[str, Any] = {}
        for plugin, answer in self._answers(hook, arguments):
            if isinstance(answer, _Failure):
                self._failed(plugin, hook, answer.error)
            else:
                answers[plugin] = answer
        return answers

    def call_first(self, hook: str, **arguments: object) -> Any:
        """Ask one plugin after another until one answers; None if none does.

        If nobody answered and one raised: raise its error, if it is an :class:`IvrError` (the plugin knew
        the name and said why not), else :class:`PluginError`.
        """
        failures: list[tuple[str, Exception]] = []
        for plugin, answer in self._answers(hook, arguments):
            if not isinstance(answer, _Failure):
                return answer
            if not isinstance(answer.error, IvrError):
                self._failed(plugin, hook, answer.error)
            failures.append((plugin, answer.error))
        if not failures:
            return None
        plugin, error = failures[0]
        if isinstance(error, IvrError):
            raise error
        raise PluginError(f"plugin {plugin} failed in {hook}: {describe(error)}", plugin=plugin) from error

    def _asked(self, hook: str) -> list[pluggy.HookImpl]:
        return list(reversed(getattr(self._manager.hook, hook).get_hookimpls()))

    def _answers(self, hook: str, arguments: Mapping[str, object]) -> Iterator[tuple[str, Any]]:
        for implementation in self._asked(hook):
            if self.trace:
                _trace(implementation.plugin_name, hook, arguments)
            try:
                answer = implementation.function(*[arguments[name] for name in implementation.argnames])
            except Exception as error:  # noqa: BLE001 - the plugin boundary; the caller reports it
                answer = _Failure(error)
            if answer is not None:
                yield implementation.plugin_name, answer

    def _failed(self, plugin: str, hook: str, error: Exception) -> None:
        log.error("plugin %s raised in %s; the others go on", plugin, hook, exc_info=error)
        self.on_failure(plugin, hook, error)

    # --- typed helpers ---

    def strategies(self) -> dict[str, Strategy]:
        """Give the routing strategies by name; raise :class:`PluginError` for two of the same name."""
        by_name: dict[str, Strategy] = {}
        owner: dict[str, str] = {}
        for plugin, strategies in self.call_each("ivrcore_strategies").items():
            for strategy in strategies:
                if strategy.name in by_name:
                    raise PluginError(
                        f"plugins {owner[strategy.name]} and {plugin} both give a strategy {strategy.name}",
                        plugin=plugin,
                        hint="rename one, or put one of the plugins into plugins: disabled:",
                    )
                by_name[strategy.name] = strategy
                owner[strategy.name] = plugin
        return by_name

    def recogniser(self, name: str, language: str, options: Mapping[str, str]) -> Engine:
        """Load an engine (blocks: worker thread); raise what its plugin raised, or PluginError if unknown."""
        engine: Engine | None = self.call_first(
            "ivrcore_recogniser", name=name, language=language, options=options
        )
        if engine is None:
            raise self._nobody("ivrcore_recogniser", "recogniser", name)
        return engine

    def voice(self, name: str, options: Mapping[str, str]) -> Voice:
        """Make a voice; raise what its plugin raised, or :class:`PluginError` if nobody knows the name."""
        voice: Voice | None = self.call_first("ivrcore_voice", name=name, options=options)
        if voice is None:
            raise self._nobody("ivrcore_voice", "voice", name)
        return voice

    def _nobody(self, hook: str, what: str, name: str) -> PluginError:
        return PluginError(
            f"no plugin knows the {what} {name}", plugin=name, hint=hint_for(name, self.implementations(hook))
        )

    def observer(self) -> Callable[[int, Event], None]:
        """Resolve the observers of events once; give one function that shows an event to all of them.

        A plugin that raises at every event is reported the 1st, 10th, 100th … time, and never for a
        :class:`PluginFailed` event: its report would be the next such event, without end.
        """
        observers = [
            (implementation.plugin_name, implementation.function, implementation.argnames)
            for implementation in self._asked("ivrcore_event")
        ]
        failures: dict[str, int] = {}

        def observe(seq: int, event: Event) -> None:
            arguments = {"seq": seq, "event": event}
            for plugin, function, names in observers:
                if self.trace:
                    _trace(plugin, "ivrcore_event", arguments)
                try:
                    function(*[arguments[name] for name in names])
                except Exception as error:  # noqa: BLE001 - the plugin boundary; reported below
                    if isinstance(event, PluginFailed):
                        log.error("plugin %s raised on PluginFailed: %s", plugin, describe(error))  # noqa: TRY400
                        continue
                    failures[plugin] = failures.get(plugin, 0) + 1
                    if _power_of_ten(failures[plugin]):
                        self._failed(plugin, "ivrcore_event", error)

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


def hint_for(name: str, known: Collection[str]) -> str:
    """Help with a name that is not known: where a removed plugin went, else a close name, else the list."""
    if name in REMOVED:
        return REMOVED[name]
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known: {', '.join(sorted(known))}" if known else ""


class _Failure:
    def __init__(self, error: Exception) -> None:
        self.error = error


def _empty() -> pluggy.PluginManager:
    manager = pluggy.PluginManager("ivrcore")
    manager.add_hookspecs(hookspecs)
    return manager


def _check(plugin: object, name: str) -> None:
    """Refuse what pluggy would ignore (misspelt names) or what would break one-at-a-time calls (wrappers)."""
    alone = _empty()
    known = hook_names()
    for attribute in dir(plugin):
        options = alone.parse_hookimpl_opts(plugin, attribute)
        if options is None:
            _check_undecorated(plugin, name, attribute)
            continue
        hook = options.get("specname") or attribute
        if hook not in known:
            raise PluginError(
                f"plugin {name} implements {hook}, which is no hook", plugin=name, hint=hint_for(hook, known)
            )
        if options["wrapper"] or options["hookwrapper"]:
            raise PluginError(f"plugin {name} wraps {hook}: wrappers are not supported", plugin=name)
    try:
        alone.register(plugin, name)
    except pluggy.PluginValidationError as error:
        raise PluginError(
            f"plugin {name} does not fit its hook: {str(error).splitlines()[-1]}",
            plugin=name,
            hint="`ivrcore hooks` prints every hook with its arguments",
        ) from error


def _check_undecorated(plugin: object, name: str, attribute: str) -> None:
    if attribute in hook_names() and callable(getattr(plugin, attribute)):
        raise PluginError(
            f"plugin {name} defines {attribute} without @hookimpl, so it would never be called",
            plugin=name,
            hint="put @hookimpl above it (from ivrcore.api import hookimpl)",
        )


def _trace(plugin: str, hook: str, arguments: Mapping[str, object]) -> None:
    kinds = ", ".join(f"{name}: {type(value).__name__}" for name, value in arguments.items())
    log.info("hook %s(%s) -> %s", hook, kinds, plugin)


def _power_of_ten(count: int) -> bool:
    return str(count).strip("0") == "1"
