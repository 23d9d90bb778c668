"""YAML text into a tree of nodes that know their place in the file.

Scalars stay the text that was written: what a value means is for its reader to say (:mod:`ivrcore.fields`),
so ``no``, ``0800`` and ``1:30`` are never turned into something else. Built from libyaml's events rather
than its nodes, because those are composed by recursion without a bound. Whatever the text, the answer is a
tree or located problems, never another exception. Must not know of files or of what is being read.
"""

from __future__ import annotations

import re
from sys import intern
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from ivrcore.location import NOWHERE, Location
from ivrcore.problems import Problems, Rule, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from yaml._yaml import Mark as CMark

MAX_DEPTH = 60
"""Collections within collections."""
MAX_EXPANSION = 100_000
"""How many nodes aliases may stand for beyond those that are written out."""

BROKEN = Rule("YML001", "the text is not YAML")
EMPTY = Rule("YML002", "the file is empty")
SEVERAL_DOCUMENTS = Rule("YML003", "the file holds more than one document (`---`)")
DUPLICATE_KEY = Rule("YML004", "a key stands twice in one mapping")
STRANGE_KEY = Rule("YML005", "a key is not plain text")
UNKNOWN_ALIAS = Rule("YML006", "an alias (`*name`) has no anchor (`&name`) before it, or stands inside it")
TOO_MUCH = Rule("YML007", "collections are nested too deep, or aliases stand for too much")
TAGGED = Rule("YML008", "a tag (`!name`) is used; ivrcore knows none")
RULES = (BROKEN, EMPTY, SEVERAL_DOCUMENTS, DUPLICATE_KEY, STRANGE_KEY, UNKNOWN_ALIAS, TOO_MUCH, TAGGED)

NULLS = frozenset(("", "~", "null", "Null", "NULL"))
"""What stands for nothing, written without quotes."""
_BAD = re.compile("[\0\ud800-\udfff]")
_HINTS = (
    ("mapping values are not allowed", "text with ': ' in it needs quotes, or a line above ends too early"),
    ("could not find expected ':'", "every key needs a colon and a space after it"),
    ("did not find expected key", "the keys of one mapping stand under each other; look at the indentation"),
    ("did not find expected '-' indicator", "the items of one list stand under each other"),
    ("expected ',' or ']'", "a list opened with '[' is closed with ']'; text with commas needs quotes"),
    ("expected ',' or '}'", "a mapping opened with '{' is closed with '}'; text with commas needs quotes"),
    ("unexpected end of stream", "a quote is opened and never closed"),
    ("did not find expected alphabetic", "a value that begins with '*' or '&' needs quotes"),
    ("cannot start any token", "a value that begins with '%', '@' or '`' needs quotes"),
)


class ScalarNode(msgspec.Struct, frozen=True, gc=False):
    """One value, as written; ``plain`` if it had no quotes."""

    location: Location
    text: str
    plain: bool = True

    @property
    def is_null(self) -> bool:
        """Whether nothing was written."""
        return self.plain and self.text in NULLS


class ListNode(msgspec.Struct, frozen=True, gc=False):
    """A list."""

    location: Location
    items: tuple[Node, ...]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One ``key: value``; ``location`` is the key's."""

    location: Location
    key: str
    value: Node


class MapNode(msgspec.Struct, frozen=True, gc=False):
    """A mapping; keys are unique, in the order written."""

    location: Location
    entries: tuple[Entry, ...]

    def get(self, key: str) -> Entry | None:
        """Find the entry of that key."""
        for entry in self.entries:
            if entry.key == key:
                return entry
        return None


Node = ScalarNode | ListNode | MapNode


def parse_yaml(text: str, file: str, problems: Problems) -> Node | None:
    """Parse one document; None, with the reason in ``problems``, if there is no tree to be had.

    Problems that leave a usable tree (a key twice) are reported too, so look at ``problems.errors``.
    """
    bad = None if text.isascii() and "\0" not in text else _BAD.search(text)
    if bad is not None:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - text.rfind("\n", 0, bad.start())
        problems.report(BROKEN, Location(file, line, column), "a character that YAML does not allow")
        return None
    try:
        return _Composer(file, problems).compose(text)
    except _Refused:
        return None
    except yaml.MarkedYAMLError as error:
        _report_broken(error, text, file, problems)
    except yaml.YAMLError as error:
        problems.report(BROKEN, _place_of(error, text, file), f"this is not YAML: {_one_line(error)}")
    return None


