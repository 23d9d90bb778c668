"""Every hook that a plugin may implement, one each. Reading this file teaches what can be changed.

Built-in behaviour uses the same hooks. Each hook is called once at start (or per event for observers),
one plugin at a time: a plugin that raises is named in the log and in the journal, the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import pluggy

from ivrcore.model.event import Event

if TYPE_CHECKING:
    from ivrcore.dialplan.step import Step
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

hookspec = pluggy.HookspecMarker("ivrcore")
hookimpl = pluggy.HookimplMarker("ivrcore")

OBSERVED = "ivrcore_observed"
"""Attribute that `observes` gives a function."""
Hook = TypeVar("Hook", bound=Callable[..., object])


def observes(*kinds: type[Event]) -> Callable[[Hook], Hook]:
    """Say of an `ivrcore_event` that it wants events of these very classes only; without it, it is shown all.

    Put it below ``@hookimpl``. A call has some thirty events: who wants two of them costs a fifteenth so.
    Raise TypeError for what is no class of an event.
    """
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, Event) and kind is not Event):
            raise TypeError(f"@observes takes classes of events such as events.ContactArrived, not {kind!r}")
    if not kinds:
        raise TypeError("@observes() names no class of events; leave it out to be shown all")

    def marked(hook: Hook) -> Hook:
        setattr(hook, OBSERVED, frozenset(kinds))
        return hook

    return marked


@hookspec
def ivrcore_strategies() -> Sequence[Strategy]:  # type: ignore[empty-body]
    """Routing strategies, to be named in a queue's ``strategy``."""


@hookspec
def ivrcore_eligibility() -> Sequence[Eligibility]:  # type: ignore[empty-body]
    """Rules of who may be offered a contact, to be named in a queue's ``require`` and by relaxations."""


@hookspec
def ivrcore_relaxations() -> Sequence[Relaxation]:  # type: ignore[empty-body]
    """Ways to widen a contact's need while it waits, to be named in a queue's ``relaxation``."""


@hookspec
def ivrcore_contact_orders() -> Sequence[ContactOrder]:  # type: ignore[empty-body]
    """Ways to choose between waiting contacts, to be named in a queue's ``order``."""


@hookspec
def ivrcore_verbs() -> Sequence[type[Step]]:  # type: ignore[empty-body]
    """Verbs for the steps of dialplans, one class each."""


@hookspec(firstresult=True)
def ivrcore_recogniser(name: str, language: str, options: Mapping[str, str]) -> Engine | None:
    """Load the engine called ``name`` for a language, or None if the name is not yours.

    Runs on a worker thread; may take seconds. Raise :class:`ivrcore.errors.ModelMissing` where the model
    cannot be had.
    """


@hookspec(firstresult=True)
def ivrcore_lexicon(name: str, language: str, options: Mapping[str, str]) -> Lexicon | None:
    """Words that the engine called ``name`` knows of a language, or None if it is not yours or cannot tell.

    Cheap: ``ivrcore check`` asks, so read a word list, load no model and fetch nothing. A model that is not
    here is None.
    """


@hookspec
def ivrcore_models() -> Sequence[Models]:  # type: ignore[empty-body]
    """Models of recognisers: which are on this machine, which can be fetched. For `ivrcore speech`."""


@hookspec
def ivrcore_recogniser_options() -> Sequence[RecogniserOptions]:  # type: ignore[empty-body]
    """Checks of recognisers' options, so that `ivrcore check` tells what is wrong with them, and where."""


@hookspec(firstresult=True)
def ivrcore_voice(name: str, options: Mapping[str, str]) -> Voice | None:
    """Make the voice called ``name`` for prompts given as text, or None if the name is not yours."""


@hookspec(firstresult=True)
def ivrcore_lookup(name: str, kind: str, options: Mapping[str, object]) -> Lookup | None:
    """Make the lookup called ``name`` of this kind, or None if the kind is not yours.

    ``options`` are its keys in the configuration (texts, lists, mappings), with ``folder``, the site's, and
    ``secret``, where one is configured. Raise :class:`ivrcore.errors.ConfigError` for options that cannot be
    used. Called by ``ivrcore check`` too: open no connection before somebody asks.
    """


@hookspec(firstresult=True)
def ivrcore_watch(name: str, kind: str, options: Mapping[str, object]) -> Watch | None:
    """Make the watch called ``name`` of this kind, or None if the kind is not yours.

    A watch looks at something outside while the server runs, on a task of its own, with metrics of its own.
    ``options`` are its keys in the configuration (texts, lists, mappings), with ``folder``, the site's, and
    ``secret``, where one is configured. Raise :class:`ivrcore.errors.ConfigError` for options that cannot be
    used. Called by ``ivrcore check`` too: begin nothing before ``start``.
    """


@hookspec
def ivrcore_event(seq: int, event: Event) -> None:
    """Something happened and is in the journal (durable). Return soon: this runs on the reactor."""
