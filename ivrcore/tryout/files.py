"""Where dialplans, call tests and the bound for coverage are found, and their reading. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ivrcore.check import site_around
from ivrcore.config import CONFIG_FILE, read_site
from ivrcore.config.plans import ENDINGS, plan_files, read_plans
from ivrcore.config.rules import NO_FILE
from ivrcore.dialplan.check import ANY_SITE, Site
from ivrcore.dialplan.keys import Key, Kind, table
from ivrcore.dialplan.model import Plan
from ivrcore.errors import ConfigError
from ivrcore.fields import Fields
from ivrcore.location import Location
from ivrcore.problems import Problems
from ivrcore.tryout.testfile import CallTest, is_test_file, read_tests
from ivrcore.yamltree import parse_yaml

TESTS = "tests"
"""The folder of call tests, within the one of the dialplans."""
COVERAGE = "coverage.yaml"
"""The file in it that says how much must be covered."""
COVERAGE_KEYS = table(
    Key("least", "0 to 100", "`0`", "per cent of choices and branches that the tests must take", Kind.NUMBER),
    Key("universals", "yes or no", "`no`", "whether universals count, in every menu", Kind.BOOLEAN),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much the tests must cover."""

    least: float = 0.0
    """Per cent."""
    universals: bool = False
    location: Location = field(default=Location("", 0))


@dataclass(frozen=True, slots=True)
class Found:
    """The dialplans of one folder with their tests. ``plans`` are those that can be used."""

    folder: Path
    plans: tuple[Plan, ...]
    tests: tuple[CallTest, ...]
    wanted: Wanted
    problems: Problems


def find(paths: Iterable[Path]) -> tuple[Found, ...]:
    """Find what sites, folders and files hold; raises :class:`ConfigError` for a path that holds nothing."""
    return tuple(_find(path) for path in paths)


def _find(path: Path) -> Found:
    if not path.exists():
        raise ConfigError(f"{path} is not there", hint="name a site, a dialplan, or a file of call tests")
    if path.is_dir():
        return _folder(_dialplans(path))
    text = _text(path, Problems())
    if text is not None and is_test_file(text):
        folder = path.parent.parent if path.parent.name == TESTS else path.parent
        return _of_tests(_folder(folder, tests=[path]))
    return _of_dialplan(_folder(path.parent), path)


def _dialplans(path: Path) -> Path:
    """Find the folder of dialplans that a path means: a site's, or itself."""
    if (path / CONFIG_FILE).is_file():
        config = read_site(path).config
        if config is not None:
            return _shorter(config.dialplans)
    if path.name == TESTS:
        return path.parent
    return path / "dialplans" if (path / "dialplans").is_dir() else path


def _shorter(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _folder(folder: Path, tests: Sequence[Path] | None = None) -> Found:
    plans, problems = read_plans(plan_files(folder), trial_site(folder))
    at_fault = Problems()
    at_fault.extend(problems.errors)
    wanted = wanted_in(folder, at_fault)
    files = test_files(folder) if tests is None else tests
    found = tuple(test for file in files for test in read_file(file, at_fault))
    return Found(folder, plans, found, wanted, at_fault)


def _of_tests(found: Found) -> Found:
    """Leave only the dialplans that the tests call."""
    called = {test.number for test in found.tests}
    plans = tuple(plan for plan in found.plans if called & set(plan.numbers))
    return replace(found, plans=plans, wanted=replace(found.wanted, least=0.0))


def _of_dialplan(found: Found, file: Path) -> Found:
    """Leave only one dialplan, and the tests that call it."""
    plans = tuple(plan for plan in found.plans if Path(plan.location.file) == file)
    tests = tuple(test for test in found.tests if any(test.number in plan.numbers for plan in plans))
    problems = Problems()
    names = {str(file), *(test.location.file for test in tests)}
    problems.extend(one for one in found.problems if one.location.file in names or not plans)
    return replace(found, plans=plans, tests=tests, problems=problems)


def test_files(folder: Path) -> list[Path]:
    """Give the files of call tests that belong to a folder of dialplans."""
    files = (folder / TESTS).glob("**/*")
    return sorted(
        file
        for file in files
        if file.suffix in ENDINGS and not file.name.startswith(".") and file.name != COVERAGE
    )


test_files.__test__ = False  # type: ignore[attr-defined]  # pytest collects what is called test_…


def read_file(file: Path, problems: Problems, name: str = "") -> tuple[CallTest, ...]:
    """Read one file of call tests, going on after problems; ``name`` is what it is called in them."""
    text = _text(file, problems)
    return () if text is None else read_tests(text, name or str(file), problems)


def _text(file: Path, problems: Problems) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        problems.report(NO_FILE, Location(str(file), 1), f"cannot be read: {why}")
        return None


def wanted_in(folder: Path, problems: Problems) -> Wanted:
    """Read how much the tests of a folder of dialplans must cover; nothing, where nobody says."""
    file = folder / TESTS / COVERAGE
    text = _text(file, problems) if file.is_file() else None
    node = parse_yaml(text, str(file), problems) if text is not None else None
    if node is None:
        return Wanted()
    fields = Fields(node, problems, "the coverage")
    least = fields.number("least", 0.0, least=0, most=100)
    universals = fields.boolean("universals", False)
    fields.finish(COVERAGE_KEYS)
    entry = fields.node.get("least")
    return Wanted(least, universals, entry.location if entry else node.location)


def trial_site(folder: Path) -> Site:
    """Give the verbs of the site that a folder is in; queues, skills and the like may have any name.

    Whether these are configured is for `ivrcore check` to tell: a trial needs none of them.
    """
    return replace(ANY_SITE, verbs=site_around(folder).verbs)
