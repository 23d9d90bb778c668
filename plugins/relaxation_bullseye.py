"""The relaxation ``bullseye``: Genesys' rings. Ring k is the agents whose tier in the queue is k.

After its time the agents of the next ring are added (those of the rings before stay, and come first). Past
the last one listed the agents of all rings may have the contact.
"""

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
    want_list,
    want_seconds,
    want_text,
)

_RING = want_fields({"for": want_seconds(), "drop": want_list(want_text)}, ["for"])


class Bullseye:
    """Ring after ring is added, ring k being tier k, and skills are dropped; past the last all rings.

    Option ``rings``: a list of `{for, drop}`: how long it is the outermost, and the skills dropped then.
    """

    name = "bullseye"

    def check(self, options: Options) -> Sequence[str]:
        """A list of rings."""
        return check_options(options, {"rings": want_list(_RING, least=1)}, ["rings"])

    def skills(self, options: Options) -> Collection[str]:
        """Give the skills that are dropped: somebody must have asked for them."""
        return {skill for ring in options["rings"] for skill in ring.get("drop", ())}

    def relax(
        self, visit: VisitFacts, need: Mapping[str, Any], floor: Floor, options: Options, now: float
    ) -> Relaxed:
        """Open the rings whose time has come."""
        rings, ends, skills = options["rings"], visit.entered, dict(need.get("skills", ()))
        for number, ring in enumerate(rings, start=1):
            ends += read_seconds(ring["for"])
            if now < ends:
                asked = {**need, "skills": skills, "tier": (None, number)}
                return Relaxed(asked, f"ring {number} of {len(rings) + 1}", ends)
            for skill in ring.get("drop", ()):
                skills.pop(skill, None)
        return Relaxed({**need, "skills": skills}, "all rings", over=True)


@hookimpl
def ivrcore_relaxations() -> Sequence[Relaxation]:
    """Offer the relaxation under its name."""
    return (Bullseye(),)
