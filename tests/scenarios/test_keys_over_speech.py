"""Keys win over speech at any moment, and no turn waits without an end: the real listening in a hotline.

The caller's audio, the engine's work and the way of its answers to the reactor are steps that the test takes
one by one, so that a key can come between any two of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import SimpleQueue

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock as Steady

from ivrcore.config import EngineChoice, LanguageSpeech, SpeechConfig
from ivrcore.model import events
from ivrcore.model.names import ChosenBy, PromptEnd
from ivrcore.session import engines, workers
from ivrcore.session.listening import SpeechService
from ivrcore.speech.audio import FRAME_BYTES
from ivrcore.speech.recogniser import Engine
from ivrcore.testing import FakeLeg
from tests.scenarios.floor import Floor
from tests.support.engines import ScriptedEngine

PLAN = """
name: scenario
language: en
numbers:
  "5000": {start: main}
  "5001": {start: careful}
  "5002": {start: polite}
  "5003": {start: long}
blocks:
  over: [{queue: general}]
menus:
  main: &main
    prompt: Cards or loans?
    choices:
      cards: {say: [cards], keys: "1", go: [{menu: careful}]}
      loans: {say: [loans, loans please], keys: "2", go: [{menu: polite}]}
      more: {keys: "34", go: [{menu: main}]}
    otherwise: [{goto: over}]
  careful:
    prompt: Cards or loans?
    barge_in: {after: 200ms, words: 1}
    end_silence: 300ms
    choices:
      cards: {say: [cards], keys: "1", go: [{menu: polite}]}
      loans: {say: [loans, loans please], keys: "2", go: [{menu: main}]}
    otherwise: [{goto: over}]
  polite:
    prompt: Cards or loans?
    barge_in: no
    choices:
      cards: {say: [cards], keys: "1", go: [{menu: main}]}
      loans: {say: [loans, loans please], keys: "2", go: [{menu: careful}]}
    otherwise: [{goto: over}]
  long:
    prompt: Cards or loans?
    longest: 30s
    choices:
      cards: {say: [cards], keys: "1", go: [{goto: over}]}
    otherwise: [{goto: over}]
