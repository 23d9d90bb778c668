"""Which grammar a name of Asterisk's dialplans stands for, and what a dialplan of theirs may change of it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from ivrcore.dialplan.check import Site, load_plan
from ivrcore.dialplan.model import Plan
from ivrcore.speech.decide import Bounds
from ivrcore.speech.endpointing import TurnTaking
from ivrcore.speech.grammar import PhraseBook
from ivrcore.speech.recogniser import Grammar, Phrase
from ivrcore.telephony.aeap.grammars import Asked, SiteGrammars, UnknownGrammar
from ivrcore.telephony.aeap.settings import Settings

TEXT = """\
name: bank
languages: [en, ko]
numbers: {"5100": main}
universals:
  agent: {say: {en: agent, ko: 상담원}, go: [{hang_up: normal}]}
menus:
  main:
    prompt: {en: Say., ko: 말씀하세요.}
    accept: 0.8
    confirm: 0.6
    end_silence: 700ms
    choices:
      cards: {say: {en: cards, ko: 예약 확인}, keys: "1", go: [{hang_up: normal}]}
    otherwise: [{hang_up: normal}]
  silent:
    prompt: {en: Press., ko: 누르세요.}
    choices:
      one: {keys: "1", go: [{hang_up: normal}]}
    otherwise: [{hang_up: normal}]
"""


def plan(text: str = TEXT) -> Plan:
    found, problems = load_plan(text, "bank.yaml", Site())
    assert found is not None, [str(one) for one in problems]
    return found


@pytest.fixture
def served() -> list[Plan]:
    return [plan()]


@pytest.fixture
def grammars(served: list[Plan]) -> SiteGrammars:
    own = {"colours": Asked("colours", Grammar("en", (Phrase("red", "red"),)), Bounds(0.5, 0.4))}
    return SiteGrammars(lambda: served, own, lambda: 1_800_000_000.0)


def test_a_menu_by_its_name_with_its_universals_bounds_and_times(grammars: SiteGrammars) -> None:
    asked = grammars.find(Settings(grammar="bank.main"))
    assert asked.name == "bank.main"
    assert [(one.choice, one.text) for one in asked.grammar.phrases] == [
        ("cards", "cards"),
        ("@agent", "agent"),
    ]
    assert asked.bounds == Bounds(0.8, 0.6)
    assert asked.taking == TurnTaking(end_silence=0.7)


def test_a_menu_in_another_of_its_languages(grammars: SiteGrammars) -> None:
    asked = grammars.find(Settings(grammar="bank.main", language="ko-KR"))
    assert asked.grammar.language == "ko"
    assert asked.grammar.phrases[0].text == "예약 확인"


def test_what_the_dialplan_sets_for_itself(grammars: SiteGrammars) -> None:
    asked = grammars.find(
        Settings(grammar="bank.main", accept=0.5, end_silence=0.3, longest=4.0, language="en")
    )
    assert asked.bounds == Bounds(0.5, 0.5)
    assert asked.taking == TurnTaking(end_silence=0.3, longest=4.0)


def test_a_list_of_the_configuration(grammars: SiteGrammars) -> None:
    assert grammars.find(Settings(grammar="colours")).grammar.phrases == (Phrase("red", "red"),)


@pytest.mark.parametrize(
    ("grammar", "language", "why"),
    [
        ("", "", "no grammar is set"),
        ("bank.mian", "", "'bank.main'"),
        ("bnak.main", "", "'bank.main'"),
        ("bank", "", "no grammar 'bank'"),
        ("bank.silent", "", "nothing can be said"),
        ("bank.main", "fr", "'bank.main' is not in 'fr': dialplan bank has en, ko"),
        ("colours", "ko", "not in 'ko'"),
        ("claim:leg-1", "", "no grammar"),
    ],
)
def test_what_there_is_not_is_told(grammars: SiteGrammars, grammar: str, language: str, why: str) -> None:
    with pytest.raises(UnknownGrammar, match=why):
        grammars.find(Settings(grammar=grammar, language=language))


def test_grammars_are_kept_in_the_dialplans_own_languages_alone(
    grammars: SiteGrammars, served: list[Plan]
) -> None:
    for language in ("en", "ko", "ko-KR", "fr", "xx-1", "xx-2"):
        with suppress(UnknownGrammar):
            grammars.find(Settings(grammar="bank.main", language=language))
    assert {language for _, language, _ in served[0].grammars} == {"en", "ko"}


def test_a_new_version_counts_from_the_next_recognition_on(
    grammars: SiteGrammars, served: list[Plan], tmp_path: Path
) -> None:
    served[0] = plan(TEXT.replace("en: cards", "en: credit cards"))
    asked = grammars.find(Settings(grammar="bank.main"))
    assert asked.grammar.phrases[0].text == "credit cards"
    served.clear()
    with pytest.raises(UnknownGrammar):
        grammars.find(Settings(grammar="bank.main"))


@pytest.mark.parametrize("name", ["bank.main", "colours"])
def test_a_grammar_is_made_once_for_all_recognitions(grammars: SiteGrammars, name: str) -> None:
    first = grammars.find(Settings(grammar=name))
    second = grammars.find(Settings(grammar=name, accept=0.5, end_silence=0.3))
    assert second.grammar is first.grammar
    assert PhraseBook.of(second.grammar) is PhraseBook.of(first.grammar)
