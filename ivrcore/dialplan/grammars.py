"""What may be said in a dialplan's menus: the phrases that go to a recogniser. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from ivrcore.dialplan.asked import slot_of
from ivrcore.dialplan.model import Digits, KnownGrammar, Menu, Plan, Question
from ivrcore.dialplan.wording import NO, YES
from ivrcore.model.names import Universal
from ivrcore.speech.recogniser import Grammar, Phrase

IMPATIENT = "@impatient"
"""What is chosen by words of impatience."""


def menu_grammar(plan: Plan, menu: Menu, language: str) -> Grammar:
    """Give what may be said to a menu's question in a language: its choices, and the universals."""
    own = [Phrase(choice.name, one.text) for choice in menu.choices for one in choice.phrases(language)]
    universals = menu.universals if own else ()
    everywhere = _everywhere(plan, universals, language, {one.text for one in own})
    return Grammar(language, (*own, *everywhere), free=bool(own) and language in menu.intents)


def digits_grammar(plan: Plan, asked: Digits, language: str, today: date | None = None) -> Grammar:
    """Give what may be said where digits are asked for: they, and the universals; nothing without speech."""
    slot = slot_of(asked, language, today)
    if not asked.speech or slot.network is None:
        return Grammar(language, ())
    phrases = tuple(_everywhere(plan, asked.universals, language, ()))
    return Grammar(language, phrases, network=slot.network, slot=slot)


def universal_choice(universal: Universal) -> str:
    """Name a universal among a menu's choices: no choice can be called that."""
    return f"@{universal}"


def confirm_grammar(
    plan: Plan, language: str, universals: Collection[Universal] = (), taken: Collection[str] = ()
) -> Grammar:
    """Give what may be said to "did you say …?": yes, no, and the question's universals.

    ``taken`` are phrases that mean something else to the question that is confirmed: no universal there.
    """
    confirming = plan.confirming.get(language)
    if confirming is None:
        return Grammar(language, ())
    answers = ((YES, confirming.yes), (NO, confirming.no))
    own = [Phrase(answer, text) for answer, texts in answers for text in texts]
    mine = {one.text for one in own} | set(taken)
    return Grammar(language, (*own, *_everywhere(plan, universals, language, mine)))


def question_grammar(
    plan: Plan, question: Question, language: str, *, confirming: bool, today: date | None = None
) -> Grammar:
    """Give what may be said to a question now; dates are seen from ``today``.

    The same one in all turns of a day, so that what is made of it is made once.
    """
    key = question.name, language, confirming
    known = plan.grammars.get(key)
    if known is None or known.question is not question or known.today != today:
        made = _question_grammar(plan, question, language, confirming=confirming, today=today)
        known = plan.grammars[key] = KnownGrammar(question, today, made)
    return known.grammar


def _question_grammar(
    plan: Plan, question: Question, language: str, *, confirming: bool, today: date | None
) -> Grammar:
    menu = question if isinstance(question, Menu) else None
    if confirming:
        taken = [one.text for choice in menu.choices for one in choice.phrases(language)] if menu else []
        return confirm_grammar(plan, language, question.universals, taken)
    if isinstance(question, Digits):
        return digits_grammar(plan, question, language, today)
    return menu_grammar(plan, menu, language) if menu else Grammar(language, ())


def _everywhere(
    plan: Plan, universals: Collection[Universal], language: str, taken: Collection[str]
) -> Iterator[Phrase]:
    for way in (plan.universals[one] for one in universals):
        for phrase in way.said.get(language, ()):
            if phrase.text not in taken:
                yield Phrase(universal_choice(way.universal), phrase.text)
    if plan.impatience is not None and Universal.AGENT in universals:
        for phrase in plan.impatience.said.get(language, ()):
            if phrase.text not in taken:  # after all others: of two that are the same, the first counts
                yield Phrase(IMPATIENT, phrase.text)


def grammars(plan: Plan) -> Iterator[tuple[str, Grammar]]:
    """Give every grammar that a call may need, with where in the dialplan it comes from."""
    spoken = [menu for menu in plan.menus.values() if menu.spoken]
    confirms = any(menu.confirm < menu.accept for menu in spoken)
    confirms = confirms or any(digits.confirm or digits.speech for digits in plan.digits.values())
    for language in plan.languages:
        for menu in spoken:
            yield f"menu {menu.name}", menu_grammar(plan, menu, language)
        for digits in plan.digits.values():
            if digits.speech:
                yield f"digits at {digits.name}", digits_grammar(plan, digits, language)
        if confirms:
            yield "confirming", confirm_grammar(plan, language, plan.universals)
