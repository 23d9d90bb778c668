"""Reads ``ivrcore.yaml`` (or ``config/ivrcore.yaml``) of a site's folder; all problems are found in one go.

The roster is read by :mod:`ivrcore.config.roster`, the other sections by :mod:`ivrcore.config.sections`.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ivrcore.config import keys, outside, sections
from ivrcore.config.aeap import read_aeap
from ivrcore.config.agent_rules import read_agent_rules
from ivrcore.config.asterisk import read_asterisk
from ivrcore.config.canary import read_canary
from ivrcore.config.fastagi import read_fastagi
from ivrcore.config.feature_codes import FeatureCodes, read_feature_codes
from ivrcore.config.history import read_history
from ivrcore.config.journal import read_journal
from ivrcore.config.keeping import check_folder
from ivrcore.config.model import Config, Slot
from ivrcore.config.overload_reading import read_overload
from ivrcore.config.roster import Roster, read_roster
from ivrcore.config.rules import BROKEN_PLUGIN, NO_FILE, NO_FOLDER, UNKNOWN_LANGUAGE
from ivrcore.config.secret import environment
from ivrcore.config.traces import read_traces
from ivrcore.config.wallboard import read_wallboard
from ivrcore.dialplan.parse import Verbs
from ivrcore.errors import PluginError
from ivrcore.fields import Fields
from ivrcore.location import Location
from ivrcore.plugin_manager import Plugins, load_plugins
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.routing.rulebook import RoutingPlugins
from ivrcore.yamltree import MapNode, ScalarNode, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from ivrcore.config.model import AgentRules, SpeechConfig
    from ivrcore.yamltree import Entry

CONFIG_FILE = Path("config/ivrcore.yaml")
"""Where a site's folder keeps its configuration."""

WAITS = "voices change with a restart, queues at once: until then nothing is said in it"

log = logging.getLogger("ivrcore.config")


class Reading(NamedTuple):
    """What was read. ``config`` is None where nothing could be; use it only if ``problems`` has no errors."""

    config: Config | None
    problems: Problems
    plugins: Plugins
    """The plugins that it names; those that could not be loaded are in ``plugins.problems``."""


def load_config(folder: Path, env: Mapping[str, str] | None = None) -> Config:
    """Read a site's configuration; raise :class:`~ivrcore.errors.ProblemsFound` for errors.

    Warnings are logged, and so are broken plugins, which do not keep a server from starting.
    """
    reading = read_site(folder, env)
    reading.problems.raise_errors()
    for warning in reading.problems.warnings:
        log.warning("%s", warning)
    for broken in reading.plugins.problems:
        log.error("%s", broken)
    assert reading.config is not None
    return reading.config


def read_site(
    folder: Path,
    env: Mapping[str, str] | None = None,
    asked_skills: Callable[[Path, Verbs], Collection[str] | None] = lambda dialplans, verbs: None,
    plugins: Plugins | None = None,
    in_force: Config | None = None,
) -> Reading:
    """Read a site's configuration and load its plugins, going on after problems.

    ``asked_skills`` tells which skills the dialplans of that folder ask for; None if that is not known, and
    then no skill is reported as unused. A running server gives its ``plugins``, and none are loaded anew, and
    the configuration that is ``in_force``: a new roster has to do with its voices until a restart.
    """
    problems = Problems()
    file = folder / CONFIG_FILE
    text = _written(folder, file, problems)
    node = None if text is None else parse_yaml(text, str(file), problems)
    if text is None or node is None:
        return Reading(None, problems, plugins or Plugins())
    top = Fields(node, problems, "configuration")
    plugins_config = sections.read_plugins(top, folder)
    plugins = plugins or load_plugins(
        plugins_config.folder, plugins_config.disabled, trace=plugins_config.trace_hooks
    )
    routing = _routing(plugins, top)
    verbs = plugins.verbs()
    language = top.text("language", "en")
    environ = environment() if env is None else env
    speech = sections.read_speech(top, folder, environ)
    dialplans = _folder(top, "dialplans", folder, required=True)
    rules = read_agent_rules(top, language)
    asterisk = read_asterisk(top, folder, environ)
    roster = read_roster(top, language, routing, asked_skills(dialplans, verbs), rules, asterisk)
    _check_languages(top, speech, roster, rules, in_force)
    codes = read_feature_codes(top, language, rules, folder)
    _check_codes(top, speech, codes)
    config = Config(
        folder=folder,
        node=sections.read_app_name(top, "node", "ivrcore"),
        slot=str(top.one_of("slot", Slot.A)),
        asterisk=asterisk,
        web=sections.read_web(top, folder, environ),
        journal=read_journal(top, folder, environ),
        history=read_history(top, folder, environ),
        traces=read_traces(top, folder, environ),
        dialplans=dialplans,
        prompts=_folder(top, "prompts", folder, required=top.entry("prompts") is not None),
        announcements=_folder(top, "announcements", folder, required=top.entry("announcements") is not None),
        cache=folder / top.text("cache", "var/cache"),
        plugins=plugins_config,
        verbs=verbs,
        speech=speech,
        queues=roster.queues,
        queue_voices=roster.voices,
        agents=roster.agents,
        lookups=outside.read_lookups(top, folder, environ, plugins),
        watches=outside.read_watches(top, folder, environ, plugins),
        outbound=outside.read_outbound(top),
        mailboxes=outside.read_mailboxes(top),
        identify=outside.read_identify(top),
        agent_rules=rules,
        feature_codes=codes,
        messages=folder / top.text("messages", "var/messages"),
        supervisors=outside.read_supervisors_section(top, folder),
        fastagi=read_fastagi(top, folder, environ),
        aeap=read_aeap(top, folder, environ, _heard(speech)),
        wallboard=read_wallboard(top, roster.voices),
        overload=read_overload(top),
        canary=read_canary(top, asterisk),
        version=hashlib.sha256(text.encode()).hexdigest()[:12],
    )
    check_folder(config, top)
    top.finish(keys.TOP)
    return Reading(config, problems, plugins)


