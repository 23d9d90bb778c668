from __future__ import annotations

import os
from pathlib import Path

import pytest

from ivrcore.session.cores import spare_cores, usable_cores

CORES = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("50000 100000\n", 0.5),
        ("100000 100000\n", 1.0),
        ("max 100000\n", CORES),
        ("99900000 100000\n", CORES),
        ("nonsense\n", CORES),
        ("5 0\n", CORES),
        ("", CORES),
    ],
)
def test_a_containers_share_counts_where_it_is_less_than_the_machine(
    tmp_path: Path, text: str, cores: float
) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text(text)
    assert usable_cores(quota) == cores
    assert 0 < spare_cores(quota) <= cores - min(0.5, cores / 2)


def test_without_control_groups_the_machine_counts(tmp_path: Path) -> None:
    assert usable_cores(tmp_path / "none") == CORES
