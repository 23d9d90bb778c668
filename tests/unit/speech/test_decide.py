import pytest

from ivrcore.model.names import Verdict
from ivrcore.speech.decide import Bounds, Decision, decide, decide_early
from ivrcore.speech.grammar import PhraseBook
from ivrcore.speech.recogniser import Grammar, HeardWord, Hypothesis, Phrase

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


def said(*spans: tuple[float, float]) -> list[Hypothesis]:
    words = tuple(HeardWord(text, 1.0, *span) for text, span in zip(("sales", "support"), spans, strict=True))
    return [Hypothesis("sales support", 1.0, words)]


@pytest.mark.parametrize(
    ("spoken", "verdict"),
    [
        (0.0, Verdict.ACCEPT),  # unknown
        (0.9, Verdict.ACCEPT),
        (1.5, Verdict.ACCEPT),
        (1.52, Verdict.CONFIRM),
        (3.0, Verdict.CONFIRM),
    ],
)
def test_a_phrase_found_in_a_part_of_what_was_said_is_asked_about(spoken: float, verdict: Verdict) -> None:
    heard = said((0.3, 0.7), (0.8, 1.3))  # 0.9 s of words
    assert decide(BOOK, heard, BOUNDS, spoken).verdict is verdict
    early = decide_early(BOOK, heard, BOUNDS, spoken)
    assert (early is not None) is (verdict is Verdict.ACCEPT)


def test_an_engine_that_tells_no_words_is_believed() -> None:
    assert decide(BOOK, [Hypothesis("sales", 1.0)], BOUNDS, 3.0).verdict is Verdict.ACCEPT
