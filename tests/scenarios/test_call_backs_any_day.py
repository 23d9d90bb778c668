"""Random days of call-backs whose customers are rung early, in two queues that share agents.

Whatever happens, nothing is left, nothing fails, and no more customers are rung than agents come free.
"""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from msgspec import structs

from ivrcore.call_backs import OpenCallBacks
from ivrcore.config import CallBackConfig, QueueVoice
from ivrcore.dialplan.commands import Spoken
from ivrcore.errors import RequestRefused
from ivrcore.journal.record import Record
from ivrcore.model import events
from ivrcore.model.names import CallBackEnd
from ivrcore.routing import commands as routing
from ivrcore.testing import NEVER_ANSWERS, UNREACHABLE, FakeLeg, Phone
from ivrcore.tollguard import Rules
from tests.scenarios.floor import AGENTS, QUEUES, Floor

PLAN = """
name: back
language: en
numbers: {"6000": {start: general}, "6001": {start: cards}}
blocks:
  general:
    - queue: general
      keys: {"1": [{call_back: general}, {say: We will call you.}, {hang_up: normal}]}
  cards:
    - queue: cards
      keys: {"1": [{call_back: cards}, {hang_up: normal}], "2": [{goto: general}]}
"""
SETTINGS = CallBackConfig(customer_first=True, tries=2, gap=30.0, ring=10.0, most=20, longest_wait=600.0)
SERVES = {"general": ("ann", "bob", "cho"), "cards": ("ann", "bob")}
"""Who serves which queue."""
CUSTOMERS = [f"+8221111000{n}" for n in range(4)]
AHEAD = 15.0
"""Seconds before the end of wrap-up at which a customer is rung at the earliest."""


