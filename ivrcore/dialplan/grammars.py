"""What may be said in a dialplan's menus: the phrases that go to a recogniser. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ivrcore.dialplan.model import Menu, Plan
from ivrcore.dialplan.wording import NO, YES
from ivrcore.speech.recogniser import Grammar, Phrase


def menu_grammar(plan: Plan, menu: Menu) -> Grammar:
    """Give what may be said to a menu's question."""
    phrases = (Phrase(choice.name, phrase.text) for choice in menu.choices for phrase in choice.phrases)
    return Grammar(plan.language, tuple(phrases))


def confirm_grammar(plan: Plan) -> Grammar:
    """Give what may be said to "did you say …?"."""
    if plan.confirming is None:
        return Grammar(plan.language, ())
    answers = ((YES, plan.confirming.yes), (NO, plan.confirming.no))
    return Grammar(plan.language, tuple(Phrase(answer, text) for answer, texts in answers for text in texts))


def grammars(plan: Plan) -> Iterator[tuple[str, Grammar]]:
    """Give every grammar that a call may need, with where in the dialplan it comes from."""
    spoken = [menu for menu in plan.menus.values() if menu.spoken]
    for menu in spoken:
        yield f"menu {menu.name}", menu_grammar(plan, menu)
    if any(menu.confirm < menu.accept for menu in spoken):
        yield "confirming", confirm_grammar(plan)
