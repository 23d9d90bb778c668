"""The rule of eligibility ``tier``: agents between two tiers (app_queue's penalties, levels, rings).

Asked ``[least, most]``, where either may be null, or ``[least, most, raise]``: then tiers below ``raise``
count as that one, as app_queue's QUEUE_RAISE_PENALTY does.
"""

from collections.abc import Sequence
from typing import Any

from ivrcore.api import Eligibility, Member, hookimpl


class Tier:
    """Asked ``[least, most]`` or ``[least, most, raise]``."""

    name = "tier"

    def misfit(self, member: Member, asked: Any) -> str:
        """Say on which side the agent's tier is."""
        least, most, *_ = asked
        if least is not None and member.tier < least:
            return f"below tier {least}"
        if most is not None and member.tier > most:
            return f"above tier {most}"
        return ""


@hookimpl
def ivrcore_eligibility() -> Sequence[Eligibility]:
    """Offer the rule under its name."""
    return (Tier(),)
