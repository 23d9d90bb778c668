"""What tests of expressions share: a scope of plain values."""

from __future__ import annotations

from collections.abc import Mapping

from ivrcore.expressions.evaluate import evaluate
from ivrcore.expressions.parse import parse_expression
from ivrcore.expressions.syntax import Expression
from ivrcore.expressions.values import Known, Result, Value
from ivrcore.location import Location
from ivrcore.problems import Problems

HERE = Location("x.yaml", 3, 9)


class Names:
    """A scope out of a mapping; what begins with ``call.caller`` is secret, ``queue.`` and ``time.`` live."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.values = values
        self.asked: list[str] = []

    def look_up(self, name: str) -> Known | None:
        self.asked.append(name)
        if name not in self.values:
            return None
        return Known(self.values[name], name in ("call.caller", "pin"), name.startswith(("queue.", "time.")))


def parsed(text: str) -> Expression:
    """Parse what must be right."""
    problems = Problems()
    expression = parse_expression(text, HERE, problems)
    assert expression is not None, [str(problem) for problem in problems]
    assert len(problems) == 0
    return expression


def result(text: str, values: Mapping[str, Value] | None = None) -> Result:
    """Evaluate a text."""
    return evaluate(parsed(text), Names(values or {}))


def refused(text: str, *, plain: bool = True) -> tuple[str, int, str, str]:
    """Give code, column, message and hint of the one problem of a text."""
    problems = Problems()
    assert parse_expression(text, HERE, problems, plain=plain) is None
    (problem,) = problems
    assert (problem.location.file, problem.location.line) == ("x.yaml", 3)
    return problem.code, problem.location.column, problem.message, problem.hint
