"""One call test as a real call: a trial call beside it says, line by line, what must happen.

Nothing is timed: before the caller does anything, the real call must have come as far as the trial, with
every prompt heard out that the trial has heard out. What comes is read from the server's journal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ivrcore.dialplan.model import Plan
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.live_trace import asked_back, prompts_over, traced
from ivrcore.lab.phones import Keys, Say
from ivrcore.lab.voices import speak
from ivrcore.model import events as ev
from ivrcore.model.event import Event
from ivrcore.tryout import acts, rules
from ivrcore.tryout.run import TestResult
from ivrcore.tryout.script import Failure, Scene, ScriptLine
from ivrcore.tryout.testfile import CallTest
from ivrcore.tryout.trial import TrialCall

MARGIN = 25.0
"""Seconds that a real call may be behind the trial's own time."""
LONGEST = 240.0
VOICES = {"en": "slt", "zh": "cmn"}
"""Language -> voice of the callers, where they are called differently; `slt` is flite's."""


@dataclass
class LiveCall:
    """The test, its trial, and the real call; ``agent_ready`` makes the one agent take calls."""

    lab: HotlineLab
    plan: Plan
    test: CallTest
    agent_ready: Callable[[], None]

    def run(self) -> TestResult:
        """Make the call; give how it went."""
        began = time.monotonic()
        self.trial = TrialCall(self.plan, self.test.setting(self.plan.zone))
        self.scene = Scene(self.trial)
        self.live: list[Event] = []
        self.confirmed: set[str] = set()
        """Questions "did you say …?" that the trial does not have."""
        self.contact = ""
        self.seq = max((record.seq for record in self.lab.records()), default=0)
        self.trial.dial()
        self.call = self.lab.phones.call(self.test.number, caller_id=self.test.caller, deadline=LONGEST)
        failure, at = None, self.test.location
        for line in self.test.lines:
            failure, at = self._line(line), line.location
            if failure is not None:
                break
        failure = failure or self._finish()
        self._hang_up()
        step = self.trial.narrator.where(self.trial.state)[1]
        told = tuple(f"came: {words}" for words in traced(self.live)) if failure else ()
        return TestResult(self.test, self.plan.name, failure, at, step, told, time.monotonic() - began)

    # --- lines ----------------------------------------------------------------------------------

    def _line(self, line: ScriptLine) -> Failure | None:
        if isinstance(line, acts.ACTS):
            failure = self._before(line)
            if failure is not None:
                return failure
            self._do(line)
        return line.play(self.scene) or self._reach()

    def _before(self, line: ScriptLine) -> Failure | None:
        """Let the trial come to where the caller acts, and the real call after it."""
        interrupting = isinstance(line, acts.Say | acts.Press) and line.interrupting
        if not interrupting:
            self.scene.ready()
            if isinstance(line, acts.Say | acts.Press):
                self.trial.hear_out()
        return self._reach()

    def _do(self, line: ScriptLine) -> None:
        match line:
            case acts.Say():
                language = self.trial.state.language
                self.call.do(Say(speak(line.said.text, VOICES.get(language, language))))
            case acts.Press():
                self.call.do(Keys(line.digits, rtp=True))
            case acts.HangUp():
                self._hang_up()
            case acts.AgentAnswers():
                self.agent_ready()

    def _finish(self) -> Failure | None:
        """End the call as the trial is ended, and see that the server counts it alike."""
        self.scene.ready()
        failure = self._reach()
        if failure is None and self.trial.ended is None:
            self.trial.hang_up()
            self._hang_up()
            failure = self._reach()
        return failure

    def _hang_up(self) -> None:
        if not self.call.happened("ended"):
            self.call.hang_up()

    # --- the journal ----------------------------------------------------------------------------

    def _reach(self) -> Failure | None:
        """Wait until the real call has come as far as the trial; say where it goes another way."""
        wanted, over = traced(self.trial.events), prompts_over(self.trial.events)
        deadline = time.monotonic() + MARGIN + self.trial.now - self.trial.began
        while True:
            self._read()
            came = [words for words in traced(self.live) if words not in self.confirmed]
            differs = self._differs(wanted, came)
            if differs is not None:
                return differs
            if len(came) >= len(wanted) and prompts_over(self.live) >= over + len(self.confirmed):
                return None
            if time.monotonic() > deadline:
                missing = wanted[len(came)] if len(came) < len(wanted) else "the end of a prompt"
                return Failure(rules.UNMET, f"in the real call, {missing!r} did not come in time")
            time.sleep(0.05)

    def _differs(self, wanted: Sequence[str], came: Sequence[str]) -> Failure | None:
        """Compare; where the recogniser asks back and the trial did not, the caller presses 1 or 2."""
        for expected, one in zip(wanted, came, strict=False):
            key = asked_back(expected, one)
            if key:
                self.confirmed.add(one)
                self.call.do(Keys(key, rtp=True))
                return None
            if expected != one:
                return Failure(rules.UNMET, f"in the real call, expected {expected!r}, but came {one!r}")
        return None

    def _read(self) -> None:
        for record in self.lab.records_after(self.seq):
            self.seq = record.seq
            event = record.event
            if not self.contact and isinstance(event, ev.ContactArrived) and event.number == self.test.number:
                self.contact = event.contact
            if self.contact and getattr(event, "contact", "") == self.contact:
                self.live.append(event)
