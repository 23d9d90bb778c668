"""Whether a plugin fits the hooks, and what it gave is what its hook promises.

Asked at the hook, so that the plugin can be named: later it would be an AttributeError in a call.
Messages name kinds, never values, which may be personal. Must not know how plugins are found or called.
"""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Collection, Iterable
from math import inf
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, cast
from weakref import WeakSet

import pluggy

from ivrcore import hookspecs
from ivrcore.dialplan.step import Step
from ivrcore.errors import Misfit, PluginError

if TYPE_CHECKING:
    from ivrcore.lookup import Lookup
    from ivrcore.routing.need import Eligibility
    from ivrcore.routing.precedence import ContactOrder
    from ivrcore.routing.relaxation import Relaxation
    from ivrcore.routing.strategy import Strategy
    from ivrcore.speech.lexicon import Lexicon
    from ivrcore.speech.models import Models
    from ivrcore.speech.options import RecogniserOptions
    from ivrcore.speech.recogniser import Engine
    from ivrcore.speech.voice import Voice
    from ivrcore.watch import Watch


MARK = "ivrcore_impl"
"""Attribute that `hookimpl` gives a function."""
HOOKABLE = (FunctionType, MethodType, staticmethod, classmethod)
"""What pluggy takes for a hook, if it is marked."""
REMOVED: dict[str, str] = {}
"""Name of a plugin that earlier releases had -> what to do now, such as ``moved to pip's ivrcore-foo``."""


_FITTING: WeakSet[ModuleType] = WeakSet()
"""Plugins that were checked and fit: a process loads the installed ones for each site that it reads."""


@functools.cache
def hook_names() -> tuple[str, ...]:
    """Give every hook's name, in the order of :mod:`ivrcore.hookspecs`."""
    return tuple(name for name in vars(hookspecs) if name.startswith("ivrcore_"))


def hint_for(name: str, known: Collection[str]) -> str:
    """Help with a name that is not known: where a removed plugin went, else a close name, else the list."""
    if name in REMOVED:
        return REMOVED[name]
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known: {', '.join(sorted(known))}" if known else ""


