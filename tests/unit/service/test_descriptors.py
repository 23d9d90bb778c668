"""File descriptors that run out: told once, before the last is gone, and once when it is over."""

from __future__ import annotations

import os
import resource

import pytest
from twisted.internet.task import Clock

from ivrcore.service.descriptors import LOOK_EVERY, Descriptors, used_and_limit


def test_it_is_told_once_when_few_are_left_and_once_when_there_are_enough(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, used = Clock(), iter((10, 50, 89, 90, 100, 95, 85, 79, 50))
    watched = Descriptors(clock, lambda: (next(used), 100))
    watched.start()
    clock.pump([LOOK_EVERY] * 8)
    watched.stop()
    assert not list(used)
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "file descriptors run out",
        "there are enough file descriptors again",
    ]
    assert "90 of 100" in caplog.text
    assert "LimitNOFILE" in caplog.text
    assert "79 of 100" in caplog.text


def test_they_are_counted_even_when_none_is_left() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used, limit = used_and_limit()
    assert (2 < used < limit, limit) == (True, soft)
    last = os.dup(0)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))  # those above stay open
        assert used_and_limit() == (3, 3)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(last)
