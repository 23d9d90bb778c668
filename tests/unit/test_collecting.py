"""The collector of cycles is away while a dialplan is read, and back afterwards, whatever happened."""

from __future__ import annotations

import gc

import pytest

from ivrcore.collecting import settle, uncollected
from ivrcore.dialplan.check import Site, load_plan
from ivrcore.lab.large_plan import QUEUES, large_plan


def test_the_collector_is_back_when_the_last_reader_is_done() -> None:
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_is_back_after_a_failure() -> None:
    with pytest.raises(ValueError, match="broken"), uncollected():
        raise ValueError("broken")
    assert gc.isenabled()


def test_a_plan_that_is_dropped_needs_no_collector() -> None:
    text, site = large_plan(10), Site(queues=QUEUES, skills=(), recordings=())
    load_plan(text, "large.yaml", site)  # what is made at the first use stays
    gc.collect()
    with uncollected():
        plan, _ = load_plan(text, "large.yaml", site)
        assert plan is not None
        del plan
        assert gc.collect() == 0


def test_a_server_that_has_started_is_looked_through_no_more() -> None:
    gc.unfreeze()
    there = len(gc.get_objects())
    assert there > 10_000
    settle()
    try:
        assert gc.get_freeze_count() > 10_000
        assert len(gc.get_objects()) < there / 10
    finally:
        gc.unfreeze()
