"""What a dialplan that dials for itself asks of routing, and what it tells afterwards, as texts. Pure.

A request's query is read into values, and an answer becomes channel variables in which nothing is left that
Asterisk's dialplan would take for more than text. Must not know how requests come in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ivrcore.durations import in_words, parse_duration
from ivrcore.errors import RequestRefused
from ivrcore.model.names import OfferEnd

ROUTE, TAKEN, OUTCOME = "route", "taken", "outcome"
"""What may be asked for: an agent; to be told that one picked up; to be told how it ended."""
MOST_PRIORITY = 1000
MOST_LEVEL = 100
MOST_NAMES = 20
"""Skills or agents in one request."""
LONGEST_NAME = 64
_SEPARATORS = re.compile(r"[\s,+]+")
_UNSAFE = re.compile(r"[^\w .:/@=%+#*~-]")
_DECIMAL = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,3})?")
_SKILL = re.compile(r"([^:]+)(?::([0-9]{1,3}))?", re.ASCII)
_YES = {"1", "yes", "true"}
_KNOWN = {
    ROUTE: ("group", "priority", "skills", "prefer", "wait", "contact"),
    TAKEN: ("contact", "channel"),
    OUTCOME: ("contact", "status", "gone"),
}

DIAL_STATUS = {
    "BUSY": OfferEnd.REJECTED,
    "NOANSWER": OfferEnd.NO_ANSWER,
    "CHANUNAVAIL": OfferEnd.UNREACHABLE,
    "CANCEL": OfferEnd.CALLER_LEFT,
}
"""What Asterisk's DIALSTATUS says of an offer that nobody took; any other one is a failure."""


class Result(StrEnum):
    """What came of a request: the variable ``IVRCORE_RESULT``."""

    AGENT = "agent"
    """Dial ``IVRCORE_DIAL``: the agent is reserved."""
    QUEUE = "queue"
    """Nobody is free: the contact has its place, come again with ``contact``."""
    LEFT = "left"
    """It is in no queue, or no more; ``IVRCORE_REASON`` says why."""
    TALK = "talk"
    """The agent has the contact."""
    LATE = "late"
    """The offer is over: the agent who picked up is to be let go."""
    OVER = "over"
    """Noted, and the contact is over: they talked, or the caller left."""
    WAITING = "waiting"
    """Noted: nobody talked, the dialplan asks again."""
    UNKNOWN = "unknown"
    """There is no such contact, or no more."""
    REFUSED = "refused"
    """The request cannot be understood or is not allowed."""
    FAILED = "failed"
    """A step failed by a fault of the server."""


@dataclass(frozen=True, slots=True)
class RouteAsked:
    """A dialplan wants an agent of a group, and waits for so many seconds itself."""

    group: str
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    preferred: tuple[str, ...] = ()
    wait: float = 0.0
    contact: str = ""
    """That it has from an answer before: it waits on at its place."""


@dataclass(frozen=True, slots=True)
class OutcomeTold:
    """How the dialplan's own dialling ended; ``gone`` if the caller hung up."""

    contact: str
    how: OfferEnd | None
    """Why nobody talked; None: there was a conversation, or nothing was dialled."""
    talked: bool = False
    gone: bool = False


def read_route(query: Mapping[str, str], longest: float) -> RouteAsked:
    """Read a request for an agent; raise :class:`ivrcore.errors.RequestRefused`.

    ``longest`` is how many seconds it may wait; a longer wait is cut to that.
    """
    _check_keys(ROUTE, query)
    group = query.get("group", "")
    if not group and not query.get("contact"):
        raise RequestRefused("no group is named", hint="route?group=NAME")
    return RouteAsked(
        group=group,
        priority=_priority(query.get("priority", "")),
        skills=_skills(query.get("skills", "")),
        preferred=_names(query.get("prefer", "")),
        wait=min(_seconds(query.get("wait", "")), longest),
        contact=query.get("contact", ""),
    )


def read_taken(query: Mapping[str, str]) -> tuple[str, str]:
    """Give the contact whose agent picked up, and the channel that did, "" if that is not told."""
    _check_keys(TAKEN, query)
    return _contact(query), query.get("channel", "")


def read_outcome(query: Mapping[str, str]) -> OutcomeTold:
    """Read how it ended; raise :class:`ivrcore.errors.RequestRefused`."""
    _check_keys(OUTCOME, query)
    status = query.get("status", "").upper()
    how = None if status in ("", "ANSWER") else DIAL_STATUS.get(status, OfferEnd.FAILED)
    gone = query.get("gone", "").lower() in _YES
    return OutcomeTold(_contact(query), how, status == "ANSWER", gone)


def variables(result: Result, **values: object) -> dict[str, str]:
    """Give the channel variables of an answer: each value as one harmless line of text, None as nothing."""
    told = {"IVRCORE_RESULT": str(result)}
    for name, value in values.items():
        text = f"{value:.0f}" if isinstance(value, float) else "" if value is None else str(value)
        told[f"IVRCORE_{name.upper()}"] = harmless(text)
    return told


def harmless(text: str) -> str:
    """Leave out of a text what Asterisk's dialplan would take for more than text."""
    return " ".join(_UNSAFE.sub(" ", text).split())


def _check_keys(script: str, query: Mapping[str, str]) -> None:
    for key in query:
        if key not in _KNOWN[script]:
            hint = f"one of {', '.join(_KNOWN[script])}"
            raise RequestRefused(f"{script} does not take {harmless(key)[:LONGEST_NAME]!r}", hint=hint)


def _contact(query: Mapping[str, str]) -> str:
    contact = query.get("contact", "")
    if not contact:
        raise RequestRefused("no contact is named", hint="contact=${IVRCORE_CONTACT}")
    return contact


def _priority(text: str) -> int:
    if not text:
        return 0
    try:
        priority = int(text)
    except ValueError:
        priority = MOST_PRIORITY + 1
    if abs(priority) > MOST_PRIORITY:
        raise RequestRefused(
            f"{harmless(text)[:LONGEST_NAME]!r} is no priority", hint=f"-{MOST_PRIORITY} to {MOST_PRIORITY}"
        )
    return priority


def _seconds(text: str) -> float:
    """Read seconds, or a duration as configurations have it."""
    seconds = float(text) if _DECIMAL.fullmatch(text) else parse_duration(text) if text else 0.0
    if seconds is None:
        raise RequestRefused(f"{harmless(text)[:LONGEST_NAME]!r} is no time to wait", hint="such as 30 or 2m")
    return seconds


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in _SEPARATORS.split(text) if name))
    if len(names) > MOST_NAMES:
        raise RequestRefused(f"more than {MOST_NAMES} names in one request")
    return names


def _skills(text: str) -> dict[str, int]:
    skills = {}
    for name in _names(text):
        skill, _, level = name.partition(":")
        if not skill or (
            level and not (level.isascii() and level.isdigit() and 0 < int(level) <= MOST_LEVEL)
        ):
            hint = "such as skills=cards:2+english"
            raise RequestRefused(f"{harmless(name)[:LONGEST_NAME]!r} is no skill", hint=hint)
        skills[skill] = int(level or 1)
    return skills


def why_queued(place: int, at_most: float | None) -> str:
    """Say why nobody is given yet."""
    soon = "" if at_most is None else f", at most {in_words(round(at_most))} more"
    return f"nobody is free: place {place}{soon}"
