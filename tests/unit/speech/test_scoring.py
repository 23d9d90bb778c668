"""The statistics of labelled audio, on answers written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivrcore.speech.decide import Bounds
from ivrcore.speech.grammar import PhraseBook
from ivrcore.speech.recogniser import Grammar, Hypothesis, Phrase
from ivrcore.speech.scoring import Answer, Labelled, Result, Share, chance, curve, judge, percentile, score
from ivrcore.speech.slots import Slot, SlotKind

BOOK = PhraseBook.of(
    Grammar("en", (Phrase("cards", "cards"), Phrase("sales", "sales"), Phrase("support", "sales support")))
)
BOUNDS = Bounds(0.9, 0.7)
EIGHT = "one two three four five six seven eight"


def heard(text: str, confidence: float, silence: float = 0.46, *, last: bool = True) -> Answer:
    return Answer((Hypothesis(text, confidence),), silence, last)


def early(text: str, confidence: float) -> Answer:
    return heard(text, confidence, 0.2, last=False)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (95, 100, 0.8882, 0.9785),
        (12, 174, 0.0399, 0.1167),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_intervals(hits: int, of: int, low: float, high: float) -> None:
    assert Share(hits, of).interval() == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_is_none() -> None:
    assert (Share(0, 0).share, Share(1, 4).share) == (None, 0.25)


@pytest.mark.parametrize(
    ("values", "part", "expected"),
    [((), 0.5, None), ((1,), 0.95, 1), ((1, 2, 3, 4), 0.5, 2), ((1, 2, 3, 4), 0.51, 3), ((1, 2), 0.0, 1)],
)
def test_percentiles(values: tuple[float, ...], part: float, expected: float | None) -> None:
    assert percentile(values, part) == expected


@pytest.mark.parametrize(
    ("answers", "decision"),
    [
        ((early("cards", 0.95), heard("sales", 1.0)), ("cards", 0.2)),
        ((early("cards", 0.85), heard("cards", 0.85)), ("cards", 0.46)),
        ((early("sales", 1.0), heard("sales support", 1.0)), ("support", 0.46)),  # goes on: not taken early
        ((early("cards", 0.6), heard("cards", 0.6)), ("", 0.46)),
        ((heard("anything", 1.0),), ("", 0.46)),
        ((), None),
    ],
)
def test_answers_are_judged_as_in_a_call(
    answers: tuple[Answer, ...], decision: tuple[str, float] | None
) -> None:
    judged = judge(BOOK, answers, BOUNDS)
    assert (judged and (judged[0].choice, judged[1])) == decision


@pytest.mark.parametrize(
    ("meant", "answer", "result"),
    [
        ("cards", heard("cards", 0.95), Result.ACCEPTED),
        ("cards", heard("cards", 0.75), Result.CONFIRMED),
        ("cards", heard("sales", 0.95), Result.WRONG),
        ("cards", heard("sales", 0.75), Result.CONFIRMED_WRONG),
        ("cards", heard("cards", 0.5), Result.REJECTED),
        ("cards", None, Result.UNNOTICED),
        ("", heard("cards", 0.95), Result.WRONG),
        ("", heard("cards", 0.75), Result.CONFIRMED_WRONG),
        ("", heard("cards sales", 0.95), Result.REJECTED),
        ("", None, Result.UNNOTICED),
    ],
)
def test_results(meant: str, answer: Answer | None, result: Result) -> None:
    found = score(BOOK, [Labelled(meant, (answer,) if answer else ())], BOUNDS)
    assert dict(found.inside if meant else found.outside) == {result: 1}
    assert not (found.outside if meant else found.inside)


DIGITS = PhraseBook.of(Grammar("en", (Phrase("@agent", "agent"),), slot=Slot(SlotKind.DIGITS, "en", 4, 8)))


def even(value: str) -> bool:
    return int(value) % 2 == 0


@pytest.mark.parametrize(
    ("meant", "said", "result"),
    [
        ("1234", heard("one two three four", 0.95), Result.ACCEPTED),
        ("1234", heard("one two three four", 0.8), Result.CONFIRMED),
        ("1236", heard("one two three four", 0.95), Result.WRONG),
        ("1235", heard("one two three five", 0.95), Result.REJECTED),  # its check digit is wrong
        ("", heard("one two three four", 0.95), Result.WRONG),
        ("@agent", heard("agent", 0.95), Result.ACCEPTED),
        ("1234", replace(heard("one two three four", 0.95), cut=True), Result.CONFIRMED),
        ("1234", replace(heard("one two three four", 0.95), cut=True, last=False), Result.REJECTED),
        ("12345678", replace(heard(EIGHT, 0.95), cut=True), Result.ACCEPTED),
    ],
)
def test_values_that_are_said_are_judged_as_in_a_call(meant: str, said: Answer, result: Result) -> None:
    later = heard("nothing of the kind", 0.95)  # where nothing was decided in a pause
    found = score(DIGITS, [Labelled(meant, (said, later), even)], BOUNDS)
    assert dict(found.inside if meant else found.outside) == {result: 1}


SAID = [
    Labelled("cards", (early("cards", 0.92), heard("cards", 0.92))),
    Labelled("cards", (heard("cards", 0.72),)),
    Labelled("sales", (heard("cards", 0.62),)),
    Labelled("", (heard("cards", 0.82),)),
    Labelled("", ()),
]


def test_a_score_counts_all() -> None:
    found = score(BOOK, SAID, BOUNDS)
    assert (found.right, found.wrong, found.false_accepts) == (Share(2, 3), Share(0, 3), Share(0, 2))
    assert found.took == (0.2, 0.46, 0.46, 0.46)


def test_the_curve_tries_other_bounds_on_the_same_answers() -> None:
    found = {(one.bounds.accept, one.bounds.confirm): one for one in curve(BOOK, SAID, 10)}
    assert len(found) == 66
    assert all(confirm <= accept for accept, confirm in found)
    rights = {accept: found[accept, 0.0].right.hits for accept in (0.6, 1.0)}
    assert rights == {0.6: 2, 1.0: 2}  # the others are asked about
    falses = [found[accept / 10, 0.0].false_accepts.hits for accept in range(11)]
    assert falses == [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]
    assert found[1.0, 1.0].right.hits == 0
    assert found[0.9, 0.0].took == (0.2, 0.46, 0.46, 0.46)
    assert found[1.0, 0.0].took == (0.46, 0.46, 0.46, 0.46)  # not sure enough to be taken early any more


@pytest.mark.parametrize(
    ("better", "worse", "expected"),
    [(0, 0, 1.0), (1, 0, 1.0), (3, 0, 0.25), (0, 6, 0.03125), (5, 5, 1.0), (12, 3, 0.03515625)],
)
def test_how_often_chance_alone_is_so_uneven(better: int, worse: int, expected: float) -> None:
    assert chance(better, worse) == expected
