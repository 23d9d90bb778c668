"""What callers say in words of their own, as a recogniser hears them: noisy."""

import pytest

from ivrcore.dialplan.grammars import IMPATIENT, universal_choice
from ivrcore.dialplan.wording import IMPATIENCE, UNIVERSALS
from ivrcore.model.names import Universal, Verdict
from ivrcore.speech.decide import Bounds, decide, decide_early
from ivrcore.speech.grammar import PhraseBook
from ivrcore.speech.intents import ACCEPT, CONFIRM, _phrase_tokens, rank, tokens
from ivrcore.speech.recogniser import Grammar, HeardWord, Hypothesis, Phrase

CHOICES = {
    "lost": ("lost card", "my card was stolen", "block my card"),
    "balance": ("account balance", "how much money do i have"),
    "loan": ("apply for a loan", "mortgage rates"),
    "hours": ("opening hours", "when are you open"),
    "complaint": ("make a complaint",),
    "person": ("clerk", "speak to a person"),
    "@agent": UNIVERSALS["en"][Universal.AGENT],
}
BOOK = PhraseBook.of(
    Grammar("en", tuple(Phrase(name, text) for name, texts in CHOICES.items() for text in texts), free=True)
)
MEANT = {
    "i lost my card yesterday": "lost",
    "uh hello i have lost the card": "lost",
    "somebody has my card it was stolen": "lost",
    "please block my card now": "lost",
    "can you block a card for me my card": "lost",
    "what is my account balance please": "balance",
    "the balance of my account": "balance",
    "uh tell me the account balance thanks": "balance",
    "how much money do i still have": "balance",
    "i would like to apply for the loan": "loan",
    "apply for loan": "loan",
    "what are the mortgage rates today": "loan",
    "mortgage rate": "loan",
    "your opening hours on monday": "hours",
    "when are you guys open": "hours",
    "open hours opening": "hours",
    "i want to make a complaint about the branch": "complaint",
    "make complaint": "complaint",
    "let me speak to a real person": "person",
    "give me a clerk": "person",
}
MEANT_NOTHING = (
    "is it going to rain tomorrow",
    "hang on a second john is at the door",
    "i do not know what to say",
    "the cat sat on the mat",
    "one two three four",
    "could you repeat the last sentence",
    "thank you very much good bye",
    "who won the match last night",
    "turn the radio down please",
    "no that is not it",
    "what did she say to you",
    "yes yes yes",
)


def judged(text: str, confidence: float = 0.95, words: tuple[HeardWord, ...] = ()) -> tuple[Verdict, str]:
    decision = decide(BOOK, [Hypothesis(text, confidence, words)], Bounds())
    return decision.verdict, decision.choice


def test_noisy_transcripts_find_what_was_meant_and_hardly_anything_wrong() -> None:
    found = {text: judged(text) for text in MEANT}
    wrong = {text for text, (_, choice) in found.items() if choice not in ("", MEANT[text])}
    right = [text for text, (_, choice) in found.items() if choice == MEANT[text]]
    assert not wrong
    assert len(right) >= 0.9 * len(MEANT), set(MEANT) - set(right)
    taken = [text for text, (verdict, _) in found.items() if verdict is Verdict.ACCEPT]
    assert len(taken) >= 0.8 * len(MEANT)


@pytest.mark.parametrize("text", MEANT_NOTHING)
def test_what_means_no_choice_is_never_taken(text: str) -> None:
    assert judged(text)[0] is not Verdict.ACCEPT


def test_what_means_no_choice_is_hardly_ever_asked_about() -> None:
    assert sum(judged(text)[0] is Verdict.CONFIRM for text in MEANT_NOTHING) <= 1


EVERYWHERE = {universal_choice(one): texts for one, texts in UNIVERSALS["en"].items()} | {
    IMPATIENT: IMPATIENCE["en"]
}
BANK = {
    "balance": ("account balance", "my balance"),
    "loan": ("a loan", "apply for a loan"),
    "lost": ("lost card", "block my card"),
}
BUILT_IN = PhraseBook.of(
    Grammar(
        "en",
        tuple(Phrase(name, text) for name, texts in (BANK | EVERYWHERE).items() for text in texts),
        free=True,
    )
)


