"""A short run of `make chaos`, of each kind: under 30 calls and more something dies, and all is recounted."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.lab import chaos
from ivrcore.lab.chaos_calls import LEAST
from ivrcore.lab.chaos_crashes import NOTICED
from ivrcore.lab.chaos_cuts import Loss
from ivrcore.lab.hotline import HotlineLab
from tests.asterisk.hotlines import MOVING, at_one_moment, differences, figures_equal_fold
from tests.support.recount import Past, expected

pytestmark = [
    pytest.mark.asterisk,
    # What is lost once in many runs is what they are for: only what the lab had no time for is tried again.
    pytest.mark.flaky(reruns=2, only_rerun=["LabError"]),
]

SEEDS = range(4, 104, 5)
"""Twenty kinds of moments, from all over a contact's life; at a few of them there is a snapshot."""
CUTS = (7, 13, 14, 15, 16)
"""Every way to lose the link, of which three last longer than it takes to notice."""
CRASHES = (1, 2, 3)
ENDS = ("_total", "_count", "_bucket")


def miscounted(lab: HotlineLab) -> list[str]:
    """Compare every counter that is scraped with a second count of the journal's events."""
    scraped, records = at_one_moment(lab)
    wanted = expected(Past([record.event for record in records], records[-1].event.at))
    return [
        f"{name}{sorted(labels)}: shown {scraped.get((name, tuple(sorted(labels))))}, counted {value}"
        for (name, labels), value in wanted.items()
        if name.endswith(ENDS)
        and not name.startswith(MOVING)
        and scraped.get((name, tuple(sorted(labels)))) != pytest.approx(value, abs=1e-5)
    ]


def test_given_calls_when_the_server_is_killed_again_and_again_then_nothing_is_lost_or_doubled(
    tmp_path: Path,
) -> None:
    with chaos.kills(tmp_path / "lab") as (lab, storm):
        points, wrong = storm(SEEDS)
        assert wrong == []
        assert differences(lab) == []
        assert figures_equal_fold(lab) > 50
        assert miscounted(lab) == []
    assert len(points) == len(SEEDS)
    assert min(point.live for point in points) >= LEAST
    assert {where for point in points for where in point.adopted} == {"dialplan", "queue", "offered", "talk"}
    assert len({point.target for point in points}) == len(SEEDS)
    assert any(point.began for point in points)


def test_given_calls_when_the_link_is_lost_in_every_way_then_all_go_on_and_it_is_noticed(
    tmp_path: Path,
) -> None:
    with chaos.cuts(tmp_path / "lab") as (lab, storm):
        points, wrong = storm(CUTS)
        assert wrong == []
        assert differences(lab) == []
        assert figures_equal_fold(lab) > 50
        assert miscounted(lab) == []
    assert {point.loss for point in points} == set(Loss)
    assert min(point.live for point in points) >= LEAST
    assert all(point.noticed is not None for point in points)
    assert sum(point.went_on for point in points) > LEAST


def test_given_calls_when_asterisk_crashes_then_all_are_closed_and_the_next_are_served(
    tmp_path: Path,
) -> None:
    with chaos.crashes(tmp_path / "lab") as (lab, storm):
        points, wrong = storm(CRASHES)
        assert wrong == []
        assert differences(lab) == []
        assert figures_equal_fold(lab) > 50
        assert miscounted(lab) == []
    assert all(point.closed == point.live >= LEAST for point in points)
    assert min(point.talking for point in points) > 0
    assert all(point.noticed < NOTICED for point in points)
