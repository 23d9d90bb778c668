"""Any text is an expression or problems, any expression gives a bounded value in any scope."""

from __future__ import annotations

import math

import pytest
from expression_scope import HERE, Names
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.expressions.evaluate import evaluate
from ivrcore.expressions.functions import FUNCTIONS
from ivrcore.expressions.parse import parse_expression
from ivrcore.expressions.text import Saying, parse_template, parse_value, render, value_of
from ivrcore.expressions.values import LARGEST, LONGEST, Value, written
from ivrcore.problems import Problems

NAMES = ["a", "b", "queue.general.waiting", "call.caller", "x"]
PIECES = [*NAMES, *FUNCTIONS, "and", "or", "not", "in", "true", "none", "1", "0", "2.5", "999999999999"]
PIECES += [
    "'t'",
    '"',
    "'",
    "(",
    ")",
    "[",
    "]",
    ",",
    "==",
    "<",
    "+",
    "-",
    "*",
    "/",
    "%",
    "{",
    "}",
    ":",
    "=",
    " ",
]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)
scopes = st.dictionaries(st.sampled_from(NAMES), values).map(Names)


def binary(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = ["and", "or", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "+", "-", "*", "/", "%"]
    return st.tuples(inner, st.sampled_from(signs), inner).map(lambda x: f"({x[0]}) {x[1]} ({x[2]})")


def calls(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def of(name: str) -> st.SearchStrategy[str]:
        function = FUNCTIONS[name]
        count = st.lists(inner, min_size=function.least, max_size=min(function.most, 3))
        return count.map(lambda given: f"{name}({', '.join(given)})")

    return st.sampled_from(sorted(FUNCTIONS)).flatmap(of)


expressions = st.recursive(
    st.sampled_from([*NAMES, "1", "-2", "0.5", "''", "'text'", "true", "none", "999999999999999999"]),
    lambda inner: (
        binary(inner)
        | calls(inner)
        | inner.map("not ({})".format)
        | inner.map("-({})".format)
        | st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
    ),
    max_leaves=12,
)
texts = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join)
quick = settings(max_examples=200, deadline=None, database=None, derandomize=True)


def check_bounds(value: Value, depth: int = 0) -> int:
    """Give the size of a value that is within the bounds."""
    if isinstance(value, tuple):
        assert depth < 10
        return len(value) + sum(check_bounds(item, depth + 1) for item in value)
    if isinstance(value, float):
        assert math.isfinite(value)
    if isinstance(value, int | float):
        assert abs(value) <= LARGEST
    return len(value) if isinstance(value, str) else 0


@pytest.mark.slow
@quick
@given(texts)
def test_any_text_is_an_expression_or_located_problems(text: str) -> None:
    problems = Problems()
    expression = parse_expression(text, HERE, problems)
    assert (expression is None) == (len(problems) > 0)
    assert all(problem.location.line == HERE.line for problem in problems)
    assert all(HERE.column <= problem.location.column <= HERE.column + len(text) for problem in problems)


@pytest.mark.slow
@quick
@given(expressions, scopes)
def test_any_expression_in_any_scope_gives_a_bounded_value(text: str, scope: Names) -> None:
    problems = Problems()
    expression = parse_expression(text, HERE, problems)
    if expression is None:
        assert {problem.code for problem in problems} == {"DP126"}, text
        return
    given_value = evaluate(expression, scope)
    assert check_bounds(given_value.value) <= LONGEST
    assert set(scope.asked) <= set(expression.names)
    read_secret = "call.caller" in scope.asked and "call.caller" in scope.values
    assert given_value.secret == read_secret
    assert set(given_value.facts) == {name for name in scope.asked if name.startswith("queue.")} & set(
        scope.values
    )


@pytest.mark.slow
@quick
@given(texts.map(lambda text: f"Hello {{{text}}}") | texts, scopes, st.booleans())
def test_any_text_with_slots_is_rendered_or_has_problems(text: str, scope: Names, plain: bool) -> None:
    def say(value: Value, kind: Saying, argument: str) -> str:
        return f"{kind}{argument}{written(value)}"

    problems = Problems()
    template = parse_template(text, HERE, problems, plain=plain)
    assert len(str(render(template, scope, say).value)) <= LONGEST
    if template.plain is not None and len(problems) == 0:
        assert template.plain.replace("{", "{{").replace("}", "}}") == text
    again = Problems()
    value = parse_value(text, HERE, again, plain=plain)
    if value is None:
        assert len(again) > 0
    else:
        check_bounds(value_of(value, scope, say).value)
