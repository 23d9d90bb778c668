"""Reads a scenario: which floors are to be simulated, how often. All problems are told at once.

Queues and agents are read as configuration reads them, after the scenario was put over the site's and a
variant over both (:mod:`ivrcore.simulator.merging`).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.check import load_site_plugins
from ivrcore.config import AgentRules
from ivrcore.config.load import CONFIG_FILE
from ivrcore.config.roster import read_roster
from ivrcore.errors import JournalError, RequestRefused
from ivrcore.fields import Fields
from ivrcore.journal.local import read_back, read_named, span_of
from ivrcore.location import Location
from ivrcore.picture.moment import moment
from ivrcore.plugin_manager import load_plugins
from ivrcore.problems import Problems
from ivrcore.simulator import keys
from ivrcore.simulator.attendance import told_before
from ivrcore.simulator.crowd import read_crowd
from ivrcore.simulator.demand import read_traffic, replays
from ivrcore.simulator.merging import mapping, merged, section
from ivrcore.simulator.past import BEFORE, NAMES, History, history
from ivrcore.simulator.people import Person
from ivrcore.simulator.rules import NO_AGENTS, NO_JOURNAL, NO_SCENARIO, NO_SITE
from ivrcore.simulator.run import Floor
from ivrcore.simulator.values import DAY, read_clock
from ivrcore.yamltree import MapNode, Node, ScalarNode, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ivrcore.model.roster import AgentFacts
    from ivrcore.routing.rulebook import RoutingPlugins

WHOLE = "scenario"
"""What the only variant is called."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is to be simulated."""

    variants: dict[str, Floor]
    plugins: RoutingPlugins
    replications: int
    seed: str


@dataclass(slots=True)
class Reading:
    """What was read so far, and from where."""

    problems: Problems
    folder: Path
    """Paths are relative to it."""
    site: Path | None = None
    base: Node | None = None
    """The site's configuration."""
    past: History | None = None
    past_begin: float = 0.0
    begins: float = 0.0
    """Seconds since midnight at the simulation's 0."""
    end: float = 0.0
    warm_up: float = 0.0
    plugins: RoutingPlugins = field(default_factory=lambda: load_plugins().routing())


def read_file(file: Path, problems: Problems) -> Node | None:
    """Read a YAML file; None, with the reason reported, where that is not possible."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        problems.report(NO_SCENARIO, Location(str(file), 1), f"cannot be read: {why}")
        return None
    return parse_yaml(text, str(file), problems)


def read_scenario(file: Path) -> tuple[Scenario | None, Problems]:
    """Read a scenario's file. Use the scenario only if the problems have no errors."""
    problems = Problems()
    node = read_file(file, problems)
    scenario = None if node is None else scenario_of(node, file.parent, problems)
    return scenario, problems


def scenario_of_journal(site: Path, since: str, until: str) -> tuple[Scenario | None, Problems]:
    """Make the scenario of a site's callers as they came, and its agents."""
    place = Location(str(site / CONFIG_FILE), 1)
    said = {"site": ".", "traffic": "journal", "since": since, "until": until}
    texts = {key: ScalarNode(place, text) for key, text in said.items() if text}
    problems = Problems()
    return scenario_of(mapping(place, **texts), site, problems), problems


def scenario_of(node: Node, folder: Path, problems: Problems) -> Scenario:
    """Read a scenario's tree; what is wrong is reported, and a default taken."""
    top = Fields(node, problems, "scenario")
    reading = Reading(problems, folder)
    _read_site(top, reading)
    reading.begins = _begins(top, problems)
    reading.end = top.seconds("length", 8 * 3600.0, least=1.0, most=366 * DAY)
    _read_past(top, reading)
    reading.warm_up = top.seconds("warm_up", 0.0, most=366 * DAY)
    if reading.warm_up >= reading.end:
        top.bad(top.location, "'warm_up' must be shorter than 'length'")
    scenario = Scenario(
        variants=_variants(top, reading),
        plugins=reading.plugins,
        replications=top.integer("replications", 10, least=1, most=10_000),
        seed=top.text("seed", "1"),
    )
    for key in ("queues", "agents", "traffic"):
        top.entry(key)
    top.finish(keys.SCENARIO)
    return scenario


def _begins(top: Fields, problems: Problems) -> float:
    entry = top.entry("begins")
    return read_clock(top.text("begins"), entry.value.location, problems) if entry else 0.0


# --- the site and its journal -----------------------------------------------------------------------


def _read_site(top: Fields, reading: Reading) -> None:
    named = top.text("site")
    if not named:
        return
    reading.site = folder = reading.folder / named
    if not (folder / CONFIG_FILE).is_file():
        entry = top.node.get("site")
        place = entry.value.location if entry else top.location
        reading.problems.report(NO_SITE, place, f"there is no {CONFIG_FILE} in {folder}")
        return
    reading.base = read_file(folder / CONFIG_FILE, reading.problems)
    reading.plugins = load_site_plugins(folder).routing()


