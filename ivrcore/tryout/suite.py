"""Runs what sites, folders and files hold: dialplans with their call tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ivrcore.dialplan.model import Plan
from ivrcore.problems import Problems
from ivrcore.tryout.files import Found, Wanted, find
from ivrcore.tryout.run import Report, run_tests
from ivrcore.tryout.testfile import CallTest


@dataclass(frozen=True, slots=True)
class Collected:
    """What several paths hold together."""

    plans: tuple[Plan, ...]
    tests: tuple[CallTest, ...]
    wanted: Wanted
    problems: Problems

    @classmethod
    def of(cls, paths: Sequence[Path], chosen: str = "", least: float | None = None) -> Collected:
        """Find it; raises :class:`~ivrcore.errors.ConfigError` for a path that is not there."""
        found = find(paths or (Path(),))
        problems = Problems()
        for one in found:
            problems.extend(one.problems)
        plans = {plan.location.file: plan for one in found for plan in one.plans}
        tests = {(test.location, test.name): test for one in found for test in one.tests}
        picked = tuple(choose(tests.values(), chosen))
        return cls(tuple(plans.values()), picked, _wanted(found, least, chosen), problems)


def run_paths(
    paths: Sequence[Path], *, least: float | None = None, chosen: str = ""
) -> tuple[Report, Wanted]:
    """Run the call tests of sites, folders, files; ``chosen`` words are looked for in names and files.

    With ``chosen``, nothing is wanted of the coverage. Raises :class:`~ivrcore.errors.ConfigError` for a
    path that is not there.
    """
    all_ = Collected.of(paths, chosen, least)
    universals = all_.wanted.universals
    return run_tests(all_.tests, all_.plans, all_.problems, universals=universals), all_.wanted


def _wanted(found: Iterable[Found], least: float | None, chosen: str) -> Wanted:
    bounds = [one.wanted for one in found]
    most = max(bounds, key=lambda one: one.least, default=Wanted())
    wanted = replace(most, universals=any(one.universals for one in bounds))
    if least is not None:
        return replace(wanted, least=least)
    return replace(wanted, least=0.0) if chosen else wanted


def choose(tests: Iterable[CallTest], chosen: str) -> list[CallTest]:
    """Give the tests that have every one of these words in their name or file."""
    words = chosen.casefold().split()
    return [
        test
        for test in tests
        if all(word in f"{test.name} {test.location.file}".casefold() for word in words)
    ]