class Ahead:
    """Sees at each ringing, before there is an agent, whether one comes free for each who is rung."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._on: set[str] = set()
        self.seen = 0
        self.too_many: list[str] = []
        floor.journal.subscribe(self._happened)

    def _happened(self, record: Record) -> None:
        event = record.event
        match event:
            case events.CallBackDialled():
                self._on.add(event.contact)
                self._judge(event)
            case events.CallBackMissed() | events.CallBackPostponed() | events.CallBackEnded():
                self._on.discard(event.contact)
            case _:
                pass

    def _queue(self, contact: str) -> str:
        """Where a contact waits that no phone of an agent rings for."""
        visit = self._floor.exchange.routing.waiting.by_contact.get(contact)
        return visit.facts.name if visit and visit.waiting else ""

    def _judge(self, event: events.CallBackDialled) -> None:
        queue = self._queue(event.contact)
        if not queue:
            return  # an agent was asked first
        self.seen += 1
        coming = {name for name in SERVES[queue] if self._comes_free(name, event.at)}
        rung = [one for one in self._on if coming & set(SERVES.get(self._queue(one), ()))]
        if len(rung) > len(coming):
            self.too_many.append(f"{event.at}: {sorted(rung)} for {sorted(coming)}")

    def _comes_free(self, agent: str, now: float) -> bool:
        view = self._floor.exchange.routing.agent_view(agent)
        assert view is not None
        if view.state == "wrap_up":
            return view.until is not None and view.until <= now + AHEAD and not view.pause_next
        return view.state == "ready" and not view.resting


class Day:
    """One day, by chance."""

    def __init__(self, seed: int, at_once: int) -> None:
        self.chance = random.Random(seed)
        whisper = (Spoken("A call.", "en"),) if self.chance.random() < 0.5 else ()
        self.floor = Floor(
            PLAN,
            rules=Rules(
                allowed=("+82",),
                trunk="PJSIP/{number}@trunk",
                at_once=at_once,
                per_caller=100,
                per_number=1000,
                per_hour=10000,
            ),
            voices={queue: QueueVoice(whisper=whisper) for queue in ("general", "cards")},
            call_back=SETTINGS,
        )
        wrap_up = self.chance.choice([0.0, 20.0, 30.0])
        queues = tuple(structs.replace(one, wrap_up=wrap_up, max_wait=None) for one in QUEUES)
        self.floor.exchange.order(routing.LoadRoster(queues, AGENTS))
        self.ahead = Ahead(self.floor)
        self.callers: list[FakeLeg] = []
        for agent in ("ann", "bob", "cho"):
            self.floor.phone(agent, Phone(answers_after=1.0, hangs_up_after=self.chance.choice([10.0, 40.0])))
            self.floor.ready(agent)
        for number in CUSTOMERS:
            self.customer(number)
        self.opening()

    def opening(self) -> None:
        """All agents talk, and who comes next asks to be called back."""
        for n in range(3):
            self.callers.append(self.floor.call("6000", f"+8229999000{n}"))
        self.floor.wait(2.0)
        for number in CUSTOMERS:
            caller = self.floor.call(self.chance.choice(["6000", "6001"]), number)
            self.callers.append(caller)
            self.floor.press(caller, "1")
        self.floor.wait(2.0)

    def customer(self, number: str) -> None:
        """What the customer does when called."""
        talks = Phone(answers_after=3.0, hangs_up_after=self.chance.choice([5.0, 40.0]))
        phone = self.chance.choice([talks, talks, NEVER_ANSWERS, Phone(rejects_after=1.0), UNREACHABLE])
        self.floor.switch.phones[f"PJSIP/{number}@trunk"] = phone

    def deed(self) -> None:
        """Something happens."""
        chance, floor = self.chance, self.floor
        here = [leg for leg in self.callers if not leg.ended]
        agent = chance.choice(["ann", "bob", "cho"])
        match chance.choice("cccccpppprrwwwwwwwhaaxsmk"):
            case "c":
                self.callers.append(floor.call(chance.choice(["6000", "6001"]), chance.choice(CUSTOMERS)))
            case "p" if here:
                floor.press(chance.choice(here), chance.choice("112"))
            case "r":
                floor.ready(agent)
            case "h" if here:
                chance.choice(here).hang_up()
                floor.settle()
            case "a":
                rings = [Phone(answers_after=1.0, hangs_up_after=chance.choice([2.0, 10.0, 40.0]))]
                floor.phone(agent, chance.choice([*rings, *rings, NEVER_ANSWERS, Phone(rejects_after=1.0)]))
            case "x":
                self.customer(chance.choice(CUSTOMERS))
            case "s":
                floor.exchange.order(routing.AgentPause(agent, "lunch"))
                floor.settle()
            case "m":
                self.supervise()
            case "k" if chance.random() < 0.3:
                for one in list(floor.call_backs.open.values()):
                    floor.call_backs.erased(one.subject)
                floor.settle()
            case _:
                floor.wait(chance.choice([0.3, 1.0, 2.0, 5.0, 8.0, 12.0]))

    def supervise(self) -> None:
        """A supervisor moves somebody to the other queue, or sends somebody back."""
        waiting = sorted(self.floor.exchange.routing.waiting.by_contact)
        if not waiting:
            return
        contact, to = self.chance.choice(waiting), self.chance.choice(["general", "cards"])
        steering = [routing.MoveContact(contact, to, "sue"), routing.Prioritise(contact, 5, "sue")]
        with suppress(RequestRefused):
            self.floor.exchange.order(self.chance.choice(steering))
        self.floor.settle()

    def close(self) -> None:
        """Everybody goes home, and what is open grows too old."""
        floor = self.floor
        for leg in self.callers:
            if not leg.ended:
                leg.hang_up()
        floor.settle()
        for number in CUSTOMERS:
            floor.switch.phones[f"PJSIP/{number}@trunk"] = UNREACHABLE
        floor.wait(720.0)


@pytest.mark.parametrize("at_once", [1, 5])
@pytest.mark.parametrize(
    "seed", [*range(5), *(pytest.param(more, marks=pytest.mark.slow) for more in range(5, 25))]
)
def test_given_any_day_then_nothing_is_left_and_nobody_is_rung_for_an_agent_of_others(
    seed: int, at_once: int
) -> None:
    day = Day(seed, at_once)
    for _ in range(60):
        day.deed()
        folded = OpenCallBacks().after(day.floor.journal.events).by_contact
        assert folded == day.floor.call_backs.open
    day.close()
    floor = day.floor
    assert day.ahead.too_many == []
    assert CallBackEnd.FAILED not in [
        one.how for one in floor.journal.events if isinstance(one, events.CallBackEnded)
    ]
    floor.check()


@pytest.mark.slow
def test_the_days_are_ones_on_which_customers_are_rung_early_for_shared_agents() -> None:
    days = [Day(seed, 5) for seed in range(6)]
    for day in days:
        for _ in range(60):
            day.deed()
        day.close()
    assert sum(day.ahead.seen for day in days) >= 3
