"""The watches of a server: made of its configuration, started and stopped with it, shown together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ivrcore.errors import PLUGIN_FAULTS, IvrError
from ivrcore.metrics.catalogue import METRICS
from ivrcore.metrics.of_compaction import COMPACTION
from ivrcore.metrics.of_history import HISTORY
from ivrcore.metrics.of_snapshots import SNAPSHOTS
from ivrcore.plugin_manager import describe
from ivrcore.watch import Family, TellsStanding, Watch
from ivrcore.web.view import WatchView

if TYPE_CHECKING:
    from ivrcore.config import WatchConfig
    from ivrcore.plugin_manager import Plugins

log = logging.getLogger("ivrcore")

STOP_SECONDS = 2.0
"""No watch is waited for longer when the server stops, which has 10 s for all of it."""
OURS = frozenset(metric.name for metric in METRICS).union(
    family.name for family in (*SNAPSHOTS, *COMPACTION, *HISTORY)
)
"""Names that no watch may use."""


class Watches:
    """A watch that cannot be made, or that fails, is logged and left out; the others go on."""

    def __init__(self, configured: Iterable[WatchConfig], plugins: Plugins, now: Callable[[], float]) -> None:
        self._now = now
        self._watches: dict[str, Watch] = {}
        self._started: list[str] = []
        self._failed: set[str] = set()
        self._kinds = {one.name: one.kind for one in configured}
        self._faults: dict[str, tuple[float, str]] = {}
        """Why a watch is not at work, and since when."""
        for one in configured:
            try:
                self._watches[one.name] = plugins.watch(one.name, one.kind, one.options)
            except IvrError as error:
                self._faults[one.name] = now(), str(error)
                log.error("watch %s is not there: %s", one.name, error)  # noqa: TRY400 - says all

    def start(self) -> None:
        """Start them all."""
        for name, watch in self._watches.items():
            try:
                watch.start()
            except PLUGIN_FAULTS as error:
                self._faults[name] = self._now(), describe(error)
                log.error("watch %s does not start: %s", name, describe(error))  # noqa: TRY400 - no values
            else:
                self._started.append(name)

    async def stop(self) -> None:
        """Stop those that were started."""
        started, self._started = self._started, []
        await asyncio.gather(*(self._stop(name) for name in started))

    async def _stop(self, name: str) -> None:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._watches[name].stop()
        except PLUGIN_FAULTS as error:
            log.error("watch %s did not stop: %s", name, describe(error))  # noqa: TRY400 - no values

    def views(self) -> list[WatchView]:
        """Tell how each of them does."""
        return [self._view(name, kind) for name, kind in self._kinds.items()]

    def _view(self, name: str, kind: str) -> WatchView:
        if name in self._faults:
            at, fault = self._faults[name]
            return WatchView(name=name, kind=kind, up=False, since=at, error=fault, error_at=at)
        watch: object = self._watches[name]
        if name not in self._started or not isinstance(watch, TellsStanding):
            return WatchView(name=name, kind=kind)
        try:
            told = watch.standing()
        except PLUGIN_FAULTS as error:
            self._complain(name, f"it does not tell how it does: {describe(error)}")
            return WatchView(name=name, kind=kind)
        return WatchView(
            name=name,
            kind=kind,
            up=told.up,
            since=told.since,
            sees=told.sees,
            error=told.error,
            error_at=told.error_at if told.error else None,
        )

    def families(self) -> list[Family]:
        """Give the metrics of all: one family of each name, with the rows of every watch that has it."""
        together: dict[str, Family] = {}
        for name, watch in self._watches.items():
            for family in self._of(name, watch):
                before = together.get(family.name)
                if before is None and family.name not in OURS:
                    together[family.name] = family
                elif before is not None and (before.kind, before.labels) == (family.kind, family.labels):
                    together[family.name] = replace(before, rows=(*before.rows, *family.rows))
                else:
                    self._complain(name, f"its metric {family.name} is another one's name")
        return list(together.values())

    def _of(self, name: str, watch: Watch) -> list[Family]:
        try:
            return list(watch.families(self._now()))
        except PLUGIN_FAULTS as error:
            self._complain(name, f"it has no metrics: {describe(error)}")
            return []

    def _complain(self, name: str, what: str) -> None:
        if name not in self._failed:  # once: somebody scrapes every few seconds
            self._failed.add(name)
            log.error("watch %s: %s", name, what)
