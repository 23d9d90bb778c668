"""The live view: queue figures from routing's state, an honest estimate, what is announced by number."""

from __future__ import annotations

import pytest

from ivrcore.announcements.board import Board, fold
from ivrcore.model import events as e
from ivrcore.model.names import EmergencyAction, Via
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.routing import commands as r
from ivrcore.routing import router
from ivrcore.session.world import LiveWorld

START = 1_000.0
QUEUES = (QueueFacts(name="cards", skills={"cards": 2}, wrap_up=10.0), QueueFacts(name="general"))
AGENTS = (
    AgentFacts(name="ann", endpoint="PJSIP/ann", skills={"cards": 2}),
    AgentFacts(name="bob", endpoint="PJSIP/bob", skills={"cards": 1}),
)


class Floor:
    def __init__(self) -> None:
        self.now = START
        self.board = Board()
        self.routing = router.RouterState(load_plugins().routing())
        self.world = LiveWorld(self.routing, lambda: self.board, lambda: self.now, ["5009"])
        self.route(r.LoadRoster(QUEUES, AGENTS))

    def route(self, given: r.Input) -> None:
        router.step(self.routing, given, self.now)

    def wait(self, contact: str, queue: str = "cards") -> None:
        self.route(r.Enqueue(contact, f"{contact}.v1", queue, 0, {}))


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_a_queue_nobody_configured_is_not_there(floor: Floor) -> None:
    assert floor.world.queue("loans") is None


def test_figures_are_those_of_routing(floor: Floor) -> None:
    floor.wait("c1")
    floor.now += 7.0
    floor.wait("c2")
    queue = floor.world.queue("cards")
    assert queue is not None
    assert (queue.waiting, queue.ready, queue.longest_wait) == (2, 0, 7.0)


def test_only_agents_with_the_skills_are_ready_for_it(floor: Floor) -> None:
    floor.route(r.AgentReady("ann"))
    floor.route(r.AgentReady("bob"))
    cards, general = floor.world.queue("cards"), floor.world.queue("general")
    assert cards is not None
    assert general is not None
    assert (cards.ready, general.ready) == (1, 2)
    assert cards.expected_wait == 0.0


def test_the_expected_wait_is_unknown_before_enough_conversations(floor: Floor) -> None:
    floor.route(r.AgentReady("ann"))
    floor.wait("c1")
    floor.wait("c2")
    queue = floor.world.queue("cards")
    assert queue is not None
    assert queue.expected_wait is None


def test_numbers_are_looked_up_as_calls_carry_them(floor: Floor) -> None:
    floor.board = fold(
        [
            e.AnnouncementSet(
                at=START, name="a", version=1, numbers=["5000"], starts=START, author="kim", via=Via.API
            ),
            e.EmergencySet(at=START, scope="5000", action=EmergencyAction.CLOSE, author="kim", via=Via.API),
        ]
    )
    assert [one.name for one in floor.world.announcements("50 00", START)] == ["a"]
    assert floor.world.announcements("5001", START) == ()
    assert floor.world.emergency("50 00") is not None
    assert floor.world.emergency("5001") is None


def test_the_supervisors_own_line_stays_open(floor: Floor) -> None:
    floor.board = fold(
        [e.EmergencySet(at=START, scope="all", action=EmergencyAction.CLOSE, author="kim", via=Via.API)]
    )
    assert floor.world.emergency("5000") is not None
    assert floor.world.emergency("5009") is None
