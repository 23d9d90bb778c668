"""The long run's traffic: callers of every kind, and agents who come, pause and go. The same for a seed."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Mapping

from ivrcore.lab.callers import PROMPT, Spoken
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Action, Call, HangUp, Keys, Listen, Say, Stay, Wait
from ivrcore.lab.soak_callers import Callers
from ivrcore.lab.soak_site import CUSTOMERS, STAFF
from ivrcore.lab.voices import speak
from ivrcore.web.view import AgentAction

VOICE = "slt"
PHRASES = ("loans", "cards", "opening hours", "agent")
LONGEST = 100.0
"""Seconds after which a caller hangs up whatever happens."""
MOST_AT_ONCE = 40
"""Callers in progress; a machine that is too slow for the rate gets fewer calls, not an avalanche."""
STAY = Stay(90)
MOVES = 3.0
"""Seconds between two things that agents do, on average."""
AWAY = (3.0, 8.0)
"""Seconds for which an agent pauses or is logged out."""

Script = tuple[str, list[Action | Spoken]]
"""Which number is dialled, and what the caller does."""


def _pressed(key: str) -> Callable[[random.Random], Script]:
    return lambda chance: ("5000", [Wait(chance.uniform(0.5, 2.0)), Keys(key), STAY])


def _said(chance: random.Random) -> Script:
    """Say it; press 1 after what is said then: yes, if that was the question."""
    return "5001", [PROMPT, Spoken(chance.choice(PHRASES)), Listen(limit=6.0), Keys("1"), STAY]


def _gives_up(chance: random.Random) -> Script:
    return "5000", [Wait(1.0), Keys(chance.choice("012")), Wait(chance.uniform(2.5, 7.0)), HangUp()]


KINDS: Mapping[str, tuple[int, Callable[[random.Random], Script]]] = {
    "presses 0 for anybody": (4, _pressed("0")),
    "presses 1 for cards": (4, _pressed("1")),
    "presses 2 for loans": (4, _pressed("2")),
    "presses 3 and is served": (2, _pressed("3")),
    "presses a wrong key first": (1, lambda _: ("5000", [Wait(1.0), Keys("8"), Wait(2.5), Keys("1"), STAY])),
    "presses nothing": (1, lambda _: ("5000", [STAY])),
    "says what it is about": (4, _said),
    "hangs up in the menu": (1, lambda chance: ("5000", [Wait(chance.uniform(0.2, 2.0)), HangUp()])),
    "gives up waiting": (3, _gives_up),
    "waits for a short time": (3, lambda _: ("5002", [STAY])),
    "asks to be called back": (2, lambda _: ("5003", [STAY])),
    "is transferred": (1, lambda _: ("5004", [STAY])),
    "comes when nobody is there": (1, lambda _: ("5005", [STAY])),
    "finds the line busy": (1, lambda _: ("5009", [STAY])),
}
"""What a caller does -> how often (weights), and the script."""


class Traffic:
    """Calls every so many seconds (on average); agents move meanwhile."""

    def __init__(self, lab: HotlineLab, chance: random.Random, every: float) -> None:
        self._lab, self._chance, self._every = lab, chance, every
        self._voices = {text: speak(text, VOICE) for text in PHRASES}
        self._customers = itertools.cycle(CUSTOMERS)
        self._back: list[tuple[float, str]] = []
        """When an agent who is away is ready again."""
        self.callers = Callers(lab)
        self.made = dict.fromkeys(KINDS, 0)

    def begin(self) -> None:
        """Dial once for each kind of caller, so that a short run has all of them."""
        for kind in KINDS:
            self._dial(kind)
            self._pass(self._chance.uniform(0.2, 0.8) * self._every)

    def run(self, until: float, look: Callable[[], object]) -> None:
        """Go on until that time of the monotonic clock; ``look`` is called now and then."""
        call = move = time.monotonic()
        weights = [weight for weight, _ in KINDS.values()]
        while (now := time.monotonic()) < until:
            if now >= call:
                call += self._chance.expovariate(1 / self._every)
                (kind,) = self._chance.choices(list(KINDS), weights)
                if self.callers.live < MOST_AT_ONCE:
                    self._dial(kind)
            if now >= move:
                move += self._chance.expovariate(1 / MOVES)
                self._move(now)
            look()
            self._pass(max(0.0, min(call, move, until, now + 0.2) - time.monotonic()))

    def _pass(self, seconds: float) -> None:
        """Let time pass, in which agents come back and calls that are over are listened to."""
        deadline = time.monotonic() + seconds
        while True:
            now = time.monotonic()
            for at, agent in [one for one in self._back if one[0] <= now]:
                self._back.remove((at, agent))
                self._lab.agent(agent, AgentAction.READY)
            self.callers.hear()
            if now >= deadline:
                return
            time.sleep(min(0.05, deadline - now))

    def _dial(self, kind: str) -> None:
        number, steps = KINDS[kind][1](self._chance)
        script = [Say(self._voices[step.text]) if isinstance(step, Spoken) else step for step in steps]
        total = sum(self.made.values())
        caller = str(next(self._customers)) if number == "5003" else f"0215{550000 + total}"
        call: Call = self._lab.phones.call(number, script, caller_id=caller, deadline=LONGEST)
        self.made[kind] += 1
        self.callers.add(call)

    def _move(self, now: float) -> None:
        away = {agent for _, agent in self._back}
        agent = self._chance.choice(STAFF)
        action = self._chance.choice((AgentAction.PAUSE, AgentAction.LOGOUT))
        back = now + self._chance.uniform(*AWAY)
        if agent not in away and len(away) < len(STAFF) // 2:
            self._lab.agent(agent, action, "lunch" if action is AgentAction.PAUSE else "")
            self._back.append((back, agent))

    def end(self, timeout: float) -> None:
        """Have all agents there, and wait until every caller has hung up."""
        for _, agent in self._back:
            self._lab.agent(agent, AgentAction.READY)
        self._back.clear()
        self._lab.wait_for("the callers' ends", self._all_gone, timeout)

    def _all_gone(self) -> bool:
        self.callers.hear()
        return not self.callers.live
