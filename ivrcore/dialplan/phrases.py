"""What may be said, as it is written: plain phrases, and patterns that stand for many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.dialplan import rules
from ivrcore.dialplan.step import Name
from ivrcore.expressions.parse import locator
from ivrcore.problems import quoted
from ivrcore.speech.patterns import SIGNS, Fault, count, expand, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivrcore.fields import Fields
    from ivrcore.yamltree import ScalarNode

MOST_WAYS = 200
"""Phrases that the patterns of one list (a choice in one language) may stand for."""


def read_phrases(texts: Iterable[ScalarNode], fields: Fields) -> tuple[Name, ...]:
    """Give every phrase, those of a pattern at its place; patterns with mistakes are reported."""
    found: list[Name] = []
    left = MOST_WAYS
    for text in texts:
        if SIGNS.isdisjoint(text.text):  # nearly all: a large dialplan has many thousands
            found.append(Name(text.text, text.location))
            continue
        said = _read(text, fields, left)
        left -= len(said)
        found += [Name(one, text.location) for one in said]
    return tuple(found)


def ways(text: str) -> tuple[str, ...]:
    """Give the ways to say a pattern of ours, which has no mistakes."""
    pattern = parse(text)
    return () if isinstance(pattern, Fault) else expand(pattern)


def _read(text: ScalarNode, fields: Fields, left: int) -> tuple[str, ...]:
    pattern = parse(text.text)
    if isinstance(pattern, Fault):
        place = locator(text.text, text.location, text.plain)(pattern.at)
        message = f"{fields.what}: phrase {quoted(text.text)}: {pattern.message}"
        fields.problems.report(rules.BAD_PATTERN, place, message, pattern.hint)
        return ()
    number = count(pattern, MOST_WAYS)
    if number <= left:
        return expand(pattern)
    many = f"more than {MOST_WAYS}" if number > MOST_WAYS else f"{number}"
    before = f", and the phrases before it in {MOST_WAYS - left}" if left < MOST_WAYS else ""
    message = f"{fields.what}: phrase {quoted(text.text)} can be said in {many} ways{before}"
    hint = f"{MOST_WAYS} in all are possible: leave words out, or make two choices of it"
    fields.problems.report(rules.TOO_MANY_WAYS, text.location, message, hint)
    return ()
