"""What can never fit is told; what may is not."""

import pytest
from expression_scope import HERE, parsed

from ivrcore.expressions.misfits import report_misfits
from ivrcore.expressions.text import parse_template
from ivrcore.problems import Problems


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("call.number == 5000", "call.number (a text) == 5000 never fits", "as a text it is '5000'"),
        ("queue.a.waiting < '5'", "queue.a.waiting (a number) < '5' never fits", "as a number it is 5"),
        ("hours.branch == 'opened'", "hours.branch (a text) is never 'opened'", "did you mean 'open'?"),
        ("'monday' != time.weekday", "time.weekday (a text) is never 'monday'", "did you mean 'mon'?"),
        ("time.weekday in ['sat', 'sunday']", "time.weekday (a text) is never 'sunday'", "'sun'"),
        ("hours.branch == true", "hours.branch (a text) == true never fits", ""),
        ("call.number in [1, x]", "call.number (a text) == 1 never fits", "'1'"),
        ("1 in '123'", "1 in '123' never fits", "'1'"),
        ("x and not (1 < 'a')", "1 < 'a' never fits", "'1'"),
        ("true < false", "true < false never fits", ""),
        ("'waiting: ' + queue.a.waiting", "'waiting: ' + queue.a.waiting (a number) never fits", "text(…)"),
        ("x + 1 + 'a'", "1 + 'a' never fits", "text(…)"),
        ("time.date - 1", "time.date (a text) - 1 never fits", "number(…)"),
    ],
)
def test_what_never_fits(text: str, message: str, hint: str) -> None:
    problems = Problems()
    report_misfits(parsed(text), HERE, problems)
    (problem,) = problems
    assert (problem.code, problem.severity, problem.message) == ("DP321", "warning", message)
    assert hint in problem.hint


@pytest.mark.parametrize(
    "text",
    [
        "x == 1 or x == 'a'",
        "queue.a.expected_wait == none",
        "none != hours.branch",
        "hours.branch == x",
        "hours.branch in ['open', 'holiday', none]",
        "'op' in hours.branch",
        "time.hour + x + 'a'",
        "call.priority * 2 > queue.a.waiting - 1",
        "time.date >= '2026-11-22' and time.hour < 9.5",
        "[1] + ['a'] == [2]",
        "-'a' == 1",
        "'a' + 'b' + call.number",
    ],
)
def test_what_may_fit_is_silent(text: str) -> None:
    problems = Problems()
    report_misfits(parsed(text), HERE, problems)
    assert list(problems) == []


def test_the_slots_of_a_text_are_looked_at() -> None:
    problems = Problems()
    report_misfits(parse_template("{x} {'a' + 1}", HERE, problems), HERE, problems)
    assert [problem.code for problem in problems] == ["DP321"]
