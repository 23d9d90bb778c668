"""A random day of hundreds of contacts on the floor in memory, on which everything happens that is counted.

Callers, agents, supervisors, the link and the recogniser do what they may; what the server itself would tell
(starts, versions, plugins, the canary, …) is put into the journal beside, by chance.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from msgspec import structs

from ivrcore.announcements.drafts import Draft, SwitchDraft
from ivrcore.config import CallBackConfig, FeatureCodes, QueueVoice
from ivrcore.config.feature_codes import USUAL
from ivrcore.dialplan.commands import Spoken
from ivrcore.dialplan.grammars import IMPATIENT
from ivrcore.dialplan.world import HearingNow
from ivrcore.errors import LookupFailed, RequestRefused
from ivrcore.model import events as e
from ivrcore.model.event import EVENTS, Event
from ivrcore.model.names import AdoptedIn, Device, EmergencyAction, SpeechRefusal, Verdict
from ivrcore.model.roster import AgentFacts, OverflowFacts, QueueFacts
from ivrcore.routing import commands as routing
from ivrcore.session.listening import Began, Decided, GaveUp
from ivrcore.testing import NEVER_ANSWERS, UNREACHABLE, FakeLeg, Phone
from ivrcore.tollguard import Rules
from tests.scenarios.floor import START, Floor
from tests.support.every_event import GIVEN, any_event

PLAN = """
name: busy
language: en
numbers:
  "5000": {start: welcome, answer: at_once}
  "5001": {start: straight, answer: early_media}
  "5002": {start: welcome, answer: busy}
  "5003": {start: straight, answer: ring, ring: 3s}
  "5004": {start: back}
  "5005": {start: complain}
  "5006": {start: outside}
  "5007": {start: forbidden}
  "5008": {start: asked}
universals:
  help: {say: [help], keys: "*", prompt: "Press a key."}
  agent: {say: [a person], keys: "0", go: [{queue: general}]}
impatience: {priority: 30}
defaults: {timeout: 4s}
blocks:
  welcome:
    - say: "Welcome."
    - menu: main
  straight:
    - queue: general
      keys: {"1": [{call_back: general}, {say: We will call you.}, {hang_up: normal}], "2": [{menu: main}]}
      full: [{record: complaints}]
      failed: [{disposition: unserved}, {say: Please call again.}]
    - disposition: csat_5
    - say: "Good bye."
  back: [{call_back: cards, failed: [{say: We cannot.}]}, {say: We will call you.}]
  complain:
    - {record: complaints, longest: 20s, silence: 2s, failed: [{say: Nothing was left.}]}
    - say: Thanks.
  outside: [{transfer: "+82287654321", ring: 5s, failed: [{queue: loans}]}]
  forbidden: [{transfer: "+82601234567", failed: [{disposition: forbidden}, {queue: loans}]}]
  asked: [{lookup: customers, timeout: 2s, failed: [{say: We do not know.}]}, {menu: main}]
menus:
  main:
    prompt: "Cards, loans or opening hours?"
    choices:
      cards: {say: [cards], keys: "1", go: [{disposition: cards}, {queue: cards}, {say: "Thank you."}]}
      loans: {say: [loans], keys: "2", go: [{disposition: loans}, {queue: loans}, {menu: after}]}
      opening: {say: [opening hours], keys: "3", go: [{say: "Nine to five."}, {hang_up: normal}]}
    no_input: ["I did not hear you.", "Please say cards or loans."]
    no_match: ["I did not understand.", "Please say cards or loans."]
    otherwise: [{queue: general}]
  after:
    prompt: "Was it good?"
    choices:
      yes_it_was: {say: [good], keys: "1", go: [{disposition: csat_4}, {hang_up: normal}]}
      no_it_was_not: {say: [bad], keys: "2", go: [{disposition: csat_1}, {hang_up: normal}]}
    otherwise: [{hang_up: normal}]
