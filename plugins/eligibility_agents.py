"""The rules of eligibility ``agents`` (these agents and no others) and ``not_agents`` (anybody but these).

Each is asked a list of agents' names.
"""

from collections.abc import Collection, Sequence
from typing import Any

from ivrcore.api import Eligibility, Member, hookimpl, want_list, want_text

_NAMES = want_list(want_text, least=1)


class Agents:
    """These agents and no others: a list of names."""

    name = "agents"

    def misfit(self, member: Member, asked: Any) -> str:
        """Tell those who are not named."""
        return "" if member.agent in asked else "not one of those asked for"

    def check(self, asked: Any) -> Sequence[str]:
        """A list of names."""
        return list(_NAMES("", asked))

    def agents(self, asked: Any) -> Collection[str]:
        """Give who is named."""
        return tuple(asked)


class NotAgents:
    """Anybody but these agents: a list of names."""

    name = "not_agents"

    def misfit(self, member: Member, asked: Any) -> str:
        """Tell those who are named."""
        return "one of those not wanted" if member.agent in asked else ""

    def check(self, asked: Any) -> Sequence[str]:
        """A list of names."""
        return list(_NAMES("", asked))

    def agents(self, asked: Any) -> Collection[str]:
        """Give who is named."""
        return tuple(asked)


@hookimpl
def ivrcore_eligibility() -> Sequence[Eligibility]:
    """Offer the rules under their names."""
    return (Agents(), NotAgents())
