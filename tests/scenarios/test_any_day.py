"""Any order of what callers, agents, the link and the recogniser may do leaves nothing behind."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest
from msgspec import structs

from ivrcore.announcements.drafts import SwitchDraft
from ivrcore.config import QueueVoice
from ivrcore.dialplan.commands import Spoken
from ivrcore.errors import RequestRefused
from ivrcore.model.names import EmergencyAction, Verdict
from ivrcore.routing import commands as routing
from ivrcore.session.listening import Began, Decided, GaveUp
from ivrcore.testing import NEVER_ANSWERS, UNREACHABLE, FakeLeg, Phone
from tests.scenarios.floor import AGENTS, QUEUES, Floor

PHONES = (
    Phone(answers_after=0.0),
    Phone(answers_after=1.0),
    Phone(answers_after=0.5, hangs_up_after=0.0),
    Phone(answers_after=0.5, hangs_up_after=0.3),
    Phone(answers_after=2.0, hangs_up_after=5.0),
    Phone(rejects_after=0.2),
    NEVER_ANSWERS,
    UNREACHABLE,
)
VOICES = {
    "general": QueueVoice(
        whisper=(Spoken("General.", "en"),), position={"en": "You are {position}."}, announce_first=1.0
    ),
    "loans": QueueVoice(
        announce={"en": (Spoken("Please hold.", "en"),)}, announce_first=0.5, announce_every=1.0
    ),
}
WEIGHTS = {
    "call": 20, "press": 18, "say": 8, "begin": 3, "deaf": 2, "leave": 6, "phone": 8, "ready": 14,
    "pause": 2, "logout": 1, "wait": 30, "away": 3, "joins": 2,
}  # fmt: skip
"""How often each thing happens; chosen so that every kind of event occurs many times in a run."""
BAD_DAY = WEIGHTS | {"switch": 4}
"""A day on which supervisors move the emergency switch."""

SEVERAL = WEIGHTS | {"reload": 6, "take": 12}
"""A day on which several phones ring for one caller, agents have two at once, and take callers themselves."""
STRATEGIES = ("ring_all", "ring_all", "progressive", "pull", "round_robin", "longest_idle")


def step_of(chance: random.Random, weights: Mapping[str, int]) -> tuple[object, ...]:
    """Choose what happens next."""
    (what,) = chance.choices(list(weights), list(weights.values()))
    which, agent = chance.randrange(6), chance.choice(["ann", "bob", "cho"])
    details: dict[str, tuple[object, ...]] = {
        "call": (chance.choice(["5000", "5000", "5001", "5001", "5002", "5003", "9999"]),),
        "press": (which, chance.choice("1122390")),
        "say": (which, chance.choice(["cards", "loans", "opening", "yes", ""])),
        "begin": (which,),
        "deaf": (which, chance.random() < 0.2),
        "leave": (which,),
        "phone": (agent, chance.choice(PHONES)),
        "ready": (agent,),
        "pause": (agent,),
        "logout": (agent,),
        "wait": (chance.choice([0.1, 0.3, 0.5, 1.0, 2.5, 6.0]),),
        "away": (),
        "joins": (chance.random() < 0.3,),
    }
    if what == "switch":
        often_open = [*EmergencyAction, *[EmergencyAction.OPEN] * 3]
        return ("switch", chance.choice(often_open), chance.choice("ab"))
    if what == "reload":
        return ("reload", chance.choice(STRATEGIES), chance.choice([1, 2]))
    if what == "take":
        return ("take", agent)
    return (what, *details[what])


class Day:
    """Plays steps on a floor; a step that makes no sense now does nothing."""

    def __init__(self, slow: float) -> None:
        self.floor = Floor(voices=VOICES, slow=slow)
        self.floor.phone("ann", PHONES[1])
        self.floor.ready("ann", "bob", "cho")
        self.callers: list[FakeLeg] = []

    def play(self, step: tuple[object, ...]) -> None:
        getattr(self, f"do_{step[0]}")(*step[1:])
        self.floor.settle()

    def alive(self) -> list[FakeLeg]:
        return [leg for leg in self.callers if not leg.ended]

    def do_call(self, number: str) -> None:
        if self.floor.switch.connected:
            self.callers.append(self.floor.switch.call(number, caller_number="1"))

    def do_press(self, which: int, key: str) -> None:
        for leg in self.alive()[which : which + 1]:
            leg.press(key)

    def do_leave(self, which: int) -> None:
        for leg in self.alive()[which : which + 1]:
            leg.hang_up()

    def do_begin(self, which: int) -> None:
        for ear in [one for one in self.floor.speech.ears if one.open][which : which + 1]:
            ear.on_event(Began(ear.turn))

    def do_say(self, which: int, choice: str) -> None:
        verdict = Verdict.ACCEPT if choice else Verdict.REJECT
        for ear in [one for one in self.floor.speech.ears if one.open][which : which + 1]:
            ear.on_event(Decided(ear.turn, verdict, choice, 0.9, "scripted", 0.2))

    def do_deaf(self, which: int, for_good: bool) -> None:
        for ear in [one for one in self.floor.speech.ears if one.open][which : which + 1]:
            ear.on_event(GaveUp(ear.turn, "scripted", "IVR402", for_good=for_good))

    def do_phone(self, agent: str, phone: Phone) -> None:
        self.floor.phone(agent, phone)

    def do_ready(self, agent: str) -> None:
        self.floor.exchange.order(routing.AgentReady(agent))

    def do_pause(self, agent: str) -> None:
        self.floor.exchange.order(routing.AgentPause(agent, "lunch"))

    def do_logout(self, agent: str) -> None:
        self.floor.exchange.order(routing.AgentLogout(agent))

    def do_wait(self, seconds: float) -> None:
        self.floor.wait(seconds)

    def do_away(self) -> None:
        if self.floor.switch.connected:
            self.floor.switch.go_away()
        else:
            self.floor.switch.come_back()

    def do_joins(self, fail: bool) -> None:
        self.floor.switch.joins_fail = fail

    def do_switch(self, action: EmergencyAction, text: str) -> None:
        far = Phone(rejects_after=0.5) if text == "a" else Phone(answers_after=0.5, hangs_up_after=2.0)
        self.floor.switch.phones["PJSIP/+82212345678@trunk"] = far
        number = "+82212345678" if action is EmergencyAction.FORWARD else ""
        self.floor.board.switch(SwitchDraft("all", action, {"en": text}, number), "kim")

    def do_reload(self, strategy: str, capacity: int) -> None:
        options = {"every": 1, "most": 2} if strategy == "progressive" else {}
        queues = [structs.replace(queue, strategy=strategy, options=options) for queue in QUEUES]
        agents = [structs.replace(agent, capacity=capacity) for agent in AGENTS]
        self.floor.exchange.order(routing.LoadRoster(tuple(queues), tuple(agents)))

    def do_take(self, agent: str) -> None:
        with suppress(RequestRefused):
            self.floor.exchange.order(routing.TakeContact(agent))

    def end(self) -> None:
        """Everybody hangs up, the link stands, and time passes."""
        if not self.floor.switch.connected:
            self.floor.switch.come_back()
        for leg in self.callers:
            leg.hang_up()
        self.floor.settle()
        self.floor.wait(40)
        self.floor.check()


def play(seed: int, weights: Mapping[str, int] = WEIGHTS) -> Counter[str]:
    """Play one day; give how often each event happened."""
    chance = random.Random(seed)
    day = Day(chance.choice([0.0, 0.03, 0.4]))
    for _ in range(chance.choice([15, 40, 80])):
        day.play(step_of(chance, weights))
    day.end()
    return Counter(type(event).__name__ for event in day.floor.journal.events)


def days(seeds: range, weights: Mapping[str, int] = WEIGHTS) -> Counter[str]:
    """Play them; what went wrong says how to play it again."""
    happened: Counter[str] = Counter()
    for seed in seeds:
        try:
            happened += play(seed, weights)
        except AssertionError as error:
            error.add_note(f"play({seed}) of {dict(weights)}")
            raise
    return happened


def blocks(number: int) -> Sequence[object]:
    """Number the blocks of days; all but the first are for the slow tests."""
    return [0, *(pytest.param(more, marks=pytest.mark.slow) for more in range(1, number))]


@pytest.mark.parametrize("block", blocks(4))
def test_given_any_day_when_it_is_over_then_nothing_is_left_and_everything_adds_up(block: int) -> None:
    happened = days(range(block * 30, block * 30 + 30))
    missing = {"VisitAnswered", "VisitAbandoned", "OfferEnded", "NoMatch", "SpeechHeard"} - set(happened)
    assert not missing, "the days are too quiet to prove anything"
    assert happened["VisitAnswered"] > 10


@pytest.mark.parametrize("block", blocks(2))
def test_given_a_day_with_emergencies_when_it_is_over_then_nobody_is_lost_either(block: int) -> None:
    happened = days(range(block * 30, block * 30 + 30), BAD_DAY)
    missing = {"VisitAnswered", "VisitLeft", "OfferEnded", "EmergencyMet", "ServiceAnswered"} - set(happened)
    assert not missing, "the days are too quiet to prove anything"


@pytest.mark.parametrize("block", blocks(3))
def test_given_a_day_on_which_several_phones_ring_then_nobody_is_lost_either(block: int) -> None:
    happened = days(range(block * 30, block * 30 + 30), SEVERAL)
    missing = {"VisitAnswered", "VisitAbandoned", "OfferEnded", "MoreOffersPlanned"} - set(happened)
    assert not missing, "the days are too quiet to prove anything"
    assert happened["OfferMade"] > 2 * happened["VisitAnswered"]
