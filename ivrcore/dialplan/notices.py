"""What a caller is still to hear beside the dialplan: announcements, and an emergency's message. Pure.

The same for who is in menus and for who waits in a queue; each is heard once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.model import events as ev
from ivrcore.model.announcement import Announcement, Emergency
from ivrcore.model.names import EmergencyAction

if TYPE_CHECKING:
    from ivrcore.dialplan.state import State
    from ivrcore.dialplan.world import World

EMERGENCY = "@emergency"
"""The name of the block that an emergency puts in the place of a dialplan's, and of its message."""


def unmet(world: World, state: State) -> Emergency | None:
    """Give the switch, where it is on and has not been met by this call as it stands."""
    found = world.emergency(state.number)
    if found is None or found.action is EmergencyAction.OPEN or _same(state.emergency, found):
        return None
    return found


def sends_away(world: World, state: State) -> bool:
    """Whether who waits is to leave the queue; a forwarding that failed for this call is not tried again."""
    found = unmet(world, state)
    return found is not None and found.action is not EmergencyAction.MESSAGE


def due(world: World, state: State, now: float) -> list[Announcement]:
    """Give what is to be heard now, the emergency's message first, as an announcement of that name."""
    found = unmet(world, state)
    first = []
    if found is not None and found.action is EmergencyAction.MESSAGE and found.texts:
        first = [Announcement(EMERGENCY, 0, found.texts)]
    announced = world.announcements(state.number, now)
    return first + [one for one in announced if state.announced.get(one.name) != one.version]


def played(
    one: Announcement, world: World, state: State, now: float, prompt: int = 0
) -> ev.AnnouncementPlayed | ev.EmergencyMet:
    """Say that what is `due` is being heard, before the prompt of that number (0: while waiting)."""
    emergency = world.emergency(state.number) if one.name == EMERGENCY else None
    if emergency is not None:
        return met(emergency, state, now, state.block, state.index, prompt)
    return ev.AnnouncementPlayed(
        at=now,
        contact=state.contact,
        announcement=one.name,
        version=one.version,
        prompt=prompt,
        whole=one.whole,
    )


def met(
    found: Emergency, state: State, now: float, block: str, index: int, prompt: int = 0
) -> ev.EmergencyMet:
    """Say that the call has met the switch at this step."""
    return ev.EmergencyMet(
        at=now,
        contact=state.contact,
        action=found.action,
        scope=found.scope,
        texts=dict(found.texts),
        number=found.number,
        block=block,
        index=max(index, 0),
        prompt=prompt,
    )


def _same(before: ev.EmergencyMet | None, found: Emergency) -> bool:
    if before is None:
        return False
    was = before.action, before.scope, dict(before.texts), before.number
    return was == (found.action, found.scope, dict(found.texts), found.number)
