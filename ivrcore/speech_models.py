"""Models of recognisers: what is on this machine, which languages of a site use it, what loading it costs.

Must not know of any recogniser: plugins tell what they have.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from resource import getpagesize

from ivrcore.config import CONFIG_FILE, Config, read_site
from ivrcore.config.hearing import Heard, Loaded
from ivrcore.config.plans import plan_files, read_plans, site_of
from ivrcore.dialplan.rules import LARGE_MENU, UNHEARD
from ivrcore.errors import PLUGIN_FAULTS, ConfigError, IvrError, ModelMissing, SpeechError
from ivrcore.plugin_manager import Plugins, describe, load_plugins
from ivrcore.problems import Problem, did_you_mean
from ivrcore.speech.endpointing import Timing
from ivrcore.speech.models import Model, Models, Offer, Progress
from ivrcore.speech.recogniser import Advises, AsksServers, Engine, ServerNow


@dataclass(frozen=True, slots=True)
class ModelHere:
    """A model with what it takes of the disk (bytes) and whose it is."""

    model: Model
    size: int = 0
    used_by: tuple[str, ...] = ()
    """Languages of the site."""
    problem: str = ""
    """Why nothing more is known of it."""
    told: bool = True
    """Whether its plugin tells of models: of others, only loading them says whether they can be had."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What loading a model took, in a process of its own: seconds, bytes of memory."""

    model: Model
    language: str
    seconds: float = 0.0
    memory: int = 0
    unheard: tuple[Problem, ...] = ()
    """Phrases of the site's dialplans that it can never hear."""
    large: tuple[Problem, ...] = ()
    """Menus of them that it hears worse than smaller ones."""
    servers: tuple[ServerNow, ...] = ()
    """Those that it asks, if it asks any."""
    advice: tuple[str, ...] = ()
    """What of its options fits badly."""
    unread: tuple[str, ...] = ()
    """Dialplans that have errors, so that nothing is known of their phrases."""
    problem: str = ""
    """Why it could not be loaded."""


# --- what is here -----------------------------------------------------------------------------------------


def site_in(folder: Path) -> Path | None:
    """Give the folder if there is a site in it."""
    return folder if (folder / CONFIG_FILE).is_file() else None


def models_here(site: Path | None) -> list[ModelHere]:
    """List the models that plugins find, and those that the languages of a site use, here or not."""
    plugins, config = _read(site)
    told = len(plugins.problems)
    known = plugins.models()
    for problem in plugins.problems[told:]:
        raise problem
    found: dict[tuple[str, str], ModelHere] = {}
    for models in known.values():
        for model in _asked(models):
            found.setdefault(_key(model), ModelHere(model, _size(model)))
    for one in _used(config, known) if config else ():
        before = found.get(_key(one.model), replace(one, used_by=()))
        found[_key(one.model)] = replace(before, used_by=(*before.used_by, *one.used_by))
    return sorted(found.values(), key=lambda one: (one.model.language, one.model.engine, one.model.name))


def _read(site: Path | None) -> tuple[Plugins, Config | None]:
    """Give the plugins and configuration; raise :class:`ConfigError` for a site that has none to be read."""
    if site is None:
        return load_plugins(), None
    reading = read_site(site.resolve())
    if reading.config is None:
        raise ConfigError(f"the configuration in {site} cannot be read", hint=f"ivrcore check {site}")
    return reading.plugins, reading.config


def _asked(models: Models) -> Sequence[Model]:
    try:
        return models.here()
    except IvrError:
        raise
    except PLUGIN_FAULTS as error:
        raise SpeechError(f"the models of {models.name} cannot be listed: {describe(error)}") from error


def _used(config: Config, known: Mapping[str, Models]) -> Iterable[ModelHere]:
    for language, speech in config.speech.languages.items():
        for choice in speech.recognisers:
            yield _of_choice(choice.name, language, choice.options, known)


