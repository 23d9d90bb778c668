"""What a verb reads itself with: the keys of one step, as the values that steps are made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.dialplan import rules
from ivrcore.dialplan.commands import Recorded
from ivrcore.dialplan.commas import check_commas
from ivrcore.dialplan.phrases import read_phrases
from ivrcore.dialplan.step import Name
from ivrcore.dialplan.texts import Text, Wording
from ivrcore.expressions.parse import parse_expression
from ivrcore.expressions.syntax import Expression
from ivrcore.expressions.text import Template, parse_template, parse_value
from ivrcore.fields import Fields
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.yamltree import Entry, ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Confirming, Digits, Menu, Phrases, Tuning
    from ivrcore.location import Location
    from ivrcore.model.names import Universal

_NAME = re.compile(r"[^\W_][\w.-]{0,59}")
_SLOT = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"\w")
_LENGTH = re.compile(r"([0-9]{1,3})(?:-([0-9]{1,3}))?")

Given = Expression | Template
"""A value as it was written: what it is, it is in a call."""


class WordingReader:
    """Reads texts, phrases and recordings of one dialplan, and keeps what `check` asks for afterwards."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        self.languages = languages
        self.files: list[Name] = []
        """Recordings, and where they are named."""
        self.incomplete: list[Location] = []
        """Texts that are not in every language."""

    def read(self, node: Node, fields: Fields) -> Wording:
        """Read a text, texts by language, ``{say: …}``, ``{play: files}``, or a list; empty is reported."""
        items = _texts(node, fields)
        known, whole = len(fields.problems), len(self.incomplete)
        wording = tuple([part for item in items for part in self._part(item, fields)])
        if len(self.incomplete) > whole and self._in_turn(wording):
            del self.incomplete[whole:]
        if not wording and len(fields.problems) == known:
            hint = "write a text in quotes, or {play: file}"
            message = f"{fields.what}: nothing to say or play"
            fields.problems.report(rules.NO_PROMPT, node.location, message, hint)
        return wording

    def _in_turn(self, wording: Wording) -> bool:
        """Whether its texts are of one language after another, as before a choice of language."""
        tags = [tag for part in wording if isinstance(part, Text) for tag in part.by_language]
        return len(tags) > 1 and sorted(tags) == sorted(self.languages)

    def read_list(self, node: Node, fields: Fields) -> tuple[Wording, ...]:
        """Read a list of prompts, or a single one."""
        items = _texts(node, fields)
        return tuple(self.read(item, fields) for item in items)

    def recorded(self, fields: Fields) -> list[Recorded]:
        """Read the files of key ``play``."""
        files = [text for text in fields.texts("play") if text.text.strip()]
        self.files += [Name(file.text, file.location) for file in files]
        return [Recorded(file.text) for file in files]

    def phrases(self, key: str, fields: Fields) -> Phrases:
        """Read one phrase or a list of them, or these by language."""
        entry = fields.entry(key)
        if entry is None:
            return {}
        if not isinstance(entry.value, MapNode):
            return {self.languages[0]: self._names(entry.value, fields)}
        return {
            one.key: self._names(one.value, fields)
            for one in entry.value.entries
            if self._is_language(one, fields)
        }

    def _names(self, node: Node, fields: Fields) -> tuple[Name, ...]:
        return read_phrases(fields.text_items(node), fields)

    def _part(self, node: Node, fields: Fields) -> list[Text | Recorded]:
        if isinstance(node, ScalarNode):
            if len(self.languages) > 1 and (only := self._values_only(node, fields)):
                return [only]
            return self._one_text(node, fields)
        if not isinstance(node, MapNode):
            fields.wrong(node, "a text, {say: text} or {play: file}")
            return []
        if not {"say", "play"} & {entry.key for entry in node.entries}:
            return self._by_language(node, fields)
        within = Fields(node, fields.problems, fields.what)
        said = self._said(within)
        played = self.recorded(within)
        within.finish()
        return [*said, *played]

    def _said(self, fields: Fields) -> list[Text | Recorded]:
        entry = fields.entry("say")
        if entry is None:
            return []
        return [part for item in _texts(entry.value, fields) for part in self._part(item, fields)]

    def _by_language(self, node: MapNode, fields: Fields) -> list[Text | Recorded]:
        texts: dict[str, ScalarNode] = {}
        for entry in node.entries:
            if not self._is_language(entry, fields):
                continue
            if isinstance(entry.value, ScalarNode):
                texts[entry.key] = entry.value
            else:
                fields.wrong(entry.value, "a text")
        return self._text(texts, node.location, fields)

    def _is_language(self, entry: Entry, fields: Fields) -> bool:
        if entry.key in self.languages:
            return True
        message = f"{fields.what}: {quoted(entry.key)} is not one of this dialplan's languages"
        hint = did_you_mean(entry.key, [*self.languages, "say", "play"])
        fields.problems.report(rules.UNKNOWN_LANGUAGE, entry.location, message, hint)
        return False

    def _one_text(self, node: ScalarNode, fields: Fields) -> list[Text | Recorded]:
        """Read a text of the first language."""
        if node.is_null or not node.text.strip():
            return []
        if len(self.languages) > 1:
            self.incomplete.append(node.location)
        return [Text({self.languages[0]: self._template(node, fields.problems)}, node.location)]

    def _text(
        self, texts: dict[str, ScalarNode], location: Location, fields: Fields
    ) -> list[Text | Recorded]:
        written = {tag: node for tag, node in texts.items() if node.text.strip() and not node.is_null}
        if not written:
            return []
        if len(written) < len(self.languages):
            self.incomplete.append(location)
        ordered = [tag for tag in self.languages if tag in written]
        return [Text({tag: self._template(written[tag], fields.problems) for tag in ordered}, location)]

    def _values_only(self, node: ScalarNode, fields: Fields) -> Text | None:
        """Read a text that has no words of its own, such as ``{sum:amount KRW}``: it is in every language."""
        if node.text[:1] != "{" or "{{" in node.text or _WORD.search(_SLOT.sub("", node.text)):
            return None
        template = self._template(node, fields.problems)
        return Text(dict.fromkeys(self.languages, template), node.location)

    def _template(self, node: ScalarNode, problems: Problems) -> Template:
        if "{" not in node.text and "}" not in node.text:  # nearly all: a large dialplan has many thousands
            return Template(node.text, (node.text,))
        return parse_template(node.text, node.location, problems, plain=node.plain)


