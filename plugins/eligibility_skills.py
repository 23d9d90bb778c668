"""The rule of eligibility ``skills``: every skill at the level asked for, or better."""

from collections.abc import Collection, Sequence
from typing import Any

from ivrcore.api import Eligibility, Member, hookimpl, want_levels


class Skills:
    """Every skill at that level or better: `{skill: level}`."""

    name = "skills"

    def misfit(self, member: Member, asked: Any) -> str:
        """Name the first skill that is not there, or too low."""
        for skill, level in asked:
            if member.skills.get(skill, 0) < level:
                return f"lacking {skill} {level}"
        return ""

    def check(self, asked: Any) -> Sequence[str]:
        """Levels by skill."""
        return list(want_levels("", asked))

    def skills(self, asked: Any) -> Collection[str]:
        """Give the skills asked for."""
        return tuple(asked)


@hookimpl
def ivrcore_eligibility() -> Sequence[Eligibility]:
    """Offer the rule under its name."""
    return (Skills(),)
