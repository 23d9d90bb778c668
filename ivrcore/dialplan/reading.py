"""What a verb reads itself with: the keys of one step, as the values that steps are made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.dialplan import rules
from ivrcore.dialplan.step import Name
from ivrcore.dialplan.texts import Text, Wording
from ivrcore.expressions.parse import parse_expression
from ivrcore.expressions.syntax import Expression
from ivrcore.expressions.text import Template, parse_value
from ivrcore.fields import Fields
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.yamltree import NULLS, Entry, ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Confirming, Digits, Menu, Tuning
    from ivrcore.dialplan.wordings import WordingReader
    from ivrcore.model.names import Universal

_NAME = re.compile(r"[^\W_][\w.-]{0,59}")
_LENGTH = re.compile(r"([0-9]{1,3})(?:-([0-9]{1,3}))?")

Given = Expression | Template
"""A value as it was written: what it is, it is in a call."""


class Reading:
    """One step being read: `fields` for plain values, and methods for those of dialplans.

    ``block`` and ``index`` are the step's place; lists of steps within it get addresses from it.
    """

    def __init__(
        self,
        node: MapNode,
        verb: Entry,
        block: str,
        index: int,
        parts: PlanParts,
        fields: Fields | None = None,
    ) -> None:
        self.node = node
        self.verb = verb
        self.block = block
        self.index = index
        self.parts = parts
        self.location = verb.location
        self._fields = fields

    @property
    def fields(self) -> Fields:
        """The keys written; made when asked for, since most steps are a verb and its one value."""
        if self._fields is None:
            self._fields = Fields(self.node, self.problems, "{} in block {}", self.verb.key, self.block)
            self._fields.asked.add(self.verb.key)
        return self._fields

    def finish(self, known: Mapping[str, object]) -> None:
        """Report the keys that are none of these."""
        if self._fields is not None or not self.alone or self.verb.key not in known:
            self.fields.finish(known)

    @property
    def problems(self) -> Problems:
        """Where mistakes are told."""
        return self.parts.problems

    @property
    def address(self) -> str:
        """The step's own address, for a question that it asks."""
        return f"{self.block}/{self.index}"

    @property
    def alone(self) -> bool:
        """Whether only the verb's own key is written, so that every option has its default."""
        return len(self.node.entries) == 1

    def name(self, key: str = "") -> Name | None:
        """Read a name; None if absent (reported for the verb's own key)."""
        own = self.verb.value
        if not key and type(own) is ScalarNode and own.text not in NULLS:  # nearly all
            return Name(own.text, own.location)
        scalar = self.fields.scalar(key or self.verb.key, required=not key)
        return Name(scalar.text, scalar.location) if scalar and scalar.text else None

    def names(self, key: str) -> tuple[Name, ...]:
        """Read the keys of a mapping of names."""
        return tuple(Name(entry.key, entry.location) for entry in self.fields.entries(key))

    def wording(self, key: str = "", *, required: bool = False) -> Wording:
        """Read a prompt; empty if absent."""
        if not key and (plain := self.parts.wordings.plain(self.verb.value)):
            return plain
        entry = self.fields.entry(key or self.verb.key, required=required)
        if entry is None:
            if not key:
                self.nothing_to_play()
            return ()
        return self.parts.wordings.read(entry.value, self.fields)

    def text(self, key: str) -> Text | None:
        """Read one text by language, without recordings; None if absent or wrong."""
        wording = self.wording(key)
        if not wording:
            return None
        match wording:
            case (Text() as text,):
                return text
        entry = self.fields.node.get(key)
        here = entry.value.location if entry else self.location
        self.fields.bad(here, f"{quoted(key)} must be one text", "write it by language, without recordings")
        return None

    def wordings(self, key: str, default: tuple[Wording, ...] = ()) -> tuple[Wording, ...]:
        """Read a list of prompts."""
        entry = self.fields.entry(key)
        return self.parts.wordings.read_list(entry.value, self.fields) if entry else default

    def steps(self, key: str, *, required: bool = False, closes: bool = False) -> str:
        """Read a list of steps within this one; give its block's address, empty if absent.

        When they end, the next step runs; with ``closes`` the call is ended.
        """
        entry = self.fields.entry(key, required=required)
        return self.steps_at(entry.value, key, closes=closes) if entry else ""

    def steps_at(self, node: Node, suffix: str, *, closes: bool = False) -> str:
        """Read a node as a list of steps within this one."""
        address = f"{self.address}.{suffix}"
        self.parts.block(address, node, None if closes else (self.block, self.index), closes)
        return address

    def value(self, key: str = "", *, required: bool = False) -> Given | None:
        """Read a value: a literal, ``"{expression}"``, or a text with slots; None if absent."""
        entry = self.fields.entry(key or self.verb.key, required=required or not key)
        return read_value(entry.value, self.fields) if entry else None

    def values(self, key: str = "") -> dict[str, Given]:
        """Read name: value."""
        found = {}
        for entry in self.fields.entries(key or self.verb.key, required=not key):
            given = read_value(entry.value, self.fields)
            if given is not None:
                found[entry.key] = given
        return found

    def condition(self, key: str = "") -> Expression | None:
        """Read what is asked with `if`; None if absent or wrong."""
        entry = self.fields.entry(key or self.verb.key, required=not key)
        return read_condition(entry.value, self.fields) if entry else None

    @property
    def languages(self) -> tuple[str, ...]:
        """The dialplan's languages."""
        return self.parts.wordings.languages

    def within(self, key: str) -> Reading | None:
        """Read a mapping that is the value of a key; None if absent. Call its `fields.finish` at the end."""
        fields = self.fields.within(key, self.fields.what)
        return Reading(fields.node, self.verb, self.block, self.index, self.parts, fields) if fields else None

    def levels(self, key: str) -> tuple[dict[str, int], tuple[Name, ...]]:
        """Read skill: level, and where each skill is named."""
        names = self.names(key)
        asked = self.fields.within(key, self.fields.what) if names else None
        levels = {one.text: asked.integer(one.text, 1, least=1, most=100) for one in names} if asked else {}
        return levels, names

    def into(self, key: str) -> tuple[dict[str, str], tuple[Name, ...]]:
        """Read variable: field, and where each variable is named; fields are dotted."""
        names = tuple(self.variable(name) for name in self.names(key))
        asked = self.fields.within(key, self.fields.what) if names else None
        return ({one.text: asked.text(one.text, required=True) for one in names} if asked else {}), names

    def word(self, key: str, words: tuple[str, ...]) -> str:
        """Read one of these words; empty if absent or wrong."""
        text = self.fields.text(key)
        entry = self.fields.node.get(key)
        if entry is None or text in words or not text:
            return text
        message = f"{quoted(key)} cannot be {quoted(text)}"
        self.fields.bad(entry.value.location, message, did_you_mean(text, words))
        return ""

    def length(self, key: str, longest: int) -> tuple[int, int]:
        """Read how many digits: ``6`` or ``6-12``."""
        text = self.fields.text(key, "1-20")
        match = _LENGTH.fullmatch(text)
        least, most = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if 1 <= least <= most <= longest:
            return least, most
        entry = self.fields.node.get(key)
        here = entry.value.location if entry else self.location
        self.fields.bad(
            here, f"{quoted(key)} cannot be {quoted(text)}", f"write 6 or 6-12, {longest} at most"
        )
        return 1, longest

    def nothing(self) -> None:
        """Refuse a value of the verb's own key."""
        if self.fields.entry(self.verb.key):
            self.fields.wrong(
                self.verb.value, f"nothing after '{self.verb.key}:'", f"write '- {self.verb.key}'"
            )

    def nothing_to_play(self) -> None:
        """Report that the verb names nothing to be heard."""
        self.parts.wordings.read(ListNode(self.verb.value.location, ()), self.fields)

    def variable(self, name: Name) -> Name:
        """Note that a variable is set here, so that expressions may name it."""
        self.parts.variables.add(name.text)
        return name

    def ask(self, question: Menu | Digits) -> None:
        """Add a question that this step asks, under its own address."""
        self.parts.ask(question)


