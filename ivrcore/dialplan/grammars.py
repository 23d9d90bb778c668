"""What may be said in a dialplan's menus: the phrases that go to a recogniser. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ivrcore.dialplan.model import Menu, Plan
from ivrcore.dialplan.wording import NO, YES
from ivrcore.model.names import Universal
from ivrcore.speech.recogniser import Grammar, Phrase


def menu_grammar(plan: Plan, menu: Menu, language: str) -> Grammar:
    """Give what may be said to a menu's question in a language: its choices, and the universals."""
    own = [Phrase(choice.name, one.text) for choice in menu.choices for one in choice.phrases(language)]
    taken = {phrase.text for phrase in own}
    ways = [plan.universals[one] for one in menu.universals] if own else []
    everywhere = [
        Phrase(universal_choice(way.universal), one.text)
        for way in ways
        for one in way.said.get(language, ())
        if one.text not in taken
    ]
    return Grammar(language, (*own, *everywhere))


def universal_choice(universal: Universal) -> str:
    """Name a universal among a menu's choices: no choice can be called that."""
    return f"@{universal}"


def confirm_grammar(plan: Plan, language: str) -> Grammar:
    """Give what may be said to "did you say …?"."""
    confirming = plan.confirming.get(language)
    if confirming is None:
        return Grammar(language, ())
    answers = ((YES, confirming.yes), (NO, confirming.no))
    return Grammar(language, tuple(Phrase(answer, text) for answer, texts in answers for text in texts))


def grammars(plan: Plan) -> Iterator[tuple[str, Grammar]]:
    """Give every grammar that a call may need, with where in the dialplan it comes from."""
    spoken = [menu for menu in plan.menus.values() if menu.spoken]
    for language in plan.languages:
        for menu in spoken:
            yield f"menu {menu.name}", menu_grammar(plan, menu, language)
        if any(menu.confirm < menu.accept for menu in spoken):
            yield "confirming", confirm_grammar(plan, language)
