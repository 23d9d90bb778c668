"""A pytest plugin: call tests of dialplans as pytest items.

Opt-in: ``ivrcore_dialplans = dialplans`` in pytest's configuration names the folders of dialplans whose
``tests/*.yaml`` are collected (name them, or what is above them, among pytest's paths too). Without it this
module costs its own import, which takes in nothing else of ivrcore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ivrcore.tryout.files import Found
    from ivrcore.tryout.testfile import CallTest

INI = "ivrcore_dialplans"
ENDINGS = (".yaml", ".yml")


class CallTestFailed(Exception):
    """A call test failed, or its file cannot be used; the text is the whole report."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know the option of the configuration."""
    parser.addini(INI, "folders of dialplans whose call tests (tests/*.yaml) pytest runs", "paths", [])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CallTestFile | None:
    """Take files of call tests in the folders that are named."""
    folders: list[Path] = parent.config.getini(INI)
    if file_path.suffix not in ENDINGS or not any(file_path.is_relative_to(one) for one in folders):
        return None
    from ivrcore.tryout.testfile import is_test_file

    if not is_test_file(file_path.read_text(encoding="utf-8", errors="replace")):
        return None
    return CallTestFile.from_parent(parent, path=file_path)


class CallTestFile(pytest.File):
    """One file of call tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give its tests; if something is wrong with files, an item that fails with it comes first."""
        from ivrcore.tryout.files import find

        (found,) = find([self.path])
        if found.problems.errors:
            yield FilesItem.from_parent(self, name="files", found=found)
        for test in found.tests:
            yield CallTestItem.from_parent(self, name=test.name, test=test, found=found)


class _Item(pytest.Item):
    """What all items share: a failure is shown as its text."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: str | None = None) -> str:
        """Show the report alone; a Python traceback tells nothing about a dialplan."""
        if isinstance(excinfo.value, CallTestFailed):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))


class FilesItem(_Item):
    """Fails with what is wrong with a file of tests, or with the dialplans that it calls."""

    def __init__(self, *, found: Found, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.found = found

    def runtest(self) -> None:
        """Tell it."""
        raise CallTestFailed("\n".join(str(problem) for problem in self.found.problems))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where."""
        return self.path, 0, f"{self.path.name}: files"


class CallTestItem(_Item):
    """One call test."""

    def __init__(self, *, test: CallTest, found: Found, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.test = test
        self.found = found

    def runtest(self) -> None:
        """Play it."""
        from ivrcore.problems import Problems
        from ivrcore.tryout.report import failure_text
        from ivrcore.tryout.run import run_tests

        for failed in run_tests([self.test], self.found.plans, Problems()).failed:
            raise CallTestFailed(failure_text(failed))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where it is written."""
        return self.path, self.test.location.line - 1, self.test.name
