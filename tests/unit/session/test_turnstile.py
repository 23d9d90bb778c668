"""One thing at a time, in order, and a fault stops only itself."""

from twisted.logger import LogPublisher, globalLogPublisher

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


def test_a_fault_is_reported_and_the_next_still_runs() -> None:
    order: list[str] = []
    seen: list[str] = []
    turnstile = Turnstile()

    def fault() -> None:
        turnstile.enter(lambda: order.append("after"))
        raise ZeroDivisionError

    def observe(event: dict[str, object]) -> None:
        if "log_failure" in event:
            seen.append(str(event["log_format"]))

    publisher: LogPublisher = globalLogPublisher
    publisher.addObserver(observe)
    try:
        turnstile.enter(fault)
    finally:
        publisher.removeObserver(observe)
    assert order == ["after"]
    assert turnstile.failures == 1
    assert len(seen) == 1
