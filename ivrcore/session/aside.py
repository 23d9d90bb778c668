"""A hotline beside the hotline, for calls that are nobody's: nothing of them is counted, kept or dialled.

The same dialplans, prompts, announcements and emergency switch; its own queues, in which nobody else waits
and which no agent serves; no speech, so that no caller's place is taken; nothing that a dialplan asks of the
outside is done. What happens is in no journal, but waits for the real one as every call does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.dialplan.world import HearingNow, QueueNow, World
from ivrcore.journal.memory import MemoryJournal
from ivrcore.model.names import SpeechRefusal
from ivrcore.routing import commands as routing
from ivrcore.routing import router
from ivrcore.session.exchange import Exchange
from ivrcore.session.ports import Ports

if TYPE_CHECKING:
    from ivrcore.model.announcement import Announcement, Emergency
    from ivrcore.model.event import Event
    from ivrcore.model.roster import QueueFacts
    from ivrcore.routing.state import RouterState


def exchange_aside(
    ports: Ports, state: RouterState, queues: Sequence[QueueFacts], seen: Callable[[Event], None]
) -> Exchange:
    """Make one over the ports of the real one and a routing state of its own; ``seen`` is shown every event.

    To be stopped (`Exchange.stop`) when its calls are over.
    """
    router.step(state, routing.LoadRoster(tuple(queues), ()), ports.clock.now())
    journal = MemoryJournal(partial(ports.journal.append, []))
    journal.subscribe(lambda record: seen(record.event))
    return Exchange(
        Ports(
            clock=ports.clock,
            journal=journal,
            switch=ports.switch,
            speech=ports.speech,
            prompts=ports.prompts,
            subjects=_Nobody(),
            plan_for=ports.plan_for,
            voices=ports.voices,
            agent_rules=ports.agent_rules,
            world=_Deaf(ports.world),
        ),
        state,
    )


class _Nobody:
    """Subjects of whom nothing is stored."""

    def put(self, _values: Mapping[str, str]) -> str:
        return ""

    def keep(self, _subject: str, _values: Mapping[str, str]) -> None:
        pass

    def get(self, _subject: str) -> Mapping[str, str] | None:
        return None

    def erase(self, _subject: str) -> bool:
        return False


class _Deaf:
    """The world as it is, but for speech: menus take keys only, and say nothing of it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def queue(self, name: str) -> QueueNow | None:
        return self._world.queue(name)

    def announcements(self, number: str, now: float) -> Sequence[Announcement]:
        return self._world.announcements(number, now)

    def emergency(self, number: str) -> Emergency | None:
        return self._world.emergency(number)

    def hearing(self, _language: str, *, stays: bool) -> HearingNow:
        return HearingNow(refused=SpeechRefusal.BUSY)