class _Hooks(pluggy.PluginManager):
    """Passes over what cannot be a hook; pluggy looks closely at every name, which took half of loading."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        if isinstance(plugin, ModuleType):
            value = vars(plugin).get(name)
            marked = not isinstance(value, FunctionType) or MARK in vars(value)
            if not isinstance(value, HOOKABLE) or not marked:
                return None
        return super().parse_hookimpl_opts(plugin, name)

    def parse_hookspec_opts(
        self, module_or_class: ModuleType | type, name: str
    ) -> pluggy.HookspecOpts | None:
        return super().parse_hookspec_opts(module_or_class, name) if name.startswith("ivrcore_") else None


def empty_manager() -> pluggy.PluginManager:
    """Give a manager that knows the hooks and no plugin."""
    manager = _Hooks("ivrcore")
    manager.add_hookspecs(hookspecs)
    return manager


def check(plugin: object, name: str) -> None:
    """Refuse what pluggy would ignore (misspelt names) or what would break one-at-a-time calls (wrappers)."""
    if isinstance(plugin, ModuleType) and plugin in _FITTING:
        return
    alone = empty_manager()
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
    if isinstance(plugin, ModuleType):
        _FITTING.add(plugin)


def _check_undecorated(plugin: object, name: str, attribute: str) -> None:
    if attribute in hook_names() and callable(getattr(plugin, attribute)):
        raise PluginError(
            f"plugin {name} defines {attribute} without @hookimpl, so it would never be called",
            plugin=name,
            hint="put @hookimpl above it (from ivrcore.api import hookimpl)",
        )


def nothing(answer: object) -> None:
    """Refuse an observer that gives anything: a coroutine or a generator of it would never run."""
    if answer is None:
        return
    if inspect.iscoroutine(answer):
        answer.close()  # else Python warns of it, naming nobody
    raise Misfit(
        f"gave {_kind(answer)}, None is wanted", hint="write a plain `def`, without async, yield or return"
    )


def strategies(answer: object) -> tuple[Strategy, ...]:
    """Give the strategies of `ivrcore_strategies`; raise :class:`Misfit`, or what reading them raises."""
    found = _several(answer, "strategies", "MyStrategy()")
    for each in found:
        methods = ("order",) if callable(getattr(each, "order", None)) else ("key", "explain")
        _need(each, "KeyStrategy", texts=("name",), methods=methods)
    return cast("tuple[Strategy, ...]", found)


def eligibility(answer: object) -> tuple[Eligibility, ...]:
    """Give the rules of `ivrcore_eligibility`; raise :class:`Misfit`, or what reading them raises."""
    found = _several(answer, "rules of eligibility", "MyRule()")
    for each in found:
        _need(each, "Eligibility", texts=("name",), methods=("misfit",))
    return cast("tuple[Eligibility, ...]", found)


def relaxations(answer: object) -> tuple[Relaxation, ...]:
    """Give what `ivrcore_relaxations` gave; raise :class:`Misfit`, or what reading it raises."""
    found = _several(answer, "relaxations", "MyRelaxation()")
    for each in found:
        _need(each, "Relaxation", texts=("name",), methods=("relax",))
    return cast("tuple[Relaxation, ...]", found)


def contact_orders(answer: object) -> tuple[ContactOrder, ...]:
    """Give what `ivrcore_contact_orders` gave; raise :class:`Misfit`, or what reading it raises."""
    found = _several(answer, "contact orders", "MyOrder()")
    for each in found:
        methods = ("place", "claim") if hasattr(each, "claim") else ("place",)
        _need(each, "ContactOrder", texts=("name",), methods=methods)
    return cast("tuple[ContactOrder, ...]", found)


def _several(answer: object, what: str, example: str) -> tuple[object, ...]:
    if isinstance(answer, str | bytes) or not isinstance(answer, Iterable):
        raise Misfit(
            f"gave {_kind(answer)}, a sequence of {what} is wanted", hint=f"such as: return [{example}]"
        )
    return tuple(answer)


def verbs(answer: object) -> tuple[type[Step], ...]:
    """Give the verbs of `ivrcore_verbs`; raise :class:`Misfit`, or what reading them raises."""
    found = _several(answer, "verbs", "MyVerb")
    for each in found:
        if not (isinstance(each, type) and issubclass(each, Step) and each.verb):
            hint = "a verb is a subclass of `ivrcore.api.Step` with a `verb`"
            raise Misfit(f"gave {_kind(each)} among its verbs", hint=hint)
        if next(iter(each.keys), "") != each.verb:
            raise Misfit(f"gave the verb {each.verb}, whose own key is not the first of its keys", hint="")
    return cast("tuple[type[Step], ...]", found)


def engine(answer: object) -> Engine:
    """Give the engine of `ivrcore_recogniser`; raise :class:`Misfit`, or what reading it raises."""
    _need(answer, "Engine", texts=("name", "language"), methods=("recogniser", "unknown_words"))
    waits = getattr(answer, "waits", None)
    if isinstance(waits, bool) or not isinstance(waits, int) or waits < 0:
        raise Misfit(
            f"gave {_kind(answer)}, whose `waits` is no number of calls", hint="`waits = 0` where it computes"
        )
    cost = getattr(answer, "cost", None)
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not 0 < cost < inf:
        hint = "CPU seconds per second of speech, such as `cost = 0.03`"
        raise Misfit(f"gave {_kind(answer)}, whose `cost` is no number above 0", hint=hint)
    return cast("Engine", answer)


def lexicon(answer: object) -> Lexicon:
    """Give the lexicon of `ivrcore_lexicon`; raise :class:`Misfit`, or what reading it raises."""
    _need(answer, "Lexicon", texts=(), methods=("knows", "phones"))
    return cast("Lexicon", answer)


def models(answer: object) -> tuple[Models, ...]:
    """Give what `ivrcore_models` gave; raise :class:`Misfit`, or what reading it raises."""
    found = _several(answer, "recognisers' models", "MyModels()")
    for each in found:
        _need(each, "Models", texts=("name",), methods=("here", "used", "offered", "fetch"))
    return cast("tuple[Models, ...]", found)


def recogniser_options(answer: object) -> tuple[RecogniserOptions, ...]:
    """Give what `ivrcore_recogniser_options` gave; raise :class:`Misfit`, or what reading it raises."""
    found = _several(answer, "recognisers' options", "MyOptions()")
    for each in found:
        _need(each, "RecogniserOptions", texts=("name",), methods=("faults",))
    return cast("tuple[RecogniserOptions, ...]", found)


def voice(answer: object) -> Voice:
    """Give the voice of `ivrcore_voice`; raise :class:`Misfit`, or what reading it raises."""
    _need(answer, "Voice", texts=("name",), methods=("speak",))
    languages = getattr(answer, "languages", None)
    if isinstance(languages, str) or not isinstance(languages, Collection):
        raise Misfit(
            f"gave {_kind(answer)}, whose languages are no collection", hint='such as: frozenset({"en"})'
        )
    return cast("Voice", answer)


def lookup(answer: object) -> Lookup:
    """Give the lookup of `ivrcore_lookup`; raise :class:`Misfit`, or what reading it raises."""
    _need(answer, "Lookup", texts=(), methods=("ask", "close"))
    return cast("Lookup", answer)


def watch(answer: object) -> Watch:
    """Give the watch of `ivrcore_watch`; raise :class:`Misfit`, or what reading it raises."""
    _need(answer, "Watch", texts=(), methods=("start", "stop", "families"))
    return cast("Watch", answer)


def _need(answer: object, contract: str, *, texts: Iterable[str], methods: Iterable[str]) -> None:
    """Refuse a class, and an object that lacks an attribute of the contract."""
    hint = f"`ivrcore.api.{contract}` says what it must have"
    if isinstance(answer, type):
        raise Misfit(f"gave a class, an object of it is wanted for a {contract}", hint=hint)
    lacking = [name for name in texts if not _is_text(getattr(answer, name, None))]
    lacking += [name for name in methods if not callable(getattr(answer, name, None))]
    if lacking:
        raise Misfit(f"gave {_kind(answer)}, which lacks {', '.join(lacking)} of a {contract}", hint=hint)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _kind(answer: object) -> str:
    return f"an object of the class {type(answer).__name__}"
