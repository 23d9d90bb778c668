"""Whether a contact's turn is near: who is rung before there is an agent must not wait for one then.

A prediction: what agents do, and who comes, may still change it. Must not know of call-backs and phones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.routing.waiting import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivrcore.routing.need import Line
    from ivrcore.routing.state import RouterState
    from ivrcore.routing.waiting import Visit


def near(state: RouterState, contact: str, by: float, rung: Iterable[str] = ()) -> bool:
    """Tell whether a waiting contact's turn is predicted by a time (UTC seconds).

    Of the agents who fit it and are free, or at the end of wrap-up, there must be more than the contacts that
    want one of them first: those ahead in its queue, those that came earlier in other queues of these agents,
    and, wherever they stand, the ``rung``: contacts whose customers are being rung, or wait on the line. So
    never more customers are rung than agents come free; an agent counts once, for all queues.
    O(agents of the queue, and lines with somebody to offer).
    """
    visit = state.waiting.by_contact.get(contact)
    if visit is None or not visit.waiting or _pulled(state, visit):
        return False
    waiting, queue = state.waiting, visit.facts.name
    coming = state.pool.coming_free(visit.line, by)
    first = waiting.ahead(queue, visit.place)
    if first >= len(coming):
        return False
    shared = {line for agent in coming for line in agent.lines if line in waiting.lines}
    first += sum(_earlier(state, line, visit) for line in shared if line.queue != queue)
    behind = (one for one in map(waiting.by_contact.get, rung) if one and _behind(one, visit, shared))
    return first + sum(1 for _ in behind) < len(coming)


def _pulled(state: RouterState, visit: Visit) -> bool:
    """Whether agents take its queue's contacts when they like: nobody can tell when."""
    return state.rulebook.pulled(visit.facts)


def _earlier(state: RouterState, line: Line, visit: Visit) -> int:
    """Count who waits in a line of another queue with an earlier place."""
    return state.waiting.lines[line].before(Place(visit.place.since, ""))


def _behind(one: Visit, visit: Visit, shared: set[Line]) -> bool:
    """Whether this other visit wants one of the same agents, and was not counted as ahead."""
    if one is visit or not one.waiting or one.line not in shared:
        return False
    if one.facts.name == visit.facts.name:
        return one.place > visit.place
    return one.place.since >= visit.place.since
