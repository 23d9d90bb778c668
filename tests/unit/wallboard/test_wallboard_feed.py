"""How changes are pushed: encoded once for all, seldom, to nobody who does not read."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from twisted.internet.task import Clock

from ivrcore.routing import commands as r
from ivrcore.wallboard import feed as feeds
from ivrcore.wallboard.feed import Feed
from tests.unit.wallboard.floors import AGENTS, QUEUES, Floor


class Screen:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.behind_since: float | None = None
        self.dropped = False
        self.trusted = True

    def send(self, message: bytes) -> None:
        self.sent.append(message)

    def drop(self) -> None:
        self.dropped = True

    def may_look(self) -> bool:
        return self.trusted

    def told(self) -> list[dict[str, Any]]:
        """Give the messages since the last time."""
        parts = b"".join(self.sent).decode().split("\n\n")[:-1]
        self.sent = []
        return [json.loads(part.removeprefix("data: ")) for part in parts]


class PushedFloor(Floor):
    """A floor whose board is pushed; time goes on for both."""

    def __init__(self) -> None:
        self.clock = Clock()
        super().__init__()
        self.feed = Feed(self.board, self.clock, lambda: self.now, lambda: {"zone": "UTC", "levels": {}})

    def record(self, *found: Any) -> None:
        for event in found:
            super().record(event)
            if hasattr(self, "feed"):
                self.feed.observe(event)

    def later(self, seconds: float) -> None:
        """Let time pass, in small steps."""
        for _ in range(round(seconds * 100)):
            self.now += 0.01
            self.clock.advance(0.01)

    def screen(self) -> Screen:
        """Give one that looks."""
        one = Screen()
        self.feed.join(one)
        return one


def test_a_screen_gets_the_time_and_the_whole_board_at_once() -> None:
    floor = PushedFloor()
    floor.enqueue("c1", "loans")
    time, board = floor.screen().told()
    assert time == {"at": floor.now}
    assert board["whole"] is True
    assert board["order"] == [queue.name for queue in QUEUES]
    assert board["queues"]["loans"]["waiting"] == 1
    assert board["zone"] == "UTC"


def test_a_change_comes_within_half_a_second_and_many_come_together_as_the_same_bytes() -> None:
    floor = PushedFloor()
    one, other = floor.screen(), floor.screen()
    one.told(), other.told()
    floor.later(3.0)
    assert {tuple(message) for message in one.told()} == {("at",)}
    other.told()
    floor.enqueue("c1", "loans")
    floor.later(feeds.AT_FIRST + 0.05)
    assert one.sent == other.sent
    (first,) = one.told()
    assert first["queues"]["loans"]["waiting"] == 1
    assert "cards" not in first["queues"]
    for n in range(20):
        floor.enqueue(f"d{n}", "loans")
        floor.later(0.02)
    floor.later(0.1)
    (second,) = one.told()
    assert second["seq"] == first["seq"] + 1
    assert second["queues"]["loans"]["waiting"] == 21
    floor.later(0.5)
    assert not [message for message in one.told() if "queues" in message]


def test_who_joins_later_is_told_what_the_others_know_by_now() -> None:
    floor = PushedFloor()
    first = floor.screen()
    floor.enqueue("c1", "loans")
    late = floor.screen()
    floor.later(1.0)
    _, whole, *changes = late.told()
    waiting = [message["queues"]["loans"]["waiting"] for message in (whole, *changes) if "queues" in message]
    assert waiting == [0, 1]
    assert changes[0]["seq"] == whole["seq"] + 1
    assert first.told()[-1]["seq"] == changes[0]["seq"]


def test_where_nothing_happens_the_time_is_told() -> None:
    floor = PushedFloor()
    screen = floor.screen()
    screen.told()
    floor.later(10.0)
    told = [message["at"] for message in screen.told()]
    assert len(told) >= 4
    assert max(after - before for before, after in pairwise(told)) <= feeds.BEAT + 0.1


def test_a_screen_that_does_not_read_gets_nothing_and_then_the_whole_board() -> None:
    floor = PushedFloor()
    slow, other = floor.screen(), floor.screen()
    slow.told(), other.told()
    slow.behind_since = floor.clock.seconds()
    for n in range(10):
        floor.enqueue(f"c{n}", "loans")
        floor.later(0.6)
    assert slow.sent == []
    slow.behind_since = None
    floor.enqueue("last", "loans")
    floor.later(0.6)
    _, whole = slow.told()
    assert whole["queues"]["loans"]["waiting"] == 11
    assert other.told()[-1]["seq"] == whole["seq"]


def test_one_that_stays_behind_is_dropped() -> None:
    floor = PushedFloor()
    slow, other = floor.screen(), floor.screen()
    slow.behind_since = floor.clock.seconds()
    floor.later(feeds.LONGEST_BEHIND + feeds.BEAT + 0.1)
    assert (slow.dropped, other.dropped, len(floor.feed), floor.feed.dropped) == (True, False, 1, 1)


def test_one_whose_token_is_gone_is_dropped() -> None:
    floor = PushedFloor()
    screen = floor.screen()
    screen.trusted = False
    floor.later(feeds.LOOK_AGAIN + feeds.BEAT + 0.1)
    assert screen.dropped
    assert len(floor.feed) == 0


def test_without_screens_nothing_is_marked_and_nothing_waits_to_be_called() -> None:
    floor = PushedFloor()
    screen = floor.screen()
    floor.enqueue("c1", "loans")
    floor.feed.leave(screen)
    assert floor.clock.getDelayedCalls() == []
    floor.route(r.AgentReady("ann"))
    floor.enqueue("c2", "cards")
    _, whole = floor.screen().told()
    assert whole["queues"]["cards"]["waiting"] == 1
    assert whole["agents"]["ann"]["state"] == "offered"


def test_a_new_roster_comes_with_what_the_configuration_says() -> None:
    floor = PushedFloor()
    screen = floor.screen()
    screen.told()
    floor.route(r.LoadRoster(QUEUES[:1], AGENTS))
    floor.later(0.6)
    whole = screen.told()[-1]
    assert whole["whole"] is True
    assert list(whole["queues"]) == ["loans"]


def test_an_order_that_changed_while_nobody_looked_is_told_to_who_looks_next() -> None:
    floor = PushedFloor()
    screen = floor.screen()
    floor.feed.leave(screen)
    floor.route(r.LoadRoster(QUEUES[::-1], AGENTS))
    _, whole = floor.screen().told()
    assert whole["order"] == [queue.name for queue in QUEUES[::-1]]


def test_closed_it_sends_everybody_away() -> None:
    floor = PushedFloor()
    screen = floor.screen()
    floor.feed.close()
    assert screen.dropped
    assert floor.clock.getDelayedCalls() == []
