"""One change of what is served, step by step: see `library` for the order of the steps.

On the loop's thread; what blocks runs on threads. Whoever uses it lets one change in at a time.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from ivrcore.collecting import uncollected
from ivrcore.config.rules import NO_DIALPLAN
from ivrcore.errors import RequestRefused, VersionsError
from ivrcore.location import Location
from ivrcore.model.names import PublishedBy
from ivrcore.problems import Problems
from ivrcore.versions import refusals
from ivrcore.versions.assembly import Assembly, assemble
from ivrcore.versions.broken import BrokenFiles
from ivrcore.versions.edition import SavedFile, read_folder, write_whole
from ivrcore.versions.shelf import Shelf, as_event, differences
from ivrcore.versions.store import Publication, VersionStore
from ivrcore.versions.views import Changed, shown

if TYPE_CHECKING:
    from ivrcore.dialplan.check import Site
    from ivrcore.dialplan.model import Plan
    from ivrcore.model.event import Event

Result = TypeVar("Result")

_FILE_NAME = re.compile(r"[^\W_][\w.-]{0,59}")
SCHEMA = "schema"
"""GET /api/v1/dialplans/schema is the JSON Schema of dialplans: a dialplan could not be asked for there."""

log = logging.getLogger("ivrcore.dialplans")


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants a change, in which way, and why."""

    author: str
    how: PublishedBy
    note: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """What the library needs of the rest of the server.

    ``now`` gives UTC seconds, ``record`` appends to the journal, ``prepare`` has the prompts of plans spoken
    and comes back in bounded time, whatever became of them.
    """

    now: Callable[[], float]
    record: Callable[[Sequence[Event]], None]
    prepare: Callable[[Sequence[Plan]], Awaitable[None]]


