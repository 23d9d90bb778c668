"""Everything that is wrong with a site, or with single dialplan files, found in one go.

Nothing is started and no model is loaded: what is told here can be told from the files alone.
"""

from __future__ import annotations

import difflib
import stat
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ivrcore.announcements.folder import check_folder
from ivrcore.announcements.site import surroundings
from ivrcore.config import CONFIG_FILE, AgentRules, read_site
from ivrcore.config.hearing import heard_of
from ivrcore.config.keeping import check_consent
from ivrcore.config.plans import plan_files, read_plans, recordings, site_of, skills_asked
from ivrcore.config.roster import read_roster
from ivrcore.config.rules import (
    BAD_RECOGNISER,
    BROKEN_PLUGIN,
    NO_DIALPLAN,
    NO_RECORDING,
    NO_VOICE,
    OVERTAKEN,
    STALE_FILES,
    UNCALLED_NUMBER,
    UNKNOWN_NUMBER,
    UNREADABLE_PROMPTS,
    UNUSABLE_HERE,
)
from ivrcore.dialplan.check import Site
from ivrcore.dialplan.commands import Recorded
from ivrcore.dialplan.parse import Verbs
from ivrcore.errors import PLUGIN_FAULTS, IvrError, ModelMissing
from ivrcore.fields import Fields
from ivrcore.location import Location
from ivrcore.plugin_manager import Plugins, describe, load_plugins
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.speech.options import OptionFault, WaitsItself
from ivrcore.telephony.asterisk_files import stale_files
from ivrcore.yamltree import ListNode, MapNode, Node, ScalarNode, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ivrcore.config import Config, EngineChoice
    from ivrcore.dialplan.model import Plan
    from ivrcore.speech.options import RecogniserOptions

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
    _check_recognisers(config, plugins, problems)
    _check_readable(config, problems)
    if not found.errors:  # else a plan that asks for it, or has it, may be missing
        _check_consent(config, plans, problems)
        _check_numbers(config, plans, problems)
        _check_canary(config, plans, problems)
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


def check_roster_file(file: Path) -> Problems:
    """Check a file with the sections ``queues:`` and ``agents:`` of a configuration, and no other."""
    problems = Problems()
    node = parse_yaml(file.read_text(encoding="utf-8"), str(file), problems)
    if node is not None:
        top = Fields(node, problems, "configuration")
        read_roster(top, top.text("language", "en"), load_plugins().routing(), None, AgentRules())
        top.finish()
    return problems


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
        said = [part for prompt in (*voice.whispers, *prompts) for part in prompt]
        for part in dict.fromkeys(said):
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
            named = _named(config.folder / CONFIG_FILE, language, "voices", len(failed))
            for node, error in zip(named, filter(None, failed), strict=False):
                place = node.location
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


def _check_recognisers(config: Config, plugins: Plugins, problems: Problems) -> None:
    """Tell, where it is written, what is wrong with a recogniser's options."""
    spoken_to = any(speech.recognisers for speech in config.speech.languages.values())
    known = plugins.recogniser_options() if spoken_to else {}
    for language, speech in config.speech.languages.items():
        chosen = speech.recognisers
        nodes = _named(config.folder / CONFIG_FILE, language, "recognisers", len(chosen)) if chosen else ()
        for at, (node, one) in enumerate(zip(nodes, chosen, strict=False), 1):
            said = f"language {quoted(language)}: "
            if one.name not in known:
                if close := difflib.get_close_matches(one.name, known, n=1):
                    hint = f"did you mean {quoted(close[0])}?"
                    message = f"{said}no plugin tells of a recogniser {quoted(one.name)}"
                    problems.report(UNUSABLE_HERE, node.location, message, hint)
                continue
            faults = _faults(known[one.name], language, one.options)
            for fault in faults:
                rule = UNUSABLE_HERE if fault.here else BAD_RECOGNISER
                problems.report(rule, _written(node, fault.option), said + fault.message, fault.hint)
            if not faults:
                patience = config.speech.stall / (1 if at == len(chosen) else 2)
                _check_waits(known[one.name], one, node, patience, problems)


