"""Opening hours out of YAML: what is wrong is reported with its place, and the rest is read all the same."""

from __future__ import annotations

import re
from datetime import date
from zoneinfo import ZoneInfo, available_timezones

from ivrcore.dialplan import keys, rules
from ivrcore.dialplan.hours import DAY, Dates, Hours, Range, Ranges, public_holidays
from ivrcore.fields import Fields
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.yamltree import Entry, Node, ScalarNode

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAILY, CLOSED = "daily", "closed"
UTC = ZoneInfo("UTC")
_DAY_SPAN = re.compile(r"(\w+)(?:\s*-\s*(\w+))?")
_RANGE = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_A_YEAR = 2026
"""Any year: its holidays are made once while reading, so that no call waits for the import."""


def read_zone(scalar: ScalarNode, problems: Problems) -> ZoneInfo | None:
    """Read the name of a time zone, such as ``Asia/Seoul``; None, reported, if there is none of that name."""
    try:
        return ZoneInfo(scalar.text)
    except (KeyError, ValueError, OSError):  # unknown; not a name at all; a folder of zones
        hint = did_you_mean(scalar.text, _near_zones(scalar.text))
        message = f"there is no time zone {quoted(scalar.text)}"
        problems.report(rules.BAD_ZONE, scalar.location, message, hint or "write it as Asia/Seoul")
        return None


def _near_zones(text: str) -> list[str]:
    """Give the zones that may be meant: of the same city, or all that are written as Area/City."""
    known = [zone for zone in available_timezones() if "/" in zone]
    city = text.rpartition("/")[2].strip().lower().replace(" ", "_")
    same = [zone for zone in known if city and zone.rpartition("/")[2].lower() == city]
    return same or known


def read_hours(entry: Entry, problems: Problems, default_zone: ZoneInfo | None) -> Hours:
    """Read one entry of a dialplan's ``hours``; what is wrong is reported and left out.

    ``default_zone`` is the dialplan's; without one the hours need their own.
    """
    return _HoursReader(entry, problems).read(default_zone)


