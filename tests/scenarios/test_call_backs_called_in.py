"""Customers who call in while their call-back waits: who is known, and what becomes of the place."""

from __future__ import annotations

import pytest

from ivrcore.config import CallBackConfig
from ivrcore.model.names import CallBackEnd
from tests.scenarios.floor import Floor
from tests.scenarios.test_call_backs_kept import OTHER, PLAN, SITE, VOICES, ended, places

ELSEWHERE = PLAN.replace("call_back: general}", 'call_back: general, number: "+82311111111"}')
"""The caller leaves another number than the one of the call."""


def put_off(floor: Floor, caller_number: str) -> None:
    """A caller waits for half a minute, and asks to be called back."""
    caller = floor.call("6000", caller_number)
    floor.wait(30.0)
    floor.press(caller, "1")
    floor.wait(5.0)
    assert caller.ended


@pytest.mark.parametrize("shared", ["anonymous", "+8225550000"])
def test_given_a_number_that_many_share_when_a_stranger_calls_from_it_then_the_place_is_kept(
    shared: str,
) -> None:
    floor = Floor(ELSEWHERE, rules=SITE, voices=VOICES)
    put_off(floor, shared)
    stranger = floor.call("6000", shared)
    floor.wait(2.0)
    assert ended(floor) == []
    assert places(floor)[-1] is None
    assert "We kept your place." not in floor.heard(stranger)
    assert floor.exchange.routing.waiting_in("general") == 2


def test_given_another_number_was_left_when_the_customer_calls_from_it_then_the_place_is_theirs() -> None:
    floor = Floor(ELSEWHERE, rules=SITE, voices=VOICES)
    put_off(floor, OTHER)
    floor.call("6000", "+82 31 111 1111")
    floor.wait(2.0)
    assert ended(floor) == [CallBackEnd.CALLED_IN]
    assert floor.exchange.routing.waiting_in("general") == 1


def test_given_a_site_that_trusts_no_number_when_the_customer_calls_in_then_the_call_back_goes_on() -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES, call_back=CallBackConfig(recognise=False))
    put_off(floor, "+82212345678")
    floor.call("6000", "+82212345678")
    floor.wait(2.0)
    assert ended(floor) == []
    assert places(floor)[-1] is None
