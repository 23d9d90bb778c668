"""The library of live dialplans: what new calls get, and the only way in which that changes.

Reading, checking, and keeping versions run on threads of its own; the reactor's thread only exchanges what is
served, once all of it is done, in this order: checked as a whole, prompts spoken, the file written (where the
change did not come from one), the version kept, served, told to the journal. One change at a time. If the
server ends in between, the next start takes what the folder holds.
"""

from __future__ import annotations

import asyncio
import difflib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ivrcore.collecting import uncollected
from ivrcore.dialplan.check import Site, check_together, load_plan
from ivrcore.dialplan.check import check as check_plan
from ivrcore.dialplan.parse import parse_plan
from ivrcore.dialplan.schema import dialplan_schema
from ivrcore.errors import IvrError
from ivrcore.model import events
from ivrcore.model.names import PublishedBy
from ivrcore.problems import Problem, Problems
from ivrcore.versions import opening, refusals
from ivrcore.versions.broken import BrokenFiles
from ivrcore.versions.calls import VersionCalls
from ivrcore.versions.change import Changes, Needs, Order
from ivrcore.versions.edition import Edition
from ivrcore.versions.shelf import Shelf, as_event
from ivrcore.versions.store import Publication, VersionStore
from ivrcore.versions.views import BrokenFile, Changed, DialplansView, DialplanView
from ivrcore.versions.watch import FolderWatch

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Plan
    from ivrcore.model.event import Event

Result = TypeVar("Result")

THREADS = 2
STOP_SECONDS = 3.0
SAVED = Order("", PublishedBy.SAVED)
STARTED = Order("", PublishedBy.START)
"""Whose they are tell the files' owners."""

log = logging.getLogger("ivrcore.dialplans")


