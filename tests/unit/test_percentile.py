"""Percentiles by nearest rank."""

import pytest

from ivrcore.percentile import nearest_rank


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([7.0], 0.0, 7.0),
        ([7.0], 1.0, 7.0),
        ([1.0, 2.0, 3.0, 4.0], 0.5, 2.0),
        ([1.0, 2.0, 3.0, 4.0], 0.51, 3.0),
        ([float(n) for n in range(1, 21)], 0.95, 19.0),
        ([float(n) for n in range(1, 22)], 0.95, 20.0),
        ([1.0, 2.0, 3.0], 1.0, 3.0),
    ],
)
def test_the_smallest_value_that_the_share_does_not_exceed(
    values: list[float], share: float, found: float
) -> None:
    assert nearest_rank(values, share) == found


def test_nothing_has_none() -> None:
    with pytest.raises(ValueError, match="nothing"):
        nearest_rank([], 0.5)
