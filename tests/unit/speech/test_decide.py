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


def test_what_was_less_likely_is_kept_to_be_asked_about_after_a_no() -> None:
    book = PhraseBook.of(Grammar("en", tuple(Phrase(text[0], text) for text in ("abc", "bcd", "cde", "def"))))
    heard = [Hypothesis("abc", 0.8), Hypothesis("x", 0.79), Hypothesis("bcd", 0.78), Hypothesis("abc", 0.75)]
    heard += [Hypothesis("cde", 0.72), Hypothesis("def", 0.71), Hypothesis("def", 0.2)]
    assert decide(book, heard, BOUNDS) == Decision(Verdict.CONFIRM, "a", 0.8, ("b", "c"))
    assert decide(book, [Hypothesis("abc", 0.95), *heard[1:]], BOUNDS).others == ()


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
