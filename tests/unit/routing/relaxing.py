"""What tests of relaxations share: agents by tier and skill, a queue that relaxes, and who is rung when."""

from collections.abc import Mapping, Sequence
from typing import Any

from router_desk import Desk, built_in

from ivrcore.api import Relaxed, VisitFacts
from ivrcore.model.names import OfferEnd
from ivrcore.model.roster import AgentFacts, MemberFacts, QueueFacts, RelaxationFacts
from ivrcore.routing.commands import AgentLogout, OfferFailed
from ivrcore.routing.pool import QueueFloor

ENTERED = 1000.0
VISIT = VisitFacts("c1", "c1.v1", "loans", ENTERED, ENTERED)


def agent(name: str, tier: int = 1, **skills: int) -> AgentFacts:
    return AgentFacts(
        name=name, endpoint=f"PJSIP/{name}", skills=skills, members={"loans": MemberFacts(tier=tier)}
    )


def queue(
    relaxation: str, *then: RelaxationFacts, require: Mapping[str, Any] | None = None, **options: Any
) -> QueueFacts:
    assert not problems(relaxation, options)
    return QueueFacts(
        name="loans",
        wrap_up=0,
        retry_after=0,
        require=dict(require or {}),
        relaxation=relaxation,
        relaxation_options=options,
        relaxation_next=then,
    )


def problems(relaxation: str, options: Mapping[str, Any]) -> Sequence[str]:
    found: Sequence[str] = built_in().relaxations[relaxation].check(options)  # type: ignore[attr-defined]
    return found


def ask(
    relaxation: str, waited: float, options: Mapping[str, Any], need: Mapping[str, Any], *agents: AgentFacts
) -> Relaxed:
    return built_in().relaxations[relaxation].relax(VISIT, need, floor(*agents), options, ENTERED + waited)


def floor(*agents: AgentFacts) -> QueueFloor:
    """All of these are logged in and free."""
    return QueueFloor(Desk([QueueFacts(name="loans")], agents).state.pool, "loans")


def offered_at(desk: Desk, seconds: int) -> list[tuple[float, str]]:
    """(seconds since now, agent) of each offer within so many seconds; each is rejected at once."""
    began, found = desk.now, []
    for _ in range(seconds * 2 + 1):
        while desk.state.offers:
            (offer,) = desk.state.offers.values()
            if not found or found[-1][1] != offer.agent:
                found.append((round(desk.now - began, 1), offer.agent))
            desk.give(OfferFailed(offer.id, OfferEnd.REJECTED))
            desk.give(AgentLogout(offer.agent))
        desk.pass_time(0.5)
    return found