@dataclass
class PlanParts:
    """What steps share with the plan that they are part of, and add to it."""

    problems: Problems
    wordings: WordingReader
    block: Callable[[str, Node, tuple[str, int] | None, bool], str]
    """Takes (address, list of steps, the step it is within, whether the call ends with it)."""
    ask: Callable[[Menu | Digits], None]
    tuning: Tuning
    confirming: Mapping[str, Confirming]
    universals: tuple[Universal, ...] = ()
    variables: set[str] = field(default_factory=set)
    """Those that a step sets."""

    @property
    def barge_in(self) -> bool:
        """Whether prompts may be cut short, where a step does not say."""
        return self.tuning.barge_in


def check_name(entry: Entry, what: str, problems: Problems) -> None:
    """Report a name of the writer's choosing that cannot be one; ``what`` it names."""
    if not _NAME.fullmatch(entry.key):
        hint = "use letters, digits, '_', '-' and '.', beginning with a letter or digit"
        message = f"{quoted(entry.key)} is no name for a {what}"
        problems.report(rules.BAD_NAME, entry.location, message, hint)


def read_value(node: Node, fields: Fields) -> Given | None:
    """Read what may be written where a value is wanted; None, reported, for anything else."""
    if isinstance(node, ScalarNode):
        return parse_value(node.text, node.location, fields.problems, plain=node.plain)
    fields.wrong(node, "a value")
    return None


def read_condition(node: Node, fields: Fields) -> Expression | None:
    """Read an expression; None, reported, if it is none."""
    if isinstance(node, ScalarNode):
        return parse_expression(node.text, node.location, fields.problems, plain=node.plain)
    fields.wrong(node, "a condition, such as tier == 'gold'")
    return None
