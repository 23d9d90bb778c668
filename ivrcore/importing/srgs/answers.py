"""What a grammar takes, as phrases of ours: each with what it stands for. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ivrcore.importing import rules
from ivrcore.importing.srgs.model import (
    Broken,
    Fault,
    Grammar,
    Node,
    Refer,
    Repeat,
    Rule,
    Series,
    Tag,
    Token,
    Ways,
)
from ivrcore.location import Location
from ivrcore.problems import quoted
from ivrcore.speech.patterns import (
    NOTHING,
    SIGNS,
    OneOf,
    Pattern,
    Sequence,
    count,
    expand,
    optional,
    parse,
    silent,
    written,
)
from ivrcore.speech.patterns import Fault as Unfit

MOST = 200
"""Ways to say one grammar that are written out."""
DEEPEST = 40
"""Rules within rules, brackets within brackets."""
MOST_TIMES = 20
MOST_STEPS = 20_000
LONGEST = 4_000
"""Letters of one phrase."""
COLLECT = "ask for digits with 'collect'"
_UNTOLD = str.maketrans(dict.fromkeys(SIGNS, " "))


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing to say, as a phrase of ours (perhaps a pattern), or to press; and the value it stands for."""

    text: str
    value: str
    keys: bool = False


class _NoWay(Exception):
    def __init__(self, fault: Fault | None) -> None:
        super().__init__()
        self.fault = fault


def answers(grammar: Grammar, *, apart: bool = False) -> tuple[list[Answer], list[Fault]]:
    """Give the answers, and what had no translation (beside the grammar's own faults).

    With ``apart`` each way to say a grammar without tags is an answer of its own: what was said is its value.
    """
    first = grammar.first
    if first is None:
        message = f"there is no rule {grammar.root!r}" if grammar.root else "the grammar has no rule"
        return [], [Fault(rules.NO_GRAMMAR, grammar.place, message)]
    reader = _Reader(grammar)
    try:
        found = reader.answers(first.node, frozenset({first.name}), 0)
    except _NoWay as no_way:
        reader.note(no_way)
        found = []
    reader.unused(first)
    made = [one for way in found for one in reader.made(way.pattern, way.value, apart=apart)]
    few, over = fitting(made)
    reader.faults += [too_many_ways(value, grammar.place) for value in over]
    return few, list(dict.fromkeys(reader.faults))


def fitting(
    made: Iterable[Answer], of: Callable[[Answer], str] = lambda one: one.value
) -> tuple[list[Answer], list[str]]:
    """Leave out what is too many for one choice of ours (``of`` an answer), and tell these choices.

    As `ivrcore.dialplan.phrases` counts them: plain phrases may be as many as there are.
    """
    said: Counter[str] = Counter()
    kept: list[Answer] = []
    over: dict[str, None] = {}
    for one in dict.fromkeys(made):
        number = 0
        if not one.keys and not SIGNS.isdisjoint(one.text):
            pattern = parse(one.text)
            number = 0 if isinstance(pattern, Unfit) else count(pattern, MOST)
        if said[of(one)] + number > MOST:
            over[of(one)] = None
            continue
        said[of(one)] += number
        kept.append(one)
    return kept, list(over)


def too_many_ways(value: str, place: Location) -> Fault:
    """Tell that some were left out."""
    message = f"there are more than {MOST} ways to say {quoted(value)}: some were left out"
    return Fault(rules.NO_GRAMMAR, place, message, COLLECT)


@dataclass(frozen=True, slots=True)
class _Way:
    """A pattern with the last tag in it; ``size`` is how long it is, ``number`` how many ways there are."""

    pattern: Pattern
    value: str = ""
    size: int = 0
    number: int = 1


Found = list[_Way]


