"""A short run of `make chaos`: the server is killed under 30 calls and more, and all figures recounted."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.lab import chaos, chaos_site
from ivrcore.lab.hotline import HotlineLab
from tests.asterisk.hotlines import MOVING, differences, figures_equal_fold
from tests.support.recount import Past, expected

pytestmark = pytest.mark.asterisk

SEEDS = range(1, 21)
ENDS = ("_total", "_count", "_bucket")


def miscounted(lab: HotlineLab) -> list[str]:
    """Compare every counter that is scraped with a second count of the journal's events."""
    scraped, records = lab.metrics(), list(lab.records())
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
    with chaos_site.hotline(tmp_path / "lab") as lab:
        points, wrong = chaos.storm(lab, SEEDS)
        assert wrong == []
        assert differences(lab) == []
        assert figures_equal_fold(lab) > 50
        assert miscounted(lab) == []
    assert len(points) == len(SEEDS)
    assert min(point.live for point in points) >= chaos.LEAST
    assert {where for point in points for where in point.adopted} == {"dialplan", "queue", "offered", "talk"}
    assert len({point.target for point in points}) == len(SEEDS)
    assert any(point.began for point in points)
