"""What is wrong with an expression is told with its place and what to write instead."""

import pytest
from expression_scope import HERE, refused

from ivrcore.expressions import rules
from ivrcore.expressions.check import report_unknown_names
from ivrcore.expressions.parse import parse_expression
from ivrcore.problems import Problems


@pytest.mark.parametrize(
    ("text", "code", "offset", "hint"),
    [
        ("", "DP120", 0, "tries < 3"),
        ("   ", "DP120", 3, "tries < 3"),
        ("()", "DP120", 0, "remove"),
        ("a = 1", "DP121", 2, "write =="),
        ("a === 1", "DP121", 2, "write =="),
        ("a <> 1", "DP121", 2, "write !="),
        ("a => 1", "DP121", 2, "write >="),
        ("a && b", "DP121", 2, "write and"),
        ("a || b", "DP121", 2, "write or"),
        ("!a", "DP121", 0, "write not"),
        ("a ** 2", "DP121", 2, "multiply"),
        ("a // 2", "DP121", 2, "round"),
        ("a ? b : c", "DP121", 2, "'if'"),
        ("a AND b", "DP121", 2, "write and"),
        ("a == True", "DP121", 5, "write true"),
        ("a == null", "DP121", 5, "write none"),
        ("a == None", "DP121", 5, "write none"),
        ("a == “gold”", "DP121", 5, "straight quotes"),
        ("a == ‘gold’", "DP121", 5, "straight quotes"),
        ("a == 「gold」", "DP121", 5, "straight quotes"),
        ("a ＝ 1", "DP121", 2, "write ="),
        ("（a)", "DP121", 0, "write ("),
        ("max(1，2)", "DP121", 5, "write ,"),
        ("a ≥ 1", "DP121", 2, "write >="),
        ("${a}", "DP121", 0, "without $"),
        ("{a}", "DP121", 0, "without braces"),
        ("a == 1}", "DP121", 6, "without braces"),
        ("a gold", "DP121", 2, "quotes"),
        ("3rd == 1", "DP121", 0, "begins with a letter"),
        ("a == 010", "DP121", 5, "'010'"),
        ("1 < a < 3", "DP121", 6, "a < b and b < c"),
        ("a not 3", "DP121", 2, "x not in y"),
        ("a +", "DP121", 3, "missing"),
        ("a, b", "DP121", 1, ""),
        ("(a, b)", "DP121", 2, ""),
        ("* a", "DP121", 0, ""),
        ("a.b.", "DP121", 3, ""),
        ("f(a)", "DP124", 0, "known: "),
        ("lenght(a)", "DP124", 0, "did you mean 'length'?"),
        ("1 + round(1, 2, 3)", "DP125", 4, "write round(x) or round(x, places)"),
        ("length()", "DP125", 0, "write length(x)"),
        ("'abc", "DP122", 0, ""),
        ("a == \"abc'", "DP122", 5, ""),
        ("(a", "DP123", 0, "add )"),
        ("1 + [a, (b]", "DP123", 8, "add )"),
        ("max(1, 2", "DP123", 3, "add )"),
        ("a)", "DP123", 1, "remove"),
        ("a]", "DP123", 1, "remove"),
        ("1" * 30, "DP126", 0, "in quotes"),
        ("a" * 2001, "DP126", 0, "variables"),
        ("(" * 61 + "a" + ")" * 61, "DP126", 60, "set"),
        ("not " * 100 + "a", "DP126", 240, "set"),
        ("-" * 100 + "a", "DP126", 60, "set"),
    ],
)
def test_a_mistake(text: str, code: str, offset: int, hint: str) -> None:
    found, column, _message, told = refused(text)
    assert (found, column - HERE.column) == (code, offset)
    assert hint in told
    assert bool(hint) == bool(told)


def test_a_quoted_scalar_begins_after_its_quote() -> None:
    assert refused("a = 1", plain=False)[1] == HERE.column + 3


def test_of_a_text_of_several_lines_the_scalar_is_told() -> None:
    assert refused("a\n= 1")[1] == HERE.column


def test_long_chains_are_not_deep() -> None:
    problems = Problems()
    for sign in ("+", "*", "and", "or"):
        assert parse_expression(f" {sign} ".join(["a"] * 300), HERE, problems) is not None
    assert len(problems) == 0


def test_an_unknown_name_is_reported_with_the_nearest() -> None:
    problems = Problems()
    expression = parse_expression("tier == 'x' and trys < 3", HERE, problems)
    assert expression is not None
    report_unknown_names(expression, ["tier", "tries"], problems)
    (problem,) = problems
    assert (problem.code, problem.location.column, problem.hint) == ("DP129", 25, "did you mean 'tries'?")


def test_every_rule_has_its_own_code() -> None:
    codes = [rule.code for rule in rules.RULES]
    assert len(set(codes)) == len(codes)