def _place_of(error: yaml.YAMLError, text: str, file: str) -> Location:
    """Find the place of a reader's error, which tells bytes from the beginning."""
    offset = getattr(error, "position", 0) or 0
    before = text.encode()[:offset].decode(errors="ignore")
    return Location(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _one_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0].strip()


def _report_broken(error: yaml.MarkedYAMLError, text: str, file: str, problems: Problems) -> None:
    location = _located(error.problem_mark or error.context_mark, file)
    said = error.problem or "cannot be read"
    hint = next((hint for part, hint in _HINTS if part in said), "")
    lines = text.split("\n")
    line = lines[location.line - 1] if location.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        hint = "indent with spaces: YAML does not allow tabs there"
    context = f"{error.context}: " if error.context else ""
    if error.context_mark and error.context_mark.line + 1 != location.line:
        context = f"{error.context} (begun on line {error.context_mark.line + 1}): "
    problems.report(BROKEN, location, f"this is not YAML: {context}{said}", hint)


def _located(mark: yaml.Mark | CMark | None, file: str) -> Location:
    if mark is None:
        return Location(file, 1)
    return Location(file, mark.line + 1, mark.column + 1)


class _Refused(Exception):
    """Composing cannot go on; the problem is reported already."""


class _Around(msgspec.Struct, gc=False):
    """A collection whose end has not come while one within it is read.

    ``parts`` are the nodes of a list, or a mapping's entries; of a mapping, ``key`` and its ``place`` wait
    for their value. ``location`` and ``anchor`` are those of the inner one.
    """

    parts: list[Any]
    mapping: bool
    key: str | None
    place: Location
    location: Location
    anchor: str | None


