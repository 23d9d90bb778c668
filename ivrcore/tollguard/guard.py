"""Whether an outside number may be dialled now: rules of the site, limits over what was dialled before.

`decide` judges, `apply` folds: limits hold over a restart, since they are counted from the journal. Events
name the longest prefix of the rules that matched, never the number; callers are told apart by a short mark
that many numbers share (see :mod:`ivrcore.answerers.outbound`). Pure: time comes in as ``now``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.names import OutboundRefusal
from ivrcore.tollguard.number import canonical

if TYPE_CHECKING:
    from ivrcore.model.event import Event

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What the site allows. Without ``allowed`` prefixes nothing is; ``denied`` ones win over them.

    Prefixes are in the numbers' one form (:func:`canonical`). ``trunk`` is what Asterisk dials, with
    ``{number}`` (the one form, such as +82…) or ``{digits}`` (the same without its ``+``).
    """

    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    trunk: str = ""
    caller_ids: Mapping[str, str] = field(default_factory=dict)
    caller_id: str = ""
    """The name of the one that is shown when none is asked for."""
    at_once: int = 2
    per_hour: int = 20
    per_caller: int = 3
    """In an hour, for one caller's number."""
    longest_call: float = 3600.0
    country: str = ""
    international: tuple[str, ...] = ("00",)
    national: str = "0"

    def number(self, text: str) -> str | None:
        """Give a number's one form here, None if it is none."""
        return canonical(text, country=self.country, international=self.international, national=self.national)

    def endpoint(self, number: str) -> str:
        """Give what Asterisk dials for a number in its one form."""
        return self.trunk.replace("{number}", number).replace("{digits}", number.removeprefix("+"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A number that is to be dialled, as somebody wrote it, for a caller's mark."""

    number: str = field(repr=False)
    caller: str = ""
    caller_id: str = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may be dialled: this, showing that number."""

    number: str = field(repr=False)
    endpoint: str = field(repr=False)
    shown: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not. ``prefix`` is the rule's that says so, if one does."""

    why: OutboundRefusal
    prefix: str = ""


class GuardState:
    """What was dialled in the last hour, and what goes on. Changed by `apply` only."""

    def __init__(self) -> None:
        self.open: dict[str, float] = {}
        """Outbound calls that have not ended, with when each began."""
        self.recent: deque[tuple[float, str]] = deque()
        """When, and for which caller's mark."""

    def in_hour(self, now: float, caller: str | None = None) -> int:
        """Count what was allowed in the hour before now, for one caller if given."""
        return sum(at > now - HOUR and caller in (None, of) for at, of in self.recent)


def apply(state: GuardState, event: Event) -> None:
    """Fold an event; those that are not about outside numbers change nothing."""
    match event:
        case events.OutboundAllowed():
            state.open[event.outbound] = event.at
            state.recent.append((event.at, event.caller))
            while state.recent[0][0] <= event.at - HOUR:
                state.recent.popleft()
        case events.OutboundEnded():
            state.open.pop(event.outbound, None)
        case _:
            pass


def judge(rules: Rules, asked: Asked) -> Allowed | Refused:
    """Judge a number by the rules alone, without limits."""
    if not rules.allowed or not rules.trunk:
        return Refused(OutboundRefusal.OFF)
    number = rules.number(asked.number)
    if number is None:
        return Refused(OutboundRefusal.NO_NUMBER)
    denied = _longest(rules.denied, number)
    if denied:
        return Refused(OutboundRefusal.DENIED, denied)
    allowed = _longest(rules.allowed, number)
    if not allowed:
        return Refused(OutboundRefusal.NOT_ALLOWED)
    name = asked.caller_id or rules.caller_id
    if name and name not in rules.caller_ids:
        return Refused(OutboundRefusal.CALLER_ID, allowed)
    return Allowed(number, rules.endpoint(number), rules.caller_ids.get(name, ""), allowed)


def decide(state: GuardState, rules: Rules, asked: Asked, now: float) -> Allowed | Refused:
    """Judge a number by rules and limits."""
    verdict = judge(rules, asked)
    if isinstance(verdict, Refused):
        return verdict
    if len(state.open) >= rules.at_once:
        return Refused(OutboundRefusal.AT_ONCE, verdict.prefix)
    if state.in_hour(now) >= rules.per_hour:
        return Refused(OutboundRefusal.PER_HOUR, verdict.prefix)
    if state.in_hour(now, asked.caller) >= rules.per_caller:
        return Refused(OutboundRefusal.PER_CALLER, verdict.prefix)
    return verdict


def _longest(prefixes: tuple[str, ...], number: str) -> str:
    return max((prefix for prefix in prefixes if number.startswith(prefix)), key=len, default="")
