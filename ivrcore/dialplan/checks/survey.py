"""One dialplan under check: what its checks share, worked out once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from ivrcore.dialplan import rules
from ivrcore.dialplan.checks.site import Site
from ivrcore.dialplan.model import Block, Menu, Plan
from ivrcore.dialplan.step import Refers, Step
from ivrcore.dialplan.texts import Text, Wording
from ivrcore.errors import PLUGIN_FAULTS
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
        self.refers = {name: self._refers(block) for name, block in plan.blocks.items()}
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
            for step, refers in zip(block.steps, self.refers[name], strict=True)
        ]

    @cached_property
    def menus(self) -> list[Menu]:
        """The menus that a person wrote; not the questions of steps."""
        return [menu for menu in self.plan.menus.values() if not is_inner(menu.name)]

    def _refers(self, block: Block) -> tuple[Refers, ...]:
        try:
            return tuple([step.refers() for step in block.steps])
        except PLUGIN_FAULTS:  # once more, to tell whose it was
            return tuple([self._of(step, block.name) for step in block.steps])

    def _of(self, step: Step, block: str) -> Refers:
        try:
            return step.refers()
        except PLUGIN_FAULTS as error:  # a plugin's verb must not end the check
            message = f"{step.verb!r} in block {block!r}: the plugin of this verb failed: "
            self.report(rules.BROKEN_VERB, step.location, f"{message}{type(error).__name__}")
            return Refers()

    def _reads(self) -> Iterator[Expression | Template]:
        for _, _, refers in self.steps:
            if refers.reads:
                yield from refers.reads
            for wording in refers.wordings:
                yield from _slotted(wording)
        for question in (*self.plan.menus.values(), *self.plan.digits.values()):
            for wording in question.wordings:
                yield from _slotted(wording)


def is_inner(name: str) -> bool:
    """Whether a block or question is a part of a menu, a step or a universal."""
    return "/" in name or name.startswith("@")


def _slotted(wording: Wording) -> list[Template]:
    texts = [part for part in wording if isinstance(part, Text)]
    return [template for text in texts for template in text.by_language.values() if template.slotted]
