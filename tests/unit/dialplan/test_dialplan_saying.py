"""How values are said: tables of expected words in English, Chinese and Korean; any value in any language."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.dialplan.saying import is_currency, load_language, say
from ivrcore.expressions.text import Saying
from ivrcore.expressions.values import Value

SEOUL = ZoneInfo("Asia/Seoul")


def check(kind: Saying, value: Value, argument: str, **words: str) -> None:
    said = {language: say(value, kind, argument, language, SEOUL) for language in words}
    assert said == words


@pytest.mark.parametrize(
    ("value", "en", "zh", "ko"),
    [
        (0, "zero", "零", "영"),
        (2, "two", "二", "이"),
        (10, "ten", "十", "십"),
        (12, "twelve", "十二", "십이"),
        (20, "twenty", "二十", "이십"),
        (22, "twenty-two", "二十二", "이십이"),
        (100, "one hundred", "一百", "백"),
        (105, "one hundred and five", "一百零五", "백오"),
        (110, "one hundred and ten", "一百一十", "백십"),
        (222, "two hundred and twenty-two", "二百二十二", "이백이십이"),
        (1001, "one thousand and one", "一千零一", "천일"),
        (1010, "one thousand and ten", "一千零一十", "천십"),
        (2222, "two thousand two hundred and twenty-two", "两千二百二十二", "이천이백이십이"),
        (10_000, "ten thousand", "一万", "만"),
        (12_000, "twelve thousand", "一万二千", "만 이천"),
        (20_005, "twenty thousand and five", "两万零五", "이만 오"),
        (100_000, "one hundred thousand", "十万", "십만"),
        (120_034, "one hundred and twenty thousand and thirty-four", "十二万零三十四", "십이만 삼십사"),
        (20_000_500, "twenty million five hundred", "两千万零五百", "이천만 오백"),
        (100_010_000, "one hundred million ten thousand", "一亿零一万", "일억 일만"),
        (200_000_000, "two hundred million", "两亿", "이억"),
        (10**12, "one trillion", "一万亿", "일조"),
        (10**18, "one quintillion", "一百亿亿", "백경"),
        (-5, "minus five", "负五", "마이너스 오"),
        (-0.5, "minus zero point five", "负零点五", "마이너스 영 점 오"),
        (12.25, "twelve point two five", "十二点二五", "십이 점 이 오"),
        (0.1 + 0.2, "zero point three", "零点三", "영 점 삼"),
        ("12", "twelve", "十二", "십이"),
    ],
)
def test_a_number(value: Value, en: str, zh: str, ko: str) -> None:
    check(Saying.NUMBER, value, "", en=en, zh=zh, ko=ko)


def test_decimals_of_a_large_number_are_kept() -> None:
    said = say(999_999_999_999_999.9, Saying.NUMBER, "", "en", SEOUL)
    assert said.startswith("nine hundred and ninety-nine trillion")
    assert said.endswith("nine hundred and ninety-nine point nine")


@pytest.mark.parametrize(
    ("value", "en", "zh", "ko"),
    [
        (1, "first", "第一", "첫 번째"),
        (2, "second", "第二", "두 번째"),
        (10, "tenth", "第十", "열 번째"),
        (12, "twelfth", "第十二", "열두 번째"),
        (20, "twentieth", "第二十", "스무 번째"),
        (21, "twenty-first", "第二十一", "스물한 번째"),
        (99, "ninety-ninth", "第九十九", "아흔아홉 번째"),
        (100, "one hundredth", "第一百", "백 번째"),
        (101, "one hundred and first", "第一百零一", "백한 번째"),
        (120, "one hundred and twentieth", "第一百二十", "백스무 번째"),
        (2001, "two thousand and first", "第二千零一", "이천한 번째"),
        ("3", "third", "第三", "세 번째"),
    ],
)
def test_an_ordinal(value: Value, en: str, zh: str, ko: str) -> None:
    check(Saying.ORDINAL, value, "", en=en, zh=zh, ko=ko)


@pytest.mark.parametrize(
    ("value", "en", "zh", "ko"),
    [
        (102, "one zero two", "一零二", "일 공 이"),
        ("123", "one two three", "一二三", "일 이 삼"),
        ("010-22", "zero one zero two two", "零一零二二", "공 일 공 이 이"),
        ("+82 2", "plus eight two two", "加八二二", "플러스 팔 이 이"),
        ("b12", "B one two", "B一二", "B 일 이"),
        ("*#1", "star hash one", "星号井号一", "별표 우물정 일"),
        ("영1", "영 one", "영一", "영 일"),
        ("٣1", "one", "一", "일"),
    ],
)
def test_digits(value: Value, en: str, zh: str, ko: str) -> None:
    check(Saying.DIGITS, value, "", en=en, zh=zh, ko=ko)


@pytest.mark.parametrize(
    ("value", "currency", "en", "zh", "ko"),
    [
        (500, "KRW", "five hundred won", "五百韩元", "오백 원"),
        (12_000, "KRW", "twelve thousand won", "一万二千韩元", "만 이천 원"),
        (2.5, "KRW", "three won", "三韩元", "삼 원"),
        (-0.2, "KRW", "zero won", "零韩元", "영 원"),
        (0, "USD", "zero dollars", "零美元", "영 달러"),
        (1, "USD", "one dollar", "一美元", "일 달러"),
        (2, "USD", "two dollars", "两美元", "이 달러"),
        (12.5, "USD", "twelve dollars and fifty cents", "十二美元五十美分", "십이 달러 오십 센트"),
        (0.01, "USD", "one cent", "一美分", "일 센트"),
        (1.005, "USD", "one dollar and one cent", "一美元一美分", "일 달러 일 센트"),
        (-0.2, "USD", "minus twenty cents", "负二十美分", "마이너스 이십 센트"),
        ("3.10", "EUR", "three euros and ten cents", "三欧元十欧分", "삼 유로 십 센트"),
        (1.01, "GBP", "one pound and one penny", "一英镑一便士", "일 파운드 일 펜스"),
        (
            1234,
            "JPY",
            "one thousand two hundred and thirty-four yen",
            "一千二百三十四日元",
            "천이백삼십사 엔",
        ),
        (20_000, "CNY", "twenty thousand yuan", "两万元", "이만 위안"),
        (12.5, "CNY", "twelve yuan and fifty fen", "十二元五角", "십이 점 오 위안"),
        (12.05, "CNY", "twelve yuan and five fen", "十二元零五分", "십이 점 영 오 위안"),
        (0.22, "CNY", "twenty-two fen", "两角二分", "영 점 이 이 위안"),
        (0.02, "CNY", "two fen", "两分", "영 점 영 이 위안"),
        (2, "CHF", "two Swiss francs", "二瑞士法郎", "이 스위스 프랑"),
        (1, "CHF", "one Swiss franc", "一瑞士法郎", "일 스위스 프랑"),
        (1.5, "KWD", "one point five Kuwaiti dinars", "一点五科威特第纳尔", "일 점 오 쿠웨이트 디나르"),
        (3, "ZZZ", "three ZZZ", "三ZZZ", "삼 ZZZ"),
    ],
)
def test_an_amount(value: Value, currency: str, en: str, zh: str, ko: str) -> None:
    check(Saying.AMOUNT, value, currency, en=en, zh=zh, ko=ko)


@pytest.mark.parametrize(
    ("value", "en", "zh", "ko"),
    [
        (
            "2026-11-22",
            "November twenty-second, twenty twenty-six",
            "二零二六年十一月二十二日",
            "이천이십육년 십일월 이십이일",
        ),
        ("2005-06-01", "June first, two thousand and five", "二零零五年六月一日", "이천오년 유월 일일"),
        (
            "2026-10-10T09:00",
            "October tenth, twenty twenty-six",
            "二零二六年十月十日",
            "이천이십육년 시월 십일",
        ),
        (
            "2026-11-22T23:30+00:00",
            "November twenty-third, twenty twenty-six",
            "二零二六年十一月二十三日",
            "이천이십육년 십일월 이십삼일",
        ),
        (
            1_763_780_000,
            "November twenty-second, twenty twenty-five",
            "二零二五年十一月二十二日",
            "이천이십오년 십일월 이십이일",
        ),
    ],
)
def test_a_date(value: Value, en: str, zh: str, ko: str) -> None:
    check(Saying.DATE, value, "", en=en, zh=zh, ko=ko)


@pytest.mark.parametrize(
    ("value", "en", "zh", "ko"),
    [
        ("00:00", "midnight", "凌晨零点", "자정"),
        ("00:30", "twelve thirty a.m.", "凌晨零点三十分", "오전 열두 시 삼십 분"),
        ("02:00", "two a.m.", "凌晨两点", "오전 두 시"),
        ("09:05", "nine oh five a.m.", "上午九点零五分", "오전 아홉 시 오 분"),
        ("12:00", "noon", "中午十二点", "정오"),
        ("13:10:59", "one ten p.m.", "下午一点十分", "오후 한 시 십 분"),
        ("20:45", "eight forty-five p.m.", "晚上八点四十五分", "오후 여덟 시 사십오 분"),
        (1_763_780_000, "eleven fifty-three a.m.", "上午十一点五十三分", "오전 열한 시 오십삼 분"),
        ("2026-11-22T23:30+00:00", "eight thirty a.m.", "上午八点三十分", "오전 여덟 시 삼십 분"),
    ],
)
def test_a_time(value: Value, en: str, zh: str, ko: str) -> None:
    check(Saying.TIME, value, "", en=en, zh=zh, ko=ko)


@pytest.mark.parametrize(
    ("value", "en", "zh", "ko"),
    [
        (0, "less than a minute", "不到一分钟", "일 분 이내"),
        (-5, "less than a minute", "不到一分钟", "일 분 이내"),
        (30, "about one minute", "大约一分钟", "약 일 분"),
        (115.5, "about two minutes", "大约两分钟", "약 이 분"),
        ("180", "about three minutes", "大约三分钟", "약 삼 분"),
        (3590, "about one hour", "大约一小时", "약 한 시간"),
        (3900, "about one hour and five minutes", "大约一小时五分钟", "약 한 시간 오 분"),
        (7440, "about two hours and five minutes", "大约两小时五分钟", "약 두 시간 오 분"),
        (72_000, "about twenty hours", "大约二十小时", "약 스무 시간"),
    ],
)
def test_a_duration(value: Value, en: str, zh: str, ko: str) -> None:
    check(Saying.DURATION, value, "", en=en, zh=zh, ko=ko)


@pytest.mark.parametrize("kind", Saying)
@pytest.mark.parametrize("language", ["en", "zh", "ko", "de", "xx"])
def test_none_is_nothing_and_other_kinds_are_text(kind: Saying, language: str) -> None:
    assert say(None, kind, "KRW", language, SEOUL) == ""
    assert say("gold", kind, "KRW", language, SEOUL) == "gold"
    assert say(True, kind, "KRW", language, SEOUL) == "true"
    assert say((1, "a"), kind, "KRW", language, SEOUL) == "1, a"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (0, Saying.ORDINAL),
        (1.5, Saying.ORDINAL),
        (-5, Saying.DIGITS),
        (1.5, Saying.DIGITS),
        (1e17, Saying.DATE),
    ],
)
def test_numbers_that_cannot_be_said_so_are_text(value: Value, kind: Saying) -> None:
    assert say(value, kind, "", "en", SEOUL) == say(value, Saying.TEXT, "", "en", SEOUL)


@pytest.mark.parametrize(
    ("kind", "value", "argument", "words"),
    [
        (Saying.NUMBER, -1234, "", "minus eintausendzweihundertvierunddreißig"),
        (Saying.NUMBER, 12.5, "", "zwölf Komma fünf"),
        (Saying.ORDINAL, 3, "", "dritte"),
        (Saying.DIGITS, "12", "", "eins zwei"),
        (Saying.AMOUNT, 2, "EUR", "zwei Euro"),
        (Saying.DATE, "2026-11-22", "", "22. November 2026"),
        (Saying.TIME, "13:05", "", "13:05"),
        (Saying.DURATION, 3900, "", "1 Stunde 5 Minuten"),
    ],
)
def test_another_language_is_the_libraries(kind: Saying, value: Value, argument: str, words: str) -> None:
    assert say(value, kind, argument, "de", SEOUL) == words


def test_a_language_that_nobody_knows_has_digits() -> None:
    assert say(-12.5, Saying.NUMBER, "", "xx", SEOUL) == "-12.5"
    assert say(12.5, Saying.AMOUNT, "KRW", "xx", SEOUL) == "13 South Korean won"
    assert say(3, Saying.ORDINAL, "", "xx", SEOUL) == "3"


def test_a_region_of_a_language_has_its_words() -> None:
    assert say(2000, Saying.NUMBER, "", "zh-CN", SEOUL) == "两千"


def test_loading_tells_whether_a_language_has_words() -> None:
    assert [load_language(code) for code in ("en", "zh", "ko", "fr", "xx", "")] == [True] * 4 + [False] * 2


def test_currencies_are_known() -> None:
    assert [is_currency(code) for code in ("KRW", "CHF", "ZZZ", "krw", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=2).map(tuple),
    max_leaves=3,
)
texts_like = st.from_regex(
    r"[-+]?[0-9]{1,20}(\.[0-9]{1,20})?|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}[-+]23:59)?",
    fullmatch=True,
)
languages = st.sampled_from(["en", "zh", "ko", "de", "fr", "ja", "ar", "es", "pt-BR", "th", "xx", "", "../x"])


@pytest.mark.slow
@settings(max_examples=400, deadline=None, database=None, derandomize=True)
@given(
    values | texts_like,
    st.sampled_from(Saying),
    st.sampled_from(["KRW", "USD", "CNY", "CHF", "XXX", ""]) | st.text(max_size=4),
    languages,
)
def test_anything_is_said_somehow(value: Value, kind: Saying, argument: str, language: str) -> None:
    said = say(value, kind, argument, language, SEOUL)
    assert isinstance(said, str)
    if kind is Saying.TEXT and isinstance(value, str):
        assert said == value


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.integers(0, 10**18))
def test_chinese_numbers_read_back(number: int) -> None:
    said = say(number, Saying.NUMBER, "", "zh", SEOUL)
    assert read_chinese(said) == number
    assert "零零" not in said


def read_chinese(text: str) -> int:
    """Read a Chinese number back: digits times their place, summed up to each 万 and 亿."""
    digits = {char: at for at, char in enumerate("零一二三四五六七八九")} | {"两": 2}
    places = {"十": 10, "百": 100, "千": 1000}
    if text == "零":
        return 0
    for name, base in (("亿", 10**8), ("万", 10**4)):
        if name in text:
            head, _, tail = text.rpartition(name) if name == "亿" else text.partition(name)
            return read_chinese(head) * base + (read_chinese(tail) if tail else 0)
    total, digit = 0, 0
    for char in text:
        if char in places:
            total += (digit or 1) * places[char]
            digit = 0
        else:
            digit = digits[char]
    return total + digit
