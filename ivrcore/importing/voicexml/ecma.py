"""The simple part of ECMAScript that VoiceXML documents use, as expressions of ours: names, values,
operators."""

from __future__ import annotations

import re
from collections.abc import Callable

from ivrcore.importing.extensions.expressions import compared
from ivrcore.importing.extensions.pieces import DEEPEST, Untold
from ivrcore.importing.extensions.values import Told, in_quotes

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^'\\]*'|"[^"\\]*")|(?P<name>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)
    |(?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[-+*/%<>!()?:,\[\]=]))""",
    re.VERBOSE,
)
_COMPARE = {"==": "==", "===": "==", "!=": "!=", "!==": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_WORDS = {"true": Told("true", "truth"), "false": Told("false", "truth")}
_WORDS |= dict.fromkeys(("undefined", "null"), Told("''"))

Names = Callable[[str], Told]
"""Gives what a name stands for; raises :class:`Untold`."""


def expression(text: str, names: Names) -> Told:
    """Translate an expression; raise :class:`Untold` for what is not simple."""
    reader = _Reader(text, names)
    told = reader.ranks(0)
    if reader.sign:
        raise Untold(
            f"{reader.sign!r} in the script {text!r} has no translation", "write it out with 'set' and 'if'"
        )
    return told


def truth(told: Told) -> str:
    """Write a value as a condition: as in ECMAScript, an empty text and 0 do not hold."""
    return told.text


class _Reader:
    def __init__(self, text: str, names: Names) -> None:
        self.text = text
        self.names = names
        self.tokens = list(_tokens(text))
        self.at = 0
        self.depth = 0

    @property
    def sign(self) -> str:
        """The next token; empty at the end."""
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self) -> tuple[str, str]:
        token = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.at += 1
        return token

    def ranks(self, rank: int) -> Told:
        """Read ``||`` (rank 0), ``&&`` (1), then comparisons."""
        if rank == 2:
            return self.comparison()
        told = self.ranks(rank + 1)
        while self.sign == ("||", "&&")[rank]:
            self.take()
            other = self.ranks(rank + 1)
            told = Told(f"{_side(told)} {('or', 'and')[rank]} {_side(other)}", "truth", simple=False)
        return told

    def comparison(self) -> Told:
        left = self.sums()
        if self.sign not in _COMPARE:
            return left
        sign = _COMPARE[self.take()[1]]
        right = self.sums()
        if "truth" in (left.kind, right.kind):
            return Told(f"{left.within} {sign} {right.within}", "truth", simple=False)
        return compared(left, sign, right)

    def sums(self) -> Told:
        told = self.products()
        while self.sign in ("+", "-"):
            sign = self.take()[1]
            other = self.products()
            if sign == "+" and "text" in (told.kind, other.kind):
                told = Told(f"{told.as_text} + {other.as_text}", "text", simple=False)
            else:
                told = Told(f"{told.number} {sign} {other.number}", "number", simple=False)
        return told

    def products(self) -> Told:
        told = self.operand()
        while self.sign in ("*", "/", "%"):
            sign = self.take()[1]
            told = Told(f"{told.number} {sign} {self.operand().number}", "number", simple=False)
        return told

    def operand(self) -> Told:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Untold("a script is nested too deep")
        kind, text = self.take()
        told = self.value(kind, text)
        self.depth -= 1
        return told

    def value(self, kind: str, text: str) -> Told:
        if text == "!":
            return Told(f"not ({self.operand().text})", "truth", simple=False)
        if text == "-":
            return Told(f"-{self.operand().number}", "number", simple=False)
        if text == "(":
            told = self.ranks(0)
            if self.take()[1] != ")":
                raise Untold(f"a bracket in the script {self.text!r} is not closed")
            return told
        if kind == "number":
            return Told(text, "number")
        if kind == "text":
            return Told(in_quotes(text[1:-1]))
        if kind != "name" or self.sign in ("(", "[", "="):
            raise Untold(f"the script {self.text!r} has no translation", "write it out with 'set' and 'if'")
        return self.named(text)

    def named(self, text: str) -> Told:
        if text in _WORDS:
            return _WORDS[text]
        if text.endswith(".length"):
            return Told(f"length({self.named(text[: -len('.length')]).as_text})", "number")
        return self.names(text)


def _side(told: Told) -> str:
    return f"({told.text})" if " or " in told.text or " and " in told.text else told.text


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if not match or match.lastgroup is None:
            raise Untold(f"the script {text!r} has no translation", "write it out with 'set' and 'if'")
        found.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found
