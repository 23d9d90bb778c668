"""Opening hours: what is read, what is wrong, and when it is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.dialplan.hours import Dates, Hours, HoursState, Range, instant, next_change, state
from ivrcore.dialplan.hours_parse import read_hours
from ivrcore.problems import Problems
from ivrcore.yamltree import MapNode, parse_yaml

SEOUL = ZoneInfo("Asia/Seoul")
BRANCH = """
branch:
  zone: Asia/Seoul
  open: {mon-fri: "09:00-16:00", sat: ["10:00-12:00", "13:00-14:00"]}
  country: KR
  closed: ["2026-12-31", "2026-05-11..2026-05-13"]
  special: {"2026-12-24": "09:00-12:00", "2026-12-25": "10:00-11:00", "2026-11-25": closed}
"""


def read(text: str, default: ZoneInfo | None = None) -> tuple[Hours, list[str]]:
    """Read the one entry of a text; also give codes, lines and hints of its problems."""
    problems = Problems()
    tree = parse_yaml(text, "x.yaml", problems)
    assert isinstance(tree, MapNode)
    hours = read_hours(tree.entries[0], problems, default)
    return hours, [f"{p.code} {p.location.line}:{p.location.column} {p.hint}" for p in problems]


def hours(text: str, default: ZoneInfo | None = None) -> Hours:
    found, problems = read(text, default)
    assert problems == []
    return found


def at(text: str, zone: str = "Asia/Seoul") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def shown(moment: float | None, zone: str = "Asia/Seoul") -> str:
    assert moment is not None
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("when", "expected", "until"),
    [
        ("2026-11-23 08:59:59", "closed", "2026-11-23 09:00"),
        ("2026-11-23 09:00", "open", "2026-11-23 16:00"),
        ("2026-11-23 15:59:59", "open", "2026-11-23 16:00"),
        ("2026-11-23 16:00", "closed", "2026-11-24 09:00"),
        ("2026-11-21 12:30", "closed", "2026-11-21 13:00"),  # a Saturday's lunch
        ("2026-11-21 13:30", "open", "2026-11-21 14:00"),
        ("2026-11-21 14:00", "closed", "2026-11-23 09:00"),  # over Sunday
        ("2026-10-09 10:00", "holiday", "2026-10-10 00:00"),  # Hangul Day, a Friday
        ("2026-02-17 10:00", "holiday", "2026-02-19 00:00"),  # the lunar new year
        ("2026-12-24 11:00", "open", "2026-12-24 12:00"),
        ("2026-12-24 13:00", "closed", "2026-12-25 10:00"),
        ("2026-12-25 10:30", "open", "2026-12-25 11:00"),  # a special date goes before a holiday
        ("2026-12-25 12:00", "closed", "2026-12-26 10:00"),
        ("2026-11-25 10:00", "closed", "2026-11-26 09:00"),
        ("2026-12-31 10:00", "closed", "2027-01-01 00:00"),
        ("2027-01-01 10:00", "holiday", "2027-01-02 00:00"),
        ("2026-05-12 10:00", "closed", "2026-05-14 09:00"),
    ],
)
def test_a_branch(when: str, expected: str, until: str) -> None:
    branch = hours(BRANCH)
    assert state(branch, at(when)) == expected
    assert shown(next_change(branch, at(when))) == until


def test_hours_over_midnight_belong_to_the_day_they_begin_on() -> None:
    night = hours('night: {open: {fri: "22:00-06:00"}}', SEOUL)
    assert state(night, at("2026-11-20 23:00")) is HoursState.OPEN
    assert state(night, at("2026-11-21 05:59")) is HoursState.OPEN
    assert state(night, at("2026-11-21 06:00")) is HoursState.CLOSED
    assert state(night, at("2026-11-20 05:00")) is HoursState.CLOSED
    assert shown(next_change(night, at("2026-11-20 12:00"))) == "2026-11-20 22:00"


def test_a_night_that_began_goes_on_into_a_closed_day() -> None:
    night = hours('night: {open: {daily: "22:00-06:00"}, closed: "2026-11-21"}', SEOUL)
    assert state(night, at("2026-11-21 05:00")) is HoursState.OPEN
    assert state(night, at("2026-11-21 23:00")) is HoursState.CLOSED
    assert state(night, at("2026-11-22 05:00")) is HoursState.CLOSED


@pytest.mark.parametrize(
    ("days", "open_on"),
    [
        ("mon-fri", "01234"),
        ("sat", "5"),
        ("mon, wed", "02"),
        ("fri-mon", "0456"),
        ("daily", "0123456"),
        ("Mon - Tue,sun", "016"),
    ],
)
def test_days(days: str, open_on: str) -> None:
    week = hours(f'x: {{open: {{"{days}": "09:00-10:00"}}}}', SEOUL).week
    assert "".join(str(day) for day in range(7) if week[day]) == open_on


def test_always_and_never_do_not_change() -> None:
    always = hours('x: {open: {daily: "00:00-24:00"}}', SEOUL)
    never = hours("x: {open: {daily: closed}}", SEOUL)
    for one, expected in ((always, HoursState.OPEN), (never, HoursState.CLOSED)):
        assert state(one, 1e9) is expected
        assert next_change(one, 1e9) is None


def test_an_hour_that_is_left_out_opens_when_clocks_go_forward() -> None:
    # Berlin, 2026-03-29: 02:00 is 03:00
    early = hours('x: {zone: Europe/Berlin, open: {sun: "02:30-04:00"}}')
    gap = at("2026-03-29 01:00", "UTC")
    assert state(early, gap - 1) is HoursState.CLOSED
    assert state(early, gap) is HoursState.OPEN
    assert next_change(early, gap) == at("2026-03-29 02:00", "UTC")


def test_an_hour_that_comes_twice_opens_and_closes_the_first_time() -> None:
    # Berlin, 2026-10-25: 03:00 is 02:00
    early = hours('x: {zone: Europe/Berlin, open: {sun: "01:00-02:30"}}')
    assert state(early, at("2026-10-25 00:29", "UTC")) is HoursState.OPEN
    assert state(early, at("2026-10-25 00:30", "UTC")) is HoursState.CLOSED
    assert state(early, at("2026-10-25 01:15", "UTC")) is HoursState.CLOSED


def test_a_day_that_a_zone_left_out_is_no_trouble() -> None:
    apia = hours('x: {zone: Pacific/Apia, open: {daily: "09:00-17:00"}}')
    assert (
        shown(next_change(apia, at("2011-12-29 18:00", "Pacific/Apia")), "Pacific/Apia") == "2011-12-31 09:00"
    )


def test_holidays_of_a_subdivision() -> None:
    text = 'x: {zone: Europe/Berlin, open: {daily: "09:00-17:00"}, country: DE, subdivision: %s}'
    epiphany = at("2026-01-06 10:00", "Europe/Berlin")
    assert state(hours(text % "BY"), epiphany) is HoursState.HOLIDAY
    assert state(hours(text % "HH"), epiphany) is HoursState.OPEN


@pytest.mark.parametrize("moment", [-1e12, -1.0, 0.0, 1e15, float("inf")])
def test_moments_out_of_any_calendar(moment: float) -> None:
    assert state(hours(BRANCH), moment) in HoursState


WRONG = [
    ('x: {open: {mon: "09:00-17:00"}}', "YML102 1:4 add 'zone: …'"),
    ("x: {zone: Asia/Seol, open: {mon: closed}}", "DP131 1:11 did you mean 'Asia/Seoul'?"),
    ("x: {zone: seoul, open: {mon: closed}}", "DP131 1:11 did you mean 'Asia/Seoul'?"),
    ("x: {zone: Europe, open: {mon: closed}}", "DP131 1:11 "),
    ("x: {zone: ../etc/passwd, open: {mon: closed}}", "DP131 1:11 "),
    ("x: {zone: [a], open: {mon: closed}}", "YML103 1:11 "),
    ("x: {zone: UTC}", "YML102 1:4 add 'open: …'"),
    ("x: {zone: UTC, open: {monday: closed}}", "DP132 1:23 did you mean 'mon'?"),
    ("x: {zone: UTC, open: {mon-fry: closed}}", "DP132 1:23 did you mean 'fri'?"),
    ('x: {zone: UTC, open: {"mon,": closed}}', "DP132 1:23 write mon-fri"),
    ('x: {zone: UTC, open: {mon-fri: closed, wed: "1:00-2:00"}}', "DP132 1:40 the first is line 1; give"),
    ('x: {zone: UTC, open: {mon: "9-17"}}', 'DP133 1:28 write it as "09:00-17:00"'),
    ('x: {zone: UTC, open: {mon: "09:00–17:00"}}', "DP133 1:28 write it as"),
    ('x: {zone: UTC, open: {mon: "9am - 5pm"}}', "DP133 1:28 hours are from 0 to 24"),
    ('x: {zone: UTC, open: {mon: "09:00-12:00, 13:00-17:00"}}', "DP133 1:28 several are a list"),
    ('x: {zone: UTC, open: {mon: "09:00-24:01"}}', "DP133 1:28 a day is from"),
    ('x: {zone: UTC, open: {mon: "09:60-10:00"}}', "DP133 1:28 a day is from"),
    ('x: {zone: UTC, open: {mon: "24:00-24:00"}}', "DP133 1:28 a day is from"),
    ('x: {zone: UTC, open: {mon: "09:00-09:00"}}', "DP133 1:28 a whole day is"),
    ("x: {zone: UTC, open: {mon: no}}", "DP133 1:28 write closed"),
    ('x: {zone: UTC, open: {mon: ["09:00-12:00", "11:00-13:00"]}}', "DP133 1:44 make it one range"),
    ("x: {zone: UTC, open: {mon: closed}, closed: 31.12.2026}", "DP134 1:45 write 2026-12-31"),
    ("x: {zone: UTC, open: {mon: closed}, closed: 2026-02-30}", "DP134 1:45 write 2026-12-31"),
    ("x: {zone: UTC, open: {mon: closed}, closed: 2026-02-03..2026-02-01}", "DP134 1:45 the earlier"),
    ("x: {zone: UTC, open: {mon: closed}, closed: 2026-02-03..2026-02-04..2026-02-05}", "DP134 1:45 write"),
    ("x: {zone: UTC, open: {mon: closed}, special: {12-24: closed}}", "DP134 1:47 write 2026-12-31"),
    ("x: {zone: UTC, open: {mon: closed}, special: {2026-12-24: no}}", "DP133 1:59 write closed"),
    (
        "x: {zone: UTC, open: {mon: closed}, special: {2026-12-24: closed, 2026-12-01..2026-12-31: closed}}",
        "DP134 1:67 the first",
    ),
    ("x: {zone: UTC, open: {mon: closed}, country: Korea}", "DP135 1:46 write the country's two letters"),
    ("x: {zone: UTC, open: {mon: closed}, country: kr}", "DP135 1:46 write KR"),
    ("x: {zone: UTC, open: {mon: closed}, country: XX}", "DP135 1:46 "),
    ("x: {zone: UTC, open: {mon: closed}, country: DE, subdivision: BYE}", "DP135 1:63 did you mean 'BY'?"),
    ("x: {zone: UTC, open: {mon: closed}, country: KR, subdivision: S}", "DP135 1:63 KR has none"),
    ("x: {zone: UTC, open: {mon: closed}, subdivision: BY}", "YML104 1:50 add 'country: …'"),
    ("x: {zone: UTC, open: {mon: closed}, clsed: 2026-01-01}", "YML101 1:37 did you mean 'closed'?"),
]


@pytest.mark.parametrize(("text", "problem"), WRONG, ids=lambda value: value[:60])
def test_a_mistake_is_reported_at_its_place_with_what_to_write(text: str, problem: str) -> None:
    _, (found,) = read(text)
    assert found.startswith(problem)


# --- against a plain oracle: looking at the clock on the wall, minute by minute -----------------

DAYS = [
    ("UTC", date(2026, 6, 1)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
    ("Europe/Berlin", date(2026, 3, 28)),
    ("Europe/Berlin", date(2026, 10, 24)),
    ("America/Havana", date(2026, 3, 7)),  # midnight is left out
    ("America/Havana", date(2024, 11, 2)),  # 01:00 is midnight
    ("America/St_Johns", date(2010, 11, 6)),  # 00:01 is 23:01 of the day before
    ("America/Sao_Paulo", date(2018, 2, 17)),  # midnight is 23:00
    ("America/Sao_Paulo", date(2018, 11, 3)),
    ("Australia/Lord_Howe", date(2026, 4, 4)),  # by half an hour
    ("Pacific/Apia", date(2011, 12, 29)),  # a day is left out
]

minutes = st.integers(0, 48).map(lambda half: half * 30)
spans = st.tuples(minutes.filter(lambda start: start < 1440), minutes).filter(lambda pair: pair[0] != pair[1])
ranges = spans.map(lambda pair: Range(pair[0], pair[1] if pair[1] > pair[0] else pair[1] + 1440))
weeks = st.lists(st.lists(ranges, max_size=2).map(tuple), min_size=7, max_size=7).map(tuple)


def looked_at(plan: Hours, first: int, last: int) -> dict[int, bool]:
    """Tell for each half hour whether it is open, from the wall's clock alone.

    A range is begun once the clock has shown its beginning or a later time, and over once it has its end.
    """
    walls = {}
    begun = first - 3 * 86_400
    latest = datetime(1, 1, 1, tzinfo=UTC)  # the wall's clock, taken as if it showed UTC
    for moment in range(begun, last, 1800):
        latest = max(latest, datetime.fromtimestamp(moment, plan.zone).replace(tzinfo=UTC))
        walls[moment] = latest
    start = datetime.fromtimestamp(begun, plan.zone).date()
    known: list[tuple[datetime, datetime]] = []
    for count in range(12):
        day = start + timedelta(days=count)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        known += [
            (midnight + timedelta(minutes=one.start), midnight + timedelta(minutes=one.end))
            for one in plan.of(day)
        ]
    return {
        moment: any(opens <= wall < closes for opens, closes in known)
        for moment, wall in walls.items()
        if moment >= first
    }


@pytest.mark.slow
@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.sampled_from(DAYS), weeks, st.booleans())
def test_open_is_what_the_clock_on_the_wall_says(
    where: tuple[str, date], week: tuple[tuple[Range, ...], ...], closed: bool
) -> None:
    zone, day = where
    plan = Hours("x", ZoneInfo(zone), week, closed=(Dates(day, day),) if closed else ())
    first = int(instant(day, 0, plan.zone))
    seen = looked_at(plan, first, first + 3 * 86_400)
    assert {moment: state(plan, moment) is HoursState.OPEN for moment in seen} == seen
    turns = [moment for moment in seen if moment > first and seen[moment] != seen[moment - 1800]]
    moment = next_change(plan, first)
    if turns:
        assert moment == turns[0]
    elif moment is not None:
        assert moment >= first + 3 * 86_400
