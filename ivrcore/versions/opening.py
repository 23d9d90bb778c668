"""What is served at the start: what the folder holds, or instead of a broken file its last good version.

A server must come back after a crash at night even though somebody left a dialplan half finished. It starts
with the version that it served last, and says so loudly; where there is none the start fails, as it must with
a new site. Blocking.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ivrcore.config.rules import NO_DIALPLAN
from ivrcore.dialplan.check import load_plan
from ivrcore.location import Location
from ivrcore.model.names import PublishedBy
from ivrcore.problems import Problems
from ivrcore.versions.assembly import Assembly, assemble
from ivrcore.versions.edition import Edition, SavedFile, read_folder
from ivrcore.versions.shelf import differences
from ivrcore.versions.store import Publication, VersionStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.dialplan.check import Site


NOTHING: Mapping[str, Edition] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Opened:
    """What the start found: ``published`` is what differs from the last run, ``latest`` by name."""

    assembly: Assembly
    published: tuple[Publication, ...]
    latest: dict[str, Publication]
    owners: Mapping[str, str]


def open_folder(
    folder: Path, site: Site, store: VersionStore, now: float, known: Mapping[str, Edition] = NOTHING
) -> Opened:
    """Read and check; raise :class:`~ivrcore.errors.ProblemsFound` where there is nothing good to serve.

    What is ``known`` by file, of the same site, is not checked again while the file is the same.
    """
    saved = read_folder(folder)
    if not saved:
        nothing = Problems()
        nothing.report(NO_DIALPLAN, Location(str(folder), 1), "there is no dialplan (*.yaml) in this folder")
        nothing.raise_errors()
    latest = {one.name: one for one in store.latest()}
    assembly = _with_fallbacks(folder, saved, site, store, latest, known)
    owners = {one.file: one.owner for one in saved}
    common = Publication(name="", version="", before="", author="", how=PublishedBy.START, at=now)
    before = {name: one.version for name, one in latest.items()}
    changes = differences(before, {one.name: one for one in assembly.editions.values()}, owners, common)
    store.publish(changes)
    for one, _ in changes:
        if one.version:
            latest[one.name] = one
        else:
            del latest[one.name]
    return Opened(assembly, tuple(one for one, _ in changes), latest, owners)


def _with_fallbacks(
    folder: Path,
    saved: list[SavedFile],
    site: Site,
    store: VersionStore,
    latest: Mapping[str, Publication],
    known: Mapping[str, Edition],
) -> Assembly:
    kept = dict(known)
    while True:
        assembly = assemble(saved, kept, site)
        missing = assembly.broken.keys() - kept.keys()
        if not missing:
            return assembly
        for file in missing:
            good = _last_good(folder, file, site, store, latest)
            if good is None:
                _fail(assembly)
            else:
                kept[file] = good


def _last_good(
    folder: Path, file: str, site: Site, store: VersionStore, latest: Mapping[str, Publication]
) -> Edition | None:
    for one in latest.values():
        text = store.text(one.name, one.version) if one.file == file else None
        plan = load_plan(text, str(folder / file), site)[0] if text is not None else None
        if plan is not None and text is not None:
            return Edition(plan, file, text)
    return None


def _fail(assembly: Assembly) -> None:
    problems = Problems()
    for found in assembly.broken.values():
        problems.extend(found)
    problems.raise_errors()
