"""Recognisers are loaded once, when keys work or the link keeps being away."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from ivrcore.service.keys_first import LONGEST, PAUSE, KeysFirst


class Loads:
    def __init__(self) -> None:
        self.clock, self.at = Clock(), list[float]()
        self.keys_first = KeysFirst(self.clock, lambda: self.at.append(self.clock.seconds()))


@pytest.fixture
def loads() -> Loads:
    return Loads()


def test_given_a_link_then_a_moment_later_and_once(loads: Loads) -> None:
    loads.keys_first.start(linked=False)
    loads.clock.advance(0.5)
    loads.keys_first.link_up()
    assert loads.at == []
    loads.clock.advance(PAUSE)
    loads.keys_first.link_up()
    loads.clock.advance(2 * LONGEST)
    assert loads.at == [0.5 + PAUSE]
    assert not loads.clock.getDelayedCalls()


def test_given_no_link_then_after_a_while_all_the_same(loads: Loads) -> None:
    loads.keys_first.start(linked=False)
    loads.clock.advance(LONGEST)
    assert loads.at == [LONGEST]


def test_given_no_link_to_come_then_at_once(loads: Loads) -> None:
    loads.keys_first.start(linked=True)
    loads.clock.advance(0)
    assert loads.at == [0.0]


def test_given_others_are_wanted_before_then_these_are_loaded_first(loads: Loads) -> None:
    loads.keys_first.start(linked=False)
    loads.keys_first.now()
    loads.keys_first.link_up()
    loads.clock.advance(LONGEST)
    assert loads.at == [0.0]


def test_given_a_stop_then_never(loads: Loads) -> None:
    loads.keys_first.start(linked=False)
    loads.keys_first.stop()
    loads.keys_first.link_up()
    loads.clock.advance(LONGEST)
    assert loads.at == []
    assert not loads.clock.getDelayedCalls()
