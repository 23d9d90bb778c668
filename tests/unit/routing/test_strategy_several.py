"""Strategies that ring several or nobody: ring all, progressive, pull."""

import pytest
from strategy_bench import NOW, order, refused

from ivrcore.api import Candidate

ABC = [Candidate("ann", 5.0), Candidate("bob", 1.0), Candidate("cho", 3.0)]
TIER2 = [Candidate("dan", 0.0, tier=2)]


def test_ring_all_rings_all_and_looks_again_for_who_comes_free() -> None:
    found = order("ring_all", ABC)
    assert (found.ring, found.why, found.again) == (("ann", "bob", "cho"), "all at once", NOW + 5)


@pytest.mark.parametrize(
    ("ringing_tier", "candidates", "ring"),
    [
        (1, ABC, ("ann", "bob", "cho")),
        (2, ABC, ("ann", "bob", "cho")),
        (2, TIER2, ("dan",)),
        (1, TIER2, ()),
        (1, [], ()),
    ],
)
def test_ring_all_adds_who_came_free_unless_of_a_higher_tier(
    ringing_tier: int, candidates: list[Candidate], ring: tuple[str, ...]
) -> None:
    found = order("ring_all", candidates, ringing=["eve"], ringing_tier=ringing_tier)
    assert (found.ring, found.why, found.again) == (ring, "too, came free", NOW + 5)


def test_ring_all_may_look_less_often_or_never() -> None:
    assert order("ring_all", ABC, every=30).again == NOW + 30
    assert order("ring_all", ABC, every=0).again is None
    assert order("ring_all", ABC, ringing=["eve"], ringing_tier=1, every=0).again is None


def test_ring_all_asks_for_no_further_look_where_nobody_rings() -> None:
    assert (order("ring_all", []).ring, order("ring_all", []).again) == ((), None)


def test_progressive_begins_with_who_is_idle_for_longest() -> None:
    found = order("progressive", ABC)
    assert (found.ring, found.why, found.again) == (
        ("bob",),
        f"the first, idle for {NOW - 1:.0f} s",
        NOW + 10,
    )


@pytest.mark.parametrize(
    ("ringing", "candidates", "options", "ring", "again"),
    [
        (["eve"], ABC, {}, ("bob",), 10),
        (["eve", "fay"], ABC, {}, ("bob",), 10),
        (["eve", "fay", "gil"], ABC, {}, (), 10),
        (["eve"], [], {}, (), 10),
        (["eve"], TIER2, {}, ("dan",), 10),
        ([], [], {}, (), None),
        (["eve"], ABC, {"every": "4s"}, ("bob",), 4),
        (["eve"], ABC, {"every": 0}, ("bob",), 1),
        (["eve"], ABC, {"most": 1}, (), 10),
        (["eve", "fay", "gil"], ABC, {"most": 4}, ("bob",), 10),
        ([], ABC, {"most": 0}, ("bob",), 10),
    ],
)
def test_progressive_adds_one_while_there_is_room(
    ringing: list[str],
    candidates: list[Candidate],
    options: dict[str, object],
    ring: tuple[str, ...],
    again: float | None,
) -> None:
    found = order("progressive", candidates, ringing=ringing, ringing_tier=1 if ringing else None, **options)
    assert (found.ring, found.again) == (ring, None if again is None else NOW + again)


def test_settings_that_cannot_be_read_are_reported_and_one_agent_rings() -> None:
    assert "ValueError" in refused("progressive", most="many")
    assert "ValueError" in refused("progressive", every="now and then")
    assert "ValueError" in refused("ring_all", every=-1)


def test_pull_rings_nobody() -> None:
    found = order("pull", ABC)
    assert (found.ring, found.why, found.again) == ((), "waits to be taken", None)