class Changes:
    """Changes what is served; what it shares with the library it is given.

    ``latest`` is the last publication of every name that is served.
    """

    def __init__(
        self,
        folder: Path,
        site: Callable[[], Site],
        store: VersionStore,
        needs: Needs,
        shelf: Shelf,
        broken: BrokenFiles,
        latest: dict[str, Publication],
        pool: ThreadPoolExecutor,
    ) -> None:
        self._folder = folder
        self._site = site
        self._store = store
        self._needs = needs
        self._shelf = shelf
        self._broken = broken
        self._latest = latest
        self._pool = pool

    async def look(self, order: Order, *, anew: bool = False) -> Changed:
        """Take what the folder holds; with ``anew`` also what is as it was."""
        saved = await self._on_thread(read_folder, self._folder)
        assembly = await self._assemble(saved, anew=anew)
        owners = {} if order.author else {one.file: one.owner for one in saved}
        if not assembly.editions:
            nothing = Problems()
            nothing.report(NO_DIALPLAN, Location(str(self._folder), 1), "no dialplan (*.yaml) is left in it")
            assembly = Assembly(dict(self._shelf.by_file), {}, {**assembly.broken, "": nothing})
        refused = self._broken.note(assembly.broken, self._shelf.by_file, order, owners, self._needs.now())
        if refused:
            self._needs.record(refused)
        return await self._adopt(assembly, order, owners)

    async def _assemble(self, files: Sequence[SavedFile], *, anew: bool = False) -> Assembly:
        kept = self._shelf.by_file

        def work() -> Assembly:
            with uncollected():
                return assemble(files, kept, self._site(), anew=anew)

        return await self._on_thread(work)

    async def _adopt(
        self, assembly: Assembly, order: Order, owners: Mapping[str, str], write: Path | None = None
    ) -> Changed:
        """Make an assembly what is served; ``write`` is the file that has to be written for it."""
        before = {name: one.version for name, one in self._shelf.by_name.items()}
        after = {one.name: one for one in assembly.editions.values()}
        common = Publication(
            name="", version="", before="", author=order.author, how=order.how, at=0.0, note=order.note
        )
        changes = differences(before, after, owners, common)
        new = [after[one.name].plan for one, _ in changes if one.version]
        if new:
            await self._needs.prepare(new)
        if write is not None:
            await self._on_thread(_write, write, assembly.editions[write.name].text)
            self._broken.mended(write.name)
        published = await self._keep(changes)
        self._shelf.serve(assembly.editions)
        self._tell(published)
        return Changed(
            published=published,
            broken=self._broken.view(self._shelf.by_file),
            warnings=shown(assembly.warnings),
        )

    async def _keep(self, changes: Sequence[tuple[Publication, str]]) -> tuple[Publication, ...]:
        if not changes:
            return ()
        now = self._needs.now()
        stamped = [(msgspec.structs.replace(one, at=now), text) for one, text in changes]
        await self._on_thread(self._store.publish, stamped)
        return tuple(one for one, _ in stamped)

    def _tell(self, published: Sequence[Publication]) -> None:
        if published:
            self._needs.record([as_event(one) for one in published])
        for one in published:
            if one.version:
                self._latest[one.name] = one
                log.info(
                    "dialplan %s: version %s (was %s) takes effect, by %s (%s)",
                    one.name, one.version, one.before or "none", one.author or "unknown", one.how,
                )  # fmt: skip
            else:
                self._latest.pop(one.name, None)
                log.warning("dialplan %s is taken away, its numbers with it (%s)", one.name, one.how)

    async def put(self, name: str, text: str, order: Order) -> Changed:
        """Write a text into the site's file of a dialplan, if it passes."""
        edition = self._shelf.by_name.get(name)
        path = self._folder / (edition.file if edition else self._new_file(name))
        if edition is not None and edition.text == text and not self._broken.has(path.name):
            return Changed()
        served = [SavedFile(self._folder / one.file, one.text) for one in self._shelf.by_name.values()]
        files = [one for one in served if one.path != path] + [SavedFile(path, text)]
        assembly = await self._assemble(files)
        if path.name in assembly.broken:
            problems = assembly.broken[path.name]
            self._needs.record([self._broken.refusal(name, problems, order, self._needs.now())])
            raise refusals.NotPassed(name, list(problems))
        found = assembly.editions[path.name].name
        if found != name:
            raise RequestRefused(
                f"the text is of the dialplan {found!r}, not of {name!r}",
                hint="to rename one, change its file in the site's folder",
            )
        return await self._adopt(assembly, order, {}, path)

    def _new_file(self, name: str) -> str:
        if name == SCHEMA:
            raise RequestRefused(
                f"no new dialplan can have the name {name!r}", hint="the API has the language's schema there"
            )
        if not _FILE_NAME.fullmatch(name):
            raise RequestRefused(
                f"{name!r} cannot be the name of a file",
                hint="letters, digits, '_', '-' and '.', beginning with a letter or digit; 60 at most",
            )
        file = f"{name}.yaml"
        if (self._folder / file).exists():
            raise refusals.VersionConflict(
                f"there is a file {file} already, of another dialplan or broken",
                hint="mend or remove it in the site's folder",
            )
        return file

    def must_be_current(self, name: str, base: str) -> None:
        """Raise :class:`VersionConflict` unless ``base`` is what is served ("": nothing)."""
        edition = self._shelf.by_name.get(name)
        if base == (edition.version if edition else ""):
            return
        if edition is None:
            raise refusals.VersionConflict(
                f"there is no dialplan {name!r} any more", hint='publish it as a new one: base ""'
            )
        last = self._latest.get(name)
        whose = f", by {last.author}" if last else ""
        raise refusals.VersionConflict(
            f"the dialplan {name!r} is at version {edition.version} by now{whose}",
            hint="look at the difference and begin from that version",
        )

    async def _on_thread(self, work: Callable[..., Result], *given: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *given)


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        raise VersionsError(
            f"the file {path} cannot be written: {error.strerror}",
            hint="let the server's user write the folder of dialplans, or save the file yourself",
        ) from error
