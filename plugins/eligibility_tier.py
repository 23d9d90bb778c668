"""The rule of eligibility ``tier``: agents between two tiers (app_queue's penalties, levels, rings).

Asked ``[least, most]``, where either may be null, or ``[least, most, raise]``: then tiers below ``raise``
count as that one, for these bounds too, as app_queue's QUEUE_RAISE_PENALTY does.
"""

from collections.abc import Sequence
from typing import Any

from ivrcore.api import Eligibility, Member, hookimpl


class Tier:
    """Agents from one tier to another: `[least, most]`, either may be null, or `[least, most, raise]`."""

    name = "tier"

    def misfit(self, member: Member, asked: Any) -> str:
        """Say on which side the agent's tier is."""
        least, most, *rest = asked
        tier = max(member.tier, rest[0]) if rest and rest[0] is not None else member.tier
        if least is not None and tier < least:
            return f"below tier {least}"
        if most is not None and tier > most:
            return f"above tier {most}"
        return ""

    def check(self, asked: Any) -> Sequence[str]:
        """Two or three tiers, or null."""
        if not isinstance(asked, list | tuple) or len(asked) not in (2, 3):
            return ["two or three tiers are wanted: [least, most] or [least, most, raise]"]
        wrong = [tier for tier in asked if tier is not None and type(tier) is not int]
        if wrong:
            return [f"a tier is a whole number or null, not {tier!r}" for tier in wrong]
        least, most, *_ = asked
        if least is not None and most is not None and least > most:
            return [f"no tier is {least} or more and {most} or less; write the lower one first"]
        return []


@hookimpl
def ivrcore_eligibility() -> Sequence[Eligibility]:
    """Offer the rule under its name."""
    return (Tier(),)