def _texts(node: Node, fields: Fields) -> tuple[Node, ...]:
    """Give the items of a list of texts, or the one text."""
    if not isinstance(node, ListNode):
        return (node,)
    if len(node.items) > 1:
        check_commas(node, fields.problems)
    return node.items


class Reading:
    """One step being read: `fields` for plain values, and methods for those of dialplans.

    ``block`` and ``index`` are the step's place; lists of steps within it get addresses from it.
    """

    def __init__(
        self,
        fields: Fields,
        verb: Entry,
        block: str,
        index: int,
        parts: PlanParts,
    ) -> None:
        self.fields = fields
        self.verb = verb
        self.block = block
        self.index = index
        self.parts = parts
        self.location = verb.location

    @property
    def problems(self) -> Problems:
        """Where mistakes are told."""
        return self.fields.problems

    @property
    def address(self) -> str:
        """The step's own address, for a question that it asks."""
        return f"{self.block}/{self.index}"

    @property
    def alone(self) -> bool:
        """Whether only the verb's own key is written, so that every option has its default."""
        return len(self.fields.node.entries) == 1

    def name(self, key: str = "") -> Name | None:
        """Read a name; None if absent (reported for the verb's own key)."""
        scalar = self.fields.scalar(key or self.verb.key, required=not key)
        return Name(scalar.text, scalar.location) if scalar and scalar.text else None

    def names(self, key: str) -> tuple[Name, ...]:
        """Read the keys of a mapping of names."""
        return tuple(Name(entry.key, entry.location) for entry in self.fields.entries(key))

    def wording(self, key: str = "", *, required: bool = False) -> Wording:
        """Read a prompt; empty if absent."""
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
        return Reading(fields, self.verb, self.block, self.index, self.parts) if fields else None

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
