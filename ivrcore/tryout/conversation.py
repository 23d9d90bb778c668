"""What happened in a trial call, line by line, as a person reads it.

A secret is never in a line's text; what was really said is in ``said``, for comparing only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ivrcore.location import NOWHERE, Location


class Kind(StrEnum):
    """What a line tells."""

    PLACE = "place"
    """The call came to a block or menu."""
    HEARS = "hears"
    CALLER = "caller"
    QUEUE = "queue"
    SERVICE = "service"
    NOTE = "note"
    TIME = "time"
    END = "end"


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a prompt says in one language without a break; ``text`` and ``said`` as those of a line."""

    language: str
    text: str
    said: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``at`` in UTC seconds; ``location`` is the dialplan's place, ``name`` a prompt's.

    ``said`` is what a prompt really says, values and all, ``utterances`` the same by language; ``recordings``
    are the files among its parts.
    """

    kind: Kind
    text: str
    at: float
    location: Location = NOWHERE
    name: str = ""
    said: str = field(default="", repr=False)
    utterances: tuple[Utterance, ...] = ()
    recordings: tuple[str, ...] = ()


def clock(seconds: float) -> str:
    """Write how long a call lasts already: ``0:05``, ``12:30``, ``1:00:00``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def duration(seconds: float) -> str:
    """Write a duration as dialplans do: ``5s``, ``1.5s``, ``1m30s``, ``2h``."""
    whole, rest = divmod(round(seconds, 3), 60)
    hours, minutes = divmod(int(whole), 60)
    text = (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")
    return text + (f"{rest:g}s" if rest or not text else "")


def place_text(location: Location) -> str:
    """Write a place without its column, as editors open it; empty for nowhere."""
    return "" if location == NOWHERE else f"{location.file}:{location.line}"


def tongue(one: Utterance) -> str:
    """Write its language, after a space: `` [en]``; empty for recordings alone."""
    return f" [{one.language}]" if one.language else ""


def written(line: Line, began: float) -> str:
    """Write a line for a report: when, what, and where in the dialplan."""
    where = place_text(line.location)
    match line.kind:
        case Kind.HEARS:
            text = "  hears" + "".join(f"{tongue(one)}: {one.text}" for one in line.utterances)
        case Kind.PLACE:
            text = f"== {line.text}"
        case Kind.CALLER:
            text = f"> {line.text}"
        case _:
            text = f"  ({line.text})"
    at = f"{clock(line.at - began):>6} "
    return f"{at}{text}" + (f"   {where}" if where and line.kind is not Kind.HEARS else "")