"""
RULES = Rules(
    allowed=("+82",), denied=("+8260",), trunk="PJSIP/{number}@trunk", at_once=2, per_caller=30, per_number=60
)
CALL_BACK = CallBackConfig(tries=2, gap=20.0, ring=8.0, most=6, longest_wait=200.0)
QUEUES = (
    QueueFacts(
        name="general", wrap_up=5.0, ring_time=8.0, max_wait=60.0, threshold=10.0, redial=300.0,
        join_waiting=3, objective=0.9,
    ),
    QueueFacts(
        name="cards", skills={"cards": 1}, wrap_up=8.0, ring_time=8.0, threshold=20.0, join_waiting=1,
        overflow=(OverflowFacts(to="general", after=25.0),), last_agent=3600.0,
    ),
    QueueFacts(
        name="loans", skills={"loans": 2}, wrap_up=0.0, ring_time=8.0, threshold=6.0, join_empty=False,
        leave_empty=True, short_abandon=2.0, redial=60.0,
    ),
)  # fmt: skip
AGENTS = (
    AgentFacts(name="ann", endpoint="PJSIP/ann", skills={"cards": 2}, capacity=2),
    AgentFacts(name="bob", endpoint="PJSIP/bob", skills={"cards": 1, "loans": 3}, capacity=2),
    AgentFacts(name="cho", endpoint="PJSIP/cho", skills={"loans": 1}, confirm=4.0),
    AgentFacts(name="dan", endpoint="PJSIP/dan", queues=("general", "loans")),
)
NAMES = tuple(agent.name for agent in AGENTS)
TALKS = tuple(Phone(answers_after=after, hangs_up_after=talk) for after in (0.5, 2.0) for talk in (8.0, 40.0))
PHONES = (*TALKS, *TALKS, Phone(answers_after=0.5), Phone(rejects_after=0.5), NEVER_ANSWERS, UNREACHABLE)
CUSTOMERS = tuple(f"+8221111000{n}" for n in range(8))
VOICES = {
    "general": QueueVoice(whisper=(Spoken("General.", "en"),)),
    "loans": QueueVoice(announce={"en": (Spoken("Please hold.", "en"),)}, announce_first=1.0),
}
BESIDE = tuple(
    kind
    for name, kind in EVENTS.items()
    if name.startswith(("Dialplan", "Kept", "Utterance", "Canary", "Link", "Plugin", "Orphan", "Roster"))
    or kind in (e.CommandFailed, e.RecogniserChanged, e.AnnouncementRefused, e.MessageFetched)
    or kind in (e.MessageDeleted, e.PinNotJudged, e.ServerStarted, e.ServerStopped)
    if kind not in (e.DialplanEntered, e.RosterLoaded)
)
"""What the server tells beside the calls."""
WEIGHTS = {
    "call": 34, "press": 26, "say": 30, "mute": 3, "leave": 14, "phone": 7, "ready": 22, "pause": 3,
    "logout": 2, "wait": 44, "away": 2, "joins": 2, "switch": 2, "announce": 2, "reload": 2, "take": 2,
    "hold": 5, "refer": 2, "extend": 2, "code": 4, "device": 4, "speak": 4, "supervise": 3, "beside": 8,
    "busy_ears": 2, "customer": 4, "both": 4, "lose_prompt": 2,
}  # fmt: skip


class Customers:
    """A lookup that fails now and then."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def ask(self, values: Mapping[str, object], timeout: float) -> object:
        """Answer, find nothing, or fail."""
        del values, timeout
        if self._chance.random() < 0.3:
            raise LookupFailed("the other side is down")
        return self._chance.choice([None, {"tier": "gold"}])

    def close(self) -> None:
        """Hold nothing."""


