"""One announcement's file into a draft, with the place of every field. Pure: text in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ivrcore.announcements import keys, rules
from ivrcore.announcements.drafts import Draft, Fault, plain_numbers
from ivrcore.fields import Fields
from ivrcore.location import Location
from ivrcore.problems import Problems, quoted
from ivrcore.yamltree import MapNode, ScalarNode, parse_yaml

TIME_HINT = "write it as 2026-11-22T09:00+09:00: a time with its offset from UTC"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A draft, and where its fields were written (as `Fault.place` names them)."""

    draft: Draft
    places: Mapping[str, Location]
    start: Location

    def report(self, faults: Iterable[Fault], problems: Problems) -> None:
        """Put faults where they were written."""
        for fault in faults:
            field = fault.place.partition(".")[0]
            place = self.places.get(fault.place) or self.places.get(field) or self.start
            problems.report(fault.rule, place, fault.message, fault.hint)


def parse_announcement(
    text: str, name: str, file: str, problems: Problems, first_language: str
) -> Parsed | None:
    """Read a file; None, with the reason in ``problems``, where there is nothing to be had.

    A text without a language is in ``first_language``. Use the draft only if ``problems`` has no errors.
    """
    node = parse_yaml(text, file, problems)
    if node is None:
        return None
    fields = Fields(node, problems, f"announcement {quoted(name)}")
    places = {key: entry.value.location for key in keys.ANNOUNCEMENT if (entry := fields.node.get(key))}
    places["texts"] = places.pop("text", node.location)
    draft = Draft(
        name=name,
        texts=_texts(fields, places, first_language),
        recording=fields.text("recording"),
        numbers=plain_numbers(scalar.text for scalar in fields.texts("numbers")),
        whole=fields.boolean("whole", default=True),
        starts=_time(fields, "starts"),
        ends=_time(fields, "ends"),
    )
    fields.finish(keys.ANNOUNCEMENT)
    return Parsed(draft, places, node.location)


def _texts(fields: Fields, places: dict[str, Location], first_language: str) -> dict[str, str]:
    entry = fields.entry("text")
    if entry is None:
        return {}
    if not isinstance(entry.value, MapNode):
        text = fields.text("text")
        return {first_language: text} if text else {}
    texts: dict[str, str] = {}
    for one in entry.value.entries:
        places[f"texts.{one.key}"] = one.value.location
        if isinstance(one.value, ScalarNode) and not one.value.is_null:
            texts[one.key] = one.value.text
        else:
            fields.wrong(one.value, f"a text in {quoted(one.key)}")
    return texts


def _time(fields: Fields, key: str) -> float | None:
    written = fields.text(key)
    if not written:
        return None
    at = read_time(written)
    if at is None:
        entry = fields.node.get(key)
        place = entry.value.location if entry else fields.location
        message = f"{fields.what}: {quoted(key)} is no time with an offset"
        fields.problems.report(rules.BAD_TIME, place, message, TIME_HINT)
    return at


def read_time(text: str) -> float | None:
    """Read an ISO 8601 time with an offset (or Z) as UTC seconds; None if it is none."""
    try:
        at = datetime.fromisoformat(text.strip())
        return at.timestamp() if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