class _HoursReader:
    def __init__(self, entry: Entry, problems: Problems) -> None:
        self.entry = entry
        self.problems = problems
        self.fields = Fields(entry.value, problems, f"hours {quoted(entry.key)}")

    def read(self, default_zone: ZoneInfo | None) -> Hours:
        country, subdivision = self.country()
        hours = Hours(
            name=self.entry.key,
            zone=self.zone(default_zone),
            week=self.week(),
            special=tuple(self.special()),
            closed=tuple(self.closed()),
            country=country,
            subdivision=subdivision,
            location=self.entry.location,
        )
        self.fields.finish(keys.HOURS)
        return hours

    def zone(self, default: ZoneInfo | None) -> ZoneInfo:
        entry = self.fields.entry("zone", required=default is None)
        if entry is None:
            return default or UTC
        if isinstance(entry.value, ScalarNode):
            return read_zone(entry.value, self.problems) or UTC
        self.fields.wrong(entry.value, "the name of a time zone")
        return UTC

    def week(self) -> tuple[Ranges, ...]:
        days: dict[int, Ranges] = {}
        lines: dict[int, int] = {}
        for entry in self.fields.entries("open", required=True):
            ranges = self.ranges(entry.value)
            for day in self.days(entry):
                if day in days:
                    message = f"{self.fields.what}: {DAYS[day]} is in two lines"
                    hint = f'the first is line {lines[day]}; give all hours of a day at once: ["…", "…"]'
                    self.problems.report(rules.BAD_DAYS, entry.location, message, hint)
                days.setdefault(day, ranges)
                lines.setdefault(day, entry.location.line)
        return tuple(days.get(day, ()) for day in range(7))

    def days(self, entry: Entry) -> list[int]:
        """Read ``mon``, ``mon-fri``, ``mon, wed`` or ``daily``; ``fri-mon`` goes over the week's end."""
        if entry.key == DAILY:
            return list(range(7))
        found: list[int] = []
        for part in entry.key.split(","):
            match = _DAY_SPAN.fullmatch(part.strip())
            words = [word.lower() for word in match.groups() if word] if match else [part.strip()]
            wrong = next((word for word in words if word not in DAYS), None)
            if wrong is not None:
                hint = (
                    did_you_mean(wrong[:3].lower(), [*DAYS, DAILY])
                    if wrong
                    else "write mon-fri, sat, or daily"
                )
                message = f"{self.fields.what}: {quoted(wrong)} is no day of the week"
                self.problems.report(rules.BAD_DAYS, entry.location, message, hint)
                continue
            first, last = DAYS.index(words[0]), DAYS.index(words[-1])
            found += [(first + count) % 7 for count in range((last - first) % 7 + 1)]
        return found

    def ranges(self, node: Node) -> Ranges:
        """Read one range or a list of them; ``closed`` is none."""
        if isinstance(node, ScalarNode) and node.text == CLOSED:
            return ()
        found: list[Range] = []
        for item in self.fields.text_items(node):
            one = self.range(item)
            if one is None:
                continue
            if any(one.start < other.end and other.start < one.end for other in found):
                message = f"{self.fields.what}: {quoted(item.text)} overlaps the one before"
                self.problems.report(rules.BAD_RANGE, item.location, message, "make it one range")
            found.append(one)
        return tuple(sorted(found))

    def range(self, item: ScalarNode) -> Range | None:
        match = _RANGE.fullmatch(item.text.strip())
        if match is None:
            return self.refused(item, _range_hint(item.text))
        hour, minute, last_hour, last_minute = map(int, match.groups())
        start, end = hour * 60 + minute, last_hour * 60 + last_minute
        if hour > 23 or minute > 59 or last_minute > 59 or end > DAY:
            return self.refused(item, "a day is from 00:00 to 24:00")
        if start == end:
            return self.refused(item, 'a whole day is "00:00-24:00", and no time at all is "closed"')
        return Range(start, end if end > start else end + DAY)

    def refused(self, item: ScalarNode, hint: str) -> Range | None:
        message = f"{self.fields.what}: {quoted(item.text)} is no time from when to when"
        self.problems.report(rules.BAD_RANGE, item.location, message, hint)
        return None

    def closed(self) -> list[Dates]:
        items = self.fields.texts("closed")
        return [dates for item in items if (dates := self.dates(item.text, item, ())) is not None]

    def special(self) -> list[Dates]:
        found: list[Dates] = []
        for entry in self.fields.entries("special"):
            dates = self.dates(entry.key, entry, self.ranges(entry.value))
            if dates is None:
                continue
            if any(dates.first <= other.last and other.first <= dates.last for other in found):
                message = f"{self.fields.what}: {quoted(entry.key)} stands twice"
                self.problems.report(rules.BAD_DATE, entry.location, message, "the first of them is taken")
            found.append(dates)
        return found

    def dates(self, text: str, place: ScalarNode | Entry, ranges: Ranges) -> Dates | None:
        """Read ``2026-12-31`` or ``2026-05-01..2026-05-03``."""
        days = [_date(part.strip()) for part in text.split("..")]
        first, last = days[0], days[-1]
        if len(days) > 2 or first is None or last is None:
            hint = "write 2026-12-31, or 2026-05-01..2026-05-03 for several days"
            message = f"{self.fields.what}: {quoted(text)} is no date"
        elif first > last:
            message, hint = (
                f"{self.fields.what}: {quoted(text)} ends before it begins",
                "the earlier date first",
            )
        else:
            return Dates(first, last, ranges, place.location)
        self.problems.report(rules.BAD_DATE, place.location, message, hint)
        return None

    def country(self) -> tuple[str, str]:
        """Read where public holidays are from; both empty if nowhere."""
        country, subdivision = self.fields.text("country"), self.fields.text("subdivision")
        if not country:
            if subdivision and (entry := self.fields.entry("subdivision")):
                self.fields.bad(entry.value.location, "a subdivision needs its country", "add 'country: …'")
            return "", ""
        known = _subdivisions(country)
        entry = self.fields.entry("country" if known is None else "subdivision")
        if known is None and entry:
            message = f"{self.fields.what}: no public holidays are known for {quoted(country)}"
            self.problems.report(rules.BAD_COUNTRY, entry.value.location, message, _country_hint(country))
            return "", ""
        if subdivision and not _has(country, subdivision) and entry:
            message = f"{self.fields.what}: {country} has no subdivision {quoted(subdivision)}"
            hint = did_you_mean(subdivision, known or ()) or f"{country} has none that matter"
            self.problems.report(rules.BAD_COUNTRY, entry.value.location, message, hint)
            return country, ""
        return country, subdivision


def _range_hint(text: str) -> str:
    if "," in text:
        return 'several are a list: ["10:00-12:00", "13:00-14:00"]'
    if re.search(r"[ap]\.?m\b", text.lower()):
        return 'hours are from 0 to 24: "09:00-17:00"'
    if text.lower() in ("no", "none", "-"):
        return "write closed"
    return 'write it as "09:00-17:00", with an ordinary hyphen'


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:  # as 2026-02-30
        return None


def _has(country: str, subdivision: str) -> bool:
    try:
        public_holidays(country, subdivision, _A_YEAR)
    except NotImplementedError:
        return False
    return True


def _subdivisions(country: str) -> list[str] | None:
    """Give the subdivisions of a country with holidays of their own; None if the country is not known."""
    if not re.fullmatch(r"[A-Z]{2,3}", country) or not _has(country, ""):
        return None
    import holidays  # loaded by now

    return holidays.list_supported_countries().get(country, [])


def _country_hint(text: str) -> str:
    if len(text) in (2, 3) and text.upper() != text and _has(text.upper(), ""):
        return f"write {text.upper()}"
    return "write the country's two letters of ISO 3166, such as KR"
