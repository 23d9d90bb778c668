"""Expressions from text to tree: a Pratt parser; any text gives an `Expression` or located problems.

The grammar, loosest first: ``or``; ``and``; ``not``; one comparison (``== != < <= > >= in``, ``not in``);
``+ -``; ``* / %``; ``-``. Must not know what the names stand for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from ivrcore.expressions import rules
from ivrcore.expressions.functions import FUNCTIONS
from ivrcore.expressions.hints import hint_for
from ivrcore.expressions.syntax import (
    DEEPEST,
    LONGEST,
    Call,
    Chain,
    Comparison,
    Expression,
    Listing,
    Literal,
    Name,
    Node,
    Place,
    Prefix,
    walk,
)
from ivrcore.expressions.tokens import Token, TokenKind, token_at
from ivrcore.expressions.values import LARGEST, Value, number_of
from ivrcore.location import NOWHERE, Location
from ivrcore.problems import Problems, Rule, did_you_mean, quoted

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _MINUS = range(1, 8)
_RANKS = {
    "or": _OR,
    "and": _AND,
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "%": _PRODUCT,
} | dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "not in"), _COMPARE)
_CONSTANTS: dict[str, Value] = {"true": True, "false": False, "none": None}
_CLOSING = {"(": ")", "[": "]"}
_LEADING_ZERO = re.compile(r"0[0-9]")

Locate = Callable[[int], Location]


def parse_expression(
    text: str, location: Location, problems: Problems, *, plain: bool = True
) -> Expression | None:
    """Parse a whole text as an expression; None, reported, if it is none.

    ``location`` is that of the YAML scalar, ``plain`` whether it stands there without quotes: problems are
    then located at the very column if the scalar is on one line.
    """
    locate = locator(text, location, plain)
    root = _root(text) if len(text) <= LONGEST else None
    if root is None:  # once more, for the problems and their places
        return parse_within(text, 0, locate, problems)[0]
    return _placed(text.strip(), root, locate, 0)


@lru_cache(1024)
def _root(text: str) -> Node | None:
    """Parse a whole text; None if it is no expression. Many conditions of a dialplan are the same."""
    try:
        return _Reader(text, 0, lambda _: NOWHERE, Problems(), slot=False).whole()
    except _Refused:
        return None


def _placed(text: str, root: Node, locate: Locate, start: int) -> Expression:
    names = [node for node, _ in walk(root) if isinstance(node, Name)]
    places = tuple([Place(one.name, locate(one.position)) for one in names])
    return Expression(text, root, places, locate(start))


def locator(text: str, location: Location, plain: bool) -> Locate:
    """Give what turns a position of a scalar's text into a place in the file, as near as can be told."""
    if "\n" in text:  # a block or folded text: where its lines are in the file is not known
        return lambda _: location
    first = location.column + (0 if plain else 1)
    return lambda position: Location(location.file, location.line, first + position)


def parse_within(
    text: str, start: int, locate: Locate, problems: Problems, *, slot: bool = False
) -> tuple[Expression | None, int]:
    """Parse the expression that begins at ``start``; also give where it ends.

    With ``slot`` it ends before a ``:`` or ``}`` outside its brackets, else it must go to the text's end.
    """
    reader = _Reader(text, start, locate, problems, slot)
    try:
        root = reader.whole()
    except _Refused:
        return None, reader.token.start
    end = reader.token.start
    return _placed(text[start:end].strip(), root, locate, start), end


class _Refused(Exception):
    """This is no expression; the problem is reported already."""


