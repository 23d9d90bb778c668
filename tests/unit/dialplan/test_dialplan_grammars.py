"""What may be said to a question is made once for each dialplan, question, language and day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ivrcore.dialplan.check import Site, load_plan
from ivrcore.dialplan.grammars import question_grammar
from ivrcore.dialplan.model import Plan
from ivrcore.speech.grammar import PhraseBook, vocabulary

PLAN = """
name: t
languages: [en, ko]
numbers: {"1": start}
blocks:
  start:
    - collect: born
      type: date
      prompt: {en: When?, ko: 언제요?}
      speech: yes
      secret: no
      otherwise: [{queue: q}]
    - menu: main
menus:
  main:
    prompt: {en: Which?, ko: 무엇요?}
    choices:
      cards: {say: {en: [cards], ko: [카드]}, keys: "1", go: [{queue: q}]}
    otherwise: [{queue: q}]
"""
TODAY = date(2026, 11, 22)


@pytest.fixture
def plan() -> Plan:
    made, problems = load_plan(PLAN, "t.yaml", Site(queues=("q",), skills=(), recordings=()))
    assert made, [str(one) for one in problems.errors]
    return made


def test_the_grammar_and_what_is_made_of_it_are_the_same_in_all_turns(plan: Plan) -> None:
    menu = plan.menus["main"]
    first, later = (question_grammar(plan, menu, "en", confirming=False, today=day) for day in (TODAY, TODAY))
    assert first is later
    assert PhraseBook.of(first) is PhraseBook.of(later)
    assert vocabulary(first) is vocabulary(later)


def test_other_languages_questions_days_and_dialplans_have_their_own(plan: Plan) -> None:
    menu, (born,) = plan.menus["main"], plan.digits.values()
    en = question_grammar(plan, menu, "en", confirming=False, today=TODAY)
    assert [one.text for one in en.phrases if one.choice == "cards"] == ["cards"]
    ko = question_grammar(plan, menu, "ko", confirming=False, today=TODAY)
    assert [one.text for one in ko.phrases if one.choice == "cards"] == ["카드"]
    yes = question_grammar(plan, menu, "en", confirming=True, today=TODAY)
    assert {"yes", "no"} <= {one.choice for one in yes.phrases}
    said = question_grammar(plan, born, "en", confirming=False, today=TODAY)
    assert PhraseBook.of(said).value("tomorrow") == "2026-11-23"
    said = question_grammar(plan, born, "en", confirming=False, today=date(2026, 12, 1))
    assert PhraseBook.of(said).value("tomorrow") == "2026-12-02"
    other = replace(plan, menus={"main": replace(menu, choices=())})
    assert not question_grammar(other, other.menus["main"], "en", confirming=False, today=TODAY).phrases
