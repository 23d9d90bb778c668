"""The sample dialplans: nothing wrong with them, and call tests that take every choice and branch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ivrcore.check import check_paths
from ivrcore.samples import SAMPLES, init_site
from ivrcore.tryout.files import find
from ivrcore.tryout.suite import run_paths

ROOT = Path(__file__).parents[2]
DIALPLANS = ROOT / "dialplans"
SITES = [name for name in SAMPLES if name != "hotline"]
LONG = {"bank"}
"""Whose calls take seconds."""


def some(values: list[Any], name: Callable[[Any], str]) -> list[Any]:
    """Make test cases of them, the long ones for `make test` only."""
    slow = {True: [pytest.mark.slow], False: []}
    return [pytest.param(one, id=name(one), marks=slow[name(one) in LONG]) for one in values]


FOLDERS = [DIALPLANS, *(DIALPLANS / "samples" / name / "dialplans" for name in SITES)]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_check_says_nothing(name: str, tmp_path: Path) -> None:
    init_site(tmp_path / "site", name)
    assert [str(problem) for problem in check_paths([tmp_path / "site"])] == []


@pytest.mark.parametrize("folder", some(FOLDERS, lambda folder: folder.parent.name))
def test_every_call_goes_as_its_test_says_and_together_they_take_every_way(folder: Path) -> None:
    report, wanted = run_paths([folder])
    assert [str(one) for one in report.problems] == []
    assert [str(one.problem) for one in report.failed] == []
    missed = {group.name: [item.what for item in group.missed] for group in report.coverage.groups()}
    assert {name: items for name, items in missed.items() if items} == {}
    assert wanted.least == 100, "so that `ivrcore test` fails too where a way is missed"


@pytest.mark.parametrize("name", some(SITES, str))
def test_calls_are_tested_in_every_language(name: str) -> None:
    [found] = find([DIALPLANS / "samples" / name / "dialplans"])
    [plan] = found.plans
    report, _ = run_paths([found.folder])
    texts = "".join(path.read_text() for path in (found.folder / "tests").glob("*.yaml"))
    heard = Counter(
        plan.numbers[one.test.number].language or plan.language
        for one in report.results
        if one.test.number in plan.numbers
    )
    assert set(heard) | {tag for tag in plan.languages if f"language: {tag}" in texts} == set(plan.languages)


@pytest.mark.parametrize("name", SITES)
def test_what_a_sample_may_dial_its_guard_allows(name: str) -> None:
    """A transfer that the site itself refuses would send every caller to `failed`."""
    site = DIALPLANS / "samples" / name
    config = yaml.safe_load((site / "config/ivrcore.yaml").read_text())
    allowed = tuple(config.get("outbound", {}).get("allowed", ()))
    text = (site / f"dialplans/{name}.yaml").read_text()
    dialled = [
        line.split('"')[1]
        for line in text.splitlines()
        if line.strip().startswith(("- transfer:", 'number: "+'))
    ]
    assert all(number.startswith(allowed) for number in dialled), dialled


@pytest.mark.parametrize("name", SITES)
def test_the_readme_names_the_numbers(name: str) -> None:
    [found] = find([DIALPLANS / "samples" / name / "dialplans"])
    about = (DIALPLANS / "samples" / name / "README.md").read_text()
    assert [number for plan in found.plans for number in plan.numbers if number not in about] == []