class BusyDay:
    """One day, by chance; `journal` has it all. ``restarts``: the server is killed at times."""

    def __init__(self, seed: int, *, restarts: bool = False) -> None:
        self.chance = random.Random(seed)
        self.apart = random.Random(seed)
        """For what is to leave the rest of the day as it is."""
        self.restarts = restarts
        self.floor = Floor(
            PLAN, VOICES, rules=RULES, call_back=CALL_BACK, slow=self.chance.choice([0.0, 0.03])
        )
        self.callers: list[FakeLeg] = []
        self.tell(e.ServerStarted(at=self.floor.clock.now(), node="n1", app="n1-a", version="0.1.0"))
        self.tell(e.LinkCameUp(at=self.floor.clock.now(), driver="ari", peer="Asterisk 22", away=0.0))
        self._equip()
        self.deeds: dict[str, Callable[[], None]] = {
            name: getattr(self, f"do_{name}") for name in WEIGHTS if name != "both"
        } | {"both": self.do_both}

    def _equip(self) -> None:
        """What a floor lacks: lookups, codes, a roster of its own, phones."""
        floor = self.floor
        floor.lookups["customers"] = Customers(self.chance)
        floor.exchange.ports = replace(floor.exchange.ports, codes=FeatureCodes(dict(USUAL)))
        floor.exchange.order(routing.LoadRoster(QUEUES, AGENTS))
        for agent in NAMES:
            floor.phone(agent, self.chance.choice(TALKS))
        for number in CUSTOMERS:
            floor.switch.phones[f"PJSIP/{number}@trunk"] = self.chance.choice(PHONES)
        floor.switch.phones["PJSIP/+82287654321@trunk"] = self.chance.choice(PHONES)
        floor.ready(*NAMES)

    def tell(self, *told: Event) -> None:
        """Put events into the journal that no part of the floor gives."""
        self.floor.journal.append(told)

    def play(self, deeds: int) -> None:
        """Have so many things happen."""
        for _ in range(deeds):
            (name,) = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
            self.deeds[name]()
            self.floor.settle()
            if self.restarts and self.chance.random() < 0.01:
                self.restart()

    def restart(self) -> None:
        """Kill the server, and start another on the same journal; the clock may be set back meanwhile."""
        first = self.floor.life == 1
        if first or self.chance.random() < 0.4:
            self.floor.wall_jump -= self.chance.choice([20.0, 5000.0])
            now = START + self.floor.steady.seconds() + self.floor.wall_jump
            self.tell(e.ClockSetBack(at=now, seconds=self.floor.journal.events[-1].at - now))
        self.floor = self.floor.killed(CALL_BACK)
        now = self.floor.clock.now()
        self.tell(e.ServerStarted(at=now, node="n1", app="n1-a", version="0.1.1"))
        for where in AdoptedIn:  # as if it had found somebody: on this floor nobody lives on
            self.tell(e.ContactAdopted(at=now, contact="beside", leg="beside.l1", where=where, since=now))
        self.callers.clear()
        self._equip()

    def alive(self) -> list[FakeLeg]:
        """Callers on the line."""
        return [leg for leg in self.callers if not leg.ended]

    def _one(self) -> list[FakeLeg]:
        here = self.alive()
        return [self.chance.choice(here)] if here else []

    # --- callers --------------------------------------------------------------------------------

    def do_call(self) -> None:
        if len(self.alive()) < 12:
            number = self.chance.choice(["5000", "5000", "5001", *(f"500{n}" for n in range(9))])
            self.callers.append(self.floor.call(number, self.chance.choice(CUSTOMERS)))

    def do_both(self) -> None:
        """Two callers one after the other: one agent may have both at once."""
        self.do_call()
        self.do_call()

    def do_press(self) -> None:
        for leg in self._one():
            leg.press(self.chance.choice("1112223390*#"))

    def do_leave(self) -> None:
        for leg in self._one():
            leg.hang_up()

    def do_speak(self) -> None:
        """Somebody leaves a message, whoever records already with them."""
        self.callers.append(self.floor.call("5005", self.chance.choice(CUSTOMERS)))
        self.floor.wait(1)
        for leg in [leg for leg in self.alive() if leg.recording is not None]:
            for _ in range(self.chance.randint(1, 3)):
                leg.speak(b"\x00\x10" * 16000)
                self.floor.wait(1)

    def do_say(self) -> None:
        ears = [one for one in self.floor.speech.ears if one.open]
        if not ears:
            return
        ear = self.chance.choice(ears)
        choice = self.chance.choice(["cards", "loans", "opening", "yes", "", "", IMPATIENT, "agent", "help"])
        verdict = self.chance.choice([Verdict.ACCEPT, Verdict.ACCEPT, Verdict.CONFIRM])
        verdict = verdict if choice else Verdict.REJECT
        engine, took = self.chance.choice(["vosk", "pocketsphinx"]), self.chance.uniform(0.02, 4.0)
        ear.on_event(Began(ear.turn))
        self.floor.settle()
        ear.on_event(Decided(ear.turn, verdict, choice, 0.9, engine, took))

    def do_mute(self) -> None:
        for ear in [one for one in self.floor.speech.ears if one.open][:1]:
            code = self.chance.choice(["IVR402", "IVR403"])
            ear.on_event(GaveUp(ear.turn, "vosk", code, for_good=self.chance.random() < 0.2))

    def do_busy_ears(self) -> None:
        self.floor.speech.now = HearingNow(self.chance.choice(list(SpeechRefusal)), (Spoken("Press.", "en"),))
        self.do_call()
        self.floor.wait(2)
        self.floor.speech.now = HearingNow()

    def do_customer(self) -> None:
        number = self.chance.choice([*CUSTOMERS, "+82287654321"])
        self.floor.switch.phones[f"PJSIP/{number}@trunk"] = self.chance.choice(PHONES)

    # --- agents ---------------------------------------------------------------------------------

    def _agent(self) -> str:
        return self.chance.choice(NAMES)

    def _order(self, command: object) -> None:
        with suppress(RequestRefused):
            self.floor.exchange.order(command)  # type: ignore[arg-type]  # of those below

    def do_phone(self) -> None:
        self.floor.phone(self._agent(), self.chance.choice(PHONES))

    def do_ready(self) -> None:
        self._order(routing.AgentReady(self._agent()))

    def do_pause(self) -> None:
        self._order(routing.AgentPause(self._agent(), "lunch"))

    def do_logout(self) -> None:
        self._order(routing.AgentLogout(self._agent()))

    def do_take(self) -> None:
        self._order(routing.TakeContact(self._agent()))

    def do_extend(self) -> None:
        self._order(routing.ExtendWrapUp(self._agent(), self.chance.choice([None, 3.0])))

    def do_code(self) -> None:
        agent = self.chance.choice([*NAMES, "nobody"])
        self.floor.switch.dial_code(f"PJSIP/{agent}", self.chance.choice(["*11", "*12", "*13", "*14", "*99"]))
        self.floor.wait(2)

    def do_device(self) -> None:
        self.floor.switch.device(f"PJSIP/{self._agent()}", self.chance.choice(list(Device)))

    def _agents_leg(self) -> list[FakeLeg]:
        legs = [leg for leg in self.floor.switch.legs.values() if leg.dialled and leg.bridge is not None]
        return [self.chance.choice(legs)] if legs else []

    def do_hold(self) -> None:
        for leg in self._agents_leg():
            leg.hold(True)
            self.floor.wait(self.chance.choice([0.5, 3.0]))
            if not leg.ended and self.chance.random() < 0.8:
                leg.hold(False)

    def do_refer(self) -> None:
        for leg in self._agents_leg():
            leg.refer()

    # --- the rest -------------------------------------------------------------------------------

    def do_wait(self) -> None:
        self.floor.wait(self.chance.choice([0.3, 1.0, 2.0, 5.0, 9.0]))

    def do_away(self) -> None:
        self.floor.switch.go_away()
        self.floor.wait(self.chance.choice([0.5, 4.0]))
        for leg in self._one():
            leg.hang_up()
        self.floor.switch.come_back()

    def do_joins(self) -> None:
        self.floor.switch.joins_fail = True
        self.floor.wait(2)
        self.floor.switch.joins_fail = False

    def do_switch(self) -> None:
        action = self.chance.choice(list(EmergencyAction))
        number = "+82287654321" if action is EmergencyAction.FORWARD else ""
        scope = self.chance.choice(["all", "5001"])
        self.floor.board.switch(SwitchDraft(scope, action, {"en": "Closed."}, number), "kim")
        self.floor.settle()
        self.do_call()
        self.floor.wait(1)
        self.floor.board.switch(SwitchDraft(scope, EmergencyAction.OPEN), "kim")

    def do_announce(self) -> None:
        name = self.chance.choice("abc")
        if self.chance.random() < 0.3:
            with suppress(RequestRefused):
                self.floor.board.withdraw(name, "kim")
            return
        ends = self.floor.clock.now() + 40 if self.chance.random() < 0.5 else None
        self.floor.board.post(Draft(name, {"en": "News."}, ends=ends), "kim")

    def do_reload(self) -> None:
        """Another strategy, threshold and staff: dan comes and goes."""
        strategy = self.chance.choice(["longest_idle", "ring_all", "round_robin"])
        queues = [
            structs.replace(
                queue,
                strategy=strategy,
                threshold=self.chance.choice([5.0, 7.5, 10.0, 20.0]),
                objective=self.chance.choice([0.7, 0.8]),
            )
            for queue in QUEUES
        ]
        agents = AGENTS if self.chance.random() < 0.6 else AGENTS[:3]
        self._order(routing.LoadRoster(tuple(queues), agents))

    def do_supervise(self) -> None:
        waiting = sorted(self.floor.exchange.routing.waiting.by_contact)
        if waiting:
            contact = self.chance.choice(waiting)
            to = self.chance.choice(["general", "cards", "loans"])
            move, back = routing.MoveContact(contact, to, "sue"), routing.WithdrawContact(contact, by="sue")
            self._order(self.chance.choice([move, move, back, routing.Prioritise(contact, 5, "sue")]))

    def do_lose_prompt(self) -> None:
        """A recording is gone for a while."""
        self.floor.switch.missing.add("sound:Welcome.")
        self.do_call()
        self.floor.wait(2)
        self.floor.switch.missing.clear()

    def do_beside(self) -> None:
        for kind in self.chance.sample(BESIDE, 4):
            given: dict[str, Any] = dict(GIVEN.get(kind, {}))
            if "contact" in kind.__struct_fields__:
                given["contact"] = "beside"
            self.tell(any_event(kind, self.chance, at=self.floor.clock.now(), **given))
        now = self.floor.clock.now()
        self.tell(any_event(e.ContactTurnedAway, self.apart, at=now, contact="beside"))
        self.tell(any_event(e.DrainChanged, self.apart, at=now))

    def end(self) -> None:
        """Everybody hangs up, and time passes."""
        for leg in self.callers:
            leg.hang_up()
        self.floor.settle()
        self.floor.wait(300)


def busy_day(
    seed: int, deeds: int, *, restarts: bool = False, to_the_end: bool = False
) -> tuple[list[Event], float]:
    """Play one; give the journal, and the time (UTC seconds) at its end."""
    day = BusyDay(seed, restarts=restarts)
    day.play(deeds)
    if to_the_end:
        day.end()
    return list(day.floor.journal.events), day.floor.clock.now()
