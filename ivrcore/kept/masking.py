"""Numbers that callers said, written or in words, masked: in languages whose number words are known. Pure.

Every language's words are masked in every text, since callers mix them. Rather too much is masked than too
little: `second`, the Korean 이사 (a move) and the 一 of 一下 go too.
"""

from __future__ import annotations

import re
import unicodedata

from ivrcore.speech.slots import numerals_of

MASK = "#"

_DIGITS = re.compile(r"[a-z]*\d+[a-z\d]*")
_NO_WORD = re.compile(r"[^\w#'\s]|_")


def _known(language: str) -> set[str]:
    numerals = numerals_of(language)
    return {*numerals.digits, *numerals.times, *numerals.others} if numerals else set()


def _words(text: str) -> set[str]:
    return set(text.split())


def _any(words: set[str]) -> str:
    """Give a pattern of one of these, the longest first."""
    return f"(?:{'|'.join(sorted(words, key=lambda word: (-len(word), word)))})"


def _plural(word: str) -> str:
    """Give what several of an English word are: fives, sixes, twenties."""
    if word.endswith("y"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith("x") else f"{word}s"


_ENGLISH_ONE = (_known("en") - {"and", "a"}) | _words(
    """
    o nought naught nil hundreds thousands millions billion dozen quadruple first second third fourth fifth
    sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth
    eighteenth nineteenth twentieth thirtieth fortieth fiftieth hundredth
    """
)

_ENGLISH = _ENGLISH_ONE | {_plural(word) for word in _ENGLISH_ONE} | {"zeroes"}

_GERMAN_PARTS = _known("de") | _words(
    "ein sech sieb zehn elf zwölf zwan zig ßig ssig hundert tausend million millionen und fuenf zwoelf"
)
_GERMAN_ORDINALS = _any(_words("erst dritt siebt acht zwot")) + "e(?:ns|[nrs])?"
_GERMAN = re.compile(
    rf"(?!(?:und|ein|sech)$){_any(_GERMAN_PARTS)}+(?:s?te(?:ns|[nrs])?)?"
    rf"|(?:{_any(_GERMAN_PARTS)}*){_GERMAN_ORDINALS}|doppel{_any(_GERMAN_PARTS)}*"
)
"""Compounds are one word: dreiundzwanzig, neunzehnhundertachtzig; of days too: zwanzigsten, dritter."""

_HANJA = "〇○萬億亿兩壹贰貳叁參肆伍陆陸柒捌玖拾佰仟廿卅"
_CHINESE = re.compile(f"[{''.join(_known('zh') - {'角', '毛'})}{_HANJA}]+")
"""Chinese has no words to tell a number's signs from others': each is masked."""

_SINO = _any(_known("ko") | {"조", "제로"})
_NATIVE = _any(_words("하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열 스물 스무 서른 마흔 쉰 예순 일흔 여든 아흔"))
_NATIVE_TENS = _any(_words("열 스물 서른 마흔 쉰 예순 일흔 여든 아흔"))
_BEFORE_COUNTERS = "[한두세네]"
_COUNTERS = _any(
    _words("번 번째 번지 개 호 호실 동 층 월 일 년 시 분 초 원 살 세 명 자리 회 차 주 달 개월 퍼센트 장")
)
_PARTICLES = _any(_words("은 는 이 가 을 를 에 의 도 만 로 으로 에서 부터 까지 요 이요 이에요 예요 입니다"))
_SAID = f"(?:{_NATIVE}|{_SINO})"
_KOREAN_RUN = re.compile(f"{_SAID}{{2,}}")
"""Inside a word only several count: 이, 일 and 사 are syllables of many words."""
_KOREAN = re.compile(
    f"(?:{_SAID}|{MASK}|[한두세]|{_NATIVE_TENS}{_BEFORE_COUNTERS}|(?:첫|{_NATIVE})째)(?:{_PARTICLES})?"
    f"|(?:(?:{_SAID}|{MASK})+{_BEFORE_COUNTERS}?|{_BEFORE_COUNTERS})(?:{_COUNTERS}(?:{_PARTICLES})?)"
)
"""네 alone is a yes."""


def is_masked(language: str) -> bool:
    """Whether the number words of a language (a BCP 47 tag) are known, so that `masked` finds them."""
    return numerals_of(language) is not None


def masked(text: str) -> str:
    """Give a text in small letters, without signs, every number of it as one `MASK`."""
    plain = _DIGITS.sub(MASK, unicodedata.normalize("NFKC", text).lower())
    plain = _KOREAN_RUN.sub(MASK, _CHINESE.sub(MASK, plain))
    found: list[str] = []
    for word in _NO_WORD.sub(" ", plain).split():
        number = word in _ENGLISH or _GERMAN.fullmatch(word) or _KOREAN.fullmatch(word)
        shown = MASK if number else word
        if shown != MASK or found[-1:] != [MASK]:
            found.append(shown)
    return " ".join(found)
