"""The words and signs of an expression, one at a time, so that a slot can end in the middle of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

# A queue's or an opening time's name may have a hyphen, which is a minus anywhere else.
_NAME = r"(?:queue|hours)\.[\w-]+(?:\.[^\W\d]\w*)*|[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<number>[0-9]+(?:\.[0-9]+)?(?![\w.]))
    | (?P<text>'[^']*'|"[^"]*")
    | (?P<name>{_NAME})
    | (?P<sign>==(?!=)|!=(?!=)|<=(?!>)|>=|<(?![>=])|>(?!=)|\*(?!\*)|/(?!/)|[-+%()\[\],:}}])
    | (?P<bad>===|!==|<=>|<>|=<|=>|&&|\|\||\*\*|//|[0-9][\w.]*|.)
    | (?P<end>$)
    )""",
    re.VERBOSE | re.DOTALL,
)
WORDS = frozenset({"and", "or", "not", "in", "true", "false", "none"})
"""Names that mean something of their own."""


class TokenKind(StrEnum):
    """What a token is."""

    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    WORD = "word"
    SIGN = "sign"
    BAD = "bad"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word or sign as written, and where it begins and ends in the text."""

    kind: TokenKind
    text: str
    start: int
    end: int


def token_at(text: str, position: int) -> Token:
    """Read the token at a position, spaces before it skipped. The answer for any text is a token."""
    match = _TOKEN.match(text, position)
    if match is None or match.lastgroup is None or match.lastgroup == "end":
        return Token(TokenKind.END, "", len(text), len(text))
    kind = TokenKind(match.lastgroup)
    word = match[match.lastgroup]
    if kind is TokenKind.NAME and word in WORDS:
        kind = TokenKind.WORD
    return Token(kind, word, match.start(kind if kind is not TokenKind.WORD else "name"), match.end())
