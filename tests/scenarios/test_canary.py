"""The canary's calls through the whole hotline in memory: what they come to, and that nothing counts them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred

from ivrcore.announcements.drafts import SwitchDraft
from ivrcore.config import CanaryConfig
from ivrcore.journal.record import Record
from ivrcore.metrics.fold import fold
from ivrcore.model import events
from ivrcore.model.names import EmergencyAction
from ivrcore.model.pbx import contact_of, pbx_of
from ivrcore.routing.state import RouterState
from ivrcore.service.canary import Canaries
from ivrcore.telephony.leg import (
    Answered,
    Arrival,
    Command,
    Dial,
    HangUp,
    Leg,
    LegEvent,
    Play,
    PressKey,
)
from ivrcore.testing import NEVER_ANSWERS, FakeLeg, Phone
from tests.scenarios.floor import QUEUES, ROUTING, Floor

LOUD = (b"\x00\x20" + b"\x00\xe0") * 1600
"""A fifth of a second."""


class Loop:
    """Asterisk's dialplan between the two halves of a call that is dialled here."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.arrives = self.sounds = self.hangs_up = True
        self.near: list[FakeLeg] = []
        self.far: list[FakeLeg] = []
        self._dial = floor.switch.dial
        floor.switch.dial = self.dial  # type: ignore[method-assign]

    def dial(self, dial: Dial, owner: Callable[[LegEvent], None]) -> Leg:
        if not dial.endpoint.startswith("Local/"):
            return self._dial(dial, owner)
        self.floor.switch.phones[dial.endpoint] = NEVER_ANSWERS
        near = self._dial(dial, owner)
        self.near.append(near)
        if self.arrives:
            number = dial.endpoint.removeprefix("Local/").partition("@")[0]
            self.floor.steady.callLater(0.02, self._arrive, near, dial.far, number)
        return near

    def _arrive(self, near: FakeLeg, channel: str, number: str) -> None:
        contact = contact_of(channel, pbx_of(near.id))
        far = FakeLeg(self.floor.switch, f"{contact}.l1", channel, dialled=False, owner=lambda _: None)
        self.floor.switch._keep(far)
        self.far.append(far)
        self._tie(near, far)
        self.floor.switch.on_arrival(Arrival(far, contact, number))

    def _tie(self, near: FakeLeg, far: FakeLeg) -> None:
        to_near, to_far, own = near.send, far.send, far.own

        def from_near(command: Command) -> None:
            if isinstance(command, HangUp) and not self.hangs_up:
                return
            to_near(command)
            if isinstance(command, PressKey):
                far.press(command.key)
            elif isinstance(command, HangUp):
                far.hang_up()

        def from_far(command: Command) -> None:
            to_far(command)
            if isinstance(command, HangUp):
                near.hang_up()
            elif isinstance(command, Play) and self.sounds:
                self.floor.steady.callLater(0.1, near.speak, LOUD)

        def owned(owner: Callable[[LegEvent], None]) -> None:
            def report(event: LegEvent) -> None:
                if isinstance(event, Answered):
                    near.answer()
                owner(event)

            own(report)

        near.send, far.send, far.own = from_near, from_far, owned  # type: ignore[method-assign]


class Site:
    """A floor with a canary; `minute` lets one call go by."""

    def __init__(self, text: str | None = None, **config: object) -> None:
        self.floor = Floor(text) if text else Floor()
        self.loop = Loop(self.floor)
        self.down: set[str] = set()
        self.canary = Canaries(
            CanaryConfig(**{"number": "5000", "keys": "3", **config}),  # type: ignore[arg-type]
            self.floor.exchange,
            lambda: RouterState(ROUTING),
            lambda: QUEUES,
            lambda pbx: pbx not in self.down,
            "ivrcore-a",
        )
        self.floor.switch.on_arrival = self.canary.taking(self.floor.exchange.arrived)
        self.canary.start()
        self.floor.wait(10)

    def minute(self) -> str:
        self.floor.wait(60)
        return self.results()[-1]

    def results(self) -> list[str]:
        return [str(one.result) for one in self.called()]

    def called(self) -> list[events.CanaryCalled]:
        found = self.floor.happened(events.CanaryCalled)
        return [one for one in found if isinstance(one, events.CanaryCalled)]


def others(site: Site) -> list[object]:
    return [one for one in site.floor.journal.events if not isinstance(one, events.CanaryCalled)]


def test_given_a_hotline_in_order_when_minutes_pass_then_every_call_passes_and_nothing_else_is_written() -> (
    None
):
    site = Site()
    before = others(site)
    site.floor.wait(45)
    assert site.results() == []
    site.floor.wait(180)
    assert site.results() == ["passed"] * 3
    assert others(site) == before
    took = site.called()[0].took
    assert list(took) == ["arrived", "answered", "heard", "walked", "ended"]
    assert sorted(took.values()) == list(took.values())
    assert [leg.ended for leg in (*site.loop.near, *site.loop.far)] == [True] * 6 + [True] * (
        len(site.loop.near) * 2 - 6
    )


