"""Durations are read as people write them, and told as they say them."""

import re

import pytest

from ivrcore.durations import PATTERN, in_words, parse_duration

WRITTEN = [
    ("5s", 5.0),
    ("500ms", 0.5),
    ("1m30s", 90.0),
    ("1.5s", 1.5),
    ("2h", 7200.0),
    ("2d", 172_800.0),
    ("1d12h", 129_600.0),
    ("0", 0.0),
]
NONE = ["5", "s", "-1s", "5 s", "1s1h", "1h1d", "1.5d", "d", "1e3s", "٣s", "9" * 400 + "s"]


@pytest.mark.parametrize(("text", "seconds"), WRITTEN)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds
    assert re.search(PATTERN, text)


@pytest.mark.parametrize("text", ["", *NONE])
def test_what_is_no_duration(text: str) -> None:
    assert parse_duration(text) is None
    assert not text or not re.search(PATTERN, text)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.0, "0 s"),
        (0.25, "0.25 s"),
        (20.0, "20 s"),
        (59.9996, "1 min"),
        (90.0, "1 min 30 s"),
        (3600.0, "1 h"),
        (14_400.0, "4 h"),
        (5400.0, "1 h 30 min"),
        (86_400.0, "1 day"),
        (30 * 86_400.0, "30 days"),
        (129_601.5, "1 day 12 h 1.5 s"),
        (-60.0, "-1 min"),
        (float("inf"), "inf s"),
        (float("nan"), "nan s"),
    ],
)
def test_durations_are_told_as_people_do(seconds: float, told: str) -> None:
    assert in_words(seconds) == told
