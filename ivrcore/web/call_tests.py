"""Runs a dialplan's call tests for the browser: on a thread, one request at a time, for a bounded time.

Must not know of HTTP. What comes of it is as `ivrcore test --format json` prints it.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from ivrcore.dialplan.check import Site, load_plan
from ivrcore.dialplan.parse import Verbs
from ivrcore.problems import Problems

LONGEST = 10.0
"""Seconds after which no further test is begun."""


class CallTests:
    """The call tests of a folder of dialplans; ``verbs`` are the site's."""

    def __init__(self, folder: Path, verbs: Verbs, longest: float = LONGEST) -> None:
        self._folder = folder
        self._verbs = verbs
        self._longest = longest
        self._one_at_a_time = asyncio.Lock()

    async def run(self, text: str, name: str) -> dict[str, object]:
        """Run the tests that call a number of this text, as if it were the dialplan ``name``'s."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._run, text, name)

    def _run(self, text: str, name: str) -> dict[str, object]:
        from ivrcore.tryout.coverage import Coverage  # thirty modules that are of no use until somebody tests
        from ivrcore.tryout.files import Wanted, read_file, test_files, wanted_in
        from ivrcore.tryout.report import as_values
        from ivrcore.tryout.run import Report, run_tests

        deadline = time.monotonic() + self._longest
        problems = Problems()
        plan, found = load_plan(text, f"{name or 'text'}.yaml", Site(verbs=self._verbs))
        problems.extend(found.errors)
        if plan is None:
            nothing = Report((), Coverage.of([]), problems)
            return as_values(nothing, Wanted()) | {"complete": True}
        wanted = wanted_in(self._folder, problems)
        files = [(file, str(file.relative_to(self._folder))) for file in test_files(self._folder)]
        tests = [test for file, shown in files for test in read_file(file, problems, shown)]
        mine = [test for test in tests if test.number in plan.numbers]
        report = run_tests(
            mine, [plan], problems, universals=wanted.universals, go_on=lambda: time.monotonic() < deadline
        )
        return as_values(report, wanted) | {"complete": time.monotonic() < deadline}