class _Reader:
    def __init__(self, text: str, start: int, locate: Locate, problems: Problems, slot: bool) -> None:
        self.text = text
        self.start = start
        self.locate = locate
        self.problems = problems
        self.slot = slot
        self.depth = 0
        self.token = token_at(text, start)

    def whole(self) -> Node:
        if not self.slot and len(self.text) > LONGEST:
            raise self.refused(
                rules.TOO_BIG, f"an expression has {LONGEST:,} characters at most", "use variables"
            )
        if self.at_end():
            hint = (
                "write a condition such as tries < 3" if not self.slot else "write a name, or {{ for a brace"
            )
            raise self.refused(rules.EMPTY, "there is no expression here", hint)
        root = self.operation(0)
        if not self.at_end():
            raise self.misplaced()
        deepest = max(depth for _, depth in walk(root))
        if deepest > DEEPEST or self.token.start - self.start > LONGEST:
            raise self.too_deep()
        return root

    def at_end(self) -> bool:
        return self.token.kind is TokenKind.END or (self.slot and self.is_sign(":", "}"))

    def is_sign(self, *signs: str) -> bool:
        return self.token.kind in (TokenKind.SIGN, TokenKind.WORD) and self.token.text in signs

    def next(self) -> Token:
        token = self.token
        self.token = token_at(self.text, token.end)
        return token

    def refused(self, rule: Rule, message: str, hint: str = "", at: int | None = None) -> _Refused:
        place = self.locate(self.token.start if at is None else at)
        self.problems.report(rule, place, message, hint)
        return _Refused()

    def too_deep(self) -> _Refused:
        message = f"an expression is nested {DEEPEST} deep and {LONGEST:,} characters long at most"
        return self.refused(rules.TOO_BIG, message, "give a part of it a name with 'set'")

    def misplaced(self) -> _Refused:
        token = self.token
        if token.kind is TokenKind.BAD and token.text in "'\"":
            return self.refused(rules.OPEN_TEXT, f"the text that begins here has no closing {token.text}")
        if self.is_sign(")", "]"):
            return self.refused(
                rules.OPEN_BRACKET, f"nothing is open that {token.text} could close", "remove it"
            )
        if self.at_end():
            return self.refused(
                rules.MISPLACED, "the expression ends too early", "a value is missing at its end"
            )
        message = f"{quoted(token.text)} cannot stand here"
        return self.refused(rules.MISPLACED, message, hint_for(token.text))

    def operation(self, least: int) -> Node:
        """Read operands and the signs between them, as long as these are of rank ``least`` or tighter."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.too_deep()
        left = self.operand()
        while (rank := self.rank()) and rank >= least:
            left = self.joined(left, rank)
        self.depth -= 1
        return left

    def rank(self) -> int | None:
        """Give the rank of the sign between two values that comes next; None if it is none."""
        if self.is_sign("not"):
            return _COMPARE
        return _RANKS.get(self.token.text) if self.token.kind in (TokenKind.SIGN, TokenKind.WORD) else None

    def joined(self, left: Node, rank: int) -> Node:
        sign = self.next()
        if sign.text == "not":
            if not self.is_sign("in"):
                raise self.refused(
                    rules.MISPLACED, "'not' cannot stand here", "and not …, or: x not in y", sign.start
                )
            self.next()
        right = self.operation(rank + 1)
        if rank == _COMPARE:
            if self.rank() == _COMPARE:
                hint = "join them by 'and': a < b and b < c"
                raise self.refused(rules.MISPLACED, "comparisons cannot be strung together", hint)
            return Comparison("not in" if sign.text == "not" else sign.text, left, right, sign.start)
        if isinstance(left, Chain) and left.rank == rank:
            return Chain(rank, left.first, (*left.rest, (sign.text, right)))
        return Chain(rank, left, ((sign.text, right),))

    def operand(self) -> Node:
        if self.is_sign("not"):
            return Prefix(self.next().text, self.operation(_NOT))
        if self.is_sign("-"):
            return self.negative()
        if self.is_sign("(", "["):
            return self.bracket()
        token = self.token
        if token.kind is TokenKind.NAME:
            return self.name()
        if token.kind is TokenKind.NUMBER:
            return Literal(self.number(token))
        if token.kind is TokenKind.TEXT:
            return Literal(self.next().text[1:-1])
        if token.kind is TokenKind.WORD and token.text in _CONSTANTS:
            return Literal(_CONSTANTS[self.next().text])
        raise self.misplaced()

    def negative(self) -> Node:
        sign = self.next().text
        operand = self.operation(_MINUS)
        number = number_of(operand.value) if isinstance(operand, Literal) else None
        return Prefix(sign, operand) if number is None else Literal(-number)

    def number(self, token: Token) -> int | float:
        if _LEADING_ZERO.match(token.text):
            hint = f"a text keeps its zeros: '{token.text}'"
            raise self.refused(rules.MISPLACED, f"the number {quoted(token.text)} begins with a zero", hint)
        value = float(token.text) if "." in token.text else int(token.text[:20])
        if value > LARGEST:
            raise self.refused(
                rules.TOO_BIG, "this number is too large", f"put it in quotes: '{token.text[:20]}'"
            )
        self.next()
        return value

    def name(self) -> Node:
        token = self.next()
        if self.is_sign("("):
            return self.call(token)
        if token.text.lower() in ("true", "false", "none", "null", "and", "or", "not") or token.text == "nil":
            raise self.refused(
                rules.MISPLACED, f"{quoted(token.text)} cannot stand here", hint_for(token.text), token.start
            )
        return Name(token.text, token.start)

    def bracket(self) -> Node:
        opening = self.token.text
        items = self.items()
        if opening == "[":
            return Listing(items)
        return items[0]

    def call(self, name: Token) -> Node:
        function = FUNCTIONS.get(name.text)
        if function is None:
            hint = did_you_mean(name.text, FUNCTIONS)
            message = f"there is no function {quoted(name.text)}"
            raise self.refused(rules.UNKNOWN_FUNCTION, message, hint, name.start)
        arguments = self.items(call=True)
        if not function.least <= len(arguments) <= function.most:
            message = f"{name.text} cannot be given {len(arguments)} values"
            form = " or ".join(function.forms)
            raise self.refused(rules.ARGUMENT_COUNT, message, f"write {form}", name.start)
        return Call(name.text, arguments)

    def items(self, *, call: bool = False) -> tuple[Node, ...]:
        """Read what stands in brackets, commas between; exactly one in ``( )`` that are no call's."""
        opening = self.next()
        closing = _CLOSING[opening.text]
        found: list[Node] = []
        if not self.is_sign(closing):
            found.append(self.operation(0))
            while self.is_sign(",") and (call or closing == "]"):
                self.next()
                if self.is_sign(closing):  # a comma after the last
                    break
                found.append(self.operation(0))
        elif closing == ")" and not call:
            raise self.misplaced_empty(opening)
        if self.is_sign(closing):
            self.next()
            return tuple(found)
        if self.at_end() or self.is_sign(")", "]"):
            message = f"the {opening.text} that opens here is not closed by {closing}"
            raise self.refused(rules.OPEN_BRACKET, message, f"add {closing}", opening.start)
        raise self.misplaced()

    def misplaced_empty(self, opening: Token) -> _Refused:
        return self.refused(rules.EMPTY, "there is nothing in these brackets", "remove them", opening.start)
