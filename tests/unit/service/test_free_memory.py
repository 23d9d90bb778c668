"""What is freed between pieces that stay goes back to the machine, as the kernel counts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from ivrcore.service.free_memory import EVERY, FreeMemory

PAGE = 4096
PIECES, SIZE = 2000, 16_000
"""What comes and goes: 32 MB."""


def resident() -> int:
    """Give the bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    yield clock
    assert not clock.getDelayedCalls()


def riddled() -> list[bytearray]:
    """Make and free much, so that something stays between any two pieces; give what stays."""
    gone, stays = [], []
    for _ in range(PIECES):
        gone.append(bytearray(b"x" * SIZE))
        stays.append(bytearray(b"y" * 600))
    return stays


def test_free_memory_between_pieces_that_stay_is_given_back_every_minute(clock: Clock) -> None:
    free = FreeMemory(clock)
    free.start()
    try:
        stays = riddled()
        before = resident()
        clock.advance(EVERY)
        assert resident() < before - PIECES * SIZE // 2
        assert stays
    finally:
        free.stop()


def test_after_the_end_nothing_is_given_back_and_ending_twice_is_harmless(clock: Clock) -> None:
    free = FreeMemory(clock)
    free.stop()
    free.start()
    free.stop()
    free.stop()
    assert not clock.getDelayedCalls()
