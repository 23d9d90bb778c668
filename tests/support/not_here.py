"""Tests of programs that not every machine can fetch: then they are counted, and named, as not run.

Nobody is at fault when a mirror has dropped an old suite or is out of reach, so the run does not fail; and it
does not pass over it in silence either: its summary says how many tests were not run, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ivrcore.lab.groups import postgresql, systemd_analyze
from ivrcore.lab.packages import LabError, fetch_old, lab_folder, locked
from ivrcore.lab.systemd import own_systemd

PROGRAMS: Mapping[str, tuple[str, Callable[[], object]]] = {
    "old_asterisk": ("Asterisk 16", fetch_old),
    "postgresql": ("PostgreSQL", postgresql),
    "systemd": ("systemd-analyze", systemd_analyze),
    "own_systemd": ("a systemd of their own", own_systemd),
}
"""By the mark of its tests: a program's name, and what fetches it."""
KEY = "not_run"
"""Where a worker of xdist tells its controller."""


class NotHere:
    """A plugin of pytest that takes such tests out, and says so at the end."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Take them out of the run where their program cannot be had."""
        for mark, (name, fetch) in PROGRAMS.items():
            mine = [item for item in items if item.get_closest_marker(mark)]
            if mine and (why := missing(mark, fetch, getattr(config, "workerinput", {}))):
                self.told.append(f"NOT RUN: {len(mine)} tests on {name} ({why})")
                items[:] = [item for item in items if item not in mine]
                config.hook.pytest_deselected(items=mine)
        if hasattr(config, "workeroutput"):
            config.workeroutput[KEY] = self.told

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker tells."""
        self.told = getattr(node, "workeroutput", {}).get(KEY, []) or self.told

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say it where nobody can miss it."""
        if self.told:
            terminalreporter.write_sep("=", "counted as not run", yellow=True)
        for line in self.told:
            terminalreporter.write_line(line, yellow=True)


def missing(mark: str, fetch: Callable[[], object], worker: Mapping[str, Any]) -> str:
    """Say why a program cannot be had; empty if it is there.

    The workers of one run have to agree on which tests there are: the first to fail leaves word to the rest.
    """
    word, run = lab_folder() / f"{mark}.missing", f"{worker.get('testrunuid', '')}\n"
    with locked(lab_folder() / f"{mark}.lock"):
        if worker and word.exists() and word.read_text().startswith(run):
            return word.read_text().removeprefix(run)
        try:
            fetch()
        except LabError as error:
            word.write_text(f"{run}{error}")
            return str(error)
    return ""
