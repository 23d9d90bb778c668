"""The callers of a chaos run: kept on the line, so that whatever happens happens under many calls."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from ivrcore.lab.chaos_callers import Crowd
from ivrcore.lab.packages import LabError
from ivrcore.model import events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.lab.chaos_audit import Audit
    from ivrcore.lab.hotline import HotlineLab
    from ivrcore.lab.phones import Call
    from ivrcore.model.event import Event

LIVE = 36
"""Callers who are kept on the line, so that at every fault at least `LEAST` contacts are open."""
LEAST = 30
GAP = 0.04
"""Seconds between two calls: a storm of them is another test's."""
TARGETS: tuple[type[Event] | None, ...] = (
    events.ContactArrived, events.ContactHeld, events.CallBackAsked, events.LegHandedOver,
    events.CallBackDialled, events.CallBackReached, events.CallBackMissed, events.AnswerRequested,
    events.LegAnswered, events.MessageRecorded, events.MenuEntered, events.OutboundAllowed,
    events.PromptStarted, events.ContactResumed, events.KeyPressed, events.OutboundEnded,
    events.ChoiceMade, events.ServiceAsked, events.ServiceAnswered, events.ContactQueued,
    events.OfferMade, events.LegDialled, events.OfferAccepted, events.BridgeRequested,
    events.VisitAnswered, events.TalkEnded, events.AgentStateChanged, events.OfferEnded,
    events.VisitAbandoned, events.LegEnded, events.HangUpRequested, events.ContactClosed, None,
)  # fmt: skip
"""At which event of the journal the fault comes; None: at any moment."""
ON_THE_LINE = tuple(one for one in TARGETS if one is None or not one.__name__.startswith("CallBack"))
"""The same for runs in which nobody is called back."""
PATIENCE = 20.0
"""Seconds to wait for the event; then at any moment."""


class Calls:
    """Keeps calls in progress."""

    def __init__(self, lab: HotlineLab, audit: Audit, numbers: Mapping[str, int]) -> None:
        self._lab, self._audit = lab, audit
        self.made: list[Call] = []
        self.of: dict[str, Call] = {}
        """Callers by the number that they show."""
        self.by: list[tuple[str, Call]] = []
        """All calls, each with that number."""
        self._crowd = Crowd(lab.phones.folder, numbers)
        self._last = 0.0

    def done(self) -> int:
        """Count those that are over."""
        return sum(call.happened("done") for call in self.made)

    def fill(self, chance: random.Random) -> None:
        """Make calls until enough contacts are open."""
        deadline = time.monotonic() + 60
        while not self.top_up(chance):
            if time.monotonic() > deadline:
                raise LabError(f"only {len(self._audit.live)} contacts are open")
            time.sleep(GAP)

    def top_up(self, chance: random.Random) -> bool:
        """Make one call if there are too few; tell whether there are enough."""
        live, contacts = len(self.made) - self.done(), len(self._audit.read().live)
        if live >= LIVE and contacts >= LEAST + 2:
            return True
        if live < LIVE + 4 and time.monotonic() - self._last >= GAP:
            one = self._crowd.next(chance, self._taken())
            call = self._lab.phones.call(one.dials, one.script, caller_id=one.me, deadline=120)
            self.of[one.me] = call
            self.by.append((one.me, call))
            self.made.append(call)
            self._last = time.monotonic()
        return False

    def _taken(self) -> set[str]:
        """Give the numbers of those who are on the line, or may be rung yet."""
        on_line = {me for me, call in self.of.items() if not call.happened("done")}
        return on_line | {one.number for one in self._audit.call_backs.open.values()}

    def live(self) -> list[Call]:
        """Give those that are not over."""
        return [call for call in self.made if not call.happened("done")]

    def hang_up(self) -> None:
        """End them all."""
        for call in self.live():
            call.hang_up()


def moment(audit: Audit, calls: Calls, chance: random.Random, target: type[Event] | None) -> None:
    """Wait for the moment of the fault; callers come meanwhile."""
    later = chance.choice((0.0, 0.0, 0.02, 0.1, 0.4))
    if target is None:
        later = chance.uniform(0.0, 2.0)
    deadline = time.monotonic() + PATIENCE
    while target and not audit.read().happened(target) and time.monotonic() < deadline:
        calls.top_up(chance)
        time.sleep(0.002)
    time.sleep(later)
    if len(audit.read().live) < LEAST:  # on a machine that is busy elsewhere, many may have left meanwhile
        calls.fill(chance)
        moment(audit, calls, chance, None)