def _written(folder: Path, file: Path, problems: Problems) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        hint = f"`ivrcore init {folder}` writes one, with all that belongs to it"
        problems.report(NO_FILE, Location(str(file), 1), f"cannot be read: {why}", hint)
        return None


def _routing(plugins: Plugins, top: Fields) -> RoutingPlugins:
    try:
        return plugins.routing()
    except PluginError as error:
        entry = top.node.get("plugins")
        place = entry.location if entry else top.location
        top.problems.report(BROKEN_PLUGIN, place, error.message, error.hint)
        return RoutingPlugins()


def _folder(top: Fields, key: str, folder: Path, *, required: bool) -> Path:
    path = folder / top.text(key, key)
    if required and not path.is_dir():
        entry = top.node.get(key)
        place = entry.value.location if entry else top.location
        top.problems.report(NO_FOLDER, place, f"the folder {path} for {key!r} is not there", f"mkdir {path}")
    return path


def _check_languages(
    top: Fields, speech: SpeechConfig, roster: Roster, rules: AgentRules, in_force: Config | None
) -> None:
    spoken = _spoken(speech)
    for entry in top.entries("queues"):
        said = _said(roster, entry.key, rules)
        for language in said:
            if language not in spoken:
                what = (
                    f"queue {quoted(entry.key)} speaks {quoted(language)}, for which no voice is configured"
                )
                top.problems.report(UNKNOWN_LANGUAGE, entry.location, what, did_you_mean(language, spoken))
        if roster.voices[entry.key].language not in said:
            _check_unsaid(top, speech, entry)
        if in_force is not None:
            now = _spoken(in_force.speech)
            for language in _said(roster, entry.key, in_force.agent_rules):
                if language not in now and (language in spoken or language not in said):
                    what = f"queue {quoted(entry.key)} speaks {quoted(language)}, which has no voice yet"
                    top.problems.report(UNKNOWN_LANGUAGE, entry.location, what, WAITS)


def _check_unsaid(top: Fields, speech: SpeechConfig, queue: Entry) -> None:
    """Report a queue's language in which nothing is said yet, if the site knows nothing of it."""
    own = queue.value.get("language") if isinstance(queue.value, MapNode) else None
    named = own.value.text if own and isinstance(own.value, ScalarNode) and not own.value.is_null else ""
    known = (*speech.languages, top.text("language", "en"))
    if own and named and named not in known:
        what = f"queue {quoted(queue.key)} has the language {quoted(named)}, of which the site knows nothing"
        top.problems.report(UNKNOWN_LANGUAGE, own.value.location, what, did_you_mean(named, known))


def _spoken(speech: SpeechConfig) -> list[str]:
    return [language for language, choices in speech.languages.items() if choices.voices]


def _heard(speech: SpeechConfig) -> list[str]:
    return [language for language, choices in speech.languages.items() if choices.recognisers]


def _said(roster: Roster, queue: str, rules: AgentRules) -> list[str]:
    """Give the languages that are spoken to the callers of a queue, and to its agents."""
    voice = roster.voices[queue]
    to_agents = [voice.language] if voice.whispers else []
    if any(agent.confirm is not None for agent in roster.agents):
        to_agents.append(rules.confirmation.language(voice.language))
    return list(dict.fromkeys((*to_agents, *voice.languages)))


def _check_codes(top: Fields, speech: SpeechConfig, codes: FeatureCodes) -> None:
    entry, choices = top.entry("feature_codes"), speech.languages.get(codes.language)
    if entry and codes.codes and not (choices and choices.voices):
        message = f"agents are answered in {quoted(codes.language)}, for which no voice is configured"
        top.problems.report(UNKNOWN_LANGUAGE, entry.location, message)
