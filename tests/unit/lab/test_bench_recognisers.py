"""The benchmark of recognisers: what is said on its lines, and the arithmetic of its rows."""

from __future__ import annotations

import asyncio
import csv
import os
from collections import Counter
from collections.abc import Sequence

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred

from ivrcore.lab import audio
from ivrcore.lab.apart import apart
from ivrcore.lab.bench import HEARD_MARK, MARK, PAGE, Run, main, renew
from ivrcore.lab.bench_corpus import HEAD, LINES, curve_row, row, steps
from ivrcore.lab.bench_curve import along, curve_csv, curve_svg
from ivrcore.lab.bench_ears import Caller, Heard, Watch, as_spoken, at_once, ears
from ivrcore.lab.bench_figures import OVER, Table, between, times
from ivrcore.lab.bench_lines import Said, callers, in_chunks, joined, said, seconds_of
from ivrcore.lab.bench_recognisers import Compared
from ivrcore.lab.bench_recognisers import row as cpu_row
from ivrcore.lab.bench_soak import row as soak_row
from ivrcore.lab.corpus import CORPORA, measured_half, utterances
from ivrcore.lab.soak_speech import Found
from ivrcore.model.names import Verdict
from ivrcore.speech.audio import FRAME_BYTES, samples_of
from ivrcore.speech.decide import Bounds
from ivrcore.speech.grammar import PhraseBook
from ivrcore.speech.recogniser import Grammar, Hypothesis, Phrase
from ivrcore.speech.scoring import Answer, Labelled, curve, score
from tests.support.speaking import speech

TONE = audio.tone(300.0, 1.0)
BOOK = PhraseBook.of(Grammar("en", (Phrase("hours", "opening hours"),)))


# --- what is said ---------------------------------------------------------------------------------


def test_an_utterance_is_in_frames_and_its_last_sound_is_known() -> None:
    one = said("beep", TONE, 1, 0.1, 0.5)
    assert {len(frame) for frame in one.frames} == {FRAME_BYTES}
    assert one.seconds == pytest.approx(1.6, abs=0.03)
    assert one.spoken == 55
    assert one.speech == 1.0
    loud = [max(map(abs, samples_of(frame))) > 3000 for frame in one.frames]
    assert [loud.index(True), len(loud) - loud[::-1].index(True)] == pytest.approx([5, 55], abs=1)


def test_no_frame_occurs_twice_so_that_each_tells_whose_it_is() -> None:
    lines = callers([("beep", TONE[:2000])], 3, 3)
    frames = [frame for line in lines for one in line for frame in one.frames]
    assert len(lines) == 3
    assert len(set(frames)) == len(frames)


def test_who_is_silent_half_of_the_time_speaks_in_the_other_half() -> None:
    (line,) = callers([("beep", TONE)], 1, 3, lead=None)
    assert sum(one.speech for one in line) / seconds_of(line) == pytest.approx(0.5, abs=0.02)


def test_words_are_joined_up_to_a_length() -> None:
    assert len(joined([TONE] * 5, 2.4)) == 2 * audio.RATE
    assert len(joined([TONE], 0.5)) == audio.RATE


def test_the_bare_loop_gets_the_same_audio_in_larger_chunks() -> None:
    one = said("beep", TONE, 1, 0.1, 0.5)
    chunks = in_chunks(one, 0.2)
    assert b"".join(chunks) == b"".join(one.frames)
    assert {len(chunk) for chunk in chunks[:-1]} == {6400}


@pytest.mark.parametrize("name", CORPORA)
def test_half_of_the_speakers_are_measured_and_the_others_are_for_tuning(name: str) -> None:
    corpus = CORPORA[name]
    every = list(utterances(corpus))
    measured = measured_half(corpus, every)
    speakers = {one.speaker for one in measured}
    assert len(measured) == len(every) / 2
    assert not speakers & {one.speaker for one in every if one not in measured}
    assert {one.said for one in measured} == {one.said for one in every}


# --- arithmetic -----------------------------------------------------------------------------------


def test_a_ratio_is_that_of_its_round_and_the_median_counts() -> None:
    found = Compared("from memory", 1.3, 10.0, 6.0, (0.2, 0.4, 0.2), (0.2, 0.48, 0.3))
    assert cpu_row(found) == [
        *("from memory", "10", "60", "20.0", "30.0"),
        *("1.20", "1.00", "1.50", "1.3", "kept"),
    ]
    assert cpu_row(Compared("socket", 1.1, 10.0, 6.0, found.bare, found.ours))[-1] == OVER


def test_another_percentile_may_be_held_against_the_limit() -> None:
    values = [0.01] * 97 + [0.06] * 3
    assert times("chunk", values, 0.05)[-1] == "kept"
    assert times("chunk", values, 0.05, 0.99)[3:] == ["60.0", "60.0", "50.0", OVER]


def labelled(choice: str, *answers: tuple[str, float]) -> Labelled:
    return Labelled(
        choice, tuple(Answer((Hypothesis(text, sure),), 0.44, last=True) for text, sure in answers)
    )


SAID = (
    *[labelled("hours", ("opening hours", 0.95))] * 18,
    labelled("hours", ("opening hours", 0.75)),
    labelled("hours", ("hours", 1.0)),
    labelled("", ("opening hours", 0.95)),
    *[labelled("", ("opening", 1.0))] * 9,
)


