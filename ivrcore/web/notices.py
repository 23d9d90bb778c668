"""The loudest part of the status page: the emergency switch where it is not open, and what is announced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from twisted.web.template import Tag, tags

from ivrcore.announcements.board import Board, Posted, Switched, over
from ivrcore.model.announcement import EVERYWHERE
from ivrcore.model.names import EmergencyAction

WORDS = {
    EmergencyAction.CLOSE: "Closed",
    EmergencyAction.FORWARD: "Forwarded",
    EmergencyAction.MESSAGE: "Emergency message",
}


def notices(board: Board, now: float) -> Iterator[Tag]:
    """Give a section for the switches, and one for the announcements; none for what is not there."""
    if board.switched:
        items = [_switched(one) for _, one in sorted(board.switched.items())]
        heading = tags.h2("Emergency switch")
        yield tags.section(heading, tags.ul(*items), class_="emergency", role="alert")
    posted = [one for one in board.posted.values() if not over(one.announcement, now)]
    if posted:
        heading = tags.h2("Announcements")
        yield tags.section(heading, tags.ul(*(_posted(one, now) for one in posted)), class_="announcements")


def _switched(switched: Switched) -> Tag:
    one = switched.emergency
    scope = "all numbers" if one.scope == EVERYWHERE else one.scope
    number = f" to {one.number}" if one.number else ""
    by = f" since {_time(switched.since)} UTC by {switched.author} ({switched.via})"
    return tags.li(tags.b(f"{WORDS[one.action]}{number}: {scope}"), tags.small(by), *_texts(one.texts))


def _posted(posted: Posted, now: float) -> Tag:
    one = posted.announcement
    state = "in force" if one.starts <= now else f"from {_time(one.starts)} UTC"
    ends = "" if one.ends is None else f", until {_time(one.ends)} UTC"
    numbers = f", for {', '.join(one.numbers)}" if one.numbers else ""
    by = f" {state}{ends}{numbers}, by {posted.author} ({posted.via})"
    said = [tags.div("plays ", one.recording)] if one.recording else _texts(one.texts)
    return tags.li(tags.b(one.name), tags.small(by), *said)


def _texts(texts: Mapping[str, str]) -> list[Tag]:
    return [tags.div(tags.small(f"{tag} "), tags.span(text, lang=tag)) for tag, text in texts.items()]


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
