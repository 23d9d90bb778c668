"""Whatever a caller, the recogniser and the clock do, in whatever order: the interpreter's promises hold."""

import pytest
from dialplan_caller import PLAN, Caller, plan_of, sample
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ivrcore.dialplan import commands as c
from ivrcore.dialplan.interpreter import next_deadline
from ivrcore.dialplan.model import Plan
from ivrcore.dialplan.state import Phase, outcome
from ivrcore.model.names import PromptEnd, Verdict

PLANS = [sample("hotline.yaml"), sample("hotline-ko.yaml"), plan_of(PLAN)]
NUMBERS = [(plan, number) for plan in PLANS for number in [*plan.numbers, "unknown"]]
CHOICES = sorted({choice.name for plan in PLANS for menu in plan.menus.values() for choice in menu.choices})
RARELY_LATE = st.sampled_from([0, 0, 0, 0, -1, -2, 1])


class AnyCaller(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.caller = Caller(PLANS[0])
        self.gone = False

    @initialize(called=st.sampled_from(NUMBERS))
    def ring(self, called: tuple[Plan, str]) -> None:
        plan, number = called
        self.caller = Caller(plan)
        self.caller.give(c.Begin(number))

    @rule()
    def answered(self) -> None:
        self.caller.answered()

    @rule(how=st.sampled_from(list(PromptEnd)), late=RARELY_LATE)
    def prompt_over(self, how: PromptEnd, late: int) -> None:
        self.caller.hear(how, max(1, self.caller.state.prompts + late))

    @rule(digit=st.sampled_from("0123456789*#D"))
    def key(self, digit: str) -> None:
        self.caller.press(digit)

    @rule(late=RARELY_LATE)
    def speak(self, late: int) -> None:
        self.caller.speak(self.caller.state.turns + late)

    @rule(
        choice=st.sampled_from([*CHOICES, "yes", "no", "?"]),
        verdict=st.sampled_from(Verdict),
        late=RARELY_LATE,
    )
    def heard(self, choice: str, verdict: Verdict, late: int) -> None:
        self.caller.say(choice, verdict, self.caller.state.turns + late)

    @rule(for_good=st.sampled_from([False, False, True]), late=RARELY_LATE)
    def speech_gone(self, for_good: bool, late: int) -> None:
        self.caller.give(c.SpeechGone(self.caller.state.turns + late, "vosk", "IVR402", for_good))

    @rule(answered=st.booleans())
    def queue_over(self, answered: bool) -> None:
        self.caller.come_back(answered)

    @rule(seconds=st.sampled_from([0.0, 1.0, 3.0, 20.0]))
    def time(self, seconds: float) -> None:
        self.caller.now += seconds
        self.caller.give(c.Tick())

    @precondition(lambda self: len(self.caller.events) > 12)
    @rule()
    def hang_up(self) -> None:
        self.caller.go()
        self.gone = True

    @invariant()
    def waits_for_something(self) -> None:
        state = self.caller.state
        if state.phase is Phase.MENU:
            assert state.turn is not None
            assert state.prompt or next_deadline(state) is not None
        elif state.phase is Phase.PROMPT:
            assert state.prompt
        elif state.phase is Phase.RINGING:
            assert next_deadline(state) is not None
        else:
            assert state.phase in (Phase.NEW, Phase.ANSWERING, Phase.QUEUE, Phase.ENDING, Phase.ENDED)

    @invariant()
    def replay_gives_the_same(self) -> None:
        assert self.caller.replayed() == self.caller.state

    @invariant()
    def nothing_is_done_after_the_end(self) -> None:
        ends = [i for i, command in enumerate(self.caller.log) if isinstance(command, c.DoHangUp)]
        assert ends in ([], [len(self.caller.log) - 1])
        if self.gone:
            assert self.caller.commands == () or isinstance(self.caller.commands[0], c.DoStopListening)
        assert outcome(self.caller.state)

    @invariant()
    def one_prompt_and_one_listening_at_a_time(self) -> None:
        listening, playing = set(), 0
        for command in self.caller.log:
            match command:
                case c.DoListen(turn=turn):
                    assert not listening
                    listening.add(turn)
                case c.DoStopListening(turn=turn):
                    listening.remove(turn)
                case c.DoPlay(prompt_id=prompt_id):
                    assert prompt_id > playing
                    playing = prompt_id
        turn_now = self.caller.state.turn
        if not self.gone:
            assert listening == ({turn_now.number} if turn_now and turn_now.listening else set())


AnyCaller.TestCase.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None, database=None, derandomize=True
)
TestAnyCaller = pytest.mark.slow(AnyCaller.TestCase)


@pytest.mark.parametrize(("name", "number"), [("hotline.yaml", "5000"), ("hotline-ko.yaml", "5100")])
def test_a_caller_who_does_nothing_reaches_a_queue(name: str, number: str) -> None:
    caller = Caller(sample(name)).call(number)
    for _ in range(30):
        if caller.state.phase is Phase.QUEUE:
            break
        if caller.state.prompt:
            caller.hear()
        else:
            caller.wait()
    assert len(caller.done(c.DoEnqueue)) == 1
    assert caller.state.gave_up