def test_given_calls_then_the_figures_count_them_and_no_contact() -> None:
    site = Site()
    for _ in range(3):
        site.minute()
    site.loop.arrives = False
    site.minute()
    site.floor.wait(10)
    figures = fold([Record(n, event) for n, event in enumerate(site.floor.journal.events, 1)])
    canary = figures.canary["5000"]
    assert (figures.offered, figures.open, figures.menus) == (0, {}, {})
    assert sum(queue.entered for queue in figures.queues.values()) == 0
    assert (canary.results["passed"], canary.results["not_arrived"]) == (3, 1)
    passed = [one for one in site.called() if one.result == "passed"]
    assert canary.succeeded == passed[-1].at < canary.seen
    assert canary.every == 60.0
    assert [histogram.count for histogram in canary.took.values()][:4] == [3, 3, 3, 3]


def test_given_a_real_caller_beside_it_then_each_has_its_own_call() -> None:
    site = Site()
    leg = site.floor.call("5000")
    site.minute()
    assert site.results() == ["passed"]
    arrived = site.floor.happened(events.ContactArrived)
    assert [getattr(one, "contact", "") for one in arrived] == [leg.id.removesuffix(".l1")]


def test_given_a_key_into_a_queue_then_it_waits_in_none_of_the_real_ones_and_rings_nobody() -> None:
    site = Site(keys="1")
    site.floor.phone("ann", Phone(answers_after=1.0))
    site.floor.ready("ann")
    site.minute()
    site.floor.wait(5)
    assert site.results() == ["passed"]
    assert [dial.endpoint for dial in site.floor.switch.dials] == ["Local/5000@ivrcore-inbound/n"]
    assert not site.floor.happened(events.ContactQueued)


def test_given_an_emergency_then_it_meets_a_closed_hotline() -> None:
    site = Site()
    site.floor.board.switch(SwitchDraft("all", EmergencyAction.CLOSE, {"en": "We are closed."}, ""), "kim")
    assert site.minute() == "closed"


CLOSED = """
name: closed
language: en
numbers:
  "5000": {start: welcome, answer: at_once}
blocks:
  welcome:
    - say: "We are closed."
    - hang_up: normal
"""


def test_given_a_dialplan_that_says_that_it_is_closed_then_that_is_no_fault_unless_it_should_be_open() -> (
    None
):
    for always_open, result in ((False, "closed"), (True, "not_walked")):
        site = Site(CLOSED, always_open=always_open)
        site.floor.wait(70)
        assert site.results() == [result]


@pytest.mark.parametrize(("fault", "result"), [("arrives", "not_arrived"), ("sounds", "not_heard")])
def test_given_a_fault_then_its_stage_is_told_and_the_next_call_passes_again(fault: str, result: str) -> None:
    site = Site()
    setattr(site.loop, fault, False)
    site.floor.wait(80)
    assert site.results() == [result]
    setattr(site.loop, fault, True)
    site.floor.wait(60)
    assert site.results() == [result, "passed"]


def test_given_no_link_then_nothing_is_dialled_and_that_is_a_fault() -> None:
    site = Site()
    site.down = {"main"}
    site.floor.wait(61)
    assert site.results() == ["not_arrived"]
    assert site.loop.near == []


def test_given_two_pbxs_then_each_is_called_and_one_without_a_link_fails_for_itself() -> None:
    site = Site(pbxs=("main", "busan"))
    site.floor.wait(120)
    site.down = {"busan"}
    site.floor.wait(120)
    told = [(one.pbx, str(one.result)) for one in site.called()]
    assert told == [
        ("main", "passed"), ("busan", "passed"), ("main", "passed"),
        ("busan", "not_arrived"), ("main", "passed"), ("busan", "not_arrived"), ("main", "passed"),
    ]  # fmt: skip
    gaps = [later.at - one.at for one, later in pairwise(site.called())]
    assert all(20 < gap < 40 for gap in gaps), "evenly apart"
    assert not site.floor.happened(events.ContactArrived)
    figures = fold([Record(n, event) for n, event in enumerate(site.floor.journal.events, 1)])
    assert {name: one.results["not_arrived"] for name, one in figures.canary.items()} == {
        "5000": 0, "busan~5000": 2,
    }  # fmt: skip


def test_given_a_call_that_lasts_when_the_next_is_due_then_it_is_not_tried() -> None:
    site = Site(within=48.0)
    site.loop.sounds = site.loop.hangs_up = False
    site.floor.wait(150)
    assert site.results() == ["not_tried", "not_heard"]
    assert len(site.loop.near) == 1


def test_given_a_call_of_the_other_server_s_canary_then_it_is_served_and_no_contact_either() -> None:
    site = Site()
    far = FakeLeg(site.floor.switch, "c-x.l1", "canary-ivrcore-b-1-far", dialled=False, owner=lambda _: None)
    site.floor.switch._keep(far)
    site.floor.switch.on_arrival(Arrival(far, "c-canary-ivrcore-b-1-far", "5000"))
    site.floor.wait(1)
    assert far.answered
    assert "sound:Welcome." in [media for one in far.commands for media in getattr(one, "media", ())]
    far.hang_up()
    site.floor.wait(1)
    assert not site.floor.happened(events.ContactArrived)


@ensureDeferred
async def test_given_a_stop_during_a_call_then_it_ends_and_is_counted_as_nothing() -> None:
    site = Site(keys="")
    site.loop.sounds = False
    site.floor.wait(52)
    stopping = asyncio.ensure_future(site.canary.stop())
    await Deferred.fromFuture(asyncio.ensure_future(asyncio.sleep(0)))
    site.floor.wait(1)
    await Deferred.fromFuture(stopping)
    assert site.loop.near[0].ended
    site.floor.wait(300)
    assert site.results() == []
    assert len(site.loop.near) == 1
