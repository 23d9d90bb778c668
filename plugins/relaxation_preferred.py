"""The relaxation ``preferred``: first the agents whom the contact should rather have, then everybody.

Each of the contact's preferred agents (the one who spoke with the caller last, say), best first, is tried for
a time: nobody else may have the contact meanwhile. One who is not logged in, does not serve the queue, or
cannot have the contact, is left out. Then it is over, and the queue's next relaxation goes on, if it has one.
As Genesys' preferred agents, Twilio's known agents and Amazon Connect's routing by agent do.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ivrcore.api import (
    Floor,
    Options,
    Relaxation,
    Relaxed,
    VisitFacts,
    check_options,
    hookimpl,
    need_of,
    read_seconds,
    want_seconds,
)

FOR = 20.0
"""Seconds for each agent, unless said otherwise."""


class Preferred:
    """The contact's preferred agents who are there, one after another; then everybody.

    Option ``for``: how long each is tried (default `20s`).
    """

    name = "preferred"

    def check(self, options: Options) -> Sequence[str]:
        """Nothing but a duration."""
        return check_options(options, {"for": want_seconds(1.0)})

    def relax(
        self, visit: VisitFacts, need: Mapping[str, Any], floor: Floor, options: Options, now: float
    ) -> Relaxed:
        """Ask for the agent whose turn it is."""
        each = read_seconds(options.get("for", FOR))
        allowed = need.get("agents") or visit.preferred
        order = [agent for agent in dict.fromkeys(visit.preferred) if agent in allowed]
        # Asked again, it is because the turn of the one who could have it is over, or that agent has gone.
        turns = (n for n, agent in enumerate(order, 1) if visit.step and ("agents", (agent,)) in visit.need)
        had = next(turns, 0)
        here = [agent for agent in order[had:] if floor.logged_in(need_of({**need, "agents": (agent,)}))]
        if not here:
            return Relaxed(dict(need), "past the preferred agents", over=True)
        words = f"preferred agent {order.index(here[0]) + 1} of {len(order)}"
        return Relaxed({**need, "agents": (here[0],)}, words, now + each, when_nobody=True)


@hookimpl
def ivrcore_relaxations() -> Sequence[Relaxation]:
    """Offer the relaxation under its name."""
    return (Preferred(),)
