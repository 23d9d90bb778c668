"""One dialplan under check: what its checks share, worked out once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from ivrcore.dialplan.checks.site import Site
from ivrcore.dialplan.model import Menu, Plan
from ivrcore.dialplan.step import Refers, Step
from ivrcore.dialplan.texts import Text, Wording
from ivrcore.expressions.syntax import Expression
from ivrcore.expressions.text import Template
from ivrcore.location import Location
from ivrcore.problems import Problems, Rule


class Survey:
    """A plan, what it is checked against, where problems go, and what every step refers to."""

    def __init__(self, plan: Plan, site: Site, problems: Problems) -> None:
        self.plan = plan
        self.site = site
        self.problems = problems
        self.reads: list[Expression | Template] = list(self._reads())
        """Every expression, and every text with slots."""

    def report(self, rule: Rule, location: Location, message: str, hint: str = "") -> None:
        """Tell of a problem."""
        self.problems.report(rule, location, message, hint)

    @cached_property
    def steps(self) -> list[tuple[str, Step, Refers]]:
        """Every step with its block's address and what it refers to."""
        return [
            (name, step, refers)
            for name, block in self.plan.blocks.items()
            for step, refers in zip(block.steps, block.refers, strict=True)
        ]

    @cached_property
    def menus(self) -> list[Menu]:
        """The menus that a person wrote; not the questions of steps."""
        return [menu for menu in self.plan.menus.values() if not is_inner(menu.name)]

    def _reads(self) -> Iterator[Expression | Template]:
        for _, _, refers in self.steps:
            if refers.reads:
                yield from refers.reads
            if refers.wordings:
                yield from _slotted(refers.wordings)
        for question in (*self.plan.menus.values(), *self.plan.digits.values()):
            yield from _slotted(question.wordings)


def is_inner(name: str) -> bool:
    """Whether a block or question is a part of a menu, a step or a universal."""
    return "/" in name or name.startswith("@")


def _slotted(wordings: tuple[Wording, ...]) -> Iterator[Template]:
    """Give the texts with slots: few of very many."""
    for wording in wordings:
        for part in wording:
            if isinstance(part, Text):
                for template in part.by_language.values():
                    if template.slotted:
                        yield template