def test_a_corpus_has_its_shares_with_intervals_against_both_limits() -> None:
    cells = dict(zip(range(len(HEAD)), row("corpus", score(BOOK, SAID, Bounds())), strict=True))
    assert cells[3] == "95.0% (76.4%–99.1%)"
    assert (cells[5], cells[6], cells[7], cells[8]) == ("kept", "18", "1", "0")
    assert (cells[10], cells[12]) == ("10.0% (1.8%–40.4%)", OVER)


def test_a_curve_goes_with_accept_and_all_of_it_is_in_the_csv() -> None:
    scores = list(curve(BOOK, SAID))
    drawn = along(scores)
    assert [one.bounds.accept for one in drawn] == [pytest.approx(step / 20) for step in range(21)]
    assert all(one.bounds.confirm == pytest.approx(min(0.7, one.bounds.accept)) for one in drawn)
    assert curve_row(drawn[-1])[:4] == ["1", "0.7", "95.0% (76.4%–99.1%)", "0"]
    assert [one[0] for one in steps(map(curve_row, drawn))] == ["0", "0.8", "1"]
    lines = list(csv.DictReader(curve_csv(scores).splitlines()))
    assert len(lines) == 231
    usual = next(one for one in lines if (one["accept"], one["confirm"]) == ("0.9", "0.7"))
    assert (usual["right"], usual["false"]) == ("0.9500", "0.1000")
    assert (usual["inside_accepted"], usual["outside_rejected"]) == ("18", "9")


@pytest.mark.slow  # imports the library that draws
def test_a_curve_is_drawn_with_nothing_from_elsewhere() -> None:
    picture = curve_svg("corpus", list(curve(BOOK, SAID)), LINES)
    assert picture.startswith("<svg")
    assert "src=" not in picture
    assert "href=" not in picture
    assert all(line.name in picture for line in LINES)


def test_memory_is_held_against_what_a_thousand_may_leave() -> None:
    flat = Found(Counter({Verdict.ACCEPT: 1000}), [(100 * at, 10**8) for at in range(1, 11)], 25.0)
    assert soak_row("vosk", flat) == [
        "vosk",
        "1,000",
        "100.0",
        "100.0",
        "100.0",
        "+0.0",
        "500",
        "kept",
        "25.0",
    ]
    looks = [(100 * at, 10**8 + at * 10**6) for at in range(1, 11)]
    assert soak_row("vosk", Found(flat.ends, looks, 25.0))[7] == OVER


# --- the page and the parts -----------------------------------------------------------------------


def test_the_recognisers_tables_have_a_place_of_their_own() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = Table("Recognised", ("measured", "p50"), [["decision", "9.0"]])
    told = renew(page, HEARD_MARK, [table], 0.4)
    assert "| decision | 9.0 |" in between(told, HEARD_MARK)
    assert between(told, MARK) == between(page, MARK)
    assert renew(told, HEARD_MARK, [table], 0.4) == told


def test_what_takes_long_is_run_only_where_it_is_asked_for() -> None:
    assert not Run(quick=True, only="").wanted("soak")
    assert Run(quick=True, only="").wanted("memory")
    assert Run(quick=True, only="soak,streams").wanted("streams")
    assert not Run(quick=True, only="soak").wanted("memory")


def test_a_part_that_there_is_not_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "recogniser"])
    assert "no part recogniser" in capsys.readouterr().err


@pytest.mark.slow  # a new process imports what it needs
def test_a_function_runs_in_a_process_of_its_own() -> None:
    assert apart(os.getpid) != os.getpid()


# --- callers, by a real engine --------------------------------------------------------------------

SPHINX = Heard("pocketsphinx", "en", ("opening hours", "savings account"), {"confidence": "0.95"})


@pytest.fixture(scope="module")
def line() -> list[Said]:
    words = samples_of(speech("opening hours", "en"))[::2]
    return [said("opening hours", words, seed, 0.1, 0.5) for seed in (1, 2)]


@pytest.mark.slow  # loads the engine
@ensureDeferred
async def test_what_is_said_at_once_is_decided_one_by_one(line: Sequence[Said]) -> None:
    async def heard() -> list[Verdict]:
        async with ears(SPHINX) as made:
            return await at_once(made, line)

    assert await Deferred.fromFuture(asyncio.ensure_future(heard())) == [Verdict.ACCEPT] * 2


@pytest.mark.slow  # at the pace of a call
@ensureDeferred
async def test_what_is_said_at_the_pace_of_a_call_is_timed(line: Sequence[Said]) -> None:
    watch = Watch()

    async def heard() -> None:
        async with ears(SPHINX, 0.4, watch) as made:
            caller, others = Caller(made, line[:1]), Caller(made, line[1:])
            await as_spoken([(caller, line[:1]), (others, line[1:])], 0.1)
            caller.stop()
            others.stop()

    await Deferred.fromFuture(asyncio.ensure_future(heard()))
    assert [(verdict, early) for verdict, early, _ in watch.decisions] == [(Verdict.ACCEPT, True)] * 2
    assert all(0.15 < took < 5 for _, _, took in watch.decisions)
    assert len(watch.answers) == 2
    assert all(0 < took < 5 for took in watch.answers)
    assert len(watch.replies) == 2
    assert all(0 < took < 5 for took in watch.replies)
    assert len(watch.chunks) >= 4
    assert not watch.given_up
