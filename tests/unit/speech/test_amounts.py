"""Amounts that are said: read into a number, in each language that has words for them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.dialplan.model import UTC
from ivrcore.dialplan.saying import money_names, say
from ivrcore.expressions.text import Saying
from ivrcore.model.names import Verdict
from ivrcore.speech.amounts import Money
from ivrcore.speech.decide import Bounds, decide
from ivrcore.speech.grammar import PhraseBook, words
from ivrcore.speech.recogniser import Grammar, Hypothesis
from ivrcore.speech.slots import Slot, SlotKind
from tests.unit.speech.test_slots import goes

EXACT = settings(max_examples=150, deadline=None, database=None, derandomize=True)
PAIRS = [
    ("en", "EUR"),
    ("en", "USD"),
    ("en", "GBP"),
    ("en", "KRW"),
    ("en", "CHF"),
    ("ko", "KRW"),
    ("ko", "USD"),
    ("zh", "CNY"),
    ("zh", "USD"),
    ("zh", "JPY"),
]


def amount(language: str, currency: str = "") -> Slot:
    money = Money(*money_names(currency, language)) if currency else Money()
    return Slot(SlotKind.AMOUNT, language, money=money)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("one hundred and twenty three euros fifty", "123.50"),
        ("a hundred twenty-three euros and fifty cents", "123.50"),
        ("five euros five", "5.05"),
        ("fifty cents", "0.50"),
        ("fifty", "50"),
        ("twelve hundred euros", "1200"),
        ("one million two hundred thousand and five", "1200005"),
        ("three point five", "3.50"),
        ("three point oh five euros", "3.05"),
        ("zero euros", ""),
        ("zero", ""),
        ("zero point five euros", "0.50"),
        ("a", ""),
        ("and a", ""),
        ("and five", ""),
        ("oh", ""),
        ("oh euros", ""),
        ("oh point five", ""),
        ("one euro a", ""),
        ("one euro and a", ""),
        ("one euro and a cent", "1.01"),
        ("one hundred and a", ""),
        ("a thousand and a", ""),
        ("a euro", "1"),
        ("a euro fifty", "1.50"),
        ("a cent", "0.01"),
        ("a hundred", "100"),
        ("a million euros", "1000000"),
        ("123 euros", "123"),
        ("three point one two three", ""),
        ("three point", ""),
        ("point five", ""),
        ("three point five euros fifty", ""),
        ("euros", ""),
        ("euros five", ""),
        ("five euros euros", ""),
        ("five euros one hundred", ""),
        ("five euros zero", ""),
        ("thousand", ""),
        ("hundred euros", ""),
        ("two thousand million", ""),
        ("two thousand thousand", ""),
        ("one hundred and and two", ""),
        ("one hundred and", ""),
        ("twenty eleven", ""),
        ("five dollars", ""),
        ("agent", ""),
        ("", ""),
    ],
)
def test_english_amounts(said: str, meant: str) -> None:
    assert amount("en", "EUR").read(said) == meant


@pytest.mark.parametrize(
    ("language", "currency", "said", "meant"),
    [
        ("en", "CHF", "two point five Swiss Francs", "2.50"),
        ("en", "KRW", "five won fifty", ""),
        ("en", "KRW", "five point five won", ""),
        ("en", "", "one hundred and five", "105"),
        ("en", "", "five euros", ""),
        ("ko", "KRW", "삼만원", "30000"),
        ("ko", "KRW", "만 오천 원", "15000"),
        ("ko", "KRW", "백 이십 오만 원", "1250000"),
        ("ko", "KRW", "이십십 원", ""),
        ("ko", "KRW", "백천 원", ""),
        ("ko", "KRW", "일이 원", ""),
        ("ko", "KRW", "만억 원", ""),
        ("ko", "KRW", "억만 원", ""),
        ("ko", "KRW", "억만", ""),
        ("ko", "KRW", "억", ""),
        ("ko", "KRW", "억 원", ""),
        ("ko", "KRW", "일억 원", "100000000"),
        ("ko", "KRW", "만", ""),
        ("ko", "KRW", "만 원", "10000"),
        ("ko", "KRW", "천", ""),
        ("ko", "KRW", "천원", "1000"),
        ("ko", "KRW", "백", ""),
        ("ko", "KRW", "백 원", "100"),
        ("ko", "KRW", "십", "10"),
        ("ko", "KRW", "백만 원", "1000000"),
        ("ko", "KRW", "일억 만 원", ""),
        ("ko", "", "천", "1000"),
        ("zh", "CNY", "万", ""),
        ("zh", "CNY", "百", ""),
        ("zh", "CNY", "千元", ""),
        ("zh", "CNY", "百万", ""),
        ("zh", "CNY", "亿", ""),
        ("zh", "CNY", "一亿万", ""),
        ("zh", "CNY", "十", "10"),
        ("zh", "CNY", "十五块", "15"),
        ("zh", "CNY", "十万", "100000"),
        ("zh", "CNY", "零", ""),
        ("ko", "USD", "백이십삼 달러 오십 센트", "123.50"),
        ("zh", "CNY", "三块五", "3.50"),
        ("zh", "CNY", "五毛五分", "0.55"),
        ("zh", "CNY", "十块钱", "10"),
        ("zh", "CNY", "一百五", "150"),
        ("zh", "CNY", "两千五百块", "2500"),
        ("zh", "CNY", "一百零五元", "105"),
        ("zh", "CNY", "三点五元", "3.50"),
        ("zh", "CNY", "零元", ""),
        ("zh", "CNY", "三元五角五角", ""),
        ("zh", "CNY", "一百零元", ""),
        ("zh", "CNY", "元", ""),
        ("zh", "USD", "三美元五", ""),
        ("zh", "USD", "三美元零五", ""),
        ("zh", "USD", "三美元五美分", "3.05"),
        ("zh", "CNY", "三块零五", "3.05"),
        ("zh", "CNY", "十块零五", "10.05"),
        ("zh", "CNY", "九十九块零九", "99.09"),
        ("zh", "CNY", "三块零五分", "3.05"),
        ("zh", "CNY", "三块五毛五", "3.55"),
        ("zh", "CNY", "五毛五", "0.55"),
        ("zh", "CNY", "三块零五毛", ""),
        ("zh", "CNY", "三块五毛零五分", ""),
        ("zh", "CNY", "三块零", ""),
        ("zh", "CNY", "三块零零五", ""),
        ("zh", "CNY", "零五分", ""),
        ("zh", "CNY", "三块五分五", ""),
        ("zh", "CNY", "一百五万", ""),
        ("zh", "CNY", "两百五万块", ""),
        ("zh", "CNY", "三千五万", ""),
        ("zh", "CNY", "一百五十万", "1500000"),
        ("zh", "CNY", "三千零五万", "30050000"),
        ("zh", "CNY", "一万五", "15000"),
        ("zh", "CNY", "一零百", ""),
        ("de", "EUR", "fünf euro", ""),
    ],
)
def test_other_currencies_and_languages(language: str, currency: str, said: str, meant: str) -> None:
    assert amount(language, currency).read(said) == meant


@pytest.mark.parametrize(
    ("language", "currency", "said", "meant"),
    [
        ("ko", "KRW", "3만원", "30000"),
        ("ko", "KRW", "5000원", "5000"),
        ("ko", "KRW", "5,000원", "5000"),
        ("ko", "KRW", "5 000 원", ""),  # 5 and 0, or 5000?
        ("ko", "KRW", "15만 원", "150000"),
        ("ko", "KRW", "1만5천원", "15000"),
        ("ko", "KRW", "1만 5000원", "15000"),
        ("ko", "KRW", "1만 50000원", ""),
        ("ko", "KRW", "3천500만 원", "35000000"),
        ("ko", "KRW", "15천 원", ""),
        ("ko", "KRW", "２５０００원", "25000"),
        ("ko", "KRW", "1,250,000원", "1250000"),
        ("ko", "KRW", "05원", ""),
        ("ko", "KRW", "0원", ""),
        ("ko", "KRW", "3.5원", ""),
        ("ko", "USD", "3.5 달러", "3.50"),
        ("ko", "USD", "123 달러 50 센트", "123.50"),
        ("ko", "", "3만", "30000"),
        ("ko", "KRW", "9" * 5000 + "원", ""),
        ("zh", "CNY", "3万元", "30000"),
        ("zh", "CNY", "5000元", "5000"),
        ("zh", "CNY", "3万5", "35000"),
        ("zh", "CNY", "1百5", "150"),
        ("zh", "CNY", "3块5", "3.50"),
        ("zh", "CNY", "3块5毛5", "3.55"),
        ("zh", "CNY", "3块50", "3.50"),
        ("zh", "CNY", "3块05", "3.05"),
        ("zh", "CNY", "3块00", ""),
        ("zh", "CNY", "12.5元", "12.50"),
        ("zh", "CNY", "1,250.50元", "1250.50"),
        ("en", "EUR", "1,250.50 euros", "1250.50"),
        ("en", "EUR", "12,5 euros", ""),
    ],
)
def test_amounts_that_a_recogniser_writes_in_digits(
    language: str, currency: str, said: str, meant: str
) -> None:
    assert amount(language, currency).read(said) == meant


@EXACT
@given(st.sampled_from([("ko", "KRW", "원"), ("zh", "CNY", "元")]), st.integers(1, 999_999_999))
def test_whatever_is_written_in_digits_alone_is_read(money: tuple[str, str, str], whole: int) -> None:
    language, currency, name = money
    assert amount(language, currency).read(f"{whole}{name}") == str(whole)
    assert amount(language, currency).read(f"{whole:,}{name}") == str(whole)


@pytest.mark.parametrize("currency", ["KWD", "BHD", "JOD", "OMR", "TND"])
@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("five", "5"),
        ("five point two five", "5.25"),
        ("five point one two five", ""),
        ("five point zero zero five", ""),
        ("five NAME fifty", ""),
        ("five NAME and five", ""),
    ],
)
def test_currencies_with_thousandths_are_said_to_the_hundredth_with_the_point(
    currency: str, said: str, meant: str
) -> None:
    slot = amount("en", currency)
    text = said.replace("NAME", slot.money.major[-1])
    assert slot.read(text) == meant
    assert goes(slot.network, list(words(text))) is bool(meant)


def test_no_thousandths_are_said_as_hundredths() -> None:
    slot = Slot(SlotKind.AMOUNT, "en", money=Money(("dinar", "dinars"), ("fils",), 3))
    assert [slot.read(text) for text in ("five dinars fifty fils", "fifty fils", "fifty dinars")] == [
        "",
        "",
        "50",
    ]
    assert not goes(slot.network, ["fifty", "fils"])


@EXACT
@given(st.sampled_from(PAIRS), st.integers(0, 999_999_999), st.integers(0, 99))
def test_what_our_voices_say_is_read_back_and_can_be_heard(
    pair: tuple[str, str], whole: int, cents: int
) -> None:
    language, currency = pair
    slot = amount(language, currency)
    cents = cents if slot.money.decimals else 0
    value = f"{whole}.{cents:02}" if cents else str(whole)
    said = say(value, Saying.AMOUNT, currency, language, UTC)
    assert slot.read(said) == (value if value != "0" else "")
    if language == "en":
        assert goes(slot.network, list(words(said)))


@EXACT
@given(st.sampled_from(["en", "ko", "zh"]), st.integers(1, 999_999_999))
def test_a_number_without_a_currency_is_read_back(language: str, whole: int) -> None:
    said = say(whole, Saying.NUMBER, "", language, UTC)
    assert amount(language).read(said) == str(whole)


@pytest.mark.parametrize(("language", "name"), [("ko", "원"), ("zh", "韩元")])
def test_where_no_engine_follows_ways_the_words_may_be_said_in_any_order(language: str, name: str) -> None:
    number = say(1250000, Saying.NUMBER, "", language, UTC)
    assert goes(amount(language, "KRW").network, [*number, name])


@pytest.mark.parametrize(
    ("language", "said", "verdict"),
    [
        ("en", "fifty", Verdict.CONFIRM),
        ("en", "50", Verdict.CONFIRM),
        ("en", "fifty five", Verdict.ACCEPT),
        ("en", "five won", Verdict.ACCEPT),
        ("ko", "오", Verdict.CONFIRM),
        ("ko", "십", Verdict.CONFIRM),
        ("ko", "천원", Verdict.ACCEPT),
        ("zh", "五", Verdict.CONFIRM),
        ("zh", "五十", Verdict.ACCEPT),
    ],
)
def test_an_amount_of_one_word_is_asked_about(language: str, said: str, verdict: Verdict) -> None:
    slot = amount(language, "KRW")
    book = PhraseBook.of(Grammar(language, (), network=slot.network, slot=slot))
    assert decide(book, [Hypothesis(said, 1.0)], Bounds(0.9, 0.7)).verdict is verdict


def test_an_amount_is_whole_when_the_caller_says_no_more() -> None:
    assert not amount("en").is_whole("50")


def test_a_language_without_words_for_numbers_has_no_network() -> None:
    assert amount("de", "EUR").network is None
    assert amount("fr", "EUR").network is None


def test_words_that_no_recogniser_knows_are_told() -> None:
    assert amount("en", "EUR").lacking(lambda word: word not in ("euros", "ninety")) == ("euros", "ninety")
    assert amount("ko", "KRW").lacking(lambda word: False) == ()