def _read_past(top: Fields, reading: Reading) -> None:
    """Read the journal, if anything names it."""
    named, wanted = top.text("journal"), _names_journal(top.node)
    since, until = top.text("since"), top.text("until")
    if not named and not wanted:
        return
    entry = top.node.get("journal") or top.node.get("traffic")
    place = entry.value.location if entry else top.location
    folder = reading.folder / named if named else reading.site
    if folder is None:
        hint = "name one: journal: FOLDER"
        reading.problems.report(NO_JOURNAL, place, "there is no journal", hint)
        return
    try:
        reading.past, reading.past_begin = found, begin = past_of(folder, since, until)
    except (RequestRefused, JournalError) as error:
        reading.problems.report(NO_JOURNAL, place, error.message, error.hint)
        return
    if top.node.get("length") is None and section(top.node, "traffic") is not None:
        reading.end = found.callers[-1].at - begin + 3600.0


def past_of(folder: Path, since: str, until: str) -> tuple[History, float]:
    """Read the callers of a site's journal; give them, and from when they were looked for (UTC seconds).

    Raise RequestRefused where there are none, JournalError where it cannot be read.
    """
    path, now = journal_of(folder), time.time()
    if not path.is_file():
        raise RequestRefused(
            f"there is no journal at {path}", hint="it begins when a server is started there"
        )
    begin, end = _period(path, since, until, now)
    before = told_before(read_back(path, BEFORE, begin))
    found = history(chain(before, read_named(path, NAMES, begin)), begin, end)
    if not found.callers:
        raise RequestRefused("the journal has no callers then", hint="--since and --until say when")
    return found, begin if since else found.callers[0].at


def _period(path: Path, since: str, until: str, now: float) -> tuple[float, float]:
    """Give from when to when a journal is read, at most all of it; to now where ``since`` is so long ago."""
    first, last = span_of(path) or (0.0, 0.0)
    begin = moment(since, now) if since else first
    if until:
        end = min(now, moment(until, now))
    else:
        end = now if since and moment(since, now + 1.0) != begin else math.nextafter(last, math.inf)
    if since and end <= begin:
        raise RequestRefused("the journal has no callers then", hint="--since and --until say when")
    return max(begin, first), end


def journal_of(folder: Path) -> Path:
    """Give the database of a site's folder, or the file itself."""
    if not folder.is_dir():
        return folder
    node = read_file(folder / CONFIG_FILE, Problems())
    named = section(section(node, "journal"), "path")
    return folder / (named.text if isinstance(named, ScalarNode) else "var/journal.db")


def _names_journal(node: Node) -> bool:
    """Whether a value anywhere is ``journal``."""
    if isinstance(node, ScalarNode):
        return node.text == "journal"
    if isinstance(node, MapNode):
        return any(_names_journal(entry.value) for entry in node.entries)
    return any(_names_journal(item) for item in node.items)


# --- variants ---------------------------------------------------------------------------------------


def _variants(top: Fields, reading: Reading) -> dict[str, Floor]:
    entries = top.entries("variants")
    if not entries:
        return {WHOLE: _floor(top.node, None, reading)}
    found = {}
    for entry in entries:
        over = Fields(entry.value, reading.problems, f"variant {entry.key!r}")
        for key in ("queues", "agents", "traffic"):
            over.entry(key)
        over.finish()
        found[entry.key] = _floor(top.node, over.node, reading)
    return found


def _floor(scenario: MapNode, variant: MapNode | None, reading: Reading) -> Floor:
    def layers(key: str) -> Node | None:
        below = merged(section(reading.base, key), section(scenario, key))
        return merged(below, section(variant, key))

    problems = reading.problems
    crowd = read_crowd(layers("agents"), reading.begins, reading.end, problems)
    node = mapping(scenario.location, queues=layers("queues"), agents=crowd.node)
    top = Fields(node, problems, "scenario")
    roster = read_roster(top, "en", reading.plugins, None, AgentRules())
    if not roster.agents:
        problems.report(NO_AGENTS, scenario.location, "there is no agent", "add some under 'agents:'")
    traffic = merged(section(scenario, "traffic"), section(variant, "traffic"))
    source = read_traffic(
        Fields(mapping(scenario.location, traffic=traffic), problems, "scenario"), roster.queues, reading
    )
    people = _as_they_were(roster.agents, crowd.people, reading) if replays(traffic) else crowd.people
    return Floor(roster.queues, roster.agents, source, reading.end, reading.warm_up, people)


def _as_they_were(
    agents: Sequence[AgentFacts], people: Mapping[str, Person], reading: Reading
) -> dict[str, Person]:
    """Give agents for whom the scenario says no shift the log-ins, log-outs and pauses of the journal."""
    found = dict(people)
    past = reading.past.shifts if reading.past else {}
    for name in (agent.name for agent in agents if agent.name in past):
        person = found.get(name, Person())
        if person.shifts is None:
            shifts = (shift.since(reading.past_begin) for shift in past[name])
            found[name] = replace(person, shifts=tuple(shift for shift in shifts if shift))
    return found
