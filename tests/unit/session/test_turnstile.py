"""One thing at a time, in order, and a fault stops only itself."""

import pytest

from ivrcore.session.turnstile import Turnstile


def test_what_comes_in_the_middle_waits_for_the_end() -> None:
    order: list[str] = []
    turnstile = Turnstile()

    def first() -> None:
        order.append("first begins")
        turnstile.enter(lambda: order.append("second"))
        order.append("first ends")

    turnstile.enter(first)
    assert order == ["first begins", "first ends", "second"]


def test_a_fault_is_reported_and_the_next_still_runs(caplog: pytest.LogCaptureFixture) -> None:
    order: list[str] = []
    turnstile = Turnstile()

    def fault() -> None:
        turnstile.enter(lambda: order.append("after"))
        raise ZeroDivisionError

    turnstile.enter(fault)
    assert order == ["after"]
    assert turnstile.failures == 1
    reported = [record for record in caplog.records if record.name == "ivrcore.session.turnstile"]
    assert [record.exc_info[0] for record in reported if record.exc_info] == [ZeroDivisionError]
