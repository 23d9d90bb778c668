"""The labelled corpora: large enough, true to their labels, always the same."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivrcore.cli_speech import speech as commands
from ivrcore.lab import audio
from ivrcore.lab.corpus import CORPORA, EN, Corpus, Speaker, mulaw_wav, on_the_line, utterances, write
from ivrcore.labelled import check_labels, read_audio, read_labels, read_phrases, read_wav
from ivrcore.speech.audio import level, resampled, samples_of, seconds_of
from ivrcore.speech.grammar import PhraseBook
from tests.support.speaking import speech

SMALL = replace(
    EN, choices={"hours": ("opening hours",), "agent": ("operator",)}, others=(), speakers=(Speaker("en-us"),)
)


def said(text: str, speaker: Speaker) -> audio.Samples:
    return samples_of(resampled(speech(text, "en", speaker.speed), 16000, 8000))


def nothing(text: str, speaker: Speaker) -> audio.Samples:
    return audio.silence(0.02)


@pytest.mark.slow
@pytest.mark.parametrize("name", CORPORA)
def test_a_corpus_is_large_and_its_labels_are_true(name: str, tmp_path: Path) -> None:
    corpus = CORPORA[name]
    assert write(corpus, tmp_path, nothing) >= 400
    labels = read_labels(tmp_path)
    grammar = read_phrases(tmp_path / "phrases.csv", corpus.language)
    check_labels(labels, grammar)
    outside = sum(not label.choice for label in labels)
    assert min(outside, len(labels) - outside) >= 140
    book = PhraseBook.of(grammar)
    assert all(bool(label.choice) == (book.find(label.said) is not None) for label in labels)


@pytest.mark.parametrize("corpus", CORPORA.values())
def test_nothing_is_said_twice_by_the_same_speaker(corpus: Corpus) -> None:
    times = Counter((one.said, one.speaker) for one in utterances(corpus))
    assert set(times.values()) == {1}


def test_a_file_is_always_the_same_and_as_telephones_have_it(tmp_path: Path) -> None:
    write(SMALL, tmp_path / "a", said)
    write(SMALL, tmp_path / "b", said)
    first, again = ((tmp_path / folder / "0001.wav").read_bytes() for folder in "ab")
    assert first == again
    rate, pcm = read_wav(first)
    assert rate == 8000
    assert -70 < level(pcm[: int(0.3 * rate) * 2]) < -55  # the line, before the words
    assert level(pcm) > -35


def test_noise_does_not_turn_a_loud_sample_round() -> None:
    loud = audio.Samples("h", [32767, -32768] * 400)
    assert {sample > 0 for sample in on_the_line(loud, 1)[3200:4000:2]} == {True}


def test_a_wav_of_an_odd_length_is_whole() -> None:
    rate, pcm = read_wav(mulaw_wav(audio.tone(440, 0.1)[:799]))
    assert (rate, seconds_of(pcm, rate)) == (8000, 0.1)


def test_a_recogniser_is_evaluated_on_it(tmp_path: Path) -> None:
    write(SMALL, tmp_path, said)
    arguments = [
        "evaluate",
        str(tmp_path),
        "--language",
        "en",
        "--engine",
        "pocketsphinx",
        "--format",
        "json",
    ]
    (found,) = json.loads(CliRunner().invoke(commands, arguments).stdout)
    assert (found["in_grammar"], found["in_confirmed"], found["right"]) == (2, 2, 1.0)
    assert all(seconds_of(read_audio(label)) > 1.1 for label in read_labels(tmp_path))