class Library:
    """Made before the server runs; used on the loop's thread.

    Making it blocks, and raises :class:`~ivrcore.errors.ProblemsFound` where a file neither passes nor has an
    earlier version that does.

    ``site`` is called on a thread, and reads what of the site a dialplan may name. ``calls`` may know the
    journal's past already; files as they are ``known`` are not checked again.
    """

    def __init__(
        self,
        folder: Path,
        site: Callable[[], Site],
        store: VersionStore,
        needs: Needs,
        calls: VersionCalls | None = None,
        known: Mapping[str, Edition] = opening.NOTHING,
    ) -> None:
        self.folder = folder
        self._site = site
        self._store = store
        self._needs = needs
        self._calls = calls or VersionCalls()
        self._shelf = Shelf()
        self._latest: dict[str, Publication] = {}
        self._broken = BrokenFiles(folder)
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[object]] = set()
        self._pool = ThreadPoolExecutor(THREADS, "ivrcore-dialplans")
        self._watch = FolderWatch(folder)  # first: what is saved after it has read is seen as a change
        self._look: asyncio.Task[None] | None = None
        self._stopped = False
        self._earlier: dict[tuple[str, str], Plan | None] = {}
        self._changes = Changes(
            folder, site, store, needs, self._shelf, self._broken, self._latest, self._pool
        )
        self._first = self._open(known)

    def _open(self, known: Mapping[str, Edition]) -> list[Event]:
        with uncollected():
            opened = opening.open_folder(self.folder, self._site(), self._store, self._needs.now(), known)
        self._latest.update(opened.latest)
        self._shelf.serve(opened.assembly.editions)
        now, broken = self._needs.now(), opened.assembly.broken
        return [
            *(as_event(one) for one in opened.published),
            *self._broken.note(broken, self._shelf.by_file, STARTED, opened.owners, now),
        ]

    # --- for calls ------------------------------------------------------------------------------

    def plan_for(self, number: str) -> Plan | None:
        """Give the plan of the current version; a session keeps it to its end."""
        return self._shelf.plan_for(number)

    def plan_of(self, name: str, version: str) -> Plan | None:
        """Give a version's plan, also of one that is not served any more (blocks: for the start only).

        None for one that is not kept, or cannot be read any more: a verb's plugin is gone, or this release
        reads otherwise. One that only names what the site has no more is given: what it does without it, it
        did already while its calls outlived the change.
        """
        served = self._shelf.by_name.get(name)
        if served is not None and served.version == version:
            return served.plan
        key = name, version
        if key not in self._earlier:
            text = self._store.text(name, version)
            self._earlier[key] = None if text is None else self._read(text, f"{name}@{version}")
        return self._earlier[key]

    def _read(self, text: str, file: str) -> Plan | None:
        problems = Problems()
        with uncollected():
            plan = parse_plan(text, file, problems, self._site().verbs)
        for problem in problems.errors:
            log.error("calls go on without their dialplan: %s", problem)
        return None if problems.errors else plan

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans of the current versions."""
        return tuple(one.plan for one in self._shelf.by_name.values())

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every number that is served."""
        return self._shelf.numbers

    def observe(self, event: Event) -> None:
        """Take what happened, in the journal's order; tells when the last call of an old version ended."""
        self._calls.apply(event)
        over = self._calls.take_over()
        if over:
            now = self._needs.now()
            self._needs.record(
                [events.DialplanRetired(at=now, name=name, version=version) for name, version in over]
            )

    # --- from start to stop ---------------------------------------------------------------------

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell the journal what the start brought, and watch the folder from now on."""
        first, self._first = self._first, []
        if first:
            self._needs.record(first)
        self._watch.start(loop, self._saved)

    async def stop(self) -> None:
        """Watch no more, and end what is under way."""
        self._stopped = True
        self._watch.stop()
        looks = {self._look} if self._look is not None else set()
        tasks = (self._tasks | looks) - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await asyncio.wait_for(asyncio.to_thread(self._pool.shutdown, cancel_futures=True), STOP_SECONDS)
        except TimeoutError:
            log.error("a dialplan was still being read when the server stopped")  # noqa: TRY400 - says all

    # --- looking --------------------------------------------------------------------------------

    def view(self) -> DialplansView:
        """Show what is served, what calls are on, and what is broken."""
        problems = {one.file: one.problems for one in self.broken()}
        plans = tuple(
            DialplanView(
                name=one.name,
                version=one.version,
                file=one.file,
                numbers=tuple(one.plan.numbers),
                calls=self._calls.of(one.name),
                published=self._latest.get(one.name),
                problems=problems.get(one.file, ()),
            )
            for one in self._shelf.by_name.values()
        )
        return DialplansView(dialplans=plans, broken=self.broken())

    def broken(self) -> tuple[BrokenFile, ...]:
        """Show the files that do not take effect as they are saved."""
        return self._broken.view(self._shelf.by_file)

    def files(self) -> dict[str, bool]:
        """Tell for every file of a dialplan whether it is broken."""
        return {
            **dict.fromkeys(self._shelf.by_file, False),
            **{one.file: True for one in self.broken()},
        }

    def current(self, name: str) -> Edition:
        """Give what is served under a name; raise RequestRefused (404) for nothing."""
        edition = self._shelf.by_name.get(name)
        if edition is None:
            raise refusals.no_dialplan(name)
        return edition

    async def text(self, name: str, version: str) -> str:
        """Give the text of a version; raise RequestRefused (404) for one that never was."""
        text = await self._on_thread(self._store.text, name, version)
        if text is None:
            raise refusals.no_version(name, version)
        return text

    async def log(self, name: str) -> list[Publication]:
        """Give the publications of a dialplan, the newest first; 404 for a name that never had any."""
        found = await self._on_thread(self._store.log, name)
        if not found:
            raise refusals.no_dialplan(name)
        return found

    async def diff(self, name: str, old: str = "", new: str = "") -> str:
        """Give the unified difference of two versions; by default of the last one to the one before it."""
        log = await self.log(name)
        new = new or next((one.version for one in log if one.version), "")
        old = old or next((one.before for one in log if one.version == new), "")
        texts = [await self.text(name, one) if one else "" for one in (old, new)]
        return await self._on_thread(_diff, name, old, new, *texts)

    async def check(self, text: str, name: str = "") -> list[Problem]:
        """Check a text as if it were to replace the dialplan ``name`` (by default the one that it names)."""
        return await self._on_thread(self._check, text, name, self._shelf.by_name)

    async def objections(self, site: Callable[[], Site]) -> list[Problem]:
        """Tell what would be wrong with what is served if the site were this one (called on a thread)."""
        return await self._on_thread(self._objections, site, tuple(self._shelf.by_name.values()))

    def _objections(self, site: Callable[[], Site], served: Sequence[Edition]) -> list[Problem]:
        found = site()
        with uncollected():
            checked = [load_plan(one.text, str(self.folder / one.file), found)[1] for one in served]
        return [problem for problems in checked for problem in problems.errors]

    async def schema(self) -> Mapping[str, object]:
        """Give the JSON Schema of the language, with the verbs and names of the site."""
        return await self._on_thread(lambda: dialplan_schema(self._site()))

    async def draft(self, text: str, name: str = "") -> tuple[Plan | None, list[Problem]]:
        """Read a text as far as it can be read, with what is wrong with it: for pictures of it."""
        return await self._on_thread(self._draft, text, self._file(name, self._shelf.by_name))

    def _draft(self, text: str, file: str) -> tuple[Plan | None, list[Problem]]:
        problems, site = Problems(), self._site()
        with uncollected():
            plan = parse_plan(text, file, problems, site.verbs)
            if plan is not None:
                check_plan(plan, site, problems)
        return plan, list(problems)

    def _file(self, name: str, served: Mapping[str, Edition]) -> str:
        replaced = served.get(name)
        return str(self.folder / (replaced.file if replaced else f"{name or 'text'}.yaml"))

    def _check(self, text: str, name: str, served: Mapping[str, Edition]) -> list[Problem]:
        with uncollected():
            plan, problems = load_plan(text, self._file(name, served), self._site())
        if plan is not None:
            others = [one.plan for one in served.values() if one.name != (name or plan.name)]
            check_together([*others, plan], problems)
        return list(problems)

    # --- changing -------------------------------------------------------------------------------

    async def reload(self, order: Order) -> Changed:
        """Read every file of the folder anew, also those that did not change (a recording may have)."""
        async with self._changing():
            return await self._changes.look(order, anew=True)

    async def publish(self, name: str, text: str, base: str, order: Order) -> Changed:
        """Check a text, write the site's file, and have new calls get it.

        ``base`` is the version that the author began from ("" for a new dialplan). Raises
        :class:`~ivrcore.versions.refusals.VersionConflict`, :class:`~ivrcore.versions.refusals.NotPassed`.
        """
        async with self._changing():
            await self._changes.look(SAVED)
            self._changes.must_be_current(name, base)
            return await self._changes.put(name, text, order)

    async def roll_back(self, name: str, version: str, order: Order) -> Changed:
        """Publish an earlier version again; raises as `publish`, and RequestRefused (404)."""
        async with self._changing():
            await self._changes.look(SAVED)
            return await self._changes.put(name, await self.text(name, version), order)

    # --- inside ---------------------------------------------------------------------------------

    def _saved(self) -> None:
        """Look at the folder: something was saved there. Called on the loop's thread."""
        if self._look is None and not self._stopped:
            self._look = asyncio.ensure_future(self._look_later())

    async def _look_later(self) -> None:
        try:
            async with self._changing():
                self._look = None  # what is saved from now on is another look's
                await self._changes.look(SAVED)
        except IvrError as error:
            log.error("%s %s: a saved dialplan does not take effect", error.code, error.message)  # noqa: TRY400 - our own words
        except Exception:  # nobody waits for this task; the server goes on
            log.exception("IVR900 looking at a saved dialplan failed")
        finally:
            self._look = None

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[None]:
        """One change at a time, in a task that `stop` can end."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            async with self._lock:
                yield
        finally:
            self._tasks.discard(task)

    async def _on_thread(self, work: Callable[..., Result], *given: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *given)


def _diff(name: str, old: str, new: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"{name} {old or 'nothing'}",
        f"{name} {new or 'nothing'}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
