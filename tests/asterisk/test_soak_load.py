"""Some seconds of what `python -m ivrcore.lab soak-load` does for an hour."""

from __future__ import annotations

import pytest

from ivrcore.lab.soak_load import run

pytestmark = pytest.mark.asterisk

MINUTES = 0.4
RATE = 5.0
"""Calls a second, far below the capacity: beside other tests."""


def test_given_callers_of_all_kinds_when_they_come_for_a_while_then_none_fails_and_all_are_closed() -> None:
    found, _ = run(MINUTES, RATE)
    told = {str(row[0]): str(row[1]) for row in found.figures.rows}
    calls = round(RATE * MINUTES * 60)
    assert told["calls"] == str(calls)
    assert told["contacts that came, and that are closed"] == f"{calls}, {calls}"
    assert told["– failed"] == "0"
    assert int(told["– gave up waiting"]) >= calls // 5
    assert int(told["– talked with an agent"]) > calls // 4
    # memory still grows in a server's first minute: the hour's run judges that
    assert [one for one in found.wrong if "grew" not in one] == []
