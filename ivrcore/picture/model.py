"""A picture as values: nodes and edges, each with the line that it was written in. Pure.

Ids are made of names, so they stay the same from one version of a dialplan to the next: ``menu:main``,
``block:welcome``, ``block:main/cards``, ``number:5000``. Must not know how it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ivrcore.picture.counts import Figures, Traffic, Way


class Kind(StrEnum):
    """What a node stands for."""

    NUMBER = "number"
    MENU = "menu"
    DIGITS = "digits"
    """Digits are asked for: `collect`, `identify`."""
    CONFIRM = "confirm"
    BRANCH = "branch"
    BLOCK = "block"
    """Steps one after another, of no kind below."""
    QUEUE = "queue"
    TRANSFER = "transfer"
    CALL_BACK = "call_back"
    RECORD = "record"
    HANG_UP = "hang_up"
    END = "end"
    """Nothing is written any more: the call ends, or comes back to where `do` left."""
    UNIVERSALS = "universals"
    MISSING = "missing"
    """A target that is not there."""


ASKING = frozenset({Kind.MENU, Kind.DIGITS, Kind.CONFIRM})
"""Nodes where a caller is asked something."""


class Lead(StrEnum):
    """Why a call goes along an edge."""

    START = "start"
    CHOICE = "choice"
    OTHERWISE = "otherwise"
    CONDITION = "condition"
    GO = "go"
    """`goto`, `menu`, or simply the next step."""
    DO = "do"
    """With coming back."""
    FAILED = "failed"
    """A list of steps that a step takes if it did not work, or as it sees fit."""
    UNIVERSAL = "universal"


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a call. ``rows`` are what happens there; ``places`` are the addresses of these steps."""

    id: str
    kind: Kind
    name: str
    line: int
    rows: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    figures: Figures | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one node to another. ``label`` has one text per line; ``ways`` is what is counted for it.

    ``tip`` is more than there is room for; ``share`` is ``count`` among all that came to the source, 0 to 1.
    """

    source: str
    target: str
    lead: Lead
    label: tuple[str, ...] = ()
    tip: str = ""
    line: int = 0
    ways: tuple[Way, ...] = ()
    count: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole dialplan, or a part of it; ``traffic`` is there if callers' ways are shown."""

    name: str
    version: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    notes: tuple[str, ...] = ()
    traffic: Traffic | None = field(default=None)

    def node(self, name: str) -> Node | None:
        """Find a node by its id, or by the name of a menu, block or number."""
        wanted = (name, f"menu:{name}", f"block:{name}", f"number:{name}")
        return next((node for node in self.nodes if node.id in wanted), None)
