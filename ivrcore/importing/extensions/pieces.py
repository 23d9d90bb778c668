"""Asterisk's texts cut into what they are made of: literal text, ``${VARIABLE}``, ``$[expression]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from ivrcore.importing.rules import NO_EXPRESSION
from ivrcore.problems import Rule

DEEPEST = 20
"""Variables within variables, brackets within brackets."""
_CALL = re.compile(r"([A-Za-z_]\w*)\((.*)\)", re.DOTALL)
_NAME = re.compile(r"_{0,2}([A-Za-z_]\w*)")


class Untold(Exception):
    """This cannot be said in our language; the message says why, ``hint`` what to do."""

    def __init__(self, message: str, hint: str = "", rule: Rule = NO_EXPRESSION) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Literal:
    """Text as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """``${name}``, ``${NAME(arguments)}``, ``${name:offset:length}``; arguments are None without brackets."""

    name: str
    arguments: str | None = None
    cut: str = ""

    @property
    def written(self) -> str:
        """As in the source."""
        called = "" if self.arguments is None else f"({self.arguments})"
        return "${" + self.name + called + (f":{self.cut}" if self.cut else "") + "}"


@dataclass(frozen=True, slots=True)
class Calculation:
    """``$[text]``."""

    text: str


Piece: TypeAlias = "Literal | Variable | Calculation"


def pieces(text: str) -> list[Piece]:
    """Cut a text; raise :class:`Untold` for one that is not closed, or whose variable names are computed."""
    found: list[Piece] = []
    place = 0
    while place < len(text):
        begin = text.find("$", place)
        if begin < 0 or begin + 1 == len(text):
            found.append(Literal(text[place:]))
            break
        opening = text[begin + 1]
        if opening not in "{[":
            found.append(Literal(text[place : begin + 1]))
            place = begin + 1
            continue
        if begin > place:
            found.append(Literal(text[place:begin]))
        end = closing(text, begin + 1)
        inner = text[begin + 2 : end]
        found.append(variable(inner) if opening == "{" else Calculation(inner))
        place = end + 1
    return _joined(found)


def _joined(found: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for piece in found:
        if isinstance(piece, Literal) and joined and isinstance(joined[-1], Literal):
            joined[-1] = Literal(joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined


def closing(text: str, begin: int) -> int:
    """Find the bracket that closes the one at ``begin``."""
    opening = text[begin]
    ending = "}" if opening == "{" else "]"
    depth = 0
    for place in range(begin, len(text)):
        if text[place] == opening:
            depth += 1
            if depth > DEEPEST:
                raise Untold("brackets are nested too deep")
        elif text[place] == ending:
            depth -= 1
            if depth == 0:
                return place
    raise Untold(f"'{opening}' is not closed", "add the closing bracket")


def variable(inner: str) -> Variable:
    """Read what stands between ``${`` and ``}``."""
    inner = inner.strip()
    name, sign, cut = _cut(inner)
    called = _CALL.fullmatch(name)
    if called:
        return Variable(called[1], called[2].strip(), cut if sign else "")
    plain = _NAME.fullmatch(name)
    if not plain:
        raise Untold(f"the name of the variable ${{{inner}}} is computed", "write out the cases with 'if'")
    return Variable(plain[1], None, cut if sign else "")


def _cut(inner: str) -> tuple[str, str, str]:
    depth = 0
    for place, letter in enumerate(inner):
        depth += letter in "([{"
        depth -= letter in ")]}"
        if letter == ":" and depth <= 0:
            return inner[:place].strip(), ":", inner[place + 1 :].strip()
    return inner, "", ""