class _Reader:
    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.faults: list[Fault] = []
        self.left = MOST_STEPS

    def note(self, no_way: _NoWay) -> None:
        if no_way.fault is not None:
            self.faults.append(no_way.fault)

    def unused(self, first: Rule) -> None:
        """Tell of rules that nothing leads to: other documents might use them, ours do not."""
        used = _reached(self.grammar, first)
        for name, rule in self.grammar.rules.items():
            if name not in used:
                message = f"the rule {name!r} is not used by {first.name!r} and was left out"
                self.faults.append(Fault(rules.OPTION, rule.place, message))

    def answers(self, node: Node, within: frozenset[str], depth: int) -> Found:
        """Give what a node takes; raise where it cannot be told."""
        self.left -= 1
        if depth > DEEPEST or len(within) > DEEPEST or self.left < 0:
            raise _no_way(node.place, "rules of the grammar refer to each other too deep")
        match node:
            case Token(text):
                return [self.token(text, node.place)]
            case Tag(text):
                return [_Way(NOTHING, _value(text))]
            case Series(inner):
                return self.series(inner, within, depth, node.place)
            case Ways(ways):
                return self.ways(ways, within, depth, node.place)
            case Repeat():
                return self.repeat(node, within, depth)
            case Refer():
                return self.refer(node, within, depth)
            case Broken():
                raise _NoWay(None)

    def token(self, text: str, place: Location) -> _Way:
        said = plain(text)
        if not said and text.strip():
            message = f"{quoted(text)} was left out: it is no word, and our patterns are made of such signs"
            self.faults.append(Fault(rules.OPTION, place, message))
        return _Way(said or NOTHING, "", len(said) + 1)

    def series(self, inner: tuple[Node, ...], within: frozenset[str], depth: int, place: Location) -> Found:
        found = [_Way(NOTHING)]
        for part in inner:
            ways = self.answers(part, within, depth + 1)
            if len(found) * len(ways) > MOST:
                raise _too_many(place)
            found = [_joined(before, more, place) for before in found for more in ways]
        return found

    def ways(self, ways: tuple[Node, ...], within: frozenset[str], depth: int, place: Location) -> Found:
        """Give what alternatives take; one without translation is told, and the others go on."""
        found: Found = []
        for way in ways:
            try:
                found += self.answers(way, within, depth + 1)
            except _NoWay as no_way:
                self.note(no_way)
        if not found:
            raise _NoWay(None)
        if len(found) > MOST:
            raise _too_many(place)
        return _one(found, place) if depth else found

    def repeat(self, node: Repeat, within: frozenset[str], depth: int) -> Found:
        least, most = node.least, node.most
        if most is None or most > MOST_TIMES:
            times = "any number of times" if most is None else f"{most} times"
            raise _no_way(node.place, f"what is said {times} has no translation", COLLECT)
        ways = _one(self.answers(node.part, within, depth + 1), node.place)
        if len(ways) == 1 and not ways[0].value:
            return [self.times(ways[0], least, most, node.place)]
        if (least, most) in ((0, 1), (1, 1)):
            return ways if least else [_Way(NOTHING), *ways]
        raise _no_way(node.place, "a repetition with tags has no translation", COLLECT)

    @staticmethod
    def times(once: _Way, least: int, most: int, place: Location) -> _Way:
        found = _Way(NOTHING)
        for number in range(most):
            found = _joined(once, found, place)
            if number < most - least:
                found = _Way(optional(found.pattern), "", found.size + 2, found.number + 1)
        return found

    def refer(self, node: Refer, within: frozenset[str], depth: int) -> Found:
        if node.uri == "VOID":
            raise _no_way(node.place, "VOID can never be said: what it stands in was left out")
        if node.uri == "GARBAGE":
            hint = "write 'understand: intents' for a menu that takes any other words"
            raise _no_way(node.place, "GARBAGE, any words at all, has no translation", hint)
        rule = None if node.uri else self.grammar.rules.get(node.rule)
        if rule is None:
            name = repr(node.uri or node.rule)
            raise _no_way(node.place, f"the rule {name} is not in the grammar", "write it into the document")
        if node.rule in within:
            raise _no_way(node.place, f"the rule {node.rule!r} refers to itself", "write out what it takes")
        return self.answers(rule.node, within | {node.rule}, depth + (depth > 0))

    # --- answers ------------------------------------------------------------------------------------

    def made(self, pattern: Pattern, value: str, *, apart: bool) -> list[Answer]:
        place = self.grammar.place
        if count(pattern, MOST) > MOST:
            self.note(_too_many(place))
            return []
        if silent(pattern):
            self.faults.append(
                Fault(rules.OPTION, place, "that nothing at all may be said was left out: it is no answer")
            )
        ways = [way for way in expand(pattern) if way]
        if self.grammar.keys:
            return self.keys(ways, value)
        if not ways:
            return []
        if apart and not value:
            return [Answer(way, way) for way in ways]
        text = written(pattern)
        # What may be left out whole, or has very many brackets within brackets, is told way by way.
        if silent(pattern) or isinstance(parse(text), Unfit):
            text = "|".join(ways)
        return [Answer(text, value or ways[0])]

    def keys(self, ways: list[str], value: str) -> list[Answer]:
        pressed = [re.sub(r"\s", "", way) for way in ways]
        good = [keys for keys in pressed if re.fullmatch(r"[0-9*#A-D]{1,8}", keys)]
        if len(good) < len(pressed):
            message = "a key of the grammar cannot be pressed"
            hint = "keys are 0-9, *, # and A-D, 8 in a sequence at most"
            self.faults.append(Fault(rules.NO_GRAMMAR, self.grammar.place, message, hint))
        return [Answer(keys, re.sub(r"\s", "", value) or keys, keys=True) for keys in good]