""".replace(" &main", "")
VOICED = b"\x01\x00" * (FRAME_BYTES // 2)
SILENT = bytes(FRAME_BYTES)


class Hand(workers.Workers):
    """Threads that are turned by hand: a job runs when the test says so."""

    waiting: deque[workers.Lane]

    def __init__(self, threads: int = 2, *, spares: int = 8, name: str = "") -> None:
        self.waiting = deque()
        super().__init__(0, spares=0, name=name)

    def schedule(self, lane: workers.Lane) -> None:
        self.waiting.append(lane)

    def work(self) -> bool:
        if not self.waiting:
            return False
        lane = self.waiting.popleft()
        if lane.run_one(workers._Thread("by hand", SimpleQueue(), lambda _: None)):
            self.waiting.append(lane)
        return True


class Spoken:
    """A caller who is listened to by the real service."""

    def __init__(self, number: str, engine: ScriptedEngine, plan: str = PLAN) -> None:
        self.pools: list[Hand] = []
        self.back: deque[Callable[[], None]] = deque()
        self.engine = engine
        self.floor = Floor(plan, hearing=self._service)
        self.caller: FakeLeg = self.floor.call(number)

    def _service(self, clock: Steady) -> SpeechService:
        config = SpeechConfig(languages={"en": LanguageSpeech((EngineChoice("scripted"),))}, budget=2.0)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engines, "Workers", self._pool)
            service = SpeechService(
                clock, self.back.append, self._load, config, make_gate=lambda: lambda frame: frame[0] == 1
            )
        self.service = service
        done = service.load()
        while not done.called:
            self.work()
            if self.back:
                self.back.popleft()()
        return service

    def _pool(self, threads: int = 2, *, spares: int = 8, name: str = "") -> Hand:
        self.pools.append(Hand(threads, name=name))
        return self.pools[-1]

    def _load(self, name: str, language: str, options: Mapping[str, str]) -> Engine:
        return self.engine

    def work(self) -> bool:
        """Let the engine do one thing."""
        return sum(pool.work() for pool in self.pools) > 0

    def tell(self) -> bool:
        """Let one answer of it come to the reactor."""
        if not self.back:
            return False
        self.back.popleft()()
        self.floor.settle()
        return True

    def rest(self) -> None:
        """Let all of that happen that is under way."""
        while self.work() or self.tell():
            pass

    def say(self, frames: int, *, voiced: bool = True, working: bool = True) -> None:
        """Say so many frames of 20 ms, or be silent on a line that is not."""
        for _ in range(frames):
            self.caller.speak(VOICED if voiced else SILENT)
            self.floor.steady.advance(0.02)
            if working:
                self.rest()
        self.floor.settle()

    def happened(self, kind: type[events.Event]) -> list[events.Event]:
        return self.floor.happened(kind)

    def over(self) -> None:
        """Hang up; nothing is left of the call, of its timers, or of its place among those listened to."""
        self.caller.hang_up()
        self.rest()
        self.floor.wait(3)
        self.rest()
        self.floor.check()
        assert self.service.admission.streams == 0


@contextmanager
def calling(
    number: str, *said: str, confidence: float = 1.0, partials: tuple[str, ...] = ()
) -> Iterator[Spoken]:
    spoken = Spoken(number, ScriptedEngine(*said, confidence=confidence, partials=partials))
    yield spoken
    spoken.over()


def outcomes(spoken: Spoken) -> dict[int, list[events.Event]]:
    """What became of each turn."""
    found: dict[int, list[events.Event]] = {}
    for one in spoken.floor.journal.events:
        if isinstance(one, events.ChoiceMade | events.NoMatch | events.NoInput | events.UniversalUsed):
            found.setdefault(one.turn, []).append(one)
    return found


# --- keys ---------------------------------------------------------------------------------------------

MOMENTS = {
    "before a word is said": (0, 0, 0, 0),
    "when speech has begun": (10, 0, 0, 0),
    "in the pause": (20, 12, 0, 0),
    "when the engine is asked": (20, 30, 0, 0),
    "while it works": (20, 30, 3, 0),
    "when its answer is on the way": (20, 30, 20, 0),
    "when the answer before the last has come": (20, 30, 20, 2),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_given_words_when_a_key_is_pressed_at_any_moment_then_the_key_is_the_one_answer(moment: str) -> None:
    voiced, silent, jobs, answers = MOMENTS[moment]
    with calling("5000", "loans") as spoken:
        spoken.floor.wait(0.3)
        spoken.say(voiced, working=False)
        spoken.say(silent, voiced=False, working=False)
        for _ in range(jobs):
            spoken.work()
        for _ in range(answers):
            spoken.tell()
        assert (len(spoken.back) > answers) == (jobs > answers)
        spoken.floor.press(spoken.caller, "1")
        spoken.rest()
        (made,) = spoken.happened(events.ChoiceMade)
        assert isinstance(made, events.ChoiceMade)
        assert (made.choice, made.by) == ("cards", ChosenBy.KEY)
        assert spoken.happened(events.SpeechHeard) == []


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("voice"), st.integers(4, 30)),
        st.tuples(st.just("silence"), st.integers(1, 30)),
        st.tuples(st.just("words"), st.integers(10, 30)),
        st.tuples(st.sampled_from(["work", "tell"]), st.integers(1, 12)),
        st.tuples(st.just("rest"), st.just(0)),
        st.tuples(st.just("key"), st.sampled_from([3, 1, 2, 4, 9])),
        st.tuples(st.just("time"), st.sampled_from([1, 5, 12, 40])),
    ),
    min_size=3,
    max_size=25,
)
SAID = ["cards", "loans", "loans please", "good morning", ""]
SAYINGS = st.lists(st.sampled_from(SAID), min_size=1, max_size=6)
NUMBERS = st.sampled_from(["5000", "5001", "5002"])


@pytest.mark.slow
@settings(max_examples=120, deadline=None, database=None, derandomize=True)
@given(
    st.sampled_from(["5000", "5001", "5002"]), ACTS, SAYINGS, st.sampled_from([1.0, 0.8, 0.3]), st.booleans()
)
def test_given_any_order_of_voice_work_answers_and_keys_then_each_turn_has_one_outcome_and_keys_win(
    number: str, acts: list[tuple[str, int]], sayings: list[str], confidence: float, stays: bool
) -> None:
    with calling(number, *sayings, confidence=confidence, partials=("loans",)) as spoken:
        for act, much in acts:
            match act:
                case "voice":
                    spoken.say(much, working=False)
                case "silence":
                    spoken.say(much, voiced=False, working=False)
                case "words":
                    spoken.say(much, working=False)
                    spoken.say(12 + much, voiced=False, working=False)
                case "rest":
                    spoken.rest()
                case "key":
                    spoken.floor.press(spoken.caller, str(much))
                case "time":
                    spoken.floor.wait(much / 10)
                case _:
                    for _ in range(much):
                        spoken.work() if act == "work" else spoken.tell()
        if stays:  # nobody says or does anything any more, the engine neither: the way out is found
            spoken.floor.wait(60)
            assert spoken.happened(events.ContactQueued)
        _check(spoken)


def _check(spoken: Spoken) -> None:
    """Each turn has one outcome at most, all but the last one have one, and none heard words after a key."""
    keyed: set[int] = set()
    heard: set[int] = set()
    for one in spoken.floor.journal.events:
        match one:
            case events.KeyPressed(cut=True):
                keyed.add(one.turn)
            case events.SpeechStarted() | events.SpeechHeard():
                assert one.turn not in keyed, "words counted after a key"
                if isinstance(one, events.SpeechHeard):
                    assert one.turn not in heard
                    heard.add(one.turn)
            case events.ChoiceMade() if one.turn in keyed:
                assert one.by is ChosenBy.KEY or one.turn in _confirming(spoken)
    found = outcomes(spoken)
    assert all(len(of) == 1 for of in found.values())
    turns = [one for one in spoken.floor.journal.events if isinstance(one, events.TurnStarted)]
    asked_about = {one.turn - 1 for one in turns if one.confirming}
    answered = {one.turn - 1 for one in turns[1:] if turns[one.turn - 2].confirming}
    asked_again = {
        one.turn for one in spoken.floor.journal.events if isinstance(one, events.RecogniserGaveUp)
    }
    for one in turns[:-1]:
        if one.turn not in asked_again:
            assert one.turn in found or one.turn in asked_about or one.turn in answered


def _confirming(spoken: Spoken) -> set[int]:
    turns = (one for one in spoken.floor.journal.events if isinstance(one, events.TurnStarted))
    return {one.turn for one in turns if one.confirming}


# --- time ---------------------------------------------------------------------------------------------


def test_given_a_prompt_that_cannot_be_played_when_nothing_is_said_then_the_time_runs_all_the_same() -> None:
    with calling("5001", "") as spoken:
        spoken.floor.switch.missing.add("sound:Cards or loans?")
        spoken.floor.wait(2)
        spoken.floor.press(spoken.caller, "9")  # asks again, and that cannot be heard
        spoken.floor.wait(5.2)
        assert len(spoken.happened(events.NoInput)) == 1
        ended = [one.how for one in spoken.floor.journal.events if isinstance(one, events.PromptEnded)]
        assert ended[1:] == [PromptEnd.FAILED, PromptEnd.FAILED]
        spoken.floor.wait(60)
        assert spoken.happened(events.ContactQueued)


def test_given_no_audio_at_all_when_the_time_is_over_then_it_is_no_input() -> None:
    with calling("5000", "cards") as spoken:
        spoken.floor.wait(6.5)
        assert len(spoken.happened(events.NoInput)) == 1
        spoken.floor.wait(30)
        assert spoken.happened(events.ContactQueued)


def test_given_an_engine_that_never_answers_when_its_time_is_over_then_no_input_comes_too() -> None:
    with calling("5000", "cards") as spoken:
        spoken.say(20, working=False)
        spoken.say(30, voiced=False, working=False)
        spoken.floor.wait(2.2)
        assert len(spoken.happened(events.RecogniserGaveUp)) == 1
        assert len(spoken.happened(events.TurnStarted)) == 2  # asked again, since nobody heard the answer
        spoken.floor.wait(8)
        assert len(spoken.happened(events.NoInput)) == 1


def test_given_a_longer_utterance_than_usual_when_the_menu_lets_it_be_then_it_is_heard_to_its_end() -> None:
    with calling("5003", "cards") as spoken:
        spoken.say(round(25 / 0.02))
        assert not spoken.happened(events.RecogniserGaveUp)
        assert not spoken.happened(events.SpeechHeard)
        spoken.say(round(6 / 0.02))
        assert len(spoken.happened(events.SpeechHeard)) == 1
        assert len(spoken.happened(events.ChoiceMade)) == 1


def test_given_a_line_that_only_hisses_when_it_is_long_enough_then_the_turn_ends() -> None:
    with calling("5000", "") as spoken:
        spoken.say(round(12 / 0.02))
        assert [type(one) for of in outcomes(spoken).values() for one in of][:1] == [events.NoMatch]


def test_given_a_cough_in_a_prompt_when_nothing_follows_then_it_is_heard_out_and_no_misfit() -> None:
    with calling("5001", "") as spoken:
        spoken.floor.wait(0.2)
        spoken.say(8)
        spoken.say(80, voiced=False)
        assert spoken.happened(events.SpeechStarted) == []
        (ended,) = spoken.happened(events.PromptEnded)
        assert isinstance(ended, events.PromptEnded)
        assert ended.how is PromptEnd.FINISHED
        spoken.floor.wait(5)
        (no_input,) = [one for of in outcomes(spoken).values() for one in of]
        assert isinstance(no_input, events.NoInput)
