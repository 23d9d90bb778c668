"""Wrap-up counts for the queue of what it followed, in metrics and history alike."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from ivrcore.history.report import About
from ivrcore.metrics.fold import fold
from ivrcore.routing import commands as routing
from ivrcore.testing import NEVER_ANSWERS, Phone
from tests.scenarios.floor import AGENTS, QUEUES, Floor
from tests.unit.history.history_site import projected, whole

PLAN = """
name: wrap
language: en
numbers: {"6000": {start: back}, "6001": {start: general}, "6002": {start: cards}}
blocks:
  back: [{call_back: general}]
  general: [{queue: general}]
  cards: [{queue: cards}]
"""
ANSWERS = Phone(answers_after=1.0)


def booked(floor: Floor, folder: Path) -> dict[str, int]:
    """Give each queue's seconds of wrap-up, which metrics and history must agree on."""
    figures = fold(floor.journal.records)
    database = projected(folder, floor.journal.events)
    lines = whole(database, About.QUEUES).lines
    database.close()
    told = {line.key[0]: round(line.values["wrap_up"] or 0.0) for line in lines}
    assert told == {name: round(queue.wrap_up.total) for name, queue in figures.queues.items()}
    return {name: seconds for name, seconds in told.items() if seconds}


def test_given_two_conversations_at_once_then_wrap_up_is_of_the_one_that_ended_last(tmp_path: Path) -> None:
    floor = Floor(PLAN)
    agents = tuple(structs.replace(agent, capacity=2) for agent in AGENTS)
    floor.exchange.order(routing.LoadRoster(QUEUES, agents))
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    first = floor.call("6001")
    floor.wait(3)
    second = floor.call("6002")
    floor.wait(3)
    assert first.bridge is not None
    assert second.bridge is not None
    second.hang_up()
    floor.wait(3)
    first.hang_up()
    floor.wait(20)
    assert booked(floor, tmp_path) == {"general": 5}
    floor.check()


def test_given_a_customer_who_is_missed_then_wrap_up_is_of_the_call_back(tmp_path: Path) -> None:
    floor = Floor(PLAN)
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    caller = floor.call("6002")
    floor.wait(3)
    caller.hang_up()
    floor.wait(20)
    floor.switch.phones["PJSIP/+82212345678@trunk"] = NEVER_ANSWERS
    floor.call("6000")
    floor.wait(40)
    assert booked(floor, tmp_path) == {"cards": 5, "general": 5}
