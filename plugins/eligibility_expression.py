"""The rule of eligibility ``expression``: a condition over an agent's skills in the language of dialplans.

Asked a text such as ``english > 50 and not trainee``. A skill that the agent lacks is 0.
"""

from collections.abc import Collection, Sequence
from typing import Any

from ivrcore.api import Eligibility, Member, condition, hookimpl, want_condition


class ByExpression:
    """A condition over skills, such as `english > 50 and not trainee`; a skill that is lacking is 0."""

    name = "expression"

    def misfit(self, member: Member, asked: Any) -> str:
        """Name the condition, if it does not hold for the agent."""
        return "" if condition(asked).holds(member.skills) else f"not {asked}"

    def check(self, asked: Any) -> Sequence[str]:
        """A condition that can be read."""
        return want_condition("", asked)

    def skills(self, asked: Any) -> Collection[str]:
        """Give the skills that it reads."""
        return condition(asked).names


@hookimpl
def ivrcore_eligibility() -> Sequence[Eligibility]:
    """Offer the rule under its name."""
    return (ByExpression(),)
