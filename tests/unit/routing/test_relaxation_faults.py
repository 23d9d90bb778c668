"""Relaxations that raise, or give what cannot be used: named, and the contact keeps what it asked for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from router_desk import Desk, built_in

from ivrcore.api import Relaxed
from ivrcore.model.events import NeedRelaxed, PluginFailed
from ivrcore.model.roster import QueueFacts


class Odd:
    """Answers as it is told."""

    name = "odd"

    def __init__(self, answer: Callable[[], Any]) -> None:
        self.answer = answer

    def relax(self, *_: Any) -> Any:
        return self.answer()


def desk_of(answer: Callable[[], Any]) -> Desk:
    plugins = replace(built_in(), relaxations={"odd": Odd(answer)})
    return Desk(
        [QueueFacts(name="loans", relaxation="odd", require={"tier": [None, 3]})], ["ann"], plugins=plugins
    )


@pytest.mark.parametrize(
    "answer",
    [
        lambda: 1 / 0,
        lambda: None,
        lambda: Relaxed({"skills": {1, 2}}, "a set"),
        lambda: Relaxed({"tier": (None, 1)}, "never", until=float("nan")),
        lambda: Relaxed({"tier": (None, 1)}, "soon", until="soon"),  # type: ignore[arg-type]
        lambda: Relaxed(["tier"], "a list"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_used_is_reported_and_changes_nothing(answer: Callable[[], Any]) -> None:
    desk = desk_of(answer)
    desk.call("c1")
    assert [(event.plugin, event.hook) for event in desk.all(PluginFailed)] == [
        ("odd", "ivrcore_relaxations")
    ]
    assert [(event.need, event.until) for event in desk.all(NeedRelaxed)] == [({"tier": (None, 3)}, None)]
    assert desk.offers() == [("c1", "ann")]
    assert desk.replayed().snapshot() == desk.state.snapshot()


def test_one_that_always_wants_to_be_asked_at_once_does_not_stop_the_clock() -> None:
    desk = desk_of(lambda: Relaxed({"tier": (9, None)}, "now", until=0.0))
    desk.call("c1")
    desk.pass_time(1)
    assert 9 <= len(desk.all(NeedRelaxed)) <= 12


def test_a_rule_that_nobody_gives_excludes_nobody() -> None:
    desk = desk_of(lambda: Relaxed({"moon": "full"}, "by the moon"))
    desk.call("c1")
    assert desk.offers() == [("c1", "ann")]
    assert [event.plugin for event in desk.all(PluginFailed)] == ["moon"]
