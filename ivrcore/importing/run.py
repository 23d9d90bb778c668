"""One import: files of either kind into one dialplan's text and the list of what was met on the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivrcore.importing import rules
from ivrcore.importing.draft import Block, Draft, Entry, Steps, hang_up, plain_name
from ivrcore.importing.emit import emit, places
from ivrcore.importing.extensions.whole import read_extensions
from ivrcore.importing.queues.whole import import_queues
from ivrcore.importing.settle import settle
from ivrcore.importing.source import Line, lost
from ivrcore.importing.srgs.whole import GRAMMARS, read_grammar
from ivrcore.importing.voicexml.whole import read_voicexml
from ivrcore.location import Location
from ivrcore.problems import Problems

VOICEXML = (".vxml", ".xml", ".voicexml")


@dataclass(frozen=True, slots=True)
class Imported:
    """The YAML, None if no file could be read; and what is listed, located in the source."""

    text: str | None
    problems: Problems


def import_files(paths: Sequence[Path], name: str = "", zone: str = "", language: str = "") -> Imported:
    """Translate files into one dialplan. ``language`` is the texts' (BCP 47 primary tag), ``zone`` that of
    times."""
    problems = Problems()
    draft = Draft(plain_name(name or (paths[0].stem if paths else "imported")), zone=zone)
    if language:
        draft.languages = [language]
    lines: list[Line] = []
    read = False
    for path in paths:
        found = _read(path, draft, problems)
        read = read or found is not None
        lines += found or []
    if not read:
        return Imported(None, problems)
    return Imported(_written(draft, paths, lines, problems), problems)


def are_queues(paths: Sequence[Path]) -> bool:
    """Whether the files are of app_queue, by their names: ``queues.conf``, ``queues-sales.conf`` …"""
    return bool(paths) and all(path.name.startswith("queues") and path.suffix == ".conf" for path in paths)


def import_roster(paths: Sequence[Path], language: str = "") -> Imported:
    """Translate queues.conf and the like into the queues and agents of a configuration."""
    problems = Problems()
    return Imported(import_queues(paths, problems, language), problems)


def _read(path: Path, draft: Draft, problems: Problems) -> list[Line] | None:
    if path.suffix.casefold() in GRAMMARS:
        return read_grammar(path, draft, problems)
    if path.suffix.casefold() in VOICEXML:
        return read_voicexml(path, draft, problems)
    return read_extensions(path, draft, problems)


def _written(draft: Draft, paths: Iterable[Path], lines: Sequence[Line], problems: Problems) -> str:
    settle(draft, problems)
    _remark(draft)
    _numbered(draft, paths, problems)
    _zoned(draft, lines, problems)
    names = ", ".join(path.name for path in paths)
    draft.notes.insert(
        0, f"Imported from {names} by `ivrcore import`; the comments name the lines it was made from."
    )
    text = emit(draft)
    for line in lost(lines, text, problems):
        message = "this line was neither translated nor listed: a fault of the importer"
        problems.report(rules.LOST, line.location, message, "please report it; translate the line by hand")
    return text


def _remark(draft: Draft) -> None:
    """Put the source's comments above what was made of the lines below them."""
    for parts in (draft.numbers, draft.variables, draft.hours):
        for entry in parts.values():
            entry.notes += [note for origin in entry.origins for note in draft.remarks.pop(origin, [])]
    for menu in draft.menus.values():
        for origin in (*menu.origins, *menu.no_input_from, *menu.no_match_from):
            menu.notes += draft.remarks.pop(origin, [])
    for one in draft.steps():
        one.notes[:0] = [note for origin in one.origins for note in draft.remarks.pop(origin, [])]
    for notes in draft.remarks.values():
        draft.tail += notes


def _numbered(draft: Draft, paths: Iterable[Path], problems: Problems) -> None:
    """Give the dialplan a number if the source leads no call into it."""
    if draft.numbers:
        return
    if not draft.blocks:
        draft.blocks[draft.fresh("empty")] = Block("empty", Steps([hang_up("unallocated")]))
    draft.numbers["0"] = Entry({"start": next(iter(draft.blocks))})
    place = Location(str(next(iter(paths))), 1)
    hint = "write the number that callers dial under numbers:"
    problems.report(rules.SET_NUMBER, place, "nothing in the source says where calls begin", hint)


def _zoned(draft: Draft, lines: Sequence[Line], problems: Problems) -> None:
    """Give the dialplan a zone where times are asked for; the source's is the machine's own."""
    zoneless = [
        entry for entry in draft.hours.values() if isinstance(entry.value, dict) and "zone" not in entry.value
    ]
    timed = any("time." in str(one.fields.get("if", "")) for one in draft.steps())
    if draft.zone or not (zoneless or timed) or not lines:
        return
    draft.zone = "UTC"
    place = zoneless[0].origins[0] if zoneless else lines[0].location
    problems.report(
        rules.SET_ZONE,
        place,
        f"times are those of a machine's own zone ({places([place])}); UTC was written",
        "name the zone with --zone, such as Asia/Seoul",
    )