def _check_waits(
    of: RecogniserOptions, one: EngineChoice, node: Node, patience: float, problems: Problems
) -> None:
    """Tell of one that is taken for stuck before it has given up waiting itself, and so taken out."""
    if not isinstance(of, WaitsItself):
        return
    try:
        option, waits = of.waits(one.options)
    except PLUGIN_FAULTS as error:
        problems.report(BAD_RECOGNISER, node.location, _unchecked(of, error))
        return
    if waits > patience:
        message = (
            f"{one.name} waits {waits:g} s for an answer, and is itself waited for {patience:g} s: "
            "'stall', or half of it where another recogniser follows"
        )
        hint = f"less '{option}', or more 'stall'"
        problems.report(OVERTAKEN, _written(node, option), message, hint)


def _written(node: Node, option: str) -> Location:
    """Give where an option stands, or what it would stand in."""
    entry = node.get(option) if isinstance(node, MapNode) else None
    return entry.location if entry else node.location


def _faults(of: RecogniserOptions, language: str, options: Mapping[str, str]) -> Sequence[OptionFault]:
    try:
        return tuple(of.faults(language, options))
    except PLUGIN_FAULTS as error:  # told where the recogniser is named
        return (OptionFault(_unchecked(of, error)),)


def _unchecked(of: RecogniserOptions, error: BaseException) -> str:
    return f"the options of {of.name} could not be checked: {describe(error)}"


def _named(file: Path, language: str, key: str, count: int) -> Sequence[Node]:
    """Give what names the ``count`` recognisers or voices of a language; nothing if some were refused."""
    node = _written_at(file, "speech", "languages", language, key)
    nodes = node.items if isinstance(node, ListNode) else [node] if node else []
    return nodes if len(nodes) == count else ()


def _written_at(file: Path, *keys: str) -> Node | None:
    """Give what stands in a file under these keys, each within the one before."""
    node: Node | None = parse_yaml(file.read_text("utf-8"), str(file), Problems())
    for key in keys:
        entry = node.get(key) if isinstance(node, MapNode) else None
        node = entry.value if entry else None
    return node


def _check_consent(config: Config, plans: Sequence[Plan], problems: Problems) -> None:
    if config.speech.keep is not None:
        node = _written_at(config.folder / CONFIG_FILE, "speech", "keep", "consent")
        place = node.location if node else Location(str(config.folder / CONFIG_FILE), 1)
        check_consent(config.speech.keep, plans, place, problems)


def _check_numbers(config: Config, plans: Sequence[Plan], problems: Problems) -> None:
    """Report numbers that may come by AGI and that no dialplan has."""
    if config.fastagi is None or not config.fastagi.numbers:
        return
    known = [number for plan in plans for number in plan.numbers]
    node = _written_at(config.folder / CONFIG_FILE, "fastagi", "numbers")
    nodes = node.items if isinstance(node, ListNode) else [node] if node else []
    for place, number in zip(nodes, config.fastagi.numbers, strict=False):
        if number not in known:
            message = f"the number {quoted(number)} is in no dialplan"
            hint = did_you_mean(number, known)
            if "did you mean" not in hint:
                hint += f"{'; ' * bool(hint)}a dialplan's 'numbers' may have names: {number}: BLOCK"
            problems.report(UNKNOWN_NUMBER, place.location, message, hint)


def _check_canary(config: Config, plans: Sequence[Plan], problems: Problems) -> None:
    known = [number for plan in plans for number in plan.numbers]
    if config.canary is not None and config.canary.number not in known:
        node = _written_at(config.folder / CONFIG_FILE, "canary", "number")
        place = node.location if node else Location(str(config.folder / CONFIG_FILE), 1)
        message = f"the canary's number {quoted(config.canary.number)} is in no dialplan"
        problems.report(UNCALLED_NUMBER, place, message, did_you_mean(config.canary.number, known))


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
