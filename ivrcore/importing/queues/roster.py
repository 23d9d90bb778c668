"""Queues and agents in the making, and how they are written. Must not know what Asterisk calls things."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ivrcore.importing.draft import Value
from ivrcore.importing.emit import Node, node_of, places, written
from ivrcore.importing.source import Line
from ivrcore.location import Location
from ivrcore.problems import Problems, Rule


@dataclass(slots=True)
class Part:
    """A queue or an agent: its keys, each with the lines that it was made from."""

    name: str
    origins: list[Location] = field(default_factory=list)
    keys: dict[str, tuple[Value, list[Location]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def put(self, key: str, value: Value, *lines: Line) -> None:
        """Set a key."""
        self.keys[key] = value, [line.location for line in lines]

    def note(self, text: str, line: Line) -> None:
        """Keep a line of the source as a comment."""
        self.notes.append(f"{text}: {line.shown}   {places([line.location])}")

    def node(self) -> Node:
        """Give it for writing."""
        keys: dict[str, Node] = {}
        for key, (value, origins) in self.keys.items():
            keys[key] = node_of(value)
            keys[key].origins = origins
        return Node(keys, self.origins, self.notes, block=True)


@dataclass(slots=True)
class Roster:
    """All of it; ``tail`` is what belongs to no queue and no agent."""

    problems: Problems
    language: str = "en"
    queues: dict[str, Part] = field(default_factory=dict)
    agents: dict[str, Part] = field(default_factory=dict)
    by_phone: dict[str, str] = field(default_factory=dict)
    """Phone, as Asterisk tells them apart -> the agent's name."""
    tail: list[str] = field(default_factory=list)
    _told: set[tuple[str, Line, str]] = field(default_factory=set)

    def report(self, rule: Rule, line: Line, message: str, hint: str = "") -> None:
        """List something, once for a line that several queues take over from a template."""
        if (rule.code, line, message) in self._told:
            return
        self._told.add((rule.code, line, message))
        self.problems.report(rule, line.location, message, hint)

    def text(self, notes: Iterable[str]) -> str:
        """Write the YAML."""
        top: dict[str, Node] = {}
        for key, parts in (("queues", self.queues), ("agents", self.agents)):
            if parts or key == "queues":
                nodes = {name: part.node() for name, part in parts.items()}
                top[key] = Node(nodes, block=bool(nodes), apart=key == "queues")
        return written(top, notes, self.tail)
