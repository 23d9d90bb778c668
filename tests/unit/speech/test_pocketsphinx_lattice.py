"""`pocketsphinx`: what its lattice gives beside the best reading; other threads go on while it decodes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from ivrcore_plugins.pocketsphinx import PocketsphinxEngine
from ivrcore_plugins.pocketsphinx_decoding import Decoding, Ways

from ivrcore.speech.recogniser import Grammar, Phrase
from ivrcore.speech.slots import Slot, SlotKind
from tests.support.speaking import silence, speech


@dataclass
class Reading:
    hypstr: str
    score: int


LOANS_OR_CARDS = ((0, 1, 0.5, "loans"), (0, 1, 0.5, "cards"))


@pytest.fixture(scope="module")
def engine() -> PocketsphinxEngine:
    return PocketsphinxEngine(0.8)


class Lattice:
    """A decoder after an utterance: in some lattices one of the readings is None."""

    def __init__(self) -> None:
        self.config: dict[str, object] = {}

    def add_fsg(self, *given: object) -> None: ...
    def create_fsg(self, *given: object) -> None: ...
    def activate_search(self, *given: object) -> None: ...
    def start_utt(self) -> None: ...
    def set_cmn(self, mean: str) -> None: ...
    def process_raw(self, *given: object, **named: object) -> None: ...
    def end_utt(self) -> None: ...

    def hyp(self) -> Reading:
        return Reading("loans", 1000)

    def nbest(self) -> Iterator[Reading | None]:
        return iter((Reading("loans", 1000), None, Reading("cards", 800)))


def test_a_reading_that_is_none_is_passed_over() -> None:
    engine = PocketsphinxEngine(0.8)
    engine._decoding._decoder = Lattice()
    found = engine.decode(Ways(LOANS_OR_CARDS, False), bytes(640))
    assert [(one.text, round(one.confidence, 2)) for one in found] == [("loans", 0.8), ("cards", 0.64)]
    assert all(one.unmeasured for one in found)


@pytest.mark.parametrize("ways", [Ways(LOANS_OR_CARDS, True), Ways(LOANS_OR_CARDS * 41, False)])
def test_of_a_network_and_of_many_phrases_only_the_best_reading_is_asked_for(
    engine: PocketsphinxEngine, monkeypatch: pytest.MonkeyPatch, ways: Ways
) -> None:
    monkeypatch.setattr(engine, "_decoding", Decoding())
    engine._decoding._decoder = Lattice()
    assert [one.text for one in engine.decode(ways, bytes(640))] == ["loans"]


@pytest.mark.slow
def test_more_grammars_than_are_kept_are_listened_for_in_turn(engine: PocketsphinxEngine) -> None:
    pcm = silence(0.2) + speech("operator", "en") + silence(0.2)
    for at in (*range(10), 0, 9):
        other = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")[at]
        recogniser = engine.recogniser(Grammar("en", (Phrase("a", "operator"), Phrase("b", f"pay {other}"))))
        recogniser.feed(pcm)
        assert recogniser.finish()[0].text == "operator"


DIGITS = Slot(SlotKind.DIGITS, "en", 8, 16)
HOURS = tuple(
    Phrase(f"{day} {hour}", f"the opening hours at {hour} on {day}")
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    for hour in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
)


@pytest.mark.parametrize(
    ("grammar", "said"),
    [
        (Grammar("en", (), network=DIGITS.network, slot=DIGITS), "four three two one five six seven eight"),
        pytest.param(Grammar("en", HOURS), "the opening hours at four on tuesday", marks=pytest.mark.slow),
    ],
    ids=["digits", "many phrases"],
)
def test_other_threads_run_while_an_utterance_is_decoded(
    engine: PocketsphinxEngine, grammar: Grammar, said: str
) -> None:
    """What the one that decodes computes between two looks of another one; in one piece, 0.3 to 2 s."""
    pcm = silence(0.2) + speech(said, "en") + silence(0.2)
    assert min(longest_hold(engine, grammar, pcm) for _ in range(2)) < 0.15


def longest_hold(engine: PocketsphinxEngine, grammar: Grammar, pcm: bytes) -> float:
    recogniser = engine.recogniser(grammar)
    recogniser.feed(pcm)
    done, leave = threading.Event(), threading.Event()

    def work() -> None:
        recogniser.finish()
        done.set()
        leave.wait(60)  # its clock ends with it

    thread = threading.Thread(target=work)
    thread.start()
    assert thread.ident
    clock = time.pthread_getcpuclockid(thread.ident)
    before, longest, ended = time.clock_gettime(clock), 0.0, False
    while not ended:
        ended = done.wait(0.001)
        now = time.clock_gettime(clock)
        before, longest = now, max(longest, now - before)
    leave.set()
    thread.join()
    return longest
