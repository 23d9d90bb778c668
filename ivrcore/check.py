"""Everything that is wrong with a site, or with single dialplan files, found in one go.

Nothing is started and no model is loaded: what is told here can be told from the files alone.
"""

from __future__ import annotations

import stat
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ivrcore.announcements.folder import check_folder
from ivrcore.announcements.site import surroundings
from ivrcore.config import CONFIG_FILE, read_site
from ivrcore.config.hearing import heard_of
from ivrcore.config.plans import plan_files, read_plans, recordings, site_of, skills_asked
from ivrcore.config.rules import (
    BROKEN_PLUGIN,
    NO_DIALPLAN,
    NO_RECORDING,
    NO_VOICE,
    STALE_FILES,
    UNREADABLE_PROMPTS,
)
from ivrcore.dialplan.check import Site
from ivrcore.dialplan.commands import Recorded
from ivrcore.dialplan.parse import Verbs
from ivrcore.errors import IvrError, ModelMissing
from ivrcore.location import Location
from ivrcore.plugin_manager import Plugins, load_plugins
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.telephony.asterisk_files import stale_files
from ivrcore.yamltree import ListNode, MapNode, Node, ScalarNode, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ivrcore.config import Config

ASTERISK_FOLDER = "asterisk"
"""Where a site's folder keeps Asterisk's files."""


def check_paths(paths: Iterable[Path], *, models: bool = False) -> Problems:
    """Check folders as sites and files as dialplans; a dialplan within a site against that site.

    With ``models`` the recognisers' models are loaded where there is no list of the words that they know.
    """
    problems = Problems()
    for path in paths:
        check_one = check_file if path.is_file() else check_site
        problems.extend(check_one(path, models=models))
    return problems


def check_site(folder: Path, *, models: bool = False) -> Problems:
    """Check a site: configuration, dialplans, plugins, prompts, Asterisk's files."""
    config, problems, plugins = read_site(folder, asked_skills=_skills_asked)
    _add_plugins(problems, plugins, folder)
    if config is None:
        return problems
    files = plan_files(config.dialplans)
    plans, found = read_plans(files, site_of(config, heard_of(config.speech, plugins, models=models)))
    problems.extend(found)
    if not files and config.dialplans.is_dir():
        place = Location(str(config.dialplans), 1)
        problems.report(NO_DIALPLAN, place, "there is no dialplan (*.yaml) in this folder")
    problems.extend(check_folder(config.announcements, surroundings(plans, config.prompts), time.time()))
    _check_prompts(config, problems)
    _check_voices(config, plugins, problems)
    _check_readable(config, problems)
    if not problems.errors:
        _check_stale(config, problems)
    return problems


def _skills_asked(dialplans: Path, verbs: Verbs) -> set[str] | None:
    """Give the skills that the folder's dialplans ask for; None if one of them cannot be read."""
    plans, problems = read_plans(plan_files(dialplans), Site(verbs=verbs))
    return None if problems.errors else skills_asked(plans)


def check_file(file: Path, *, models: bool = False) -> Problems:
    """Check one dialplan, against the site whose folder it is in, if it is in one."""
    return read_plans([file], site_around(file.parent, models=models)).problems


def site_around(folder: Path, *, models: bool = False) -> Site:
    """Tell what the site has that a folder is in (or is); where it is in none, any name will do."""
    here = folder.resolve()
    top = next((one for one in (here, *here.parents) if (one / CONFIG_FILE).is_file()), None)
    found = read_site(top) if top else None
    if found is not None and found.config is not None:
        return site_of(found.config, heard_of(found.config.speech, found.plugins, models=models))
    plugins = load_plugins()
    heard = heard_of(None, plugins)
    return Site(verbs=plugins.verbs(), pronouncing=heard.pronouncing, today=datetime.now(UTC).date())


def load_site_plugins(folder: Path | None) -> Plugins:
    """Load the installed plugins and, with a site's folder, its own."""
    return load_plugins() if folder is None else read_site(folder).plugins


def _add_plugins(problems: Problems, plugins: Plugins, folder: Path) -> None:
    for problem in plugins.problems:
        place = problem.location or Location(str(folder / CONFIG_FILE), 1)
        problems.report(BROKEN_PLUGIN, place, problem.message, problem.hint)


