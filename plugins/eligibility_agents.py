"""The rule of eligibility ``agents``: these agents and no others."""

from collections.abc import Sequence
from typing import Any

from ivrcore.api import Eligibility, Member, hookimpl


class Agents:
    """Asked a list of agents' names."""

    name = "agents"

    def misfit(self, member: Member, asked: Any) -> str:
        """Tell those who are not named."""
        return "" if member.agent in asked else "not one of those asked for"


@hookimpl
def ivrcore_eligibility() -> Sequence[Eligibility]:
    """Offer the rule under its name."""
    return (Agents(),)
