"""The hour at half of the capacity without its hour: what is clean, and how memory grows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from ivrcore.lab import bench_lab, soak_load
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.load import LoadResult
from ivrcore.lab.packages import LabError
from ivrcore.lab.soak_load import MIX, PARTS, STAFF, Memory, Mixed, capacity, clean

MEGA = 1_000_000


def result(made: int = 10, ok: int = 10, seconds: float = 12.0, answer: float = 0.01) -> LoadResult:
    return LoadResult(made, ok, made - ok, seconds, answer)


@pytest.mark.parametrize(
    ("wrong", "fine"),
    [
        (result(), True),
        (result(ok=9), False),
        (result(answer=0.3), False),
        (result(seconds=16.1), False),
    ],
)
def test_a_rate_is_clean_where_none_fails_is_answered_late_or_ends_late(
    wrong: LoadResult, *, fine: bool
) -> None:
    assert clean(Mixed([result(), wrong, result()], ""), 10.0) is fine


def test_the_mix_adds_up() -> None:
    mixed = Mixed([result(10, 9), result(20, 20, answer=0.2), result(5, 3)], "")
    assert (mixed.made, mixed.failed, mixed.answered) == (35, 3, 0.2)
    assert len(MIX) == len({number for number, _, _ in MIX})
    assert PARTS == 5


def memory_of(*sizes: float) -> Memory:
    """Give what an hour showed in which memory was looked at every minute."""
    held = Memory(cast(HotlineLab, SimpleNamespace()), 3600.0)
    held.looks = [(60.0 * minute, round(size * MEGA), 80 * MEGA) for minute, size in enumerate(sizes)]
    return held


def test_growth_is_that_of_the_second_half_alone() -> None:
    grown_before = memory_of(*range(100, 130), *([130.0] * 31))
    assert grown_before.growth == pytest.approx(0.0)
    grown_after = memory_of(*([100.0] * 31), *(100 + 0.1 * minute for minute in range(1, 31)))
    assert grown_after.growth == pytest.approx(0.0295, abs=0.001)
    assert grown_after.halves(1) == pytest.approx((100 * MEGA, 102.95 * MEGA), rel=1e-3)
    assert grown_after.halves(2) == (80 * MEGA, 80 * MEGA)


@pytest.mark.parametrize(("most", "found"), [(45, 40.0), (1000, 200.0), (5, 0.0)])
def test_the_capacity_is_the_last_rate_that_was_clean(
    monkeypatch: pytest.MonkeyPatch, most: float, found: float
) -> None:
    tried: list[float] = []

    def place(_: HotlineLab, rate: float, seconds: float) -> Mixed:
        tried.append(rate)
        return Mixed([result(ok=10 if rate <= most else 9, seconds=seconds)], "")

    monkeypatch.setattr(soak_load, "place", place)
    quiet = SimpleNamespace(wait_for=lambda *_: None, pbx=SimpleNamespace(idle=lambda: True))
    assert capacity(cast(HotlineLab, quiet)) == found
    assert tried.count(tried[-1]) == (2 if found < 120 else 1), "a rate that is not clean is tried again"


def test_a_rate_whose_calls_do_not_end_is_above_the_capacity(monkeypatch: pytest.MonkeyPatch) -> None:
    def place(_: HotlineLab, rate: float, seconds: float) -> Mixed:
        if rate > 30:
            raise LabError("not done within 70 s")
        return Mixed([result(ok=10, seconds=seconds)], "")

    monkeypatch.setattr(soak_load, "place", place)
    quiet = SimpleNamespace(wait_for=lambda *_: None, pbx=SimpleNamespace(idle=lambda: True))
    assert capacity(cast(HotlineLab, quiet)) == 30.0


def test_all_of_the_staff_serve_the_calls_of_the_mix() -> None:
    lines = bench_lab.agents(soak_load.AGENTS).splitlines()
    serving = [line.partition(":")[0] for line in lines if "queues: [talk]" in line]
    assert serving == STAFF