def plain(text: str) -> str:
    """Give words that are said as they are, without the signs of patterns."""
    return " ".join(text.translate(_UNTOLD).split())


def _reached(grammar: Grammar, first: Rule) -> set[str]:
    """Give the names of the rules that the first one leads to, itself among them."""
    used, left = {first.name}, [first.node]
    while left:
        match left.pop():
            case Series(inner) | Ways(inner):
                left += inner
            case Repeat(part):
                left.append(part)
            case Refer(name, _, "") if name in grammar.rules and name not in used:
                used.add(name)
                left.append(grammar.rules[name].node)
    return used


def _joined(one: _Way, other: _Way, place: Location) -> _Way:
    size, number = one.size + other.size, one.number * other.number
    if size > LONGEST or number > MOST:
        raise _too_many(place)
    value = other.value or one.value
    if NOTHING in (one.pattern, other.pattern):
        return _Way(other.pattern if one.pattern == NOTHING else one.pattern, value, size, number)
    # Flat, however many words there are: what is nested is walked by recursion.
    return _Way(Sequence((*_parts(one.pattern), " ", *_parts(other.pattern))), value, size, number)


def _parts(pattern: Pattern) -> tuple[Pattern, ...]:
    return pattern.parts if isinstance(pattern, Sequence) else (pattern,)


def _one(found: Found, place: Location) -> Found:
    """Make one pattern of alternatives that stand for nothing."""
    if len(found) < 2 or any(way.value for way in found):
        return found
    number = sum(way.number for way in found)
    if number > MOST:
        raise _too_many(place)
    return [_Way(OneOf(tuple(way.pattern for way in found)), "", sum(way.size for way in found), number)]


def _no_way(place: Location, message: str, hint: str = "") -> _NoWay:
    return _NoWay(Fault(rules.NO_GRAMMAR, place, message, hint))


def _too_many(place: Location) -> _NoWay:
    return _no_way(place, f"the grammar takes more than {MOST} answers, or very long ones", COLLECT)


def _value(text: str) -> str:
    """Give the value of a tag: ``out='cards'``, ``out.card='cards';``, ``'cards'`` or ``cards``."""
    _, sign, value = text.rpartition("=")
    return (value if sign else text).strip().rstrip(";").strip().strip("'\"")
