"""What people said instead: counted by contacts, numbers masked, what few said not told."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from ivrcore.kept.masking import masked
from ivrcore.kept.model import Head
from ivrcore.kept.words import MenuWords, Said, said_instead
from ivrcore.model.kept_names import KeptFor
from ivrcore.model.names import Verdict


def head(contact: str, menu: str = "main", language: str = "en", **values: str | bool) -> Head:
    return Head(
        utterance="u",
        at=1.0,
        contact=contact,
        subject="s",
        plan="bank",
        plan_version="",
        menu=menu,
        language=language,
        engine="vosk",
        outcome=KeptFor.NO_MATCH,
        verdict=Verdict.REJECT,
        choice="",
        confidence=0.0,
        seconds=1.0,
        **values,  # type: ignore[arg-type]
    )


def heard(text: str, contacts: int, first: int = 0) -> Iterator[Head]:
    return (head(f"c{first + n}", heard=text, heard_by="vosk") for n in range(contacts))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("When do you close?", "when do you close"),
        ("my card is 4711-0815", "my card is #"),
        ("my number is four seven double one", "my number is #"),
        ("room 12b please", "room # please"),
        ("제 번호는 공일공 이삼사오 입니다", "제 번호는 # 입니다"),
        ("号码 一三八 零零", "号码 #"),
        ("the twenty-first, nineteen eighty", "the #"),
        ("a hundred and five", "a # and #"),
        ("meine nummer ist dreiundzwanzig null acht", "meine nummer ist #"),
        ("am zwanzigsten dritten neunzehnhundertachtzig", "am #"),
        ("einhundertfünf und ein Konto", "# und ein konto"),
        ("Hunderte und sechzehn", "hunderte und #"),
        ("achtung", "achtung"),
        ("我的号码是一三八零零一", "我的号码是#"),
        ("我的号码是１３８ 第三", "我的号码是# 第#"),
        ("兩萬", "#"),
        ("하나 둘 셋 넷", "#"),
        ("제 번호는하나둘셋이에요", "제 번호는#에요"),
        ("전화번호공일공삼사오", "전화번호#"),
        ("삼번", "#"),
        ("3번이요", "#"),
        ("스물세살", "#"),
        ("두개 세 네명", "#"),
        ("십이월 삼일에", "#"),
        ("일곱 번", "# 번"),
        ("네 이자를 알고 싶어요", "네 이자를 알고 싶어요"),
        ("열두 시에", "# 시에"),
        ("스물한 살 마흔두 번", "# 살 # 번"),
        ("첫째 둘째", "#"),
        ("two fives and zeros, sixes", "# and #"),
        ("in her twenties", "in her #"),
        ("drittens", "#"),
        ("don't_know", "don't know"),
        ("", ""),
    ],
)
def test_numbers_are_masked_however_they_are_said(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_only_what_enough_contacts_said_is_told_the_most_frequent_first() -> None:
    heads = [
        *heard("when do you close", 4),
        *heard("Close my account!", 3, first=10),
        *heard("this is Kim Minsu", 2, first=20),
        *(head("c30", heard="again and again") for _ in range(9)),
        *heard("one two three", 5, first=40),
    ]
    (found,) = said_instead(heads)
    assert found == MenuWords(
        plan="bank",
        menu="main",
        kept=23,
        worded=23,
        labelled=0,
        meant=0,
        phrases=[Said("when do you close", 4), Said("close my account", 3)],
        words=[
            Said("close", 7),
            *(Said(word, 4) for word in ("do", "when", "you")),
            *(Said(word, 3) for word in ("account", "my")),
        ],
    )
    assert b"kim" not in msgspec.json.encode(said_instead(heads))


def test_no_fewer_than_two_contacts_can_be_asked_for() -> None:
    (found,) = said_instead([*heard("kim minsu here", 1), *heard("hello there", 2, first=5)], least=0)
    assert found.phrases == [Said("hello there", 2)]


def test_what_was_said_in_a_language_whose_numbers_are_not_known_is_not_told() -> None:
    heads = [
        *(head(f"f{n}", language="fr", heard="mon numéro est quarante") for n in range(3)),
        head("f9", language="fr"),
        *(head(f"e{n}", language="en-GB", heard="good morning") for n in range(3)),
    ]
    (found,) = said_instead(heads)
    assert (found.kept, found.worded, found.untold) == (7, 6, 3)
    assert found.phrases == [Said("good morning", 3)]
    assert {one.text for one in found.words} == {"good", "morning"}


def test_what_a_person_wrote_counts_before_a_recogniser() -> None:
    labelled = [
        head(f"c{n}", heard="clothes", labelled=True, said="close", means="hours" if n else "")
        for n in range(3)
    ]
    (main, other) = said_instead([head("c9", menu="other"), *labelled])
    assert (main.labelled, main.meant, main.phrases) == (3, 2, [Said("close", 3)])
    assert (other.kept, other.worded, other.phrases) == (1, 0, [])


def test_no_more_than_so_many_are_told() -> None:
    heads = [one for n in range(12) for one in heard(f"phrase {chr(97 + n)}", 3 + n, first=100 * n)]
    (found,) = said_instead(heads, most=5)
    assert [one.text for one in found.phrases] == [f"phrase {letter}" for letter in "lkjih"]
    assert len(found.words) == 5
