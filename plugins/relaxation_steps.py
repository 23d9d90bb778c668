"""The relaxation ``steps``: Amazon Connect's routing steps.

In a step the contact may be had by agents who have every skill of the step at its level or better, beside
what the contact and its queue ask for. Past the last step: anybody in the queue whom the contact could have
had without steps.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ivrcore.api import (
    Floor,
    Options,
    Relaxation,
    Relaxed,
    VisitFacts,
    check_options,
    hookimpl,
    read_seconds,
    want_fields,
    want_levels,
    want_list,
    want_seconds,
)

_STEP = want_fields({"skills": want_levels, "for": want_seconds()}, ["skills"])


class Steps:
    """One set of skills after another, beside those asked for anyway; past the last anybody in the queue.

    Option ``steps``: a list of `{skills: {skill: level}, for}`; a step without `for` never ends.
    """

    name = "steps"

    def check(self, options: Options) -> Sequence[str]:
        """A list of steps."""
        return check_options(options, {"steps": want_list(_STEP, least=1)}, ["steps"])

    def skills(self, options: Options) -> Collection[str]:
        """Give the skills of all steps."""
        return {skill for step in options["steps"] for skill in step["skills"]}

    def relax(
        self, visit: VisitFacts, need: Mapping[str, Any], floor: Floor, options: Options, now: float
    ) -> Relaxed:
        """Ask for the skills of the step that the contact is in."""
        steps, ends = options["steps"], visit.entered
        for number, step in enumerate(steps, start=1):
            ends += read_seconds(step["for"]) if "for" in step else math.inf
            if now < ends:
                until = None if ends == math.inf else ends
                skills = _both(dict(need.get("skills", ())), step["skills"])
                return Relaxed({**need, "skills": skills}, f"step {number} of {len(steps)}", until)
        return Relaxed(dict(need), "past the last step", over=True)


def _both(skills: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {skill: max(skills.get(skill, 0), more.get(skill, 0)) for skill in {**skills, **more}}


@hookimpl
def ivrcore_relaxations() -> Sequence[Relaxation]:
    """Offer the relaxation under its name."""
    return (Steps(),)
