"""The benchmark of coughs: sounds that are always the same, and what stops a prompt."""

from __future__ import annotations

from collections import Counter

import pytest

from ivrcore.lab import audio, noises
from ivrcore.lab.bench_coughs import HEAD, HESITATIONS, MINIMA, PHRASES, Phone, Stops, carried, row
from ivrcore.speech.recogniser import Grammar, Phrase
from tests.support.engines import ScriptedEngine
from tests.support.speaking import silence

GRAMMAR = Grammar("en", (Phrase("sales", "sales"),))
COUGH = carried(noises.several("coughs", 1)[0], 1)


@pytest.mark.parametrize("kind", noises.NOISES)
def test_noises_are_always_the_same_and_never_alike(kind: str) -> None:
    found = noises.several(kind, 5)
    assert found == noises.several(kind, 5)
    assert len({sound.tobytes() for sound in found}) == 5
    for sound in found:
        assert 0.05 < len(sound) / audio.RATE < 2.0
        assert 0.02 * audio.FULL < max(map(abs, sound)) <= 0.81 * audio.FULL


def test_a_cough_stops_a_prompt_without_a_minimum_and_not_with_one() -> None:
    phone = Phone(ScriptedEngine(""), GRAMMAR)
    assert phone.stopped_after(COUGH, MINIMA["none"]) == pytest.approx(0.2, abs=0.15)
    assert phone.stopped_after(COUGH, MINIMA["words: 1"]) is None
    assert phone.stopped_after(silence(1.0), MINIMA["none"]) is None


def test_what_is_taken_for_words_stops_it_later() -> None:
    phone = Phone(ScriptedEngine("sales"), GRAMMAR)
    sooner = phone.stopped_after(COUGH, MINIMA["none"])
    later = phone.stopped_after(COUGH, MINIMA["words: 1"])
    assert sooner is not None
    assert later is not None
    assert later > sooner
    assert phone.stopped_after(COUGH, MINIMA["words: 2"]) is not None, "an answer that is accepted counts"


def test_a_row_tells_how_many_and_how_much_later() -> None:
    kinds = (*noises.NOISES, HESITATIONS, PHRASES)
    stops = Stops(Counter(dict.fromkeys(kinds, 4)), Counter({"coughs": 1, PHRASES: 3}), [0.5, 0.6, 0.9])
    told = row("vosk", "words: 1", stops, [0.1, 0.1, 0.2])
    assert len(told) == len(HEAD)
    assert told[2:] == ["1 of 4", "0 of 4", "0 of 4", "0 of 4", "3 of 4", "500", "700"]
    assert row("vosk", "words: 5", Stops(Counter(), Counter(), []), [0.1])[-2:] == ["–", "–"]
