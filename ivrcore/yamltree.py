"""YAML text into a tree of nodes that know their place in the file.

Scalars stay the text that was written: what a value means is for its reader to say (:mod:`ivrcore.fields`),
so ``no``, ``0800`` and ``1:30`` are never turned into something else. Built from libyaml's events rather
than its nodes, because those are composed by recursion without a bound. Whatever the text, the answer is a
tree or located problems, never another exception. Must not know of files or of what is being read.
"""

from __future__ import annotations

import re
from sys import intern
from typing import TYPE_CHECKING

import msgspec
import yaml

from ivrcore.location import Location
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


class _Open(msgspec.Struct):
    """A collection whose end has not come yet.

    ``before`` counts the nodes written when it began, ``extra`` those that its aliases stand for.
    """

    location: Location
    mapping: bool
    anchor: str | None
    before: int
    items: list[Node]
    extra: int = 0


class _Composer:
    """Builds the tree from events, without recursion. A large dialplan has half a million of them."""

    def __init__(self, file: str, problems: Problems) -> None:
        self.file = file
        self.problems = problems
        self.open: list[_Open] = [_Open(Location(file, 1), False, None, 0, [])]
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.written = 0

    def compose(self, text: str) -> Node | None:
        parser = yaml.CSafeLoader(text)
        try:
            self.take_all(parser.get_event)
        finally:
            parser.dispose()
        root = self.open[0].items
        if not root:
            self.problems.report(EMPTY, Location(self.file, 1), "there is nothing in this file")
        return root[0] if root else None

    def take_all(self, get_event: Callable[[], yaml.Event | None]) -> None:
        file, scalar = self.file, yaml.ScalarEvent
        ends = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
        items = self.open[-1].items
        for event in iter(get_event, None):  # a `while` that runs once, 3.11 never specialises
            if type(event) is scalar:  # nearly all of them, so no call is made for it
                mark, tag = event.start_mark, event.tag
                assert mark is not None
                place = Location(file, mark.line + 1, mark.column + 1)
                node = ScalarNode(place, event.value, not event.style and tag is None)
                self.written += 1
                items.append(node)
                if tag is not None:
                    self.check_tag(tag, event)
                if event.anchor is not None:
                    self.anchors[event.anchor] = (node, 1)
            elif type(event) in ends:
                items = self.close()
            elif isinstance(event, yaml.CollectionStartEvent):
                items = self.begin(event)
            else:
                self.take(event)

    def refuse(self, rule: Rule, event: yaml.Event, message: str, hint: str = "") -> None:
        self.problems.report(rule, _located(event.start_mark, self.file), message, hint)
        raise _Refused

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            node, size = self.find(event)
            self.open[-1].items.append(node)
            self.open[-1].extra += size
        elif isinstance(event, yaml.DocumentStartEvent) and self.open[0].items:
            self.refuse(SEVERAL_DOCUMENTS, event, "one document per file, please", "remove the '---'")

    def check_tag(self, tag: str, event: yaml.Event) -> None:
        if tag not in ("!", "tag:yaml.org,2002:str"):
            here = _located(event.start_mark, self.file)
            self.problems.report(TAGGED, here, f"the tag {quoted(tag)} is not known", "remove it")

    def begin(self, event: yaml.CollectionStartEvent) -> list[Node]:
        """Open a collection; give the list that its nodes are put into."""
        if event.tag is not None:
            self.check_tag(event.tag, event)
        if len(self.open) > MAX_DEPTH:
            self.refuse(TOO_MUCH, event, f"nested more than {MAX_DEPTH} deep")
        mark = event.start_mark
        assert mark is not None
        self.written += 1
        items: list[Node] = []
        location = Location(self.file, mark.line + 1, mark.column + 1)
        mapping = type(event) is yaml.MappingStartEvent
        self.open.append(_Open(location, mapping, event.anchor, self.written, items))
        return items

    def close(self) -> list[Node]:
        """Make a node of the collection that ends; give the list that the next ones are put into."""
        done = self.open.pop()
        if done.extra > MAX_EXPANSION:
            self.problems.report(TOO_MUCH, done.location, "its aliases stand for too much", "write it out")
            raise _Refused
        node: Node = self.mapping(done) if done.mapping else ListNode(done.location, tuple(done.items))
        if done.anchor is not None:
            self.anchors[done.anchor] = (node, 1 + self.written - done.before + done.extra)
        around = self.open[-1]
        around.items.append(node)
        around.extra += done.extra
        return around.items

    def mapping(self, done: _Open) -> MapNode:
        entries: dict[str, Entry] = {}
        written = iter(done.items)
        for key, value in zip(written, written, strict=True):
            if type(key) is not ScalarNode or (key.text in NULLS and key.is_null):
                self.problems.report(
                    STRANGE_KEY, key.location, "a key must be plain text", "write 'name: value'"
                )
            elif key.text in entries:
                hint = f"the first is on line {entries[key.text].location.line}; remove one of them"
                self.problems.report(
                    DUPLICATE_KEY, key.location, f"{quoted(key.text)} stands here twice", hint
                )
            else:
                name = intern(key.text)  # the same few keys thousands of times: found by identity later
                entries[name] = Entry(key.location, name, value)
        return MapNode(done.location, tuple(entries.values()))

    def find(self, event: yaml.AliasEvent) -> tuple[Node, int]:
        name = event.anchor or ""
        if any(collection.anchor == name for collection in self.open):
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
        return self.anchors[name]
