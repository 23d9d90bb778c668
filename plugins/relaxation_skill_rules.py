"""The relaxation ``skill_rules``: Wazo's skill rules.

A rule is terms joined by ``and``; those with ``wait``, the seconds waited, compare it with a number. With
nobody logged in for a rule the next one counts at once, and an agent of the earlier one who logs in may have
the contact too. With nobody for any rule, whoever fits one of them may have it. While an agent who fits is
free nothing changes. Past all rules: anybody in the queue, and it is over.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ivrcore.api import (
    Floor,
    Options,
    Relaxation,
    Relaxed,
    VisitFacts,
    check_options,
    condition,
    hookimpl,
    need_of,
    want_condition,
    want_list,
)

WAIT = "wait"
AGAIN = 5.0
"""Seconds after which a rule is looked at again that stays because an agent who fits is free."""
LATE = 0.1
"""Seconds after a bound when ``wait > bound`` holds for certain."""


def _want_rule(path: str, value: Any) -> list[str]:
    problems = want_condition(path, value)
    if not problems and WAIT in condition(value).names:
        for term in condition(value).terms:
            names = condition(term).names
            if WAIT in names and (names != {WAIT} or condition(term).bound is None):
                problems.append(f"{path}: {term!r} does not compare wait with a number, as in wait < 60")
    return problems


class SkillRules:
    """The first of the conditions whose wait holds, and that somebody logged in fits, says who.

    Option ``rules``: conditions in order, such as `wait < 60 and english > 50`.
    """

    name = "skill_rules"

    def check(self, options: Options) -> Sequence[str]:
        """A list of conditions."""
        return check_options(options, {"rules": want_list(_want_rule, least=1)}, ["rules"])

    def skills(self, options: Options) -> Collection[str]:
        """Give the skills that the rules read."""
        return {name for rule in options["rules"] for name in condition(rule).names if name != WAIT}

    def relax(
        self, visit: VisitFacts, need: Mapping[str, Any], floor: Floor, options: Options, now: float
    ) -> Relaxed:
        """Look for the rule that counts now."""
        if visit.step and floor.free(visit.need):
            return Relaxed(dict(visit.need), "an agent who fits is free", now + AGAIN, when_nobody=True)
        waited = round(now - visit.entered, 3)
        open_rules = [
            (number, skills)
            for number, rule in enumerate(options["rules"], start=1)
            if (skills := _skills(rule, waited)) is not None
        ]
        bounds = sorted(bound for rule in options["rules"] for bound in _bounds(rule) if bound > waited)
        until = visit.entered + bounds[0] if bounds else None
        if not open_rules:
            return Relaxed(dict(need), "past all rules", until, over=until is None)
        seen: list[str] = []
        for number, skills in open_rules:
            seen.append(skills)
            asked = {**need, "expression": _any_of(need.get("expression", ""), seen) or None}
            if floor.logged_in(need_of(asked)):
                return Relaxed(asked, f"rule {number} of {len(options['rules'])}", until, when_nobody=True)
        return Relaxed(asked, "nobody is logged in for any rule", until)


def _skills(rule: str, waited: float) -> str | None:
    """Give the terms of a rule about skills; None if those about the wait do not hold."""
    terms = condition(rule).terms
    about_wait = [term for term in terms if WAIT in condition(term).names]
    if not all(condition(term).holds({WAIT: waited}) for term in about_wait):
        return None
    return " and ".join(term for term in terms if term not in about_wait)


def _bounds(rule: str) -> list[float]:
    """Give the times at which a rule's terms about the wait may change."""
    found = [condition(term).bound for term in condition(rule).terms if WAIT in condition(term).names]
    return [moment for bound in found if bound is not None for moment in (bound, bound + LATE)]


def _any_of(required: str, seen: Sequence[str]) -> str:
    """Join rules by ``or``; one that asks for no skill leaves only what the queue requires."""
    any_of = "" if "" in seen else " or ".join(dict.fromkeys(seen))
    return f"({required}) and ({any_of})" if required and any_of else required or any_of


@hookimpl
def ivrcore_relaxations() -> Sequence[Relaxation]:
    """Offer the relaxation under its name."""
    return (SkillRules(),)
