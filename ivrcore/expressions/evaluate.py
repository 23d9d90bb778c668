"""What an expression gives in a scope. Total: any expression in any scope gives a bounded value."""

from __future__ import annotations

from ivrcore.expressions.functions import FUNCTIONS
from ivrcore.expressions.syntax import (
    Call,
    Chain,
    Comparison,
    Expression,
    Listing,
    Literal,
    Name,
    Node,
    Prefix,
)
from ivrcore.expressions.values import (
    Result,
    Scope,
    Value,
    bounded,
    calculate,
    compare,
    is_true,
    number_of,
)


def evaluate(expression: Expression, scope: Scope) -> Result:
    """Give the value, whether it is a secret, and the live facts that were read.

    ``and`` and ``or`` give the operand that decides, and do not read those after it: ``name or 'guest'``.
    """
    run = _Run(scope)
    value = run.value(expression.root)
    return Result(value, run.secret, run.facts)


class _Run:
    """One evaluation; ``secret`` once anything secret was read, because the rest may tell of it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.secret = False
        self.facts: dict[str, Value] = {}

    def value(self, node: Node) -> Value:
        if isinstance(node, Literal):
            return bounded(node.value)
        if isinstance(node, Name):
            return self.look_up(node.name)
        if isinstance(node, Listing):
            return bounded(tuple([self.value(item) for item in node.items]))
        if isinstance(node, Call):
            return bounded(FUNCTIONS[node.function].run([self.value(item) for item in node.arguments]))
        if isinstance(node, Comparison):
            return compare(node.sign, self.value(node.left), self.value(node.right))
        if isinstance(node, Prefix):
            return self.prefixed(node)
        return self.chain(node)

    def look_up(self, name: str) -> Value:
        known = self.scope.look_up(name)
        if known is None:
            return None
        value = bounded(known.value)
        if known.secret:
            self.secret = True
        elif known.live:
            self.facts[name] = value
        return value

    def prefixed(self, node: Prefix) -> Value:
        value = self.value(node.operand)
        if node.sign == "not":
            return not is_true(value)
        number = number_of(value)
        return None if number is None else -number

    def chain(self, node: Chain) -> Value:
        value = self.value(node.first)
        for sign, operand in node.rest:
            if sign in ("and", "or"):
                if is_true(value) is (sign == "or"):
                    return value
                value = self.value(operand)
            else:
                value = calculate(sign, value, self.value(operand))
        return value
