"""Dates that are said, seen from Sunday, the 22nd of November 2026."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.dialplan.model import UTC
from ivrcore.dialplan.saying import say
from ivrcore.expressions.text import Saying
from ivrcore.model.names import Verdict
from ivrcore.speech.decide import Bounds, Decision, decide
from ivrcore.speech.grammar import PhraseBook, words
from ivrcore.speech.recogniser import Grammar, Hypothesis
from ivrcore.speech.slots import SAID, Slot, SlotKind
from tests.unit.speech.test_slots import goes

TODAY = date(2026, 11, 22)
EXACT = settings(max_examples=150, deadline=None, database=None, derandomize=True)


def day(language: str, today: date | None = TODAY) -> Slot:
    return Slot(SlotKind.DATE, language, today=today)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("the third of march", "2027-03-03"),
        ("on march third", "2027-03-03"),
        ("march the third two thousand and six", "2006-03-03"),
        ("third march nineteen eighty four", "1984-03-03"),
        ("november twenty second", "2026-11-22"),
        ("november twenty-first", "2027-11-21"),
        ("november twenty two twenty twenty six", "2026-11-22"),
        ("the thirty first of december nineteen oh five", "1905-12-31"),
        ("march twenty two thousand six", "2006-03-20"),
        ("june thirtieth nineteen hundred", "1900-06-30"),
        ("may 5 2030", "2030-05-05"),
        ("february twenty ninth", "2028-02-29"),
        ("today", "2026-11-22"),
        ("tomorrow", "2026-11-23"),
        ("yesterday", "2026-11-21"),
        ("the day after tomorrow", "2026-11-24"),
        ("day before yesterday", "2026-11-20"),
        ("monday", "2026-11-23"),
        ("next sunday", "2026-11-29"),
        ("on friday", "2026-11-27"),
        ("this friday", "2026-11-27"),
        ("this sunday", "2026-11-22"),
        ("sunday", "2026-11-22"),
        ("this next sunday", ""),
        ("february thirtieth", ""),
        ("february twenty ninth twenty twenty seven", ""),
        ("the third", ""),
        ("march", ""),
        ("march third april", ""),
        ("march third eighteen eighty", ""),
        ("march third twenty five", ""),
        ("march forty", ""),
        ("next tomorrow", ""),
        ("agent", ""),
        ("", ""),
    ],
)
def test_english_dates(said: str, meant: str) -> None:
    assert day("en").read(said) == meant


@pytest.mark.parametrize(
    ("language", "said", "meant"),
    [
        ("ko", "삼월 삼일", "2027-03-03"),
        ("ko", "이천이십육년 시월 이일", "2026-10-02"),
        ("ko", "내년 유월 삼십일", "2027-06-30"),
        ("ko", "십일월 이십이일", "2026-11-22"),
        ("ko", "내일", "2026-11-23"),
        ("ko", "모레", "2026-11-24"),
        ("ko", "월요일", "2026-11-23"),
        ("ko", "다음 주 월요일", "2026-11-23"),
        ("ko", "이번 주 월요일", "2026-11-16"),
        ("ko", "십삼월 삼일", ""),
        ("ko", "11월 22일", "2026-11-22"),
        ("ko", "2027년 3월 1일", "2027-03-01"),
        ("zh", "2027年10月2日", "2027-10-02"),
        ("zh", "12月25号", "2026-12-25"),
        ("ko", "이월 삼십일", ""),
        ("ko", "삼월", ""),
        ("ko", "상담원", ""),
        ("zh", "三月三号", "2027-03-03"),
        ("zh", "二零二六年十月二日", "2026-10-02"),
        ("zh", "明年一月一号", "2027-01-01"),
        ("zh", "今天", "2026-11-22"),
        ("zh", "大后天", "2026-11-25"),
        ("zh", "下周一", "2026-11-23"),
        ("zh", "这个星期一", "2026-11-16"),
        ("zh", "星期天", "2026-11-22"),
        ("zh", "下周日", "2026-11-29"),
        ("ko", "일요일", "2026-11-22"),
        ("zh", "二六年十月二日", ""),
        ("zh", "十三月一日", ""),
        ("zh", "人工服务", ""),
        ("de", "morgen", ""),
        ("fr", "demain", ""),
    ],
)
def test_dates_in_other_languages(language: str, said: str, meant: str) -> None:
    assert day(language).read(said) == meant


@EXACT
@given(
    st.sampled_from(["en", "ko", "zh"]),
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.dates(date(1950, 1, 1), date(2090, 1, 1)),
)
def test_what_our_voices_say_is_read_back_and_can_be_heard(language: str, on: date, today: date) -> None:
    said = say(on.isoformat(), Saying.DATE, "", language, UTC)
    slot = day(language, today)
    assert slot.read(said) == on.isoformat()
    if language == "en":
        assert goes(slot.network, list(words(said)))


@EXACT
@given(
    st.sampled_from(["today", "tomorrow", "next monday", "march third", "february twenty ninth"]),
    st.dates(date(2000, 1, 1), date(2080, 1, 1)),
)
def test_a_day_without_a_year_is_a_coming_one(said: str, today: date) -> None:
    found = date.fromisoformat(day("en", today).read(said))
    assert today <= found
    assert (found - today).days <= 8 * 366


@pytest.mark.parametrize(
    "said", ["the third of march", "day before yesterday", "next friday", "march nine twenty ten"]
)
def test_what_is_understood_can_be_heard(said: str) -> None:
    assert goes(day("en").network, said.split())


def judged(language: str, said: str, confidence: float = 1.0) -> Decision:
    slot = day(language)
    book = PhraseBook.of(Grammar(language, (), network=slot.network, slot=slot))
    return decide(book, [Hypothesis(said, confidence)], Bounds(0.9, 0.7))


@pytest.mark.parametrize(
    ("language", "said", "verdict"),
    [
        ("en", "sunday", Verdict.CONFIRM),
        ("en", "on sunday", Verdict.CONFIRM),
        ("en", "this sunday", Verdict.ACCEPT),
        ("en", "next sunday", Verdict.ACCEPT),
        ("en", "today", Verdict.ACCEPT),
        ("en", "monday", Verdict.ACCEPT),
        ("en", "november twenty second", Verdict.ACCEPT),
        ("ko", "일요일", Verdict.CONFIRM),
        ("ko", "이번 주 일요일", Verdict.ACCEPT),
        ("ko", "월요일", Verdict.ACCEPT),
        ("zh", "星期天", Verdict.CONFIRM),
        ("zh", "这个星期天", Verdict.ACCEPT),
        ("zh", "周一", Verdict.ACCEPT),
    ],
)
def test_a_weekday_that_is_said_on_one_is_asked_about(language: str, said: str, verdict: Verdict) -> None:
    decision = judged(language, said)
    assert (decision.verdict, decision.choice) == (verdict, SAID)


def test_without_a_day_to_see_it_from_there_is_no_date_but_its_words_are_known() -> None:
    assert day("en", None).read("tomorrow") == ""
    assert day("en").network is day("en", None).network
    assert goes(day("ko").network, ["다음", "주", "월요일"])
    assert goes(day("zh").network, ["三", "月", "三", "号"])
    assert day("de").network is None
    assert not day("en").is_whole("2026-11-22")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ko", "삼십억월 삼일"),
        ("ko", "삼월 삼십억일"),
        ("ko", "삼십억년 삼월 삼일"),
        ("ko", "99999999999월 3일"),
        ("ko", "9" * 5000 + "월 3일"),
        ("zh", "三十亿月三号"),
        ("zh", "九千亿月三号"),
        ("zh", "3月" + "9" * 5000 + "号"),
        ("en", "march " + "9" * 5000),
        ("en", "march third " + "9" * 5000),
    ],
)
def test_numbers_too_long_for_any_date_are_none(language: str, said: str) -> None:
    assert day(language).read(said) == ""


@EXACT
@given(
    st.lists(
        st.sampled_from([*"일이삼십백천만억조년월", "일", "내년", "다음", "9999999999", "12", "0"]),
        max_size=12,
    ),
    st.sampled_from(["ko", "zh", "en"]),
)
def test_whatever_is_heard_is_read_without_a_fault(parts: list[str], language: str) -> None:
    said = "".join(parts)
    for text in (
        said,
        " ".join(parts),
        said.translate(str.maketrans("일이삼십백천만억조년월", "号二三十百千万亿兆年月")),
    ):
        assert len(day(language).read(text)) in (0, 10)
