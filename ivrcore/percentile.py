"""Percentiles as all of ivrcore means them."""

from collections.abc import Sequence
from math import ceil


def nearest_rank(ordered: Sequence[float], share: float) -> float:
    """Give the smallest value that ``share`` (0 to 1) of the values, in order of size, do not exceed.

    Nearest rank, no interpolation. ValueError for no values.
    """
    if not ordered:
        raise ValueError("no percentile of nothing")
    return ordered[max(ceil(share * len(ordered)), 1) - 1]
