"""Each request of a call gets one answer, in time, whatever its answerer does."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from twisted.internet.task import Clock as Steady

from ivrcore.dialplan.commands import DoAsk, ServiceTold
from ivrcore.model.names import Service, Told
from ivrcore.session.clock import UtcClock
from ivrcore.session.ports import Call, Done
from ivrcore.session.services import GRACE, Asking
from ivrcore.session.turnstile import Turnstile


class Answering:
    """Does with a request what the test says."""

    def __init__(self, does: Callable[[DoAsk, Done], object] = lambda asked, done: None) -> None:
        self.does = does
        self.done: list[Done] = []
        self.stopped: list[str] = []

    def ask(self, asked: DoAsk, call: Call, done: Done) -> None:
        self.done.append(done)
        self.does(asked, done)

    def stop(self, request: str) -> None:
        self.stopped.append(request)


class Desk:
    """A call that asks."""

    contact = "c1"

    def __init__(self, answerer: Answering) -> None:
        self.steady = Steady()
        self.enter = Turnstile().enter
        self.told: list[ServiceTold] = []
        clock = UtcClock(self.steady, lambda: 1000.0)
        self.asking = Asking({Service.LOOKUP: answerer}, self, clock, self.told.append)  # type: ignore[arg-type]

    def ask(self, request: str = "c1.s1", service: Service = Service.LOOKUP) -> None:
        self.asking.ask(DoAsk(request, service, "customer", {"number": "0101234"}, 2.0))


def test_an_answer_at_once_or_later_is_told_once() -> None:
    answerer = Answering(lambda asked, done: done(Told.DONE, {"tier": "gold"}))
    desk = Desk(answerer)
    desk.ask()
    answerer.done[0](Told.FAILED)
    desk.steady.advance(60)
    assert desk.told == [ServiceTold("c1.s1", Told.DONE, {"tier": "gold"})]
    assert answerer.stopped == []
    assert desk.steady.getDelayedCalls() == []


def test_what_raises_has_failed_and_its_text_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fault(asked: DoAsk, done: Done) -> None:
        raise KeyError(asked.payload["number"])

    desk = Desk(Answering(fault))
    desk.ask()
    assert desk.told == [ServiceTold("c1.s1", Told.FAILED, {}, "IVR700")]
    assert caplog.record_tuples[0][1] == logging.ERROR
    assert "0101234" not in caplog.text


def test_what_is_silent_is_stopped_and_its_late_answer_is_nobodys() -> None:
    answerer = Answering()
    desk = Desk(answerer)
    desk.ask()
    desk.steady.advance(2.0 + GRACE)
    assert desk.told == [ServiceTold("c1.s1", Told.TIMED_OUT)]
    assert answerer.stopped == ["c1.s1"]
    answerer.done[0](Told.DONE)
    assert len(desk.told) == 1


def test_what_nobody_wants_any_more_is_stopped_once() -> None:
    answerer = Answering()
    desk = Desk(answerer)
    desk.ask("c1.s1")
    desk.ask("c1.s2")
    desk.asking.stop("c1.s1")
    desk.asking.stop("c1.s1")
    desk.asking.stop_all()
    for done in answerer.done:
        done(Told.DONE)
    assert answerer.stopped == ["c1.s1", "c1.s2"]
    assert desk.told == []
    assert desk.steady.getDelayedCalls() == []


def test_a_kind_that_nobody_answers_has_failed() -> None:
    desk = Desk(Answering())
    desk.ask(service=Service.TRANSFER)
    assert desk.told == [ServiceTold("c1.s1", Told.FAILED, {}, "IVR703")]


def test_an_answerer_that_raises_when_stopped_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    class Stuck(Answering):
        def stop(self, request: str) -> None:
            raise RuntimeError

    desk = Desk(Stuck())
    desk.ask()
    desk.asking.stop("c1.s1")
    assert "stopping the request c1.s1 failed" in caplog.text
