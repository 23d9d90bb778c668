"""Conditions that hold always or never, and comparisons that never fit."""

from __future__ import annotations

from ivrcore.dialplan import rules
from ivrcore.dialplan.checks.survey import Survey
from ivrcore.dialplan.verbs.branch import Branch
from ivrcore.expressions.evaluate import evaluate
from ivrcore.expressions.misfits import Possible, possible, report_misfits
from ivrcore.expressions.syntax import Chain, Expression, Name, Node, Prefix, walk
from ivrcore.expressions.values import Kind, Known, is_true
from ivrcore.location import Location
from ivrcore.problems import quoted


class _Nothing:
    """A scope without names."""

    def look_up(self, _name: str) -> Known | None:
        return None


class Conditions:
    """Checks what can be told of expressions without a call."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.language = Possible(Kind.TEXT, frozenset(survey.plan.languages))

    def run(self) -> None:
        """Check all of them."""
        for _, step, _ in self.survey.steps:
            if isinstance(step, Branch):
                for condition, _ in step.cases:
                    self.condition(condition, step.location)
        for read in self.survey.reads:
            if read.places:
                report_misfits(read, read.places[0].location, self.survey.problems, self.possible)

    def possible(self, name: str) -> Possible | None:
        """Give what a name can be; the languages are the dialplan's."""
        return self.language if name == "call.language" else possible(name)

    def condition(self, condition: Expression, step: Location) -> None:
        """Judge one condition."""
        truth = constant(condition.root)
        if truth is not None:
            here = condition.location if condition.location.line else step
            message = f"the condition {quoted(condition.text)} {'always' if truth else 'never'} holds"
            hint = "compare with a variable or a live figure, or leave the condition out"
            self.survey.report(rules.CONSTANT_CONDITION, here, message, hint)


def constant(node: Node) -> bool | None:
    """Give whether a condition holds, whatever the names in it mean; None if that depends on them."""
    if isinstance(node, Prefix) and node.sign == "not":
        inner = constant(node.operand)
        return None if inner is None else not inner
    if isinstance(node, Chain) and node.rest[0][0] in ("and", "or"):
        decides = node.rest[0][0] == "or"
        parts = [constant(part) for part in (node.first, *(operand for _, operand in node.rest))]
        if decides in parts:
            return decides
        return None if None in parts else not decides
    if any(isinstance(inner, Name) for inner, _ in walk(node)):
        return None
    return is_true(evaluate(Expression("", node), _Nothing()).value)
