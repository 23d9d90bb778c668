from ivrcore.speech.grammar import PhraseBook, normalised, vocabulary, words
from ivrcore.speech.recogniser import Grammar, Phrase


def book(language: str, *texts: str) -> PhraseBook:
    return PhraseBook.of(Grammar(language, tuple(Phrase(text, text) for text in texts)))


def test_case_spaces_and_punctuation_do_not_count() -> None:
    assert normalised("  Customer\tService, please! ") == "customer service please"


def test_an_inner_apostrophe_belongs_to_the_word() -> None:
    assert words("I don’t know 'yet'") == ("i", "don't", "know", "yet")


def test_decomposed_hangul_is_the_same_word() -> None:
    assert words("\u1112\u1161\u11ab") == ("한",)


def test_vocabulary_is_every_word_once() -> None:
    grammar = Grammar("en", (Phrase("a", "opening hours"), Phrase("b", "Hours")))
    assert vocabulary(grammar) == {"opening", "hours"}


def test_only_a_whole_phrase_is_found() -> None:
    en = book("en", "opening hours", "sales")
    found = en.find("Opening hours.")
    assert found is not None
    assert found.choice == "opening hours"
    assert en.find("opening") is None
    assert en.find("openinghours") is None
    assert en.find("sales opening hours") is None
    assert en.find("") is None


def test_korean_is_compared_without_spaces() -> None:
    found = book("ko-KR", "예약 확인").find("예약확인")
    assert found is not None
    assert found.choice == "예약 확인"


def test_a_phrase_that_another_goes_on_from_is_not_final() -> None:
    en = book("en", "sales", "sales support", "sale")
    assert not en.is_final("sales")
    assert en.is_final("sales support")
    assert en.is_final("sale")  # no beginning of the word `sales`
    assert not en.is_final("support")


def test_continuations_are_seen_past_other_phrases() -> None:
    en = book("en", "a", "a b", "a b c", "a c", "b")
    assert [text for text in ("a", "a b", "a b c", "a c", "b") if en.is_final(text)] == ["a b c", "a c", "b"]


def test_of_two_equal_phrases_the_first_counts() -> None:
    grammar = Grammar("en", (Phrase("one", "sales"), Phrase("two", "Sales!")))
    found = PhraseBook.of(grammar).find("sales")
    assert found is not None
    assert found.choice == "one"
