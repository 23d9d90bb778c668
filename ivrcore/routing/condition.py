"""Conditions over an agent's skills, such as ``english > 50 and not trainee``, in the language of dialplans.

A skill that an agent lacks is 0, and so is false. Each text is parsed once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ivrcore.errors import PluginError
from ivrcore.expressions.evaluate import evaluate
from ivrcore.expressions.parse import parse_expression
from ivrcore.expressions.syntax import Comparison, Expression, Literal, Name
from ivrcore.expressions.tokens import TokenKind, token_at
from ivrcore.expressions.values import Known, Value, is_true, number_of
from ivrcore.location import NOWHERE
from ivrcore.problems import Problems

PARSED_KEPT = 1000
"""Texts whose parsed form is kept."""


class Condition:
    """One condition, parsed."""

    __slots__ = ("_expression", "names", "terms", "text")

    def __init__(self, text: str, expression: Expression) -> None:
        self.text = text
        self.names = frozenset(expression.names)
        """What it reads."""
        self.terms = _terms(text)
        """The texts that its outermost ``and`` joins; itself, if there is none."""
        self._expression = expression

    def holds(self, values: Mapping[str, float]) -> bool:
        """Tell whether it holds; a name without a value is 0."""
        return is_true(evaluate(self._expression, _Levels(values)).value)

    @property
    def bound(self) -> float | None:
        """Give the number with which it compares its only name, as in ``wait < 60``; None if it does not."""
        root = self._expression.root
        if not isinstance(root, Comparison):
            return None
        for name, other in ((root.left, root.right), (root.right, root.left)):
            if isinstance(name, Name) and isinstance(other, Literal):
                return number_of(other.value)
        return None


@lru_cache(maxsize=PARSED_KEPT)
def condition(text: str) -> Condition:
    """Parse a condition; raise :class:`PluginError` that says what is wrong with the text."""
    problems = Problems()
    expression = parse_expression(text, NOWHERE, problems)
    if expression is None:
        found = next(iter(problems))
        raise PluginError(found.message, plugin="expression", hint=found.hint)
    return Condition(text, expression)


def want_condition(path: str, value: object) -> list[str]:
    """Want a condition, among a plugin's options."""
    if not isinstance(value, str):
        return [f"{path}: a condition over skills is wanted, such as english > 50"]
    try:
        condition(value)
    except PluginError as error:
        return [f"{path}: {error.message}" + (f" ({error.hint})" if error.hint else "")]
    return []


@dataclass(frozen=True, slots=True)
class _Levels:
    """The scope of a condition."""

    values: Mapping[str, float]

    def look_up(self, name: str) -> Known:
        value: Value = self.values.get(name, 0)
        return Known(value)


def _terms(text: str) -> tuple[str, ...]:
    """Split at the ``and`` outside of brackets; ``or`` binds less, so with one there is a single term."""
    parts: list[str] = []
    start = at = depth = 0
    while (token := token_at(text, at)).kind is not TokenKind.END:
        if token.kind is TokenKind.SIGN:
            depth += (token.text in "([") - (token.text in ")]")
        elif token.kind is TokenKind.WORD and depth == 0:
            if token.text == "or":
                return (text,)
            if token.text == "and":
                parts.append(text[start : token.start].strip())
                start = token.end
        at = token.end
    return (*parts, text[start:].strip())
