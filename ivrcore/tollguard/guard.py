"""Whether an outside number may be dialled now: rules of the site, limits over what was dialled before.

`decide` judges, `apply` folds: limits hold over a restart, since they are counted from the journal. Who asks
and who is called are counted apart, so that neither one caller nor one victim is served without end. Events
name the longest prefix of the rules that matched, never a number; numbers are told apart by a short mark
that many share (see :mod:`ivrcore.answerers.outbound`). Pure: time comes in as ``now``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ivrcore.model import events
from ivrcore.model.names import OutboundRefusal
from ivrcore.tollguard.number import canonical

if TYPE_CHECKING:
    from ivrcore.model.event import Event

HOUR = 3600.0
LIMITS = frozenset(
    {
        OutboundRefusal.AT_ONCE,
        OutboundRefusal.PER_HOUR,
        OutboundRefusal.PER_CALLER,
        OutboundRefusal.PER_NUMBER,
        OutboundRefusal.ANONYMOUS,
    }
)
"""Refusals that pass by themselves; the others stand as long as the rules do."""


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
    """In an hour, for one who asks: a caller's number, or one call without a number."""
    per_number: int = 10
    """In an hour, to one number that is called."""
    per_hour_anonymous: int = 5
    """In an hour, for all callers without a number together."""
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
    """A number that is to be dialled, as somebody wrote it; marks of who asks and of who is called.

    ``anonymous`` callers have no number: the mark is of that one call then.
    """

    number: str = field(repr=False)
    caller: str = ""
    caller_id: str = ""
    called: str = ""
    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may be dialled: this, showing that number."""

    number: str = field(repr=False)
    endpoint: str = field(repr=False)
    shown: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not. ``prefix`` is the rule's that says so, if one does.

    A limit of an hour is reached until ``until`` (UTC seconds); of others nobody knows.
    """

    why: OutboundRefusal
    prefix: str = ""
    until: float | None = None

    @property
    def passes(self) -> bool:
        """Whether it is a limit that was reached, so that the number may be dialled later."""
        return self.why in LIMITS


class Dialled(NamedTuple):
    """One outside number that was allowed; see :class:`ivrcore.model.events.OutboundAllowed`."""

    at: float
    caller: str
    called: str
    anonymous: bool


class GuardState:
    """What was dialled in the last hour, and what goes on. Changed by `apply` only."""

    def __init__(self) -> None:
        self.open: dict[str, float] = {}
        """Outbound calls that have not ended, with when each began."""
        self.unlimited: set[str] = set()
        """Those of them that count for no limit."""
        self.recent: deque[Dialled] = deque()

    def in_hour(self, now: float) -> list[Dialled]:
        """Give what was allowed in the hour before now."""
        return [one for one in self.recent if one.at > now - HOUR]


def apply(state: GuardState, event: Event) -> None:
    """Fold an event; those that are not about outside numbers change nothing."""
    match event:
        case events.OutboundAllowed():
            state.open[event.outbound] = event.at
            if event.unlimited:
                state.unlimited.add(event.outbound)
                return
            state.recent.append(Dialled(event.at, event.caller, event.called, event.anonymous))
            while state.recent[0].at <= event.at - HOUR:
                state.recent.popleft()
        case events.OutboundEnded():
            state.open.pop(event.outbound, None)
            state.unlimited.discard(event.outbound)
        case events.ClockSetBack(seconds=seconds):
            state.open = {outbound: began - seconds for outbound, began in state.open.items()}
            state.recent = deque(one._replace(at=one.at - seconds) for one in state.recent)
        case _:
            pass


def judge(rules: Rules, asked: Asked) -> Allowed | Refused:
    """Judge a number by the rules alone, without limits."""
    if not rules.allowed or not rules.trunk:
        return Refused(OutboundRefusal.OFF)
    number = rules.number(asked.number)
    if number is None:
        return Refused(OutboundRefusal.NO_NUMBER)
    denied = max((_longest(rules.denied, reading) for reading in _readings(rules, number)), key=len)
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
    reached = _limit(state, rules, asked, now)
    return verdict if reached is None else Refused(reached[0], verdict.prefix, reached[1])


def _limit(
    state: GuardState, rules: Rules, asked: Asked, now: float
) -> tuple[OutboundRefusal, float | None] | None:
    """Give the limit that is reached, if one is, and until when if that is known."""
    if len(state.open) - len(state.unlimited) >= rules.at_once:
        return OutboundRefusal.AT_ONCE, None
    recent = state.in_hour(now)
    same = [one for one in recent if one.called and one.called == asked.called]
    counted = [
        (OutboundRefusal.PER_HOUR, rules.per_hour, recent),
        (OutboundRefusal.PER_CALLER, rules.per_caller, [one for one in recent if one.caller == asked.caller]),
        (OutboundRefusal.PER_NUMBER, rules.per_number, same),
    ]
    if asked.anonymous:
        without = [one for one in recent if one.anonymous]
        counted.insert(1, (OutboundRefusal.ANONYMOUS, rules.per_hour_anonymous, without))
    for why, most, found in counted:
        if len(found) >= most:
            return why, found[-most].at + HOUR if most else None
    return None


def _readings(rules: Rules, number: str) -> tuple[str, ...]:
    """Give the forms under which a carrier may know a number: denied in one of them is denied.

    What is dialled without a prefix (1588 0000) is reached from abroad, too (+82 1588 0000).
    """
    code = f"+{rules.country}"
    if not rules.country:
        return (number,)
    if number.startswith(code):
        return number, number.removeprefix(code)
    return (number,) if number.startswith("+") else (number, code + number)


def _longest(prefixes: tuple[str, ...], number: str) -> str:
    return max((prefix for prefix in prefixes if number.startswith(prefix)), key=len, default="")
