"""Which dialplans would be served if a folder's files were taken as they are saved. Blocks, changes nothing.

Whatever comes out passes the check as a whole. A file that does not pass is left at the version that it
is served in (`kept`), so that one author's half-finished file holds nobody else up; and of changed files
that claim the same number or name, those that clash are left, until the rest agrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ivrcore.dialplan.check import Site, check_together, load_plan
from ivrcore.problems import Problems
from ivrcore.versions.edition import Edition, SavedFile

Editions = Mapping[str, Edition]
"""File's name -> what is served of it."""


@dataclass(slots=True)
class Assembly:
    """``editions`` by file pass together; ``broken`` are files that do not take effect, and why."""

    editions: dict[str, Edition] = field(default_factory=dict)
    changed: dict[str, Edition] = field(default_factory=dict)
    """Those of `editions` that were read anew."""
    broken: dict[str, Problems] = field(default_factory=dict)
    warnings: Problems = field(default_factory=Problems)


def assemble(saved: Iterable[SavedFile], kept: Editions, site: Site, *, anew: bool = False) -> Assembly:
    """Read what differs from ``kept`` (with ``anew``: everything), and leave out what does not pass."""
    assembly = Assembly()
    stay: dict[str, Edition] = {}
    files = list(saved)
    for file in files:
        old = kept.get(file.file)
        if old is not None and file.problem is None and old.text == file.text and not anew:
            stay[file.file] = old
        else:
            _read_one(assembly, file, site)
            if old is not None and file.file in assembly.broken:
                stay[file.file] = old
            elif old is not None and old.text == file.text:
                stay[file.file] = assembly.changed.pop(file.file)
    there = {file.file for file in files}
    if any(name not in kept for name in assembly.broken):
        # A broken file that is new may be one that was renamed while it was edited: nothing is taken away.
        stay |= {name: old for name, old in kept.items() if name not in there}
    _settle(assembly, stay, kept)
    return assembly


def _read_one(assembly: Assembly, file: SavedFile, site: Site) -> None:
    problems = Problems()
    if file.problem is not None:
        problems.extend([file.problem])
        assembly.broken[file.file] = problems
        return
    plan, problems = load_plan(file.text, str(file.path), site)
    if plan is None:
        assembly.broken[file.file] = problems
    else:
        assembly.changed[file.file] = Edition(plan, file.file, file.text)
        assembly.warnings.extend(problems.warnings)


def _settle(assembly: Assembly, stay: dict[str, Edition], kept: Editions) -> None:
    """Leave out changed files that clash, until what is left passes together."""
    changed = assembly.changed
    while clashes := _clashes(stay, changed):
        for file, problems in clashes.items():
            assembly.broken[file] = problems
            del changed[file]
            if file in kept:
                stay[file] = kept[file]
    assembly.editions = {**stay, **changed}


def _clashes(stay: Editions, changed: Editions) -> dict[str, Problems]:
    """Give what the check of all together finds, by changed file.

    What stays comes first, since the second claim is the one that is reported; it was served together before.
    """
    problems = Problems()
    check_together([one.plan for one in (*stay.values(), *changed.values())], problems)
    found: dict[str, Problems] = {}
    for problem in problems.errors:
        file = Path(problem.location.file).name
        if file in changed:
            found.setdefault(file, Problems()).extend([problem])
    if problems.errors and not found:  # never seen: nothing new may come in on top of that
        return dict.fromkeys(changed, problems)
    return found