def _check_prompts(config: Config, problems: Problems) -> None:
    known = recordings(config.prompts)
    top = Location(str(config.folder / CONFIG_FILE), 1)
    places = _places_played(config.folder / CONFIG_FILE)
    for name, voice in config.queue_voices.items():
        prompts = [*voice.announce.values(), *(said for one in voice.comfort for said in one.values())]
        announced = [part for prompt in prompts for part in prompt]
        for part in dict.fromkeys((*voice.whisper, *announced)):
            if isinstance(part, Recorded) and part.path not in known:
                message = (
                    f"queue {quoted(name)}: there is no recording {quoted(part.path)} in {config.prompts}"
                )
                place = places.get((name, part.path), top)
                problems.report(NO_RECORDING, place, message, did_you_mean(part.path, known))


def _places_played(file: Path) -> dict[tuple[str, str], Location]:
    """Tell where each queue first names each recording, by queue and path."""
    tree = parse_yaml(file.read_text("utf-8"), str(file), Problems())
    queues = tree.get("queues") if isinstance(tree, MapNode) else None
    found: dict[tuple[str, str], Location] = {}
    for queue in queues.value.entries if queues and isinstance(queues.value, MapNode) else ():
        for played in _played(queue.value):
            found.setdefault((queue.key, played.text), played.location)
    return found


def _played(node: Node) -> Iterator[ScalarNode]:
    if isinstance(node, ListNode):
        for item in node.items:
            yield from _played(item)
    if isinstance(node, MapNode):
        for entry in node.entries:
            if entry.key == "play" and isinstance(entry.value, ScalarNode):
                yield entry.value
            yield from _played(entry.value)


def _check_voices(config: Config, plugins: Plugins, problems: Problems) -> None:
    """Tell, where each voice is named, why none of a language can be had."""
    for language, speech in config.speech.languages.items():
        failed = [_voiceless(one.name, one.options, language, plugins) for one in speech.voices]
        if failed and all(failed):
            places = _places_of_voices(config.folder / CONFIG_FILE, language)
            for place, error in zip(places, filter(None, failed), strict=True):
                problems.report(NO_VOICE, place, f"language {quoted(language)}: {error.message}", error.hint)


def _voiceless(name: str, options: Mapping[str, str], language: str, plugins: Plugins) -> IvrError | None:
    """Tell why a voice does not speak a language; None if it does."""
    try:
        voice = plugins.voice(name, options)
    except IvrError as error:
        return error
    if language in voice.languages:
        return None
    return ModelMissing(f"the voice {name} does not speak {language}")


def _places_of_voices(file: Path, language: str) -> list[Location]:
    """Tell where the voices of a language are named, in order."""
    node: Node | None = parse_yaml(file.read_text("utf-8"), str(file), Problems())
    for key in ("speech", "languages", language, "voices"):
        entry = node.get(key) if isinstance(node, MapNode) else None
        node = entry.value if entry else None
    if isinstance(node, ListNode):
        return [one.location for one in node.items]
    return [node.location] if node else []


def _check_readable(config: Config, problems: Problems) -> None:
    place = Location(str(config.folder / CONFIG_FILE), 1)
    for folder in (config.prompts, config.cache):
        closed = closed_to_others(folder.absolute())
        if closed is not None:
            message = f"{closed} is closed to other users: Asterisk, if it runs as one, cannot play prompts"
            hint = f"chmod {'o+rx' if closed.is_dir() else 'o+r'} {closed}, or run Asterisk as the owner"
            problems.report(UNREADABLE_PROMPTS, place, message, hint)


def closed_to_others(folder: Path, top: Path | None = None) -> Path | None:
    """Give what keeps other users from a file below ``folder``, looking at ``top`` (or ``/``) and below.

    None if nothing does, or if there is no file that they might want.
    """
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    if not files:
        return None
    above = [path for path in (folder, *folder.parents) if top is None or path.is_relative_to(top)]
    inside = {parent for file in files for parent in file.parents if parent.is_relative_to(folder)}
    for path in (*reversed(above), *sorted(inside)):
        if not path.stat().st_mode & stat.S_IXOTH:
            return path
    return next((file for file in files if not file.stat().st_mode & stat.S_IROTH), None)


def _check_stale(config: Config, problems: Problems) -> None:
    for path in stale_files(config, config.folder / ASTERISK_FOLDER):
        message = "this is not what the configuration says now"
        hint = f"`ivrcore asterisk {config.folder}` writes it anew; then give it to Asterisk"
        problems.report(STALE_FILES, Location(str(path), 1), message, hint)
