"""How near two phrases sound: an edit distance over phones where they are known, else over letters.

A phone is written as two signs, its kind and itself: a change within a kind (d for t, z for s, one vowel
for another) then costs half. Korean is taken apart into its letters, Chinese written in pinyin without tones.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from ivrcore.speech.lexicon import Lexicon

TOO_NEAR = 0.2
"""Share of the longer phrase that differs, up to which phrases are told to be confusable.

Tuned on "cards" and "carts" (0.2 by phones, 0.1 by letters), "loan" and "lone" (0), "카드" and "가드" (0.13);
"credit card" and "debit card" are farther apart (0.25).
"""

Sound = tuple[str, str]
"""What a phrase sounds like: the way of writing it (only the same can be compared), and it so written."""

PHONES, LETTERS = "phones", "letters"

_KINDS: Mapping[str, str] = {
    "stop": "P B T D K G",
    "rubbed": "F V TH DH S Z SH ZH HH CH JH",
    "nasal": "M N NG",
    "glide": "L R W Y",
    "vowel": "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW",
}
_LETTER_KINDS = ("aeiouyäöüàáâèéêìíòóôùú", "bp", "dt", "gkcq", "vf", "szx", "mn", "lr", "j", "w", "h")
# In the order of Unicode's conjoining letters: initial, medial and final ones are different characters.
_JAMO_KINDS = ("ᄀᄁᄏᆨᆩᆿ", "ᄃᄄᄐᆮᇀ", "ᄇᄈᄑᆸᇁ", "ᄌᄍᄎᆽᆾ", "ᄉᄊᆺᆻ", "ᄂᄆᆫᆷᆼ", "ᄅᆯ", "ᄒᇂ")
_SILENT_JAMO = "ᄋ"


def _pairs(kinds: Iterable[Iterable[str]]) -> dict[str, str]:
    """Write each sound as two signs of a private alphabet: its kind's and its own."""
    written: dict[str, str] = {}
    for kind, sounds in enumerate(kinds):
        for sound in sounds:
            written[sound] = chr(0xE000 + kind) + chr(0xE100 + len(written))
    return written


_ARPABET = _pairs(kind.split() for kind in _KINDS.values())
_LATIN = _pairs(_LETTER_KINDS)
_JAMO = _pairs((*_JAMO_KINDS, [chr(code) for code in range(0x1161, 0x1176)]))


def nearness(one: Sound, other: Sound) -> float:
    """Give how much of the longer phrase differs, 0 to 1; phrases written in different ways are far."""
    if one[0] != other[0]:
        return 1.0
    distance: float = _levenshtein().normalized_distance(one[1], other[1], score_cutoff=TOO_NEAR)
    return distance


@cache
def _levenshtein() -> Any:
    """Import it once sounds are compared: 47 modules, of which a start has no use."""
    from rapidfuzz.distance import Levenshtein

    return Levenshtein


def sound_of(words: Sequence[str], language: str, lexicons: Sequence[Lexicon]) -> Sound:
    """Write a phrase as it sounds: by its phones if a lexicon has all of them, else by its letters."""
    phones = [_phones(word, lexicons) for word in words]
    if phones and all(phones):
        return PHONES, "".join(_phone(phone) for word in phones for phone in word)
    return LETTERS, _letters("".join(words), language)


def _phones(word: str, lexicons: Sequence[Lexicon]) -> Sequence[str]:
    return next((found for lexicon in lexicons if (found := lexicon.phones(word))), ())


def _phone(phone: str) -> str:
    plain = phone.rstrip("012")
    return _ARPABET.get(plain) or plain * 2


def _letters(text: str, language: str) -> str:
    if language in ("zh", "yue"):
        from pypinyin import Style, lazy_pinyin  # its tables are large, and few need them

        text = "".join(lazy_pinyin(text, style=Style.NORMAL))
    if language == "ko":
        apart = unicodedata.normalize("NFD", text).replace(_SILENT_JAMO, "")
        return "".join(_JAMO.get(letter) or letter * 2 for letter in apart)
    return "".join(_LATIN.get(letter) or letter * 2 for letter in text)
