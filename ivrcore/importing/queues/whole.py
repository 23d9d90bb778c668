"""A whole queues.conf into the sections ``queues:`` and ``agents:`` of a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ivrcore.importing import rules
from ivrcore.importing.draft import Value, plain_name
from ivrcore.importing.emit import places
from ivrcore.importing.extensions.reader import Files, Section, read_files
from ivrcore.importing.queues.members import read_member
from ivrcore.importing.queues.penalties import Penalties
from ivrcore.importing.queues.roster import Part, Roster
from ivrcore.importing.queues.settings import Settings
from ivrcore.importing.queues.words import TRUE
from ivrcore.importing.source import Line, lost
from ivrcore.location import Location
from ivrcore.problems import Problems, quoted

GENERAL = "general"
USUAL: tuple[Value, ...] = ({"tier": 0}, {"weight": 1.0})
"""What a member is where nothing is written."""
HEAD = (
    "Imported from {names} by `ivrcore import`; the comments name the lines it was made from.",
    "Put these sections in the place of those of config/ivrcore.yaml, then run `ivrcore check`.",
)
ALWAYS = {"autofill": TRUE, "shared_lastcall": TRUE, "persistentmembers": TRUE}
"""Setting of [general] -> the values that are always so here."""


def import_queues(paths: Sequence[Path], problems: Problems, language: str = "") -> str | None:
    """Give the YAML; None, reported, if no file could be read."""
    roster = Roster(problems, language or "en")
    lines: list[Line] = []
    read = False
    for path in paths:
        files = read_files(path, problems)
        if files is None:
            continue
        read = True
        penalties = Penalties(path.resolve().parent, roster)
        for section in files.sections.values():
            _section(roster, section, penalties)
        lines += _rest(roster, files)
        if penalties.files is not None:
            lines += _rest(roster, penalties.files)
            _unused(roster, penalties)
    if not read:
        return None
    if not roster.queues:
        message = "there is no queue in the file"
        problems.report(
            rules.NEEDS_SETUP, Location(str(paths[0]), 1), message, "a queue is a section, [name]"
        )
    _plain_members(roster)
    names = ", ".join(path.name for path in paths)
    text = roster.text(line.format(names=names) for line in HEAD)
    for line in lost(lines, text, problems):
        message = "this line was neither translated nor listed: a fault of the importer"
        problems.report(rules.LOST, line.location, message, "please report it; translate the line by hand")
    return text


def _section(roster: Roster, section: Section, penalties: Penalties) -> None:
    if section.name.casefold() == GENERAL:
        _general(roster, section)
    elif section.template:
        roster.tail.append(f"template {section.name}   {places(line.location for line in section.lines)}")
        roster.tail += [f"  {one.line.shown}   {places([one.line.location])}" for one in section.statements]
    else:
        _queue(roster, section, penalties)


def _general(roster: Roster, section: Section) -> None:
    roster.tail.append(f"[{section.name}]   {places(line.location for line in section.lines)}")
    for one in section.statements:
        usual = ALWAYS.get(one.key.casefold())
        if usual is None:
            message = f"{quoted(one.key)} is left out: it is about Asterisk itself"
            roster.report(rules.OPTION, one.line, message)
        elif one.value.casefold() not in usual:
            message = f"{quoted(one.key)} is always so here"
            roster.report(rules.DIFFERENT, one.line, message)
        roster.tail.append(f"  {one.line.shown}   {places([one.line.location])}")


def _queue(roster: Roster, section: Section, penalties: Penalties) -> None:
    queue = Part(_name(roster, section), [line.location for line in section.lines])
    roster.queues[queue.name] = queue
    settings = Settings(roster, queue)
    members = [one for one in section.statements if one.key.casefold() == "member"]
    for one in section.statements:
        if one.key.casefold() == "member":
            continue
        if one.key.casefold() in settings.last:
            queue.note("overruled below", settings.last[one.key.casefold()].line)
        settings.last[one.key.casefold()] = one
    settings.read()
    rule = settings.last.get("defaultrule")
    if rule is not None:
        penalties.use(queue, rule)
    for one in members:
        read_member(roster, queue, one, by_weight=settings.by_weight)
    if not members:
        message = f"queue {quoted(section.name)} has no members in the file: they log in (AddQueueMember)"
        hint = f"write them under agents: with queues: [{queue.name}]; they log in by code or API"
        roster.report(rules.NEEDS_SETUP, section.lines[0], message, hint)


def _name(roster: Roster, section: Section) -> str:
    name, number = plain_name(section.name), 2
    while name in roster.queues:
        name, number = f"{plain_name(section.name)}-{number}", number + 1
    if name != section.name:
        message = f"the queue {quoted(section.name)} is called {quoted(name)} here"
        roster.report(rules.DIFFERENT, section.lines[0], message, "use that name in dialplans")
    return name


def _plain_members(roster: Roster) -> None:
    """Write mere names where no penalty and no weight tells a queue's members apart."""
    served = [agent.keys["queues"][0] for agent in roster.agents.values()]
    values: dict[str, list[Value]] = {queue: [] for queue in roster.queues}
    for one in served:
        assert isinstance(one, dict)
        for queue, value in one.items():
            values[queue].append(value)
    plain = {
        queue for queue, found in values.items() if all(one in USUAL and one == found[0] for one in found)
    }
    for agent in roster.agents.values():
        queues, origins = agent.keys["queues"]
        assert isinstance(queues, dict)
        mixed: Value = {queue: {} if queue in plain else value for queue, value in queues.items()}
        agent.keys["queues"] = [*queues] if plain.issuperset(queues) else mixed, origins


def _rest(roster: Roster, files: Files) -> list[Line]:
    """Account for comments and directives; give the lines."""
    for line in files.directives:
        roster.tail.append(f"read too: {line.shown}   {places([line.location])}")
    for line in files.comments:
        roster.tail.append(f"{line.shown}   {places([line.location])}")
    return files.lines


def _unused(roster: Roster, penalties: Penalties) -> None:
    for section in penalties.unused():
        places_of = [*section.lines, *(one.line for one in section.statements)]
        roster.tail.append(
            f"rule {section.name}, which no queue names   {places(line.location for line in places_of)}"
        )
