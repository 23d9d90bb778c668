"""Whether a contact may join a queue, and when those who wait in vain have to leave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.names import LeftQueue
from ivrcore.routing.commands import ReturnContact
from ivrcore.routing.need import PBX, line_of
from ivrcore.routing.waiting import first_need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ivrcore.model.roster import QueueFacts
    from ivrcore.routing.commands import Enqueue
    from ivrcore.routing.draft import Draft
    from ivrcore.routing.estimate import Outlook
    from ivrcore.routing.need import Line, Need
    from ivrcore.routing.state import RouterState
    from ivrcore.routing.waiting import Place, Visit


def why_not(state: RouterState, queue: QueueFacts, need: Need) -> LeftQueue | None:
    """Tell why a contact may not join that needs this; None if it may."""
    if not queue.join_empty and not _anybody(state, queue, need):
        return LeftQueue.NOBODY_THERE
    if queue.join_waiting is not None and state.waiting.count(queue.name) >= queue.join_waiting:
        return LeftQueue.FULL
    if queue.join_expected is not None:
        expected = state.expected_wait(queue.name)
        if expected is not None and expected > queue.join_expected:
            return LeftQueue.TOO_LONG
    return None


def _anybody(state: RouterState, queue: QueueFacts, need: Need) -> bool:
    """Whether anybody is logged in who fits, or may fit when the need is relaxed."""
    if queue.relaxation:
        need = tuple(one for one in need if one[0] == PBX)  # which nothing relaxes
    return state.pool.logged_in(line_of(queue.name, need)) > 0


def outlook_of(
    state: RouterState, queue: QueueFacts, contact: str, skills: Mapping[str, int], place: Place
) -> Outlook | None:
    """Estimate the wait, unless the contact asks for more than the queue does: then others serve it."""
    if skills and first_need(queue, skills) != first_need(queue, {}):
        return None
    return state.outlook(queue.name, place, contact)


def refuse(draft: Draft, given: Enqueue, queue: QueueFacts, why: LeftQueue) -> None:
    """Let a contact go on in its dialplan that may not join."""
    state = draft.state
    draft.events.append(
        events.JoinRefused(
            at=draft.now,
            contact=given.contact,
            visit=given.visit,
            queue=queue.name,
            why=why,
            waiting=state.waiting.count(queue.name),
            expected=state.expected_wait(queue.name),
            priority=given.priority,
            skills=dict(given.skills),
            preferred=tuple(given.preferred),
        )
    )
    draft.commands.append(ReturnContact(given.contact, given.visit, why))


def stranded(state: RouterState, line: Line) -> Iterator[Visit]:
    """Give the visits of a line that nobody is logged in for any more whose queue wants them to leave."""
    queue = state.queues.get(line.queue)
    if queue is None or not queue.leave_empty:
        return
    for visit in list(state.waiting.of(line.queue)):
        # Who is held for one agent gets back what it usually needs, when that agent has gone.
        same = visit.need == line.need and not visit.entry.relaxation and not visit.held_until
        if (same or not line.need) and not (visit.taken or visit.call_back):
            yield visit
