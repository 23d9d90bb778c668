"""Counts the journal of a long run, event by event; shares nothing with the folds that it is held against."""

from __future__ import annotations

from collections import Counter

from ivrcore.lab.hotline import HotlineLab
from ivrcore.model import events
from ivrcore.model.event import Event

Key = tuple[str, str]
"""(What is counted, of which queue, agent or menu; "" for the whole hotline.)"""
Counts = Counter[Key]


class Tally:
    """What the journal of a lab says so far; `read` reads on."""

    def __init__(self, lab: HotlineLab) -> None:
        self._lab = lab
        self._seq = 0
        self.counts: Counts = Counter()
        self._open: dict[str, set[str]] = {"contact": set(), "visit": set(), "leg": set(), "call-back": set()}

    def read(self) -> Tally:
        """Take in what was written since."""
        for record in self._lab.records_after(self._seq):
            self._seq = record.seq
            self._count(record.event)
            self._follow(record.event)
        return self

    @property
    def going_on(self) -> dict[str, set[str]]:
        """What has begun and not ended: contacts, visits, legs, call-backs."""
        return {kind: names for kind, names in self._open.items() if names}

    def _add(self, what: str, of: str = "", number: int = 1) -> None:
        self.counts[what, of] += number

    def _count(self, event: Event) -> None:
        match event:
            case events.ContactArrived():
                self._add("offered")
            case events.ContactClosed():
                self._add("closed")
                self._add(str(event.outcome))
            case events.ContactQueued():
                self._add("entered", event.queue)
            case events.VisitAnswered():
                self._add("answered", event.queue)
                self._add("answered_in_threshold", event.queue, int(event.in_threshold))
                self._add("contacts", event.agent)
            case events.VisitAbandoned():
                self._add("abandoned", event.queue)
                self._add("abandoned_short", event.queue, int(event.short))
            case events.VisitLeft():
                self._add("left", event.queue)
            case events.JoinRefused():
                self._add("refused_join", event.queue)
            case events.OfferMade():
                self._add("offers", event.queue)
                self._add("rung", event.agent)
            case events.OfferAccepted():
                self._add("offers_accepted", event.queue)
            case events.CallBackAsked():
                self._add("asked", event.queue)
            case events.CallBackDialled():
                self._add("called_back")
            case events.MenuEntered():
                self._add("menu_entered", event.menu)
            case events.ChoiceMade():
                self._add(f"choices_by_{event.by}", event.menu)

    def _follow(self, event: Event) -> None:
        match event:
            case events.ContactArrived():
                self._open["contact"].add(event.contact)
                self._open["leg"].add(event.leg)
            case events.ContactClosed():
                self._open["contact"].discard(event.contact)
            case events.ContactQueued():
                self._open["visit"].add(event.visit)
            case events.VisitAnswered() | events.VisitAbandoned() | events.VisitLeft():
                self._open["visit"].discard(event.visit)
            case events.LegDialled():
                self._open["leg"].add(event.leg)
            case events.LegEnded():
                self._open["leg"].discard(event.leg)
            case events.CallBackAsked():
                self._open["call-back"].add(event.contact)
            case events.CallBackEnded():
                self._open["call-back"].discard(event.contact)