class _Composer:
    """Builds the tree from events, without recursion. A large dialplan has 300,000 of them."""

    def __init__(self, file: str, problems: Problems) -> None:
        self.file = file
        self.problems = problems
        self.around: list[_Around] = []
        self.anchors: dict[str, Node] = {}
        self.sizes: dict[int, tuple[int, Node]] = {}
        """By identity, for how many nodes one with an anchor stands; and itself, so that it is kept."""
        self.strange: set[Location] = set()
        """Where keys are that are none."""
        self.expanded = 0

    def compose(self, text: str) -> Node | None:
        parser = yaml.CSafeLoader(text)
        try:
            root = self.take_all(parser.get_event)
        finally:
            parser.dispose()
        if not root:
            self.problems.report(EMPTY, Location(self.file, 1), "there is nothing in this file")
        return root[0] if root else None

    def take_all(self, get_event: Callable[[], Any]) -> list[Node]:
        """Take every event; give the roots. In one piece, since each call made for an event is felt."""
        file, scalar, around = self.file, yaml.ScalarEvent, self.around
        starts = frozenset((yaml.MappingStartEvent, yaml.SequenceStartEvent))
        ends = frozenset((yaml.MappingEndEvent, yaml.SequenceEndEvent))
        parts: list[Any] = []
        mapping, key, place = False, None, NOWHERE
        counted, line = 0, 1
        node: Node
        for event in iter(get_event, None):  # a `while` that runs once, 3.11 never specialises
            kind = type(event)
            if kind is scalar:
                mark, text = event.start_mark, event.value
                if mark.line != counted:  # one number for all that stands on a line
                    counted = mark.line
                    line = counted + 1
                at = Location(file, line, mark.column + 1)
                marked = event.anchor is not None or event.tag is not None
                if mapping and key is None and text not in NULLS and not marked:
                    key, place = intern(text), at  # the same few very often: found by identity later
                    continue
                node = ScalarNode(at, text, not event.style and event.tag is None)
                if marked:
                    self.check_tag(event)
                    self.mark(node, event.anchor)
            elif kind in starts:
                mark = event.start_mark
                at = Location(file, mark.line + 1, mark.column + 1)
                around.append(_Around(parts, mapping, key, place, at, event.anchor))
                parts, mapping, key = [], kind is yaml.MappingStartEvent, None
                if event.tag is not None:
                    self.check_tag(event)
                if len(around) > MAX_DEPTH:
                    self.refuse(TOO_MUCH, event, f"nested more than {MAX_DEPTH} deep")
                continue
            elif kind in ends:
                outer = around.pop()
                if not mapping:
                    node = ListNode(outer.location, tuple(parts))
                elif len(parts) == 1 and not self.strange:
                    node = MapNode(outer.location, (parts[0],))
                else:
                    node = MapNode(outer.location, tuple(self.unique(parts)))
                parts, mapping, key, place = outer.parts, outer.mapping, outer.key, outer.place
                if outer.anchor is not None:
                    self.mark(node, outer.anchor)
            elif kind is yaml.AliasEvent:
                node = self.find(event)
            else:
                if kind is yaml.DocumentStartEvent and parts:
                    self.refuse(SEVERAL_DOCUMENTS, event, "one document per file, please", "remove the '---'")
                continue
            if not mapping:
                parts.append(node)
            elif key is not None:
                parts.append(Entry(place, key, node))
                key = None
            else:
                key, place = self.key(node), node.location
        return parts

    # --- what is rare ------------------------------------------------------------------------------------

    def key(self, node: Node) -> str:
        """Give the key that a node is; reported if it is none, and its entry left out later."""
        if type(node) is ScalarNode and not node.is_null:
            return intern(node.text)
        self.problems.report(STRANGE_KEY, node.location, "a key must be plain text", "write 'name: value'")
        self.strange.add(node.location)
        return ""

    def unique(self, entries: list[Entry]) -> list[Entry]:
        """Leave out the entries whose key is none, or stands there already, which is reported."""
        if len({entry.key for entry in entries}) == len(entries) and not self.strange:
            return entries
        first: dict[str, Entry] = {}
        for entry in entries:
            if entry.location not in self.strange and first.setdefault(entry.key, entry) is not entry:
                hint = f"the first is on line {first[entry.key].location.line}; remove one of them"
                message = f"{quoted(entry.key)} stands here twice"
                self.problems.report(DUPLICATE_KEY, entry.location, message, hint)
        return list(first.values())

    def refuse(self, rule: Rule, event: yaml.Event, message: str, hint: str = "") -> None:
        self.problems.report(rule, _located(event.start_mark, self.file), message, hint)
        raise _Refused

    def check_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        tag = event.tag
        if tag not in (None, "!", "tag:yaml.org,2002:str"):
            here = _located(event.start_mark, self.file)
            self.problems.report(TAGGED, here, f"the tag {quoted(tag)} is not known", "remove it")

    def mark(self, node: Node, anchor: str | None) -> None:
        """Keep a node that has an anchor, and how many it stands for."""
        if anchor is not None:
            self.sizes[id(node)] = (self.size(node), node)
            self.anchors[anchor] = node

    def size(self, node: Node) -> int:
        """Count the nodes that one stands for, those of its aliases too."""
        size, ahead = 0, [node]
        while ahead:
            one = ahead.pop()
            known = self.sizes.get(id(one))
            size += 1 if known is None else known[0]
            if known is None and isinstance(one, ListNode):
                ahead += one.items
            elif known is None and isinstance(one, MapNode):
                ahead += [entry.value for entry in one.entries]
        return size

    def find(self, event: yaml.AliasEvent) -> Node:
        """Give the node that an alias stands for."""
        name = event.anchor or ""
        if any(collection.anchor == name for collection in self.around):
            self.refuse(
                UNKNOWN_ALIAS, event, f"{quoted('*' + name)} stands inside what it refers to", "write it out"
            )
        if name not in self.anchors:
            self.refuse(
                UNKNOWN_ALIAS,
                event,
                f"{quoted('*' + name)} refers to nothing",
                f"put {quoted('&' + name)} before it, or quotes",
            )
        node = self.anchors[name]
        self.expanded += self.sizes[id(node)][0]
        if self.expanded > MAX_EXPANSION:
            self.refuse(TOO_MUCH, event, "aliases stand for too much", "write it out")
        return node