@pytest.mark.parametrize(
    "text",
    [
        "just give me my balance",
        "i want to talk about a loan",
        "give me a loan",
        "a person called me about my card",
        "start my loan over",
        "previous balance",
        "my representative said my card is blocked",
        "i need help with my loan",
    ],
)
def test_words_of_what_is_said_everywhere_do_not_lead_away_from_what_is_meant(text: str) -> None:
    decision = decide(BUILT_IN, [Hypothesis(text, 0.95)], Bounds())
    assert not decision.choice.startswith("@")
    assert not [one for one in decision.others if one.startswith("@")]


@pytest.mark.parametrize(("choice", "text"), [(one, text) for one in EVERYWHERE for text in EVERYWHERE[one]])
def test_the_whole_phrases_of_what_is_said_everywhere_count(choice: str, text: str) -> None:
    decision = decide(BUILT_IN, [Hypothesis(text, 0.95)], Bounds())
    assert (decision.verdict, decision.choice) == (Verdict.ACCEPT, choice)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("can i speak to an agent please", "@agent"),
        ("uh hello i would like to talk to a representative", "@agent"),
        ("could you please connect me with a real operator thank you", "@agent"),
        ("can you say that again please", "@repeat"),
        ("i want to go back please", "@back"),
    ],
)
def test_what_is_to_be_had_everywhere_may_be_asked_for_politely(text: str, choice: str) -> None:
    decision = decide(BUILT_IN, [Hypothesis(text, 0.95)], Bounds())
    assert (decision.verdict, decision.choice) == (Verdict.ACCEPT, choice)


@pytest.mark.parametrize(
    "text", ["my insurance agent told me", "not an agent please", "an agent sold me that", "agent i lost it"]
)
def test_what_only_has_the_word_in_it_asks_for_nobody(text: str) -> None:
    assert not decide(BUILT_IN, [Hypothesis(text, 0.95)], Bounds()).choice.startswith("@")


@pytest.mark.parametrize(
    ("language", "text", "choice"),
    [
        ("ko", "저 상담원 연결 좀 부탁 드립니다", "@agent"),
        ("ko", "상담원이랑 통화하고 싶어요", "@agent"),
        ("ko", "상담원 연결 좀 부탁드립니다", "@agent"),
        ("ko", "상담원이 안 된다고 했어요", ""),
        ("zh", "请帮我转人工服务 谢谢", "@agent"),
        ("zh", "我要转人工", "@agent"),
        ("zh", "人工服务太慢了", ""),
        ("fr", "un agent s'il vous plaît", ""),
    ],
)
def test_each_language_has_courtesies_of_its_own(language: str, text: str, choice: str) -> None:
    said = UNIVERSALS.get(language, {}).get(Universal.AGENT, ("agent",))
    book = PhraseBook.of(Grammar(language, tuple(Phrase("@agent", one) for one in said), free=True))
    assert decide(book, [Hypothesis(text, 0.95)], Bounds()).choice == choice


def test_a_choice_of_the_menus_own_that_is_said_as_it_stands_comes_first() -> None:
    phrases = (Phrase("person", "speak to an agent please"), Phrase("@agent", "agent"))
    book = PhraseBook.of(Grammar("en", phrases, free=True))
    assert decide(book, [Hypothesis("speak to an agent please", 0.95)], Bounds()).choice == "person"


def test_a_whole_phrase_counts_as_ever() -> None:
    assert judged("block my card") == (Verdict.ACCEPT, "lost")
    assert judged("block my card", 0.8) == (Verdict.CONFIRM, "lost")
    assert judged("block my card", 0.5) == (Verdict.REJECT, "")


@pytest.mark.parametrize("text", ["i", "my", "have you", "have", "a", "do i have", "are you"])
def test_a_few_small_words_of_a_phrase_are_not_the_phrase(text: str) -> None:
    assert judged(text) == (Verdict.REJECT, "")


