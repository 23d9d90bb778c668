"""The benchmark of values: what is said means what it is labelled with, and can be heard."""

from __future__ import annotations

from collections import Counter

import pytest

from ivrcore.lab.bench_values import FAMILIES, HEAD, SAID, SLOTS, family_of, row
from ivrcore.lab.corpus import EN
from ivrcore.speech.decide import USUAL_BOUNDS
from ivrcore.speech.grammar import words
from ivrcore.speech.scoring import Result, Score
from tests.unit.speech.test_slots import goes

VALUES = [(kind, text, value) for kind, said in SAID.items() for text, value in said.items()]


@pytest.mark.parametrize(("kind", "text", "value"), VALUES)
def test_what_is_said_means_its_value_and_can_be_heard(kind: str, text: str, value: str) -> None:
    assert SLOTS[kind].read(text) == value
    assert SLOTS[kind].allows(value)
    assert goes(SLOTS[kind].network, list(words(text)))


def test_both_families_of_voices_speak() -> None:
    assert Counter(map(family_of, EN.speakers)) == dict.fromkeys(FAMILIES, 4)


def test_a_row_tells_the_share_with_its_interval() -> None:
    inside = Counter(
        {Result.CONFIRMED: 3, Result.CONFIRMED_WRONG: 4, Result.REJECTED: 2, Result.UNNOTICED: 1}
    )
    told = row("dates", "flite", Score(USUAL_BOUNDS, inside, Counter(), ()))
    assert len(told) == len(HEAD)
    assert told == ["dates", "flite", "10", "3 of 10: 30% (11%–60%)", "4", "2", "1"]
