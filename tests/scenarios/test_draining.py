"""A server that drains: who is waited for, when it ends, and what undoing means."""

from __future__ import annotations

from ivrcore.service.drain import Drain
from ivrcore.telephony.leg import GoOn
from tests.scenarios.test_turned_away import Door, Limits


class Draining(Door):
    """A hotline that can be drained; ``ends`` has the times at which it was to end."""

    def __init__(self) -> None:
        super().__init__(Limits())
        self.ends: list[float] = []
        self.began = self.floor.clock.now()
        self.drain = Drain(
            self.floor.exchange,
            self.intake,
            lambda: self.ends.append(self.floor.clock.now() - self.began),
        )


def test_given_then_stop_when_the_last_one_leaves_then_it_ends_once() -> None:
    site = Draining()
    first, second = site.floor.call(), site.floor.call()
    site.drain.begin("kim", then_stop=True)
    view = site.drain.view()
    assert (view.draining, view.inside, view.then_stop, view.until) == (True, 2, True, None)
    late = site.floor.call()
    assert isinstance(late.commands[0], GoOn)
    first.hang_up()
    site.floor.wait(5)
    assert site.ends == []
    second.hang_up()
    site.floor.wait(5)
    assert len(site.ends) == 1


def test_given_nobody_inside_when_told_to_stop_then_it_ends_at_once() -> None:
    site = Draining()
    site.drain.begin("kim", then_stop=True)
    site.floor.wait(1)
    assert len(site.ends) == 1


def test_given_a_time_out_when_it_is_up_then_it_ends_with_callers_inside() -> None:
    site = Draining()
    site.floor.call()
    site.drain.begin("kim", then_stop=True, time_out=4.0)
    site.floor.wait(3)
    assert site.ends == []
    site.floor.wait(2)
    assert len(site.ends) == 1
    assert 4.0 <= site.ends[0] < 5.0


def test_given_a_drain_without_a_stop_when_all_are_gone_then_it_goes_on() -> None:
    site = Draining()
    site.floor.call().hang_up()
    site.drain.begin("kim")
    site.floor.wait(10)
    assert site.ends == []
    assert site.drain.view().draining


def test_given_a_stop_that_is_undone_then_it_takes_calls_and_does_not_end() -> None:
    site = Draining()
    inside = site.floor.call()
    site.drain.begin("kim", then_stop=True, time_out=4.0)
    site.drain.undo("kim")
    inside.hang_up()
    site.floor.wait(10)
    assert site.ends == []
    assert not site.drain.view().draining
    assert site.served(site.floor.call())


def test_given_a_drain_when_told_again_then_the_last_word_counts() -> None:
    site = Draining()
    site.floor.call()
    site.drain.begin("kim", then_stop=True, time_out=2.0)
    site.drain.begin("sue", then_stop=True, time_out=20.0)
    site.floor.wait(10)
    assert site.ends == []
    site.drain.begin("sue")
    site.floor.wait(30)
    assert site.ends == []