def test_of_two_phrases_the_one_that_says_more_is_meant() -> None:
    phrases = (Phrase("s", "sales"), Phrase("ss", "sales support"))
    book = PhraseBook.of(Grammar("en", phrases, free=True))
    for said, meant in (("i need sales support please", "ss"), ("sales please", "s")):
        decision = decide(book, [Hypothesis(said, 0.95)], Bounds())
        assert (decision.verdict, decision.choice) == (Verdict.ACCEPT, meant)


def test_most_of_a_phrase_will_do() -> None:
    assert judged("mortgage") == (Verdict.ACCEPT, "loan")
    assert judged("account") == (Verdict.CONFIRM, "balance")


def test_two_choices_that_come_as_near_are_asked_about() -> None:
    decision = decide(BOOK, [Hypothesis("my card was stolen when are you open", 0.95)], Bounds())
    assert (decision.verdict, decision.choice, decision.others) == (Verdict.CONFIRM, "lost", ("hours",))


def test_of_equal_ones_the_first_of_the_grammar_is_first() -> None:
    decision = decide(BOOK, [Hypothesis("clerk opening hours", 0.95)], Bounds())
    assert (decision.verdict, decision.choice) == (Verdict.CONFIRM, "hours")


def test_only_the_words_that_count_must_be_sure() -> None:
    said = "uhm lost card today"
    told = tuple(
        HeardWord(word, sure, at, at + 0.3)
        for at, (word, sure) in enumerate(zip(said.split(), (0.2, 0.97, 0.95, 0.4), strict=True))
    )
    assert judged(said, 0.2, told) == (Verdict.ACCEPT, "lost")
    assert judged(said, 0.2) == (Verdict.REJECT, "")
    unsure = tuple(HeardWord(word.text, 0.8, word.start, word.end) for word in told)
    assert judged(said, 0.8, unsure) == (Verdict.CONFIRM, "lost")


def test_nothing_is_taken_early_since_anything_may_follow() -> None:
    assert decide_early(BOOK, [Hypothesis("opening hours", 1.0)], Bounds()) is None


def test_a_menu_of_phrases_takes_no_other_words() -> None:
    book = PhraseBook.of(Grammar("en", (Phrase("lost", "lost card"),)))
    assert decide(book, [Hypothesis("i lost my card", 1.0)], Bounds()).verdict is Verdict.REJECT


def test_silence_and_signs_mean_nothing() -> None:
    assert judged("") == (Verdict.REJECT, "")
    assert judged("?!") == (Verdict.REJECT, "")
    assert decide(BOOK, [], Bounds()).verdict is Verdict.REJECT


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("제 카드 를 분실 했어요", "lost"),
        ("카드분실 신고 하려고요", "lost"),
        ("영업시간이 어떻게 되나요", "hours"),
        ("오늘 날씨 어때요", ""),
        ("네 안녕하세요", ""),
    ],
)
def test_languages_without_reliable_spaces_are_compared_by_letters(said: str, meant: str) -> None:
    phrases = (Phrase("lost", "카드 분실"), Phrase("lost", "카드를 분실"), Phrase("hours", "영업 시간"))
    book = PhraseBook.of(Grammar("ko", phrases, free=True))
    assert decide(book, [Hypothesis(said, 0.95)], Bounds()).choice == meant
    assert tokens("카드 분실", "ko") == tokens("카드분실", "ko") == "카드 드분 분실"


def test_ranks_are_between_the_bounds_and_in_order() -> None:
    for text in (*MEANT, *MEANT_NOTHING):
        scores = [one.score for one in rank(BOOK, Hypothesis(text, 0.9))]
        assert scores == sorted(scores, reverse=True)
        assert all(CONFIRM <= score <= 100 for score in scores)
    assert CONFIRM < ACCEPT


def test_what_callers_say_is_kept_nowhere() -> None:
    book = PhraseBook.of(
        Grammar("en", (Phrase("a", "block my card"), Phrase("b", "opening hours")), free=True)
    )
    _phrase_tokens.cache_clear()
    for number in range(50):
        rank(book, Hypothesis(f"please block card {number}", 1.0))
    assert _phrase_tokens.cache_info().currsize == 2
