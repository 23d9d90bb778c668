"""A caller for the interpreter's tests: does the session's part (facts, fold) and keeps what happened."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import TypeVar

from ivrcore.dialplan import commands as c
from ivrcore.dialplan.check import load_plan
from ivrcore.dialplan.interpreter import apply, next_deadline, step
from ivrcore.dialplan.model import Plan
from ivrcore.dialplan.state import Phase, State, playback_id
from ivrcore.dialplan.world import CALM, World
from ivrcore.model import events as ev
from ivrcore.model.event import Event
from ivrcore.model.names import LeftQueue, PromptEnd, Verdict

SAMPLES = Path(__file__).parents[3] / "dialplans"
PLAN = """
name: test
numbers:
  "1": ask
  "2": {start: ask, answer: early_media}
  "3": {start: ask, answer: ring, ring: 4s}
  "4": {answer: busy}
  "5": {answer: congestion}
  "6": {answer: unallocated}
  "7": patient
  "8": spoken
  "9": {start: early, answer: early_media}
  "10": long
  "11": info
blocks:
  info:
    - say: Hello.
    - say: Hello again.
    - menu: ask
  early:
    - say: Before.
    - answer
    - say: After.
    - answer
menus:
  ask:
    prompt: One or two?
    timeout: 6s
    choices:
      one: {say: one, keys: "1", go: [{say: You said one.}, {goto: ask}]}
      two: {say: two, keys: "2", go: [{queue: q, priority: 3, skills: {english: 2}}, {say: Thanks.}]}
      three: {keys: "3", go: [{say: On to the next.}, {menu: patient}]}
      four: {keys: "4", go: [{hang_up: busy}]}
    no_input: [First silence., Second silence.]
    no_match: [First misfit.]
    otherwise: [{say: Sorry.}, {hang_up: normal}]
  patient:
    prompt: You must hear this out.
    barge_in: no
    choices:
      one: {say: one, keys: "1", go: hang_up}
    otherwise: hang_up
  spoken:
    prompt: Speak.
    choices:
      one: {say: one, go: hang_up}
    otherwise: [{queue: q}]
  long:
    prompt: Press a code.
    choices:
      short: {keys: "1", go: [{say: short}]}
      longer: {keys: "12", go: [{say: longer}]}
      other: {keys: ["77", "78"], go: [{say: other}]}
    otherwise: hang_up
"""
"""A dialplan that has every feature; each number starts at one of them."""

E = TypeVar("E", bound=Event)
C = TypeVar("C")


def sample(name: str) -> Plan:
    plan, problems = load_plan((SAMPLES / name).read_text(), name)
    assert plan is not None, [str(problem) for problem in problems]
    return plan


def plan_of(text: str) -> Plan:
    plan, problems = load_plan(text, "test.yaml")
    assert plan is not None, [str(problem) for problem in problems]
    return plan


class Caller:
    """A call in progress; `commands` are those of the last input, `log` all of them."""

    def __init__(self, plan: Plan, world: World = CALM) -> None:
        self.plan = plan
        self.world = world
        self.now = 1000.0
        self.state = self.first = State("c1", "c1.l1")
        self.events: list[Event] = []
        self.commands: tuple[c.Command, ...] = ()
        self.log: list[c.Command] = []

    def give(self, given: c.Input, *facts: Event) -> tuple[c.Command, ...]:
        done = step(self.plan, self.state, given, self.now, facts, self.world)
        self.state = done.state
        self.events += done.events
        self.commands = done.commands
        self.log += done.commands
        return done.commands

    def replayed(self) -> State:
        return reduce(apply, self.events, self.first)

    # --- what a caller and the world do ---

    def call(self, number: str = "5000") -> Caller:
        """Call, and be answered if the dialplan asks for it."""
        self.give(c.Begin(number))
        if self.state.phase is Phase.ANSWERING:
            self.answered()
        return self

    def answered(self) -> None:
        self.give(c.Answered(), ev.LegAnswered(at=self.now, contact="c1", leg="c1.l1"))

    def hear(self, how: PromptEnd = PromptEnd.FINISHED, prompt_id: int = 0) -> None:
        """The prompt of the present ends."""
        number = prompt_id or self.state.prompt
        playback = playback_id("c1", number)
        fact = ev.PromptEnded(at=self.now, contact="c1", playback=playback, how=how)
        self.give(c.PromptOver(number, how), fact)

    def wait(self) -> float:
        """Let time pass until the next deadline; give how long that took."""
        due = next_deadline(self.state)
        assert due is not None, f"nothing is waited for in {self.state}"
        began, self.now = self.now, max(self.now, due)
        self.give(c.Tick())
        return self.now - began

    def press(self, digits: str) -> None:
        for digit in digits:
            self.give(c.KeyIn(digit))

    def speak(self, turn: int = 0) -> None:
        self.give(c.SpeechBegan(turn or self.state.turns))

    def say(self, choice: str, verdict: Verdict = Verdict.ACCEPT, turn: int = 0) -> None:
        self.give(c.Heard(turn or self.state.turns, verdict, choice, 0.95, "test", 0.1))

    def queued(self, queue: str = "q") -> None:
        self.state = apply(
            self.state, ev.ContactQueued(at=self.now, contact="c1", visit="c1.v1", queue=queue)
        )
        self.events.append(ev.ContactQueued(at=self.now, contact="c1", visit="c1.v1", queue=queue))

    def come_back(self, answered: bool = True, why: LeftQueue = LeftQueue.TIMED_OUT) -> None:
        self.give(c.QueueOver(answered, "" if answered else why))

    def go(self) -> None:
        """Hang up."""
        self.give(c.CallerGone(16), ev.LegEnded(at=self.now, contact="c1", leg="c1.l1", cause=16))

    # --- what was seen ---

    def seen(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def done(self, kind: type[C]) -> list[C]:
        return [command for command in self.log if isinstance(command, kind)]

    @property
    def heard(self) -> list[str]:
        """Names of the prompts played so far."""
        return [command.name for command in self.done(c.DoPlay)]