def _of_choice(
    name: str, language: str, options: Mapping[str, str], known: Mapping[str, Models]
) -> ModelHere:
    nothing = Model(name, "", language, "", options)
    if name not in known:
        why = "its plugin tells of no models"
        return ModelHere(nothing, used_by=(language,), problem=why, told=False)
    try:
        model = known[name].used(language, options)
    except IvrError as error:
        return ModelHere(nothing, used_by=(language,), problem=error.message)
    except PLUGIN_FAULTS as error:
        return ModelHere(nothing, used_by=(language,), problem=describe(error))
    problem = "" if model.path else "not on this machine"
    return ModelHere(model, _size(model), (language,), problem)


def _key(model: Model) -> tuple[str, str]:
    if model.path:
        return model.engine, str(Path(model.path).resolve())
    return model.engine, f"{model.language} {model.name} {sorted(model.options.items())}"


def _size(model: Model) -> int:
    if not model.path:
        return 0
    return sum(file.stat().st_size for file in Path(model.path).rglob("*") if file.is_file())


# --- fetching ---------------------------------------------------------------------------------------------


def fetch(engine: str, name: str, source: str, told: Progress) -> ModelHere:
    """Fetch a model for a recogniser; raise :class:`ModelMissing` where it cannot be had."""
    model = _models_of(engine).fetch(name, source, told)
    return ModelHere(model, _size(model))


def offered(engine: str, source: str) -> Sequence[Offer]:
    """Ask what could be fetched for a recogniser."""
    return _models_of(engine).offered(source)


def _models_of(engine: str) -> Models:
    known = load_plugins().models()
    if engine not in known:
        raise ModelMissing(f"no plugin tells of models of {engine}", hint=did_you_mean(engine, known))
    return known[engine]


# --- loading ----------------------------------------------------------------------------------------------


def check_models(site: Path | None) -> Iterable[Checked]:
    """Load the models that a site's languages use (without a site: all), each in a process of its own."""
    for one in models_here(site):
        languages = one.used_by if site else (one.model.language,)
        for language in languages:
            if one.model.path or not one.told:
                yield _elsewhere(one.model, language, site)
            else:
                yield Checked(one.model, language, problem=one.problem)


def _elsewhere(model: Model, language: str, site: Path | None) -> Checked:
    """Load it where neither a crash nor what was loaded before counts."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        try:
            return alone.submit(check_model, model, language, site).result()
        except BrokenProcessPool:
            return Checked(model, language, problem="the process that loaded it died")


def check_model(model: Model, language: str, site: Path | None) -> Checked:
    """Load a model in this process; tell what that took, and which phrases it lacks words for."""
    plugins, config = _read(site)
    before, started = _memory(), time.perf_counter()
    try:
        engine = plugins.recogniser(model.engine, language, model.options)
    except IvrError as error:
        return Checked(model, language, problem=error.message)
    except PLUGIN_FAULTS as error:
        return Checked(model, language, problem=describe(error))
    took, memory = time.perf_counter() - started, _memory() - before
    checked = Checked(model, language, took, memory)
    try:
        checked = _with_servers(checked, engine, config.speech.longest if config else Timing().longest)
        return _with_dialplans(checked, engine, config) if config and not checked.problem else checked
    except IvrError as error:
        return replace(checked, problem=error.message)
    except PLUGIN_FAULTS as error:
        return replace(checked, problem=describe(error))


def _with_servers(checked: Checked, engine: Engine, longest: float) -> Checked:
    """Add how the servers fare that it asks; that none serves is a problem."""
    servers = tuple(engine.servers()) if isinstance(engine, AsksServers) else ()
    if servers and not any(one.serves for one in servers):
        return replace(checked, servers=servers, problem="none of its servers is in service")
    advice = tuple(engine.advice(longest)) if isinstance(engine, Advises) else ()
    return replace(checked, servers=servers, advice=advice)


def _with_dialplans(checked: Checked, engine: Engine, config: Config) -> Checked:
    """Add what the dialplans ask of it that it cannot do, or does badly."""
    around = site_of(config, Heard({checked.language: [Loaded(engine)]}))
    found = read_plans(plan_files(config.dialplans), around).problems
    return replace(
        checked,
        unheard=tuple(one for one in found if one.rule is UNHEARD),
        large=tuple(one for one in found if one.rule is LARGE_MENU),
        unread=tuple(dict.fromkeys(one.location.file for one in found.errors)),
    )


def _memory() -> int:
    """Give the bytes of memory that this process occupies (Linux: proc(5), statm)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize()
