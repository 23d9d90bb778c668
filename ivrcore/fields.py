"""Reading typed values out of a YAML tree: what is wrong goes into `Problems`, a default comes back.

So a reader goes on after the first mistake and everything is reported at once. Must not know what is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from enum import StrEnum
from typing import TypeVar

from ivrcore.durations import in_words, parse_duration
from ivrcore.errors import CoreMisuse
from ivrcore.location import Location
from ivrcore.problems import Problems, Rule, did_you_mean, quoted
from ivrcore.yamltree import NULLS, Entry, ListNode, MapNode, Node, ScalarNode

UNKNOWN_KEY = Rule("YML101", "a key that is not known here")
MISSING_KEY = Rule("YML102", "a key that is needed is not there")
WRONG_KIND = Rule("YML103", "a value is of another kind than wanted (a list, a number, …)")
BAD_VALUE = Rule("YML104", "a value is of the right kind but not possible")
RULES = (UNKNOWN_KEY, MISSING_KEY, WRONG_KIND, BAD_VALUE)

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NUMBER = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{1,15})?")

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


def kind_of(node: Node) -> str:
    """Name what was written, for messages."""
    if isinstance(node, MapNode):
        return "a mapping"
    if isinstance(node, ListNode):
        return "a list"
    return "nothing" if node.is_null else f"{quoted(node.text)}"


class Fields:
    """The keys of one mapping; ``what`` names it in messages ("menu 'main'").

    Every accessor takes the default for a key that is absent or wrong. `finish` reports the keys that
    nobody asked for. With ``names``, each ``{}`` in ``what`` stands for one of them, in quotes.
    """

    def __init__(self, node: Node, problems: Problems, what: str, *names: str) -> None:
        self.problems = problems
        self._what = what
        self._names = names
        self.location = node.location
        self.asked: set[str] = set()
        self._misfit = False
        if isinstance(node, MapNode):
            self.node = node
        else:
            self.node = MapNode(node.location, ())
            if not (isinstance(node, ScalarNode) and node.is_null):
                self.wrong(node, "a mapping (key: value)")
                self._misfit = True  # what it lacks is not told besides
        self._written = {entry.key: entry for entry in reversed(self.node.entries)}

    def call_it(self, what: str, *names: str) -> None:
        """Name the mapping in messages from now on, as when it was made."""
        self._what = what
        self._names = names

    @property
    def what(self) -> str:
        """What messages call it: put together when there is one, for most of many thousands are without."""
        return self._what.format(*map(quoted, self._names)) if self._names else self._what

    def has_any(self, keys: Mapping[str, object]) -> bool:
        """Whether one of these keys is there, with a value or without."""
        return not self._written.keys().isdisjoint(keys)

    def wrong(self, node: Node, wanted: str, hint: str = "") -> None:
        """Report a value of the wrong kind."""
        message = f"{self.what}: {wanted} is wanted here, not {kind_of(node)}"
        self.problems.report(WRONG_KIND, node.location, message, hint)

    def bad(self, location: Location, message: str, hint: str = "") -> None:
        """Report a value that is not possible."""
        self.problems.report(BAD_VALUE, location, f"{self.what}: {message}", hint)

    def place(self, key: str) -> Location:
        """Give where a key's value is written, or else the mapping."""
        entry = self.node.get(key)
        return entry.value.location if entry else self.location

    def entry(self, key: str, *, required: bool = False) -> Entry | None:
        """Give the entry of a key; None (reported if ``required``) when absent or left empty."""
        self.asked.add(key)
        entry = self._written.get(key)
        if entry is not None:
            value = entry.value
            if type(value) is not ScalarNode or value.text not in NULLS or not value.is_null:
                return entry
        if required and not self._misfit:
            hint = f"add '{key}: …'"
            self.problems.report(MISSING_KEY, self.location, f"{self.what}: {quoted(key)} is missing", hint)
        return None

    def scalar(self, key: str, wanted: str = "text", *, required: bool = False) -> ScalarNode | None:
        """Give one value with its place, as written; ``wanted`` says in messages what it should have been."""
        entry = self.entry(key, required=required)
        if entry is None:
            return None
        if isinstance(entry.value, ScalarNode):
            return entry.value
        self.wrong(entry.value, f"{wanted} for {quoted(key)}")
        return None

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """Text, as written."""
        scalar = self.scalar(key, required=required)
        return default if scalar is None else scalar.text

    def texts(self, key: str) -> tuple[ScalarNode, ...]:
        """One text or a list of them, with their places."""
        entry = self.entry(key)
        return self.text_items(entry.value) if entry else ()

    def text_items(self, node: Node) -> tuple[ScalarNode, ...]:
        """Read a node as one text or a list of them."""
        if type(node) is ScalarNode and node.text not in NULLS:  # nearly all
            return (node,)
        items = node.items if isinstance(node, ListNode) else (node,)
        good = tuple([item for item in items if isinstance(item, ScalarNode) and not item.is_null])
        if len(good) < len(items):
            for item in items:
                if item not in good:
                    self.wrong(item, "text")
        return good

    def _read(self, key: str, default: T, wanted: str, read: Callable[[str], T | None], hint: str) -> T:
        scalar = self.scalar(key, wanted)
        if scalar is None:
            return default
        value = read(scalar.text)
        if value is None:
            self.wrong(scalar, f"{wanted} for {quoted(key)}", hint)
            return default
        return value

    def seconds(self, key: str, default: float, *, least: float = 0.0, most: float = 86_400.0) -> float:
        """Read a duration as seconds."""
        value = self._read(key, default, "a duration", parse_duration, "write it as 5s, 500ms or 1m30s")
        return self._bounded(key, value, default, least, most, in_words)

    def number(self, key: str, default: float, *, least: float, most: float) -> float:
        """Read a number."""
        value = self._read(key, default, "a number", read_number, "")
        return self._bounded(key, value, default, least, most)

    def integer(self, key: str, default: int, *, least: int, most: int) -> int:
        """Read a whole number."""
        value = self._read(key, default, "a whole number", read_integer, "")
        return int(self._bounded(key, value, default, least, most))

    def _bounded(
        self,
        key: str,
        value: float,
        default: float,
        least: float,
        most: float,
        told: Callable[[float], str] = "{:g}".format,
    ) -> float:
        entry = self._written.get(key)
        if entry is None or least <= value <= most:
            return value
        limits = f"from {told(least)} to {told(most)}"
        self.bad(entry.value.location, f"{quoted(key)} must be {limits}, not {told(value)}")
        return default

    def boolean(self, key: str, default: bool) -> bool:
        """Read yes or no (true, false, on, off)."""
        return self._read(key, default, "yes or no", lambda text: _WORDS.get(text.lower()), "")

    def one_of(self, key: str, default: E) -> E:
        """Read one of an enum's words."""
        words = [str(word) for word in type(default)]
        scalar = self.scalar(key, "one of " + ", ".join(words))
        if scalar is None:
            return default
        if scalar.text not in words:
            self.bad(
                scalar.location,
                f"{quoted(key)} cannot be {quoted(scalar.text)}",
                did_you_mean(scalar.text, words),
            )
            return default
        return type(default)(scalar.text)

    def entries(self, key: str, *, required: bool = False) -> tuple[Entry, ...]:
        """Read a mapping whose keys are names of the writer's choosing."""
        entry = self.entry(key, required=required)
        if entry is None:
            return ()
        if not isinstance(entry.value, MapNode):
            self.wrong(entry.value, f"a mapping (name: …) for {quoted(key)}")
            return ()
        return entry.value.entries

    def within(self, key: str, what: str) -> Fields | None:
        """Read a mapping with known keys; None if absent."""
        entry = self.entry(key)
        return Fields(entry.value, self.problems, what) if entry else None

    def finish(self, known: Iterable[str] | None = None) -> None:
        """Report unknown keys. ``known`` defaults to the keys asked for; they must be among it."""
        names: Set[str] = self.asked
        if known is not None:
            names = known.keys() if isinstance(known, dict) else set(known)
        if not self.asked <= names:
            raise CoreMisuse(f"{self.what}: {sorted(self.asked - names)} are read but not declared")
        if self._written.keys() <= names:
            return
        for entry in self.node.entries:
            if entry.key not in names:
                message = f"{self.what}: unknown key {quoted(entry.key)}"
                self.problems.report(UNKNOWN_KEY, entry.location, message, did_you_mean(entry.key, names))


def read_number(text: str) -> float | None:
    """Read a decimal number; None if it is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def read_integer(text: str) -> int | None:
    """Read a whole number; None if it is none."""
    return int(text) if _NUMBER.fullmatch(text) and "." not in text else None
