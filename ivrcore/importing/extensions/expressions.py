"""Asterisk's ``$[...]`` as an expression of ours: the grammar of its main/ast_expr2.y without regular
expressions."""

from __future__ import annotations

import re

from ivrcore.importing.extensions.pieces import DEEPEST, Untold, closing
from ivrcore.importing.extensions.values import Told, Values, literal

_SIGN = re.compile(r"\|\||&&|\||&|!=|==|<=|>=|=~|~~|::|=|<|>|\+|-|\*|/|%|!|\(|\)|\?|:|,")
_WORD = re.compile(r"[\w.@#']+", re.UNICODE)
_COMPARE = {"=": "==", "==": "==", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_RANKS = (("|", "||"), ("&", "&&"))


def calculate(values: Values, text: str) -> Told:
    """Translate what stands between ``$[`` and ``]``; raise :class:`Untold`."""
    return _Reader(values, text).whole()


def condition(values: Values, text: str) -> str:
    """Translate a condition of GotoIf and the like: an empty text and 0 do not hold."""
    return truth(values.operand(text.strip()))


def truth(told: Told) -> str:
    """Write a value as a condition; in Asterisk the text 0 does not hold, in ours it does."""
    if told.kind != "text":
        return told.text
    if told.text in ("''", '""'):
        return "false"
    return f"{told.within} not in ['', '0']"


class _Reader:
    def __init__(self, values: Values, text: str) -> None:
        self.values = values
        self.tokens = list(_tokens(text))
        self.at = 0
        self.depth = 0

    @property
    def next(self) -> str:
        """The next token; empty at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.next
        self.at += 1
        return token

    def whole(self) -> Told:
        if not self.tokens:
            return Told("''")
        told = self.joined(0)
        if self.next:
            raise Untold(f"{self.next!r} in an expression has no translation", "write it out with 'if'")
        return told

    def joined(self, rank: int) -> Told:
        """Read ``a | b`` (rank 0) or ``a & b`` (rank 1)."""
        if rank == len(_RANKS):
            return self.comparison()
        told = self.joined(rank + 1)
        while self.next in _RANKS[rank]:
            self.take()
            other = self.joined(rank + 1)
            word = ("or", "and")[rank]
            told = Told(f"{_side(told)} {word} {_side(other)}", "truth", simple=False)
        return told

    def comparison(self) -> Told:
        left = self.chain(("+", "-"))
        if self.next not in _COMPARE:
            return left
        sign = _COMPARE[self.take()]
        return compared(left, sign, self.chain(("+", "-")))

    def chain(self, signs: tuple[str, ...]) -> Told:
        """Read sums or products."""
        deeper = signs == ("+", "-")
        told = self.chain(("*", "/", "%")) if deeper else self.prefix()
        while self.next in signs:
            sign = self.take()
            other = self.chain(("*", "/", "%")) if deeper else self.prefix()
            told = Told(f"{told.number} {sign} {other.number}", "number", simple=False)
        return told

    def prefix(self) -> Told:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Untold("an expression is nested too deep")
        try:
            return self.operand()
        finally:
            self.depth -= 1

    def operand(self) -> Told:
        sign = self.take()
        if sign == "!":
            return Told(f"not ({truth(self.prefix())})", "truth", simple=False)
        if sign == "-":
            return Told(f"-{self.prefix().number}", "number", simple=False)
        if sign == "(":
            told = self.joined(0)
            if self.take() != ")":
                raise Untold("a bracket in an expression is not closed")
            return Told(told.text, told.kind, simple=told.simple)
        if not sign or _SIGN.fullmatch(sign):
            raise Untold(f"an operand is missing before {sign!r} in an expression")
        if self.next == "(":
            raise Untold(f"the function {sign} in an expression has no translation")
        if sign[0] == '"':
            inner = sign[1:-1]
            told = self.values.operand(inner)
            return literal(inner) if "$" not in inner else told
        return self.values.operand(sign)


def _side(told: Told) -> str:
    text = truth(told)
    return f"({text})" if " or " in text or " and " in text else text


OUTCOMES = {"ANSWER": "done", "BUSY": "busy", "NOANSWER": "no_answer", "CHANUNAVAIL": "failed"}
OUTCOMES |= {"CONGESTION": "failed", "CANCEL": "failed", "DONTCALL": "refused", "TORTURE": "refused"}
OUTCOMES |= {"FAR_END_DISCONNECT": "done", "NETWORK_BUSY": "failed", "UNKNOWN": "failed"}
"""What a Dial or a VoiceXML transfer says became of it, as our ``outcome``."""


def _outcome(told: Told) -> Told:
    ours = OUTCOMES.get(told.text.strip("'\"").upper())
    if ours is None:
        raise Untold(
            f"{told.text} is nothing that our 'outcome' can be",
            "it is done, busy, no_answer, failed, refused or timed_out",
        )
    return Told(f"'{ours}'")


def compared(left: Told, sign: str, right: Told) -> Told:
    """Compare two values: as numbers where one of them is a variable that is one, else as texts."""
    if "outcome" in (left.text, right.text):
        left, right = (one if one.text == "outcome" else _outcome(one) for one in (left, right))
    if sign in ("==", "!="):
        numbers = left.kind == right.kind == "number"
        fixed = any(one.text.lstrip("-").isdigit() for one in (left, right))
        empty = any(one.text == "''" for one in (left, right))
        mixed = "number" in (left.kind, right.kind) and not fixed and not empty
        if numbers or mixed:
            return Told(f"{left.number} {sign} {right.number}", "truth", simple=False)
        return Told(f"{_text(left)} {sign} {_text(right)}", "truth", simple=False)
    return Told(f"{left.number} {sign} {right.number}", "truth", simple=False)


def _text(told: Told) -> str:
    if told.kind == "number" and told.text.lstrip("-").isdigit():
        return f"'{told.text}'"
    return told.as_text


def _tokens(text: str) -> list[str]:
    """Cut an expression into signs, words, quoted texts and whole variables."""
    found: list[str] = []
    place = 0
    while place < len(text):
        letter = text[place]
        if letter.isspace():
            place += 1
            continue
        end = _end(text, place)
        found.append(text[place:end])
        place = end
    return found


def _end(text: str, place: int) -> int:
    if text[place] == '"':
        end = text.find('"', place + 1)
        if end < 0:
            raise Untold("a quote in an expression is not closed")
        return end + 1
    sign = _SIGN.match(text, place)
    if sign:
        return sign.end()
    end = place
    while end < len(text):  # a word may have variables within: a${X}b
        word = _WORD.match(text, end)
        if word:
            end = word.end()
        elif text[end] == "$" and text[end + 1 : end + 2] in ("{", "["):
            end = closing(text, end + 1) + 1
        else:
            break
    if end == place:
        raise Untold(f"{text[place]!r} in an expression has no translation")
    return end
