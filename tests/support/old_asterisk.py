"""Tests of Asterisk 16, which not every machine can fetch: then they are counted, and named, as not run.

Nobody is at fault when a mirror has dropped an old suite, so the run does not fail; and it does not pass over
it in silence either: its summary says how many tests were not run, and why.
"""

from __future__ import annotations

from typing import Any

import pytest

from ivrcore.lab.packages import LabError, fetch_old

MARK = "old_asterisk"
KEY = "not_run_old_asterisk"
"""Where a worker of xdist tells its controller."""


class OldAsterisk:
    """A plugin of pytest that takes such tests out, and says so at the end."""

    def __init__(self) -> None:
        self.told = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Take them out of the run where there is no Asterisk 16."""
        mine = [item for item in items if item.get_closest_marker(MARK)]
        if not mine:
            return
        try:
            fetch_old()
        except LabError as error:
            self.told = f"NOT RUN: {len(mine)} tests on Asterisk 16 ({error})"
            items[:] = [item for item in items if item not in mine]
            config.hook.pytest_deselected(items=mine)
            if hasattr(config, "workeroutput"):
                config.workeroutput[KEY] = self.told

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker tells."""
        self.told = getattr(node, "workeroutput", {}).get(KEY, "") or self.told

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say it where nobody can miss it."""
        if self.told:
            terminalreporter.write_sep("=", "counted as not run", yellow=True)
            terminalreporter.write_line(self.told, yellow=True)
