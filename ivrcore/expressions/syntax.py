"""What an expression is once it is parsed: a tree no deeper than `DEEPEST`, and where its names stand."""

from __future__ import annotations

from dataclasses import dataclass, field

from ivrcore.expressions.values import Value
from ivrcore.location import NOWHERE, Location

LONGEST = 2_000
"""Characters of an expression."""
DEEPEST = 60
"""Nodes within nodes: evaluating is recursive, and must stay far from Python's own bound."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that was written out."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """A name to look up; ``position`` is its first character's in the text."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Listing:
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its values."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """``not`` or ``-`` before its operand."""

    sign: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values and the sign between them; ``position`` is the sign's."""

    sign: str
    left: Node
    right: Node
    position: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands joined by signs of one rank, from the left: ``a + b - c``, ``a and b and c``."""

    rank: int
    first: Node
    rest: tuple[tuple[str, Node], ...]


Node = Literal | Name | Listing | Call | Prefix | Comparison | Chain


@dataclass(frozen=True, slots=True)
class Place:
    """A name that is read, and where it is written."""

    name: str
    location: Location


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression: its ``text`` as written, and every name it reads with its place, in that order.

    ``location`` is that of its first character; of a value that was written without braces, nowhere.
    """

    text: str
    root: Node
    places: tuple[Place, ...] = ()
    location: Location = field(default=NOWHERE, compare=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The dotted names that are read, each once."""
        return tuple(dict.fromkeys(place.name for place in self.places))


def children(node: Node) -> tuple[Node, ...]:
    """Give the nodes right below one."""
    if isinstance(node, (Name, Literal)):
        return ()
    if isinstance(node, Listing):
        return node.items
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Prefix):
        return (node.operand,)
    if isinstance(node, Comparison):
        return (node.left, node.right)
    return (node.first, *(operand for _, operand in node.rest))


def walk(root: Node) -> list[tuple[Node, int]]:
    """List every node with its depth (1 for the root), without recursion; left before right."""
    found: list[tuple[Node, int]] = []
    ahead = [(root, 1)]
    while ahead:
        node, depth = ahead.pop()
        found.append((node, depth))
        below = children(node)
        if below:
            ahead += [(child, depth + 1) for child in reversed(below)]
    return found
