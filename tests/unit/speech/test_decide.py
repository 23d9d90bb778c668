import pytest

from ivrcore.model.names import Verdict
from ivrcore.speech.decide import Bounds, Decision, decide, decide_early
from ivrcore.speech.grammar import PhraseBook
from ivrcore.speech.recogniser import Grammar, Hypothesis, Phrase

BOOK = PhraseBook.of(Grammar("en", (Phrase("s", "sales"), Phrase("ss", "sales support"))))
BOUNDS = Bounds(0.9, 0.7)


@pytest.mark.parametrize(
    ("confidence", "verdict"),
    [
        (1.0, Verdict.ACCEPT),
        (0.9, Verdict.ACCEPT),
        (0.89, Verdict.CONFIRM),
        (0.7, Verdict.CONFIRM),
        (0.69, Verdict.REJECT),
    ],
)
def test_bands(confidence: float, verdict: Verdict) -> None:
    choice = "" if verdict is Verdict.REJECT else "s"
    assert decide(BOOK, [Hypothesis("sales", confidence)], BOUNDS) == Decision(verdict, choice, confidence)


def test_words_that_are_no_phrase_are_rejected_however_sure() -> None:
    assert decide(BOOK, [Hypothesis("support sales", 1.0)], BOUNDS) == Decision(Verdict.REJECT, "", 1.0)


def test_nothing_heard_is_rejected() -> None:
    assert decide(BOOK, [], BOUNDS) == Decision(Verdict.REJECT)


def test_a_worse_hypothesis_is_not_taken_instead() -> None:
    heard = [Hypothesis("support", 1.0), Hypothesis("sales", 0.95)]
    assert decide(BOOK, heard, BOUNDS).verdict is Verdict.REJECT


def test_early_only_what_is_sure_and_cannot_go_on() -> None:
    assert decide_early(BOOK, [Hypothesis("sales", 1.0)], BOUNDS) is None
    assert decide_early(BOOK, [Hypothesis("sales support", 0.8)], BOUNDS) is None
    assert decide_early(BOOK, [], BOUNDS) is None
    early = decide_early(BOOK, [Hypothesis("sales support", 0.95)], BOUNDS)
    assert early == Decision(Verdict.ACCEPT, "ss", 0.95)
