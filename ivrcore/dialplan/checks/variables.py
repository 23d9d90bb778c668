"""Variables: set and never read, read and never anything but none, digits that ought to be secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivrcore.dialplan import rules
from ivrcore.dialplan.checks.survey import Survey
from ivrcore.dialplan.step import Name
from ivrcore.dialplan.verbs.branch import Branch
from ivrcore.dialplan.verbs.collect import Collect
from ivrcore.expressions.syntax import Place
from ivrcore.problems import quoted

PRIVATE = frozenset(
    [
        "card",
        "cvc",
        "cvn",
        "cvv",
        "cvv2",
        "otp",
        "pan",
        "passcode",
        "password",
        "pin",
        "pincode",
        "puk",
        "rrn",
        "secret",
        "ssn",
        "tan",
        "tin",
        "비밀번호",
        "카드",
        "密码",
        "卡号",
    ]
)
"""Parts of names whose digits belong to nobody but the caller."""
FEW_DIGITS = 2
"""So few digits are a choice rather than a secret, whatever they are called."""
_PART = re.compile(r"[_\W]+|(?<=[a-z])(?=[A-Z])")


class Variables:
    """Checks how variables are set and read."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.plan = survey.plan
        self.read = {place.name: place for place in self._reads()}
        self.judged = set(self._judged())
        self.set: dict[str, Name] = {}
        for _, _, refers in survey.steps:
            for name in refers.sets:
                self.set.setdefault(name.text, name)

    def run(self) -> None:
        """Check all of them."""
        for name in self.set.values():
            if name.text not in self.read and name.text not in self.survey.site.reads:
                message = f"the variable {quoted(name.text)} is set and never read"
                hint = "read it in a condition, a text or a value, or leave it out"
                self.survey.report(rules.NEVER_READ, name.location, message, hint)
        for text, place in self.read.items():
            if (
                text in self.plan.variables
                and self.plan.variables[text] is None
                and text not in self.plan.sets
            ):
                message = f"the variable {quoted(text)} is read, but nothing ever sets it: it is always none"
                hint = "set it, or give it a first value in 'variables'"
                self.survey.report(rules.NEVER_SET, place.location, message, hint)
        for _, step, _ in self.survey.steps:
            if isinstance(step, Collect):
                self.collect(step)

    def collect(self, step: Collect) -> None:
        """Check one step that asks for digits."""
        asked = self.plan.digits.get(step.question)
        name = step.variable
        if asked is None or name is None:
            return
        if not asked.secret and asked.most > FEW_DIGITS and is_private(name.text):
            message = f"the digits of {quoted(name.text)} will be in the journal and in logs"
            self.survey.report(rules.OPEN_SECRET, name.location, message, "remove 'secret: no', or rename it")
        unset = self.plan.variables.get(name.text) is None
        if not step.otherwise and unset and name.text in self.read and name.text not in self.judged:
            message = f"who enters no digits goes on, and {quoted(name.text)} is none then"
            hint = "add 'otherwise:', or ask for it in an 'if' before it is used"
            self.survey.report(rules.UNSET_AFTER, step.location, message, hint)

    def _reads(self) -> Iterator[Place]:
        for read in self.survey.reads:
            yield from read.places

    def _judged(self) -> Iterator[str]:
        """Give the variables that some condition reads."""
        for _, step, _ in self.survey.steps:
            if isinstance(step, Branch):
                for condition, _ in step.cases:
                    yield from condition.names


def is_private(name: str) -> bool:
    """Whether digits of that name ought to be a secret."""
    return any(part.lower() in PRIVATE for part in _PART.split(name))
