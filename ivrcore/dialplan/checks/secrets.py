"""Secrets that are read where none may be: what is told of a contact is in events, so it is left out there.

Only a variable that is a secret whoever sets it is told of; one that also has an open value may be meant.
"""

from __future__ import annotations

from ivrcore.dialplan import rules
from ivrcore.dialplan.checks.survey import Survey
from ivrcore.dialplan.reading import Given
from ivrcore.dialplan.scope import CALLER
from ivrcore.expressions.syntax import Chain, Expression, Name, Node, children
from ivrcore.expressions.text import Template
from ivrcore.problems import quoted

CALLERS_NUMBER = f"call.{CALLER}"


class Secrets:
    """Checks what is told of a contact."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey

    def run(self) -> None:
        """Check every value that must not be a secret."""
        open_values = [(step, refers) for _, step, refers in self.survey.steps if refers.open]
        if not open_values:
            return
        secret = self.always_secret()
        for step, refers in open_values:
            for given in refers.open:
                name = secret_in(given, secret)
                if name:
                    place = next(place for place in given.places if place.name == name)
                    message = f"{quoted(name)} is a secret, so {step.verb!r} leaves this out"
                    hint = "the caller's number is one always"
                    if name != CALLERS_NUMBER:
                        hint = "give the step that sets it 'secret: no', or take a value that is none"
                    self.survey.report(rules.SECRET_SHOWN, place.location, message, hint)

    def always_secret(self) -> set[str]:
        """Give the names that hold nothing but secrets."""
        set_by: dict[str, list[Given | None]] = {}
        first = self.survey.plan.variables
        opened = {name for name, value in first.items() if value is not None}
        for _, _, refers in self.survey.steps:
            hides = dict(refers.hides)
            for name in refers.sets:
                if name.text in hides:
                    set_by.setdefault(name.text, []).append(hides[name.text])
                else:
                    opened.add(name.text)
        secret = {CALLERS_NUMBER}
        unknown = set(set_by) - opened
        while found := {name for name in unknown if all(_hidden(given, secret) for given in set_by[name])}:
            secret |= found
            unknown -= found
        return secret


def _hidden(given: Given | None, secret: set[str]) -> bool:
    return given is None or bool(secret_in(given, secret))


def secret_in(given: Given, secret: set[str]) -> str:
    """Give the first of those names that is read whatever the others are; empty if there is none."""
    if isinstance(given, Template):
        return next((name for slot in given.slots if (name := _read(slot.expression, secret))), "")
    return _read(given, secret)


def _read(expression: Expression, secret: set[str]) -> str:
    ahead: list[Node] = [expression.root]
    while ahead:
        node = ahead.pop()
        if isinstance(node, Name) and node.name in secret:
            return node.name
        if isinstance(node, Chain) and node.rest[0][0] in ("and", "or"):
            ahead.append(node.first)  # the others may not be read
        else:
            ahead += reversed(children(node))
    return ""
