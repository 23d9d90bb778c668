"""Whom agents have on hold: by the journal, and by their own phones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.lab.chaos_site import PHONE_OF
from ivrcore.model import events
from ivrcore.model.names import AgentState

if TYPE_CHECKING:
    from collections.abc import Collection

    from ivrcore.lab.hotline import HotlineLab
    from ivrcore.model.event import Event
    from ivrcore.routing.state import RouterState

SAME = 0.001
"""Seconds by which a hold's length and its two events may differ."""


class Holds:
    """A fold of the journal."""

    def __init__(self) -> None:
        self.open: dict[str, events.ContactHeld] = {}
        """By agent."""
        self._with: dict[str, str] = {}
        """Agent -> whom they talked with last."""

    def take(self, event: Event) -> list[str]:
        """Take what happened; say what cannot be."""
        match event:
            case events.VisitAnswered(agent=agent, contact=contact):
                self._with[agent] = contact
            case events.ContactHeld(agent=agent):
                known = self.open.setdefault(agent, event)
                return [] if known is event else [f"{agent} put {known.contact} on hold, and {event.contact}"]
            case events.ContactResumed(agent=agent):
                return self._resumed(event, self.open.pop(agent, None))
            case events.TalkEnded(agent=agent) | events.ContactSentOn(agent=agent):
                gone = self.open.pop(agent, None)
                return [] if gone is None else [f"the talk of {agent} is over, and {gone.contact} on hold"]
        return []

    @staticmethod
    def _resumed(event: events.ContactResumed, began: events.ContactHeld | None) -> list[str]:
        if began is None or began.contact != event.contact:
            return [f"{event.agent} took {event.contact} back, who was not on hold"]
        known = event.at if event.since is None else max(event.since, began.at)
        if abs(known - began.at - event.held) > SAME:
            return [f"{event.contact} was on hold for {known - began.at:.1f} s, not {event.held:.1f}"]
        return []

    def unequal(self, lab: HotlineLab, state: RouterState, unseen: Collection[str]) -> list[str]:
        """Say whose phone tells otherwise, of the agents who talk; nobody sees holds of ``unseen`` ones."""
        wrong = []
        for agent, phone in PHONE_OF.items():
            if state.agent_state(agent) is not AgentState.TALKING or self._with.get(agent) in unseen:
                continue
            calls = [one for one in lab.phones.agents[phone].calls if one.ended_at is None]
            if calls and (len(calls[-1].held) > len(calls[-1].resumed)) is not (agent in self.open):
                told = "on hold" if agent in self.open else "not on hold"
                wrong.append(f"the caller of {agent} is {told}, and the phone says otherwise")
        return wrong
