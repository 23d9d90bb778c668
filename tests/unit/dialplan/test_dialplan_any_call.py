"""Whatever callers, services, announcements, emergencies do: a person can be reached, nothing leaks."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from dialplan_caller import Caller
from dialplan_sites import VALID, full_site, samples
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ivrcore.config.plans import read_plan
from ivrcore.dialplan import commands as c
from ivrcore.dialplan.interpreter import next_deadline
from ivrcore.dialplan.model import Plan
from ivrcore.dialplan.state import Phase
from ivrcore.dialplan.world import HearingNow, QueueNow
from ivrcore.model.announcement import Announcement, Emergency
from ivrcore.model.event import encode
from ivrcore.model.names import EmergencyAction, PromptEnd, SpeechRefusal, Told, Universal, Verdict


def plan_in(path: object, text: str) -> Plan:
    plan, problems = read_plan(text, str(path), full_site())
    if plan is None:  # a sample of another site
        plan, problems = read_plan(text, str(path), type(full_site())(verbs=full_site().verbs))
    assert plan is not None, list(problems)
    return plan


PLANS = [plan_in(path, path.read_text()) for path in [*VALID, *samples()]]
NUMBERS = [(plan, number) for plan in PLANS for number in plan.numbers]
CHOICES = sorted({choice.name for plan in PLANS for menu in plan.menus.values() for choice in menu.choices})
SAID = [*CHOICES, *(f"@{one}" for one in Universal), "yes", "no", "?"]
SECRETS = ("79927398713", "83649")
"""What callers enter; the first has a right check digit. Nothing else in a call looks like them."""
VALUES = st.sampled_from(["5550001", 12.5, None, True])
"""What services answer; a dialplan may say that it is no secret."""
CALLER = "+821087654399"
REACHED = (Phase.QUEUE, Phase.ENDING, Phase.ENDED, Phase.NEW)
ENOUGH = 300
"""Prompts, silences and time-outs in which every call must have come to a person or its end."""


class Changing:
    """A world that changes under the call."""

    def __init__(self) -> None:
        self.due: Sequence[Announcement] = ()
        self.switch: Emergency | None = None
        self.figures = QueueNow()
        self.refused: SpeechRefusal | None = None

    def hearing(self, _language: str, *, stays: bool) -> HearingNow:
        return HearingNow(None if stays else self.refused)

    def queue(self, _name: str) -> QueueNow | None:
        return self.figures

    def announcements(self, number: str, now: float) -> Sequence[Announcement]:
        return [one for one in self.due if one.holds(number, now)]

    def emergency(self, _number: str) -> Emergency | None:
        return self.switch


class AnyCall(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.looked_at = 0
        self.world = Changing()
        self.caller = Caller(PLANS[0], self.world)
        self.open_digits = False

    @initialize(called=st.sampled_from(NUMBERS))
    def ring(self, called: tuple[Plan, str]) -> None:
        plan, number = called
        self.caller = Caller(plan, self.world)
        self.open_digits = any(not one.secret for one in plan.digits.values())
        self.caller.give(c.Begin(number, CALLER))

    @rule()
    def answered(self) -> None:
        self.caller.answered()

    @rule(how=st.sampled_from([PromptEnd.FINISHED, PromptEnd.FINISHED, *PromptEnd]))
    def prompt_over(self, how: PromptEnd) -> None:
        self.caller.hear(how, max(1, self.caller.state.prompt))

    @rule(digit=st.sampled_from("0123456789*#D"))
    def key(self, digit: str) -> None:
        self.caller.press(digit)

    @rule(digits=st.sampled_from(SECRETS), ended=st.booleans())
    def enter(self, digits: str, ended: bool) -> None:
        self.caller.press(digits + ("#" if ended else ""))

    @rule(choice=st.sampled_from(SAID), verdict=st.sampled_from([Verdict.ACCEPT, *Verdict]))
    def heard(self, choice: str, verdict: Verdict) -> None:
        turn = self.caller.state.turn
        question = self.caller.plan.menus.get(turn.menu) if turn else None
        known = {one.name for one in question.choices} if question else set()
        known |= {f"@{one}" for one in question.universals} if question else set()
        if choice in known | {"yes", "no", "?"}:
            self.caller.say(choice, verdict)

    @rule(why=st.sampled_from([None, *SpeechRefusal]))
    def nobody_listens(self, why: SpeechRefusal | None) -> None:
        self.world.refused = why

    @rule(for_good=st.booleans())
    def speech_gone(self, for_good: bool) -> None:
        self.caller.give(c.SpeechGone(self.caller.state.turns, "vosk", "IVR402", for_good))

    @precondition(lambda self: self.caller.state.phase is Phase.SERVICE)
    @rule(how=st.sampled_from(Told), late=st.booleans(), value=VALUES)
    def told(self, how: Told, late: bool, value: str | float | bool | None) -> None:
        asked = self.caller.state.asked
        assert asked is not None
        values = dict.fromkeys(("tier", "full_name", "account.balance", "account.due", "messages"), value)
        self.caller.give(c.ServiceTold("c1.s999" if late else asked.request, how, values))

    @rule(answered=st.booleans())
    def queue_over(self, answered: bool) -> None:
        self.caller.come_back(answered)

    @rule(version=st.integers(0, 3), whole=st.booleans())
    def announce(self, version: int, whole: bool) -> None:
        one = Announcement("fraud", version, {"en": "Beware."}, whole=whole)
        self.world.due = [one] if version else []

    @rule(action=st.sampled_from([None, *EmergencyAction]))
    def throw_the_switch(self, action: EmergencyAction | None) -> None:
        texts = {"en": "We are closed."}
        self.world.switch = Emergency("all", action, texts, "+82212345678") if action else None

    @rule(waiting=st.integers(0, 30), ready=st.integers(0, 3))
    def figures(self, waiting: int, ready: int) -> None:
        self.world.figures = QueueNow(waiting, ready, 20.0 * waiting, None if ready else 30.0 * waiting)

    @rule(seconds=st.sampled_from([0.0, 1.0, 3.0, 20.0]))
    def time(self, seconds: float) -> None:
        self.caller.now += seconds
        self.caller.give(c.Tick())

    # --- what always holds ------------------------------------------------------------------------------

    @invariant()
    def waits_for_something(self) -> None:
        state = self.caller.state
        assert state.phase is not Phase.STEP
        if state.phase not in REACHED and state.phase is not Phase.PROMPT:
            assert state.prompt or next_deadline(state) is not None
        assert not state.failed

    @invariant()
    def replay_gives_the_same(self) -> None:
        assert self.caller.replayed() == self.caller.state

    @invariant()
    def nothing_leaks(self) -> None:
        journal = b"\n".join(encode(event) for event in self.caller.events[self.looked_at :])
        self.looked_at = len(self.caller.events)
        assert CALLER.encode() not in journal
        if not self.open_digits:
            for secret in SECRETS:
                assert secret.encode() not in journal

    def teardown(self) -> None:
        """From wherever the call is: a silent caller and one who asks for an agent come to an end."""
        self.come_to_an_end(asking=False)
        self.come_to_an_end(asking=True)

    def come_to_an_end(self, *, asking: bool) -> None:
        caller = Caller(self.caller.plan, self.world)
        caller.state, caller.now = self.caller.state, self.caller.now
        for _ in range(ENOUGH):
            state = caller.state
            if state.phase in REACHED:
                return
            question = caller.plan.menus.get(state.turn.menu) if state.turn else None
            if state.phase is Phase.ANSWERING and not state.answered:
                caller.answered()
            elif asking and question and Universal.AGENT in question.universals and not state.turn.confirming:  # type: ignore[union-attr]
                caller.say(f"@{Universal.AGENT}") if state.turn.listening else caller.press("0")  # type: ignore[union-attr]
                asking = False
            elif state.prompt:
                caller.hear()
            else:
                caller.wait()
        raise AssertionError(f"{caller.plan.name}: no end from {self.caller.state}")


AnyCall.TestCase.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None, database=None, derandomize=True
)


class TestFewCalls(AnyCall.TestCase):
    """A part of them, for who changes something."""

    settings = settings(AnyCall.TestCase.settings, max_examples=10)


@pytest.mark.slow  # on a class of its own: a mark of the common one would be the other's too
class TestManyCalls(AnyCall.TestCase):
    """All of them."""
