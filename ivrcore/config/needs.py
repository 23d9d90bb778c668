"""Whether anybody may ever have a queue's contacts, by what its rules ask for as their wait goes on.

The way of a contact is gone with all of the queue's agents logged in, and none free: what even then nobody
fits, nobody ever will by this configuration.
"""

from __future__ import annotations

import math
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from ivrcore.config.rules import UNSERVED_QUEUE, VAIN_WAIT
from ivrcore.durations import in_words
from ivrcore.explaining.words import need_in_words
from ivrcore.model.roster import MemberFacts
from ivrcore.problems import quoted
from ivrcore.routing.facts import Member, VisitFacts
from ivrcore.routing.need import AGENTS, TIER, need_of
from ivrcore.routing.rulebook import Rulebook
from ivrcore.routing.waiting import first_need
from ivrcore.yamltree import MapNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ivrcore.location import Location
    from ivrcore.model.roster import AgentFacts, QueueFacts
    from ivrcore.problems import Problems
    from ivrcore.routing.need import Need
    from ivrcore.routing.rulebook import RoutingPlugins
    from ivrcore.yamltree import Entry

MOST_STAGES = 100
"""So often a need is relaxed at most before nobody looks any further."""
MOST_COUNTED = 100
"""With so many who fit nobody counts on."""
USUAL = MemberFacts()


class Stage(NamedTuple):
    """What a contact needs for so many seconds, and why."""

    need: Need
    seconds: float
    why: str


class _Everybody:
    """A queue's floor with all of its agents logged in, and each in a conversation."""

    def __init__(self, queue: QueueFacts, agents: Sequence[AgentFacts], rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._members = [
            Member(
                agent.name,
                MappingProxyType(agent.skills),
                agent.members.get(queue.name, USUAL).tier,
                position,
                agent.members.get(queue.name, USUAL).weight,
                agent.reach,
            )
            for position, agent in enumerate(agents)
        ]

    def fitting(self, need: Need) -> Iterator[Member]:
        """Give who fits."""
        return (member for member in self._members if not self._rulebook.misfit(member, need))

    def logged_in(self, need: Need) -> int:
        """See :class:`ivrcore.routing.facts.Floor`."""
        return sum(1 for _ in islice(self.fitting(need), MOST_COUNTED))

    def free(self, need: Need) -> int:
        """See :class:`ivrcore.routing.facts.Floor`."""
        return 0

    def tiers(self, need: Need, *, logged_out: bool = False) -> Sequence[int]:
        """See :class:`ivrcore.routing.facts.Floor`."""
        return sorted({member.tier for member in self.fitting(need)})


def check_needs(
    entry: Entry,
    queue: QueueFacts,
    agents: Sequence[AgentFacts],
    plugins: RoutingPlugins,
    problems: Problems,
) -> None:
    """Report a queue whose contacts none of the ``agents`` who serve it may ever have, or not for a while.

    Of a part of the wait only skills and conditions count: that tiers and lists of agents have nobody yet is
    what they are for.
    """
    rulebook = Rulebook(plugins)
    floor = _Everybody(queue, agents, rulebook)
    stages = list(_stages(queue, floor, rulebook))
    if not any(floor.logged_in(stage.need) for stage in stages):
        asked = need_in_words(dict(stages[0].need))
        more = ", and what it is relaxed to is no better" if len(stages) > 1 else ""
        message = (
            f"none of its agents may have a contact of queue {quoted(queue.name)} (it needs: {asked}{more})"
        )
        problems.report(
            UNSERVED_QUEUE, _place(entry, "require"), message, "its callers would wait for nobody"
        )
        return
    for stage in stages:
        asked_of_skills = tuple(one for one in stage.need if one[0] not in (TIER, AGENTS))
        if not floor.logged_in(asked_of_skills):
            long = "from then on" if stage.seconds == math.inf else f"for {in_words(stage.seconds)}"
            message = (
                f"queue {quoted(queue.name)}, {stage.why}: {long} none of its agents may have a contact "
                f"(it needs: {need_in_words(dict(asked_of_skills))})"
            )
            problems.report(VAIN_WAIT, _place(entry, "relaxation"), message)


def _stages(queue: QueueFacts, floor: _Everybody, rulebook: Rulebook) -> Iterator[Stage]:
    """Give what a contact needs that asks for nothing itself, one after another."""
    asked, now, number = dict(first_need(queue, {})), 0.0, 0
    if not queue.relaxation:
        yield Stage(need_of(asked), math.inf, "")
        return
    view = VisitFacts(
        contact="",
        visit="",
        queue=queue.name,
        entered=now,
        since=now,
        priority=queue.priority,
        need=need_of(asked),
    )
    for _ in range(MOST_STAGES):
        relaxed = rulebook.relax(queue, number, view, asked, floor, now)
        while relaxed.over and number < len(queue.relaxation_next):
            number += 1
            view = structs.replace(view, entered=now, step=0, need=need_of(asked))
            relaxed = rulebook.relax(queue, number, view, asked, floor, now)
        need, until = need_of(relaxed.need), relaxed.until
        yield Stage(need, math.inf if until is None else until - now, relaxed.why)
        if until is None:
            return
        now = until
        view = structs.replace(view, step=view.step + 1, need=need)


def _place(entry: Entry, key: str) -> Location:
    found = entry.value.get(key) if isinstance(entry.value, MapNode) else None
    return found.location if found else entry.location
