"""What a relaxation plugin provides: how a contact's need changes while it waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ivrcore.routing.facts import Floor, Options, VisitFacts


@dataclass(frozen=True, slots=True)
class Relaxed:
    """What the contact needs from now on."""

    need: Mapping[str, Any]
    """Rule of eligibility -> what is asked of it; rules that are not named ask nothing any more."""
    why: str
    """In words, e.g. ``ring 2 of 3``."""
    until: float | None = None
    """Ask again at this time (UTC seconds); None: it stays so."""
    when_nobody: bool = False
    """Ask again also as soon as no agent who is logged in fits this need."""
    over: bool = False
    """It has nothing more to say: the queue's next relaxation, if there is one, takes over at once."""


class Relaxation(Protocol):
    """Widens (or narrows) whom a waiting contact may be offered to. Pure.

    Asked when the contact enters, at each ``until``, and when nobody who fits is left, if it wanted that. A
    contact keeps the options with which its queue was configured when it entered. A queue may have several,
    one after another: for a later one the contact ``entered`` when the one before was over.

    It may also have `check(options) -> Sequence[str]`, what is wrong with options, each beginning with the
    path of one (see :mod:`ivrcore.routing.options`), and `skills(options) -> Collection[str]`, the skills
    that they name; so may strategies, contact orders and (for what is asked of them) rules of eligibility.
    """

    @property
    def name(self) -> str:
        """As configuration names it."""

    def relax(
        self, visit: VisitFacts, need: Mapping[str, Any], floor: Floor, options: Options, now: float
    ) -> Relaxed:
        """Give what it needs from now on. ``need`` is what it asked for when it entered."""
