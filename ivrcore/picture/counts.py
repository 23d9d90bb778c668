"""How often callers took each way of a dialplan: `ivrcore.metrics.traffic` counts, a picture shows. Pure.

A *way* is a tuple: its kind, then names. A *place* is a menu's name, or ``block/index`` of a step.

========================= ===================================================================================
``number`` NUMBER         calls that began
``menu`` MENU             callers who came to a menu or a question
``asked`` MENU            times it was asked, reprompts too
``choice`` MENU CHOICE    choices; ``spoken`` counts those of them that were made by voice
``gave_up`` MENU          `otherwise` was taken
``universal`` MENU WORD   universals; ``everywhere`` WORD counts them in all menus
``away`` MENU             callers who left it by a universal
``back`` PLACE            times a call came back from there to where `do` had left
``no_input``/``no_match`` MENU
``step`` PLACE            times a step began
``move`` PLACE PLACE      times one place came after the other
``branch`` PLACE TO       conditions judged; TO is empty where the next step runs
``queued`` PLACE          visits to queues; ``answered``, ``abandoned``, ``left`` of them
``hung_up`` PLACE         callers who left there without having been served
``failed`` PLACE          calls that broke off there
``ended`` PLACE           calls that ended well there
``emergency``             calls that the emergency switch led elsewhere
========================= ===================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Way = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """The contacts that arrived from ``since`` to ``until`` (UTC seconds), and the ways they took."""

    contacts: int = 0
    since: float = 0.0
    until: float = 0.0
    ways: Mapping[Way, int] = field(default_factory=dict)

    def of(self, *way: str) -> int:
        """How often a way was taken."""
        return self.ways.get(way, 0)

    def total(self, kind: str, places: Iterable[str]) -> int:
        """Add up a kind of count over places."""
        return sum(self.ways.get((kind, place), 0) for place in places)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Which contacts a picture shows: number, and from when to when they arrived (UTC seconds)."""

    contacts: int
    since: float
    until: float
    versions: tuple[str, ...] = ()
    emergency: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened at one node.

    ``missed`` are silences and misfits among ``asked`` times that a question was put; ``served`` callers were
    answered in a queue or heard out what they wanted.
    """

    came: int = 0
    asked: int = 0
    no_input: int = 0
    no_match: int = 0
    hung_up: int = 0
    failed: int = 0
    ended: int = 0
    answered: int = 0
    abandoned: int = 0
    away: int = 0
    """Callers who left by a universal: for an agent, back, to the beginning."""
    back: int = 0
    """Times a call came back from here to where `do` had left."""
    present: int = 0

    @property
    def missed(self) -> float:
        """Share of the times asked that brought no answer, 0 to 1."""
        return (self.no_input + self.no_match) / self.asked if self.asked else 0.0

    @property
    def lost(self) -> float:
        """Share of those who came that hung up or broke off here, 0 to 1."""
        return (self.hung_up + self.failed) / self.came if self.came else 0.0
