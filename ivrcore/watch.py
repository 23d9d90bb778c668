"""What a watch is: something outside that is looked at while the server runs, with metrics of its own.

Made by plugins (hook ``ivrcore_watch``). Must not know of calls, nor of how the outside is reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from ivrcore.model.histogram import Histogram

FamilyKind = Literal["counter", "gauge", "histogram"]

FamilyRow: TypeAlias = tuple[tuple[str, ...], float | Histogram]
"""The labels' values and the number."""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric and its rows; ``name`` is without the suffix that the kind adds.

    Rows of one family are told apart by their labels, over all watches of a server. No label may carry an id
    of a call or a caller: what labels may be must be bounded.
    """

    name: str
    kind: FamilyKind
    labels: tuple[str, ...]
    meaning: str
    rows: tuple[FamilyRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a watch does, for a person to read."""

    up: bool
    """Whether it sees what it watches, and so since (UTC seconds):"""
    since: float
    sees: str = ""
    """What it sees, in a few words: ``7 queues``."""
    error: str = ""
    """What went wrong last, if anything did, and when; never a secret."""
    error_at: float = 0.0


@runtime_checkable
class TellsStanding(Protocol):
    """What a watch may have besides, for the status page."""

    def standing(self) -> Standing:
        """Say how it does; soon, and only once it was started."""


class Watch(Protocol):
    """Something that is watched. Made before it is started, and used on the reactor's thread.

    One that has `standing` too (:class:`TellsStanding`) is shown with that on the status page.
    """

    def start(self) -> None:
        """Begin; called once, inside the running loop. Whatever blocks belongs on a thread of its own."""

    async def stop(self) -> None:
        """End everything that was begun, within a few seconds. Not called if it was not started."""

    def families(self, now: float) -> Iterable[Family]:
        """Give the metrics at this moment (UTC seconds); soon, and also before the start."""
