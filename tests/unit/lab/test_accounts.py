"""The demo's table finds what does not add up."""

import dataclasses

from ivrcore.lab.accounts import Accounts, calls_processed, own_calls
from ivrcore.model import events
from ivrcore.model.canary_names import CanaryResult

GOOD = Accounts(
    callers={"offered": 4, "refused": 1, "taken": 3},
    agents={"offers": 2, "picked_up": 1},
    asterisk={"offered": 4, "channels": 0, "bridges": 0},
    journal={
        "offered": 4, "refused": 1, "self_served": 1, "left_in_menu": 0, "failed": 0, "queued": 2,
        "answered": 1, "abandoned": 1, "left": 0, "offers": 2, "picked_up": 1, "taken": 3,
    },
    metrics={
        "offered": 4, "refused": 1, "self_served": 1, "left_in_menu": 0, "failed": 0, "queued": 2,
        "answered": 1, "abandoned": 1, "left": 0, "offers": 2,
    },
)  # fmt: skip


def test_accounts_that_agree_have_no_mismatch() -> None:
    assert GOOD.mismatches() == []
    assert "answered" in GOOD.table()


def test_a_witness_who_counted_otherwise_is_named() -> None:
    bad = dataclasses.replace(GOOD, agents={"offers": 3, "picked_up": 1})
    (found,) = bad.mismatches()
    assert "agents' phones rang" in found
    assert "3" in found


def test_a_visit_that_never_ended_does_not_add_up() -> None:
    lost = {**GOOD.journal, "abandoned": 0}
    bad = dataclasses.replace(GOOD, journal=lost, metrics={**GOOD.metrics, "abandoned": 0})
    assert bad.mismatches() == ["queued is not answered + abandoned + left otherwise"]


def test_a_channel_left_behind_is_a_mismatch() -> None:
    bad = dataclasses.replace(GOOD, asterisk={"offered": 4, "channels": 1, "bridges": 0})
    assert bad.mismatches() == ["channels left in Asterisk: 1"]


def test_asterisks_own_count_is_read() -> None:
    assert calls_processed("0 active calls\n1 call processed\n") == 1
    assert calls_processed("0 active calls\n23 calls processed\n") == 23
    assert calls_processed("") == -1


def test_calls_of_the_canary_that_reached_the_dialplan_are_counted_apart() -> None:
    def called(result: CanaryResult, **took: float) -> events.CanaryCalled:
        return events.CanaryCalled(at=1.0, number="5000", every=60.0, result=result, took=took)

    happened = [
        called(CanaryResult.PASSED, arrived=0.1, answered=0.2),
        called(CanaryResult.NOT_ARRIVED),
        called(CanaryResult.NOT_HEARD, arrived=0.1),
    ]
    assert own_calls(happened) == 2
