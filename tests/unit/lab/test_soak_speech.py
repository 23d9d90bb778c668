"""The soak of recognisers: what it counts as flat, and a short one by a real engine."""

from __future__ import annotations

from collections import Counter

import pytest

from ivrcore.lab.soak_speech import SOAKS, Found, Line, main
from tests.support.speaking import speech


def found(*sizes: float, gave_up: int = 0) -> Found:
    looks = [(200 * (at + 1), round(size * 1e6)) for at, size in enumerate(sizes)]
    return Found(Counter({"accept": 2000 - gave_up, "gave up": gave_up}), looks, 1.0)


def test_memory_that_grows_only_at_first_is_flat() -> None:
    warm = found(100, 150, *[160] * 8)
    assert warm.per_thousand == 0
    assert warm.good


def test_memory_that_goes_on_growing_is_not() -> None:
    leaking = found(*(100 + 0.5 * look for look in range(10)))
    assert leaking.per_thousand == pytest.approx(2.5e6)
    assert not leaking.good


def test_an_utterance_that_was_given_up_is_no_good() -> None:
    assert not found(*[100] * 10, gave_up=1).good


@pytest.mark.parametrize(
    ("ends", "good"),
    [
        ({"accept": 500, "confirm": 400, "reject": 100}, True),
        ({"accept": 500, "confirm": 399, "reject": 101}, False),
        ({"nothing heard": 1000}, False),
        ({}, False),
    ],
)
def test_what_hears_too_little_is_no_good(ends: dict[str, int], good: bool) -> None:
    looks = [(100 * (at + 1), 100_000_000) for at in range(10)]
    assert Found(Counter(ends), looks, 1.0).good is good


def test_a_real_engine_hears_what_is_said_and_nothing_in_silence() -> None:
    line = Line(SOAKS["pocketsphinx"])
    try:
        assert [line.recognise(turn, speech("operator", "en")) for turn in (1, 2)] == ["confirm"] * 2
        assert line.recognise(3, bytes(32_000)) == "nothing heard"
        assert line.service.admission.streams == 0
    finally:
        assert line.service.stop()


def test_too_few_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--count", "3"])
    assert "at least 10" in capsys.readouterr().err
