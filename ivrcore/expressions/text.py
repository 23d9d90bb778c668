"""Texts with slots, ``{count} messages, {balance:amount KRW}``, and values as a dialplan writes them.

Must not know how a value is said in a language: `render` is given that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from ivrcore.expressions import rules
from ivrcore.expressions.evaluate import evaluate
from ivrcore.expressions.parse import Locate, locator, parse_within
from ivrcore.expressions.syntax import Expression, Literal, Place
from ivrcore.expressions.values import LARGEST, LONGEST, Result, Scope, Value
from ivrcore.location import Location
from ivrcore.problems import Problems, did_you_mean, quoted

_LITERAL = re.compile(r"[^{}]+|\{\{|\}\}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]{1,15})?")
_WORDS: Mapping[str, Value] = {"true": True, "false": False, "none": None}


class Saying(StrEnum):
    """How the value of a slot is said."""

    TEXT = "text"
    NUMBER = "number"
    DIGITS = "digits"
    ORDINAL = "ordinal"
    AMOUNT = "amount"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"


Say = Callable[[Value, Saying, str], str]
"""Gives the words for a value; the text is the slot's argument, such as a currency, or empty."""


@dataclass(frozen=True, slots=True)
class Slot:
    """An expression in a text and how its value is said; ``argument`` is the currency of an amount."""

    expression: Expression
    kind: Saying = Saying.TEXT
    argument: str = ""


class Template(msgspec.Struct, frozen=True):
    """A text with slots: its ``text`` as written, and its parts in their order."""

    text: str
    parts: tuple[str | Slot, ...] = ()

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots alone."""
        return tuple([part for part in self.parts if isinstance(part, Slot)])

    @property
    def slotted(self) -> bool:
        """Whether there are any."""
        return len(self.parts) > 1 or (len(self.parts) == 1 and not isinstance(self.parts[0], str))

    @property
    def places(self) -> tuple[Place, ...]:
        """Every name that is read, with its place."""
        return tuple(place for slot in self.slots for place in slot.expression.places)

    @property
    def names(self) -> tuple[str, ...]:
        """The dotted names that are read, each once."""
        return tuple(dict.fromkeys(place.name for place in self.places))

    @property
    def plain(self) -> str | None:
        """The text itself if it has no slots."""
        texts = [part for part in self.parts if isinstance(part, str)]
        return "".join(texts) if len(texts) == len(self.parts) else None


def parse_template(
    text: str, location: Location, problems: Problems, *, plain: bool = True, keep: Collection[str] = ()
) -> Template:
    """Parse a text; slots with mistakes are reported and left out.

    ``plain`` is as in `parse_expression`. A slot that is just one of the names ``keep`` stays in the text as
    it is (``{choice}``), for who puts it in otherwise.
    """
    return _TemplateReader(text, locator(text, location, plain), problems, keep).read()


def parse_value(
    text: str, location: Location, problems: Problems, *, plain: bool
) -> Expression | Template | None:
    """Parse what a dialplan writes where a value is wanted; None, reported, if it is wrong.

    Without quotes (``plain``) a number, ``true``, ``false`` and ``none`` are those; a text that is wholly one
    ``{expression}`` is its value; any other text is one with slots. A number with a leading zero is a text.
    """
    if plain and text in _WORDS:
        return Expression(text, Literal(_WORDS[text]))
    number = _NUMBER.fullmatch(text) if plain else None
    if number and -LARGEST <= float(text) <= LARGEST:
        return Expression(text, Literal(float(text) if number[1] else int(text)))
    known = len(problems)
    template = parse_template(text, location, problems, plain=plain)
    if len(problems) > known:
        return None
    only = template.parts[0] if len(template.parts) == 1 else None
    if isinstance(only, Slot) and text[1:-1].strip() == only.expression.text:  # {x:text} asks for a text
        return only.expression
    return template


def render(template: Template, scope: Scope, say: Say) -> Result:
    """Fill the slots; the text is cut at 4,000 characters."""
    said: list[str] = []
    secret, facts = False, dict[str, Value]()
    for part in template.parts:
        if isinstance(part, str):
            said.append(part)
            continue
        result = evaluate(part.expression, scope)
        said.append(say(result.value, part.kind, part.argument))
        secret = secret or result.secret
        facts.update(result.facts)
    return Result("".join(said)[:LONGEST], secret, facts)


def value_of(given: Expression | Template, scope: Scope, say: Say) -> Result:
    """Give the value of what `parse_value` read."""
    return evaluate(given, scope) if isinstance(given, Expression) else render(given, scope, say)


class _TemplateReader:
    def __init__(self, text: str, locate: Locate, problems: Problems, keep: Collection[str]) -> None:
        self.text = text
        self.locate = locate
        self.problems = problems
        self.kept = {"{" + name + "}" for name in keep}
        self.parts: list[str | Slot] = []

    def read(self) -> Template:
        position = 0
        while position < len(self.text):
            literal = _LITERAL.match(self.text, position)
            if literal:
                self.add(literal[0][:1] if literal[0] in ("{{", "}}") else literal[0])
                position = literal.end()
            elif self.text[position] == "}":
                hint = "write }} for a brace that is said"
                self.problems.report(
                    rules.BAD_SLOT, self.locate(position), "nothing is open that } could close", hint
                )
                position += 1
            else:
                position = self.slot(position)
        return Template(self.text, tuple(self.parts))

    def add(self, text: str) -> None:
        """Add text, to the text before it if there is one."""
        before = self.parts.pop() if self.parts and isinstance(self.parts[-1], str) else ""
        self.parts.append(f"{before}{text}")

    def slot(self, start: int) -> int:
        """Read the slot that begins there; give where the text goes on."""
        closing = self.text.find("}", start)
        if self.text[start : closing + 1] in self.kept:
            self.add(self.text[start : closing + 1])
            return closing + 1
        known = len(self.problems)
        expression, end = parse_within(self.text, start + 1, self.locate, self.problems, slot=True)
        closing = self.text.find("}", end)
        if closing < 0:
            if expression is not None or len(self.problems) == known:
                hint = "add }, or write {{ for a brace that is said"
                self.problems.report(
                    rules.BAD_SLOT, self.locate(start), "the { that opens here is not closed by }", hint
                )
            return len(self.text)
        if expression is not None:
            self.parts += self.said(expression, end, closing)
        return closing + 1

    def said(self, expression: Expression, end: int, closing: int) -> list[Slot]:
        """Read how a value is said, between the end of its expression and the closing brace."""
        words = self.text[end + 1 : closing].split()
        if end == closing:
            return [Slot(expression)]
        place = self.locate(end)
        kind = words[0] if words else ""
        if kind not in list(Saying):
            hint = did_you_mean(kind, map(str, Saying))
            self.problems.report(
                rules.UNKNOWN_SAYING, place, f"a value cannot be said as {quoted(kind)}", hint
            )
            return []
        wanted = kind == Saying.AMOUNT
        if len(words) != 1 + wanted or (wanted and not _CURRENCY.fullmatch(words[1])):
            message = f"{quoted(' '.join(words))} is no way to say a value"
            hint = "name the currency: amount KRW" if wanted else f"write {kind} alone"
            self.problems.report(rules.UNKNOWN_SAYING, place, message, hint)
            return []
        return [Slot(expression, Saying(kind), words[1] if wanted else "")]
