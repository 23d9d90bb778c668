"""The results of call tests as text, JSON, JUnit's XML, and GitHub's annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from json import dumps, loads
from xml.etree import ElementTree

from ivrcore.location import NOWHERE, Location
from ivrcore.problem_formats import Format, formatted
from ivrcore.problems import Problem, Problems
from ivrcore.tryout.coverage import Coverage, Group
from ivrcore.tryout.files import Wanted
from ivrcore.tryout.rules import COVERED_TOO_LITTLE
from ivrcore.tryout.run import Report, TestResult


def good(report: Report, wanted: Wanted) -> bool:
    """Whether all tests passed, all files can be used, and enough is covered."""
    return not report.failed and not report.problems.errors and too_little(report, wanted) is None


def too_little(report: Report, wanted: Wanted) -> Problem | None:
    """Say that less is covered than is wanted; None if enough is."""
    percent = report.coverage.percent
    if percent >= wanted.least:
        return None
    message = f"the call tests take {percent:.1f} % of the choices and branches, not {wanted.least:g} %"
    hint = "what they do not take is listed as missed"
    return Problem(COVERED_TOO_LITTLE, wanted.location, message, hint)


# --- text ---------------------------------------------------------------------------------------


def as_text(report: Report, wanted: Wanted, *, verbose: bool = False) -> str:
    """Write for a terminal: problems, failures with their conversations, coverage, a last line."""
    parts = [str(problem) for problem in report.problems]
    for file, results in groupby(report.results, key=lambda one: one.test.location.file):
        parts += _file(file, list(results), verbose)
    parts += _coverage(report.coverage)
    lacking = too_little(report, wanted)
    if lacking is not None:
        parts.append(f"\n{lacking.message} ({lacking.code})\n    hint: {lacking.hint}")
    took = sum(one.took for one in report.results)
    passed = len(report.results) - len(report.failed)
    parts.append(f"\n{passed} passed, {len(report.failed)} failed in {1000 * took:.0f} ms")
    return "\n".join(parts)


def _file(file: str, results: Sequence[TestResult], verbose: bool) -> list[str]:
    passed = sum(one.passed for one in results)
    lines = [f"{file}: {passed} of {len(results)} passed"]
    for one in results:
        if not one.passed:
            lines += ["", f"FAILED  {failure_text(one)}", ""]
        elif verbose:
            lines.append(f"  passed  {one.test.name}")
    return lines


def failure_text(result: TestResult) -> str:
    """Write what is wrong with a test, and the conversation up to there."""
    return "\n".join([str(result.problem), *(f"    {line}" for line in result.conversation)])


def _coverage(coverage: Coverage) -> list[str]:
    lines = [
        "",
        f"Choices and branches taken: {coverage.covered} of {coverage.total} ({coverage.percent:.1f} %)",
    ]
    groups = [group for group in coverage.groups() if group.total]
    width = max((len(f"{group.dialplan} {group.name}") for group in groups), default=0)
    for group in groups:
        title = f"{group.dialplan} {group.name}".ljust(width)
        lines.append(f"  {title}  {group.covered:>3} of {group.total:<3} {_at(group.location)}")
        lines += [f"      missed: {item.what}   {_at(item.location)}" for item in group.missed]
    return lines


def _at(location: Location) -> str:
    return f"{location.file}:{location.line}"


# --- JSON ---------------------------------------------------------------------------------------


def as_json(report: Report, wanted: Wanted) -> str:
    """Write for programs."""
    return dumps(as_values(report, wanted), indent=2, ensure_ascii=False)


def as_values(report: Report, wanted: Wanted) -> dict[str, object]:
    """Give what JSON has; docs/testing-dialplans.md says what the fields mean."""
    return {
        "passed": good(report, wanted),
        "tests": [_test(one) for one in report.results],
        "coverage": _coverage_values(report.coverage) | {"least": wanted.least},
        "problems": loads(formatted(report.problems, Format.JSON)),
    }


def _test(result: TestResult) -> dict[str, object]:
    failed = not result.passed
    at = result.at if failed else result.test.location
    return {
        "name": result.test.name,
        "passed": result.passed,
        "file": at.file,
        "line": at.line,
        "column": at.column,
        "dialplan": result.plan,
        "dialplan_line": result.step.line if failed and result.step != NOWHERE else None,
        "code": result.problem.code if failed else "",
        "message": result.failure.message if result.failure else "",
        "hint": result.failure.hint if result.failure else "",
        "conversation": list(result.conversation),
        "milliseconds": round(1000 * result.took, 2),
    }


def _coverage_values(coverage: Coverage) -> dict[str, object]:
    return {
        "percent": round(coverage.percent, 1),
        "covered": coverage.covered,
        "total": coverage.total,
        "menus": [_group(group) for group in coverage.groups() if group.total],
    }


def _group(group: Group) -> dict[str, object]:
    return {
        "dialplan": group.dialplan,
        "menu": group.name,
        "file": group.location.file,
        "line": group.location.line,
        "covered": group.covered,
        "total": group.total,
        "missed": [{"what": item.what, "line": item.location.line} for item in group.missed],
    }


# --- JUnit and GitHub ---------------------------------------------------------------------------


def as_junit(report: Report, wanted: Wanted) -> str:
    """Write as JUnit does, for CI servers: a problem with a file or the coverage is a failed test too."""
    extra = [*report.problems.errors, *([lacking] if (lacking := too_little(report, wanted)) else [])]
    suite = ElementTree.Element(
        "testsuite",
        name="ivrcore",
        tests=str(len(report.results) + len(extra)),
        failures=str(len(report.failed) + len(extra)),
        time=f"{sum(one.took for one in report.results):.4f}",
    )
    for one in report.results:
        case = ElementTree.SubElement(
            suite, "testcase", classname=one.test.location.file, name=one.test.name, time=f"{one.took:.4f}"
        )
        case.set("line", str(one.test.location.line))
        if not one.passed:
            _failure(case, one.problem, failure_text(one))
    for problem in extra:
        case = ElementTree.SubElement(suite, "testcase", classname=problem.location.file, name=problem.code)
        _failure(case, problem, str(problem))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _failure(case: ElementTree.Element, problem: Problem, text: str) -> None:
    failure = ElementTree.SubElement(case, "failure", type=problem.code, message=problem.message)
    failure.text = text


def as_github(report: Report, wanted: Wanted) -> str:
    """Write annotations that GitHub shows beside the lines."""
    lacking = too_little(report, wanted)
    problems = Problems()
    problems.extend(report.problems)
    problems.extend(one.problem for one in report.failed)
    problems.extend([lacking] if lacking else [])
    passed = len(report.results) - len(report.failed)
    share = f"{report.coverage.percent:.1f} % of choices and branches taken"
    last = f"{passed} passed, {len(report.failed)} failed, {share}"
    return f"{formatted(problems, Format.GITHUB)}\n{last}" if problems else last


FORMATS: Mapping[str, Callable[[Report, Wanted], str]] = {
    "text": as_text,
    "json": as_json,
    "junit": as_junit,
    "github": as_github,
}
"""Name of the format -> writes it."""
