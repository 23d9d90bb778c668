"""Digits that are said: the words that a recogniser is given, and what they are read back as."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.dialplan.model import UTC
from ivrcore.dialplan.saying import say
from ivrcore.expressions.text import Saying
from ivrcore.model.names import Verdict
from ivrcore.speech.decide import Bounds, Decision, decide, decide_early
from ivrcore.speech.grammar import PhraseBook, vocabulary, words
from ivrcore.speech.network import END, START, Network
from ivrcore.speech.recogniser import Grammar, Hypothesis, Phrase
from ivrcore.speech.slots import SAID, Slot, SlotKind

LANGUAGES = ("en", "de", "ko", "zh")
BOUNDS = Bounds(0.9, 0.7)
EXACT = settings(max_examples=100, deadline=None, database=None, derandomize=True)


def digits(language: str = "en", least: int = 1, most: int = 20) -> Slot:
    return Slot(SlotKind.DIGITS, language, least, most)


def goes(network: Network | None, said: list[str]) -> bool:
    """Whether these words are a way through a network."""
    assert network is not None
    states = {START}
    for word in ["", *said]:
        states = {end for start, end, by in network.arcs if start in states and by == word} | (
            states if not word else set()
        )
        ahead = set(states)
        while ahead:
            ahead = {end for start, end, by in network.arcs if start in ahead and not by} - states
            states |= ahead
    return END in states


@pytest.mark.parametrize(
    ("language", "said", "meant"),
    [
        ("en", "four two double seven oh", "42770"),
        ("en", "Four, two, DOUBLE seven -- zero.", "42770"),
        ("en", "triple oh one", "0001"),
        ("en", "double", ""),
        ("en", "double triple one", ""),
        ("en", "one two please", ""),
        ("en", "one 2 3", "123"),
        ("en", "double 12", ""),
        ("en", "", ""),
        ("de", "null zwo drei fünf", "0235"),
        ("ko", "공 일 이 삼", "0123"),
        ("ko", "공일이삼", "0123"),
        ("ko", "영육륙", "066"),
        ("ko", "일 번", ""),
        ("zh", "幺三八零零", "13800"),
        ("zh", "二 两 九", "229"),
        ("zh", "十", ""),
        ("fr", "un deux", ""),
    ],
)
def test_digits_are_read(language: str, said: str, meant: str) -> None:
    assert digits(language).read(said) == meant


def test_as_many_digits_are_read_as_are_wanted() -> None:
    slot = digits(least=3, most=4)
    assert [
        slot.read(text) for text in ("one two", "one two three", "double one double two", "one " * 5)
    ] == [
        "",
        "123",
        "1122",
        "",
    ]


@EXACT
@given(st.sampled_from(LANGUAGES), st.text("0123456789", min_size=1, max_size=20))
def test_what_our_voices_say_is_read_back_and_can_be_heard(language: str, number: str) -> None:
    said = say(number, Saying.DIGITS, "", language, UTC)
    slot = digits(language)
    assert slot.read(said) == number
    apart = list(said) if language == "zh" else list(words(said))
    assert goes(slot.network, apart)


def test_a_network_has_as_many_digits_as_are_wanted_and_no_more() -> None:
    network = digits(least=2, most=3).network
    ways = ["one", "one two", "double one", "one double two", "double one double two", "triple one", "double"]
    assert [way for way in ways if goes(network, way.split())] == [
        "one two",
        "double one",
        "one double two",
        "triple one",
    ]
    assert network is not None
    assert not goes(network.without(frozenset({"two"})), ["one", "two"])
    assert goes(network.without(frozenset({"two"})), ["one", "one"])


def test_a_language_without_words_has_no_network() -> None:
    assert digits("fr").network is None
    assert digits("en-GB").network == digits("en").network


def test_words_that_no_recogniser_knows_are_told_where_no_other_means_the_same() -> None:
    known = {"one", "two", "three", "four", "five", "six", "seven", "oh", "double"}
    assert digits().lacking(known.__contains__) == ("eight", "nine")
    assert digits().lacking((known | {"eight", "nine"}).__contains__) == ()


# --- what is made of it ---------------------------------------------------------------------------------


def book(slot: Slot) -> PhraseBook:
    phrases = (Phrase("@agent", "agent"), Phrase("@help", "one two"))
    return PhraseBook.of(Grammar("en", phrases, network=slot.network, slot=slot))


@pytest.mark.parametrize(
    ("text", "confidence", "expected"),
    [
        ("four two", 0.95, Decision(Verdict.ACCEPT, SAID, 0.95, value="42")),
        ("four two", 0.8, Decision(Verdict.CONFIRM, SAID, 0.8, value="42")),
        ("four two", 0.6, Decision(Verdict.REJECT, "", 0.6)),
        ("four agent", 0.95, Decision(Verdict.REJECT, "", 0.95)),
        ("agent", 0.95, Decision(Verdict.ACCEPT, "@agent", 0.95)),
        ("one two", 0.95, Decision(Verdict.ACCEPT, "@help", 0.95)),
    ],
)
def test_bands_of_a_value(text: str, confidence: float, expected: Decision) -> None:
    assert decide(book(digits()), [Hypothesis(text, confidence)], BOUNDS) == expected


def test_a_value_is_asked_about_where_the_engines_confidence_says_nothing() -> None:
    heard = {text: [Hypothesis(text, 1.0, unmeasured=True)] for text in ("four two", "agent")}
    whole = book(digits(least=2, most=2))
    verdicts = {text: decide(whole, one, BOUNDS).verdict for text, one in heard.items()}
    assert verdicts == {"four two": Verdict.CONFIRM, "agent": Verdict.ACCEPT}
    assert decide_early(whole, heard["four two"], BOUNDS) is None


@pytest.mark.parametrize(
    ("least", "most", "text", "verdict"),
    [
        (1, 4, "four", Verdict.CONFIRM),
        (1, 4, "four two", Verdict.ACCEPT),
        (1, 1, "four", Verdict.ACCEPT),
        (3, 6, "1234", Verdict.CONFIRM),
        (4, 4, "1234", Verdict.ACCEPT),
    ],
)
def test_one_word_that_more_could_follow_is_asked_about(
    least: int, most: int, text: str, verdict: Verdict
) -> None:
    assert decide(book(digits("en", least, most)), [Hypothesis(text, 1.0)], BOUNDS).verdict is verdict


def test_early_only_as_many_digits_as_there_can_be() -> None:
    heard = {text: [Hypothesis(text, 0.95)] for text in ("four two", "four two one", "agent")}
    slot = digits(least=2, most=3)
    early = {text: decide_early(book(slot), one, BOUNDS) for text, one in heard.items()}
    assert [text for text, decision in early.items() if decision] == ["four two one", "agent"]


def test_a_value_is_in_no_repr() -> None:
    decision = decide(book(digits()), [Hypothesis("four two", 0.95)], BOUNDS)
    assert decision.value == "42"
    assert "42" not in repr(decision)


def test_the_words_of_a_network_are_of_its_grammars_vocabulary() -> None:
    slot = digits()
    assert vocabulary(Grammar("en", (Phrase("a", "help me"),), network=slot.network)) >= {"help", "me", "oh"}
