"""Grammars by the names that Asterisk's dialplans use: menus of our dialplans, and the site's own lists.

``welcome.main`` is what may be said to menu `main` of dialplan `welcome` as it is served now: a new version
counts from the next recognition on. Knows nothing of the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ivrcore.dialplan.grammars import question_grammar
from ivrcore.dialplan.model import Digits, Menu
from ivrcore.problems import did_you_mean, quoted
from ivrcore.speech.decide import USUAL_BOUNDS, Bounds
from ivrcore.speech.endpointing import USUAL, TurnTaking
from ivrcore.speech.grammar import primary

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Plan
    from ivrcore.speech.recogniser import Grammar
    from ivrcore.telephony.aeap.settings import Settings


class UnknownGrammar(Exception):
    """There is no such grammar now, or not in that language; says so to a person."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one recognition listens for, and how it is judged."""

    name: str
    grammar: Grammar
    bounds: Bounds = USUAL_BOUNDS
    taking: TurnTaking = USUAL


class Grammars(Protocol):
    """Where grammars come from."""

    def find(self, wanted: Settings) -> Asked:
        """Give what may be said now; raises :class:`UnknownGrammar`."""


class SiteGrammars:
    """Those of one site. ``plans`` gives the dialplans that are served, ``now`` UTC seconds."""

    def __init__(
        self, plans: Callable[[], Sequence[Plan]], own: Mapping[str, Asked], now: Callable[[], float]
    ) -> None:
        self._plans = plans
        self._own = own
        self._now = now

    def find(self, wanted: Settings) -> Asked:
        """See :class:`Grammars`."""
        found = self._own.get(wanted.grammar) or self._of_plan(wanted)
        if wanted.language and primary(wanted.language) != primary(found.grammar.language):
            raise UnknownGrammar(f"grammar {quoted(wanted.grammar)} is not in {quoted(wanted.language)}")
        return _as_wanted(found, wanted)

    def _of_plan(self, wanted: Settings) -> Asked:
        if not wanted.grammar:
            raise UnknownGrammar("no grammar is set: Set(SPEECH_ENGINE(grammar)=NAME)")
        plan_name, dot, name = wanted.grammar.partition(".")
        plan = next((one for one in self._plans() if one.name == plan_name), None)
        question = plan.question(name) if plan and dot else None
        if plan is None or not isinstance(question, Menu | Digits):
            raise UnknownGrammar(self._unknown(wanted.grammar))
        language = _language(plan, wanted)
        today = datetime.fromtimestamp(self._now(), plan.zone).date()
        grammar = question_grammar(plan, question, language, confirming=False, today=today)
        if not (grammar.says_something or grammar.free):
            raise UnknownGrammar(f"nothing can be said to {quoted(wanted.grammar)} in {quoted(language)}")
        return Asked(wanted.grammar, grammar, _bounds(question), question.taking)

    def _unknown(self, name: str) -> str:
        known = [f"{plan.name}.{menu}" for plan in self._plans() for menu in (*plan.menus, *plan.digits)]
        hint = did_you_mean(name, (*self._own, *known))
        return f"there is no grammar {quoted(name)}" + (f"; {hint}" if hint else "")


def _language(plan: Plan, wanted: Settings) -> str:
    """Give which of the dialplan's languages is meant: grammars are made, and kept, in no other."""
    if not wanted.language:
        return plan.language
    for one in plan.languages:
        if primary(one) == primary(wanted.language):
            return one
    has = f"dialplan {plan.name} has {', '.join(plan.languages)}"
    raise UnknownGrammar(f"grammar {quoted(wanted.grammar)} is not in {quoted(wanted.language)}: {has}")


def _bounds(question: Menu | Digits) -> Bounds:
    return question.bounds if isinstance(question, Digits) else Bounds(question.accept, question.confirm)


def _as_wanted(found: Asked, wanted: Settings) -> Asked:
    """Put in what the dialplan sets for itself."""
    accept = found.bounds.accept if wanted.accept is None else wanted.accept
    confirm = found.bounds.confirm if wanted.confirm is None else wanted.confirm
    taking = found.taking
    if wanted.end_silence is not None:
        taking = replace(taking, end_silence=wanted.end_silence)
    if wanted.longest is not None:
        taking = replace(taking, longest=wanted.longest)
    return replace(found, bounds=Bounds(accept, min(accept, confirm)), taking=taking)
