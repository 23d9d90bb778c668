"""The strategy ``best_skill``: the most proficient agent gets the next contact."""

from collections.abc import Collection, Sequence

from ivrcore_plugins.agent_figures import ago, idle

from ivrcore.api import Candidate, Key, Options, Strategy, check_options, hookimpl, want_text


class BestSkill:
    """Who has the highest levels, added up, in the skills that queue and contact ask for; ties by idle time.

    Option ``skill``: the one skill that counts instead, asked for or not.
    """

    name = "best_skill"
    steady = True

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {"skill": want_text})

    def skills(self, options: Options) -> Collection[str]:
        """Give the skill that it counts."""
        return (str(options["skill"]),) if "skill" in options else ()

    def key(self, candidate: Candidate, options: Options, now: float) -> Key:
        """Give the level, highest first."""
        return (-_level(candidate, options), *idle(candidate))

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say the level."""
        return f"skill level {_level(candidate, options)}, {ago(candidate, now)}"


def _level(candidate: Candidate, options: Options) -> int:
    skill = options.get("skill")
    counted = candidate.asked if skill is None else (str(skill),)
    return sum(candidate.skills.get(name, 0) for name in counted)


@hookimpl
def ivrcore_strategies() -> Sequence[Strategy]:
    """Offer the strategy under its name."""
    return (BestSkill(),)
