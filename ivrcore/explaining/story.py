"""What routing did with one contact, told event by event. Pure: whoever has a journal feeds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ivrcore.errors import RequestRefused
from ivrcore.explaining.model import AgentRow, Decision, Explanation, OfferView
from ivrcore.explaining.rebuild import Rebuilding, agents_of, others_of
from ivrcore.explaining.words import (
    LEFT,
    OFFER_ENDS,
    TALK_ENDS,
    claim_in_words,
    need_in_words,
    seconds,
)
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState
from ivrcore.routing.fold import KINDS
from ivrcore.routing.offering import FIRST_SHOWN

if TYPE_CHECKING:
    from ivrcore.routing.rulebook import RoutingPlugins
    from ivrcore.routing.state import RouterState
    from ivrcore.routing.waiting import Visit

_BESIDE: tuple[type[Event], ...] = (events.JoinRefused, events.ContactClosed)
NAMES = frozenset(kind.__name__ for kind in (*KINDS, *_BESIDE))
"""The events that an explanation is made from; others need not be read."""


def explain(
    contact: str,
    journal: Iterable[Event],
    plugins: RoutingPlugins,
    standing: Iterable[Event] | None = None,
) -> Explanation:
    """Tell what routing did with a contact; ``journal`` gives all events from its beginning, in order, at
    least those of `NAMES`. With ``standing``, what counted then (`Excerpt.standing`), it may begin later:
    what is about visits and agents of before is left out, and `Explanation.agrees` says whether that matters.

    Raises :class:`ivrcore.errors.RequestRefused` (404) for a contact that routing never had.
    """
    story = _Story(contact, Rebuilding(plugins))
    if standing is not None:
        story.past.begin(standing)
    for event in journal:
        if not story.past.fits(event):
            continue
        if isinstance(event, events.ContactClosed):
            if event.contact == contact:
                break
            continue
        story.take(event)
    if not story.decisions:
        raise RequestRefused(
            f"contact {contact!r} never was in a queue",
            status=404,
            hint="the journal and GET /api/v1/contacts name contacts; is it of another site?",
        )
    return Explanation(contact=contact, decisions=tuple(story.decisions), failed=story.failed())


@dataclass(slots=True)
class _Group:
    """The offers of one decision: several phones may ring for it."""

    made: events.OfferMade
    agents: tuple[AgentRow, ...]
    others: tuple[Any, ...]


@dataclass(slots=True)
class _Story:
    contact: str
    past: Rebuilding
    decisions: list[Decision] = field(default_factory=list)
    _group: _Group | None = None

    def take(self, event: Event) -> None:
        """Tell the event if it is about the contact, and let it change the state."""
        mine = getattr(event, "contact", "") == self.contact
        self.past.before(event)
        told = self._tell(event) if mine else None
        if not isinstance(event, events.OfferMade) and not _offered(event):
            self._group = None
        self.past.apply(event)
        if isinstance(event, events.ClockSetBack) and self.decisions:
            told = _set_back(event, self.decisions[-1])
        if told is not None:
            self.decisions.append(told)
        if mine:
            self._after(event)

    def failed(self) -> tuple[str, ...]:
        """Give the plugins of today that failed."""
        return tuple(f"{one.plugin}: {one.error}" for one in self.past.state.rulebook.take_failures())

    def _tell(self, event: Event) -> Decision | None:
        if isinstance(event, events.OfferMade):
            return self._offer(event)
        tell = _TELL.get(type(event))
        return None if tell is None else tell(self.past.state, event)

    def _offer(self, event: events.OfferMade) -> Decision:
        state = self.past.state
        visit = state.waiting.visits[event.visit]
        group = self._group
        if group is None or (group.made.visit, group.made.decided) != (event.visit, event.decided):
            claim = event.decided.claim if event.decided else event.at - visit.place.since
            agents = agents_of(state, visit, (), event.at)
            group = self._group = _Group(event, agents, others_of(state, visit, claim, event.at))
        return _offer_decision(self.past, visit, event, group)

    def _after(self, event: Event) -> None:
        """Add to the words what only shows once the event took effect."""
        state, visit = self.past.state, self.past.state.waiting.visits.get(getattr(event, "visit", ""))
        if visit is None or not isinstance(event, events.ContactQueued | events.ContactPlaced):
            return
        place = f"place {state.position(visit.id)} of {state.waiting_in(visit.facts.name)}"
        last = self.decisions[-1]
        self.decisions[-1] = Decision(
            at=last.at,
            kind=last.kind,
            visit=last.visit,
            queue=last.queue,
            said=f"{last.said}; {place}",
            details=last.details,
        )


def _offered(event: Event) -> bool:
    return isinstance(event, events.AgentStateChanged) and event.state is AgentState.OFFERED


# --- offers -------------------------------------------------------------------------------------


def _offer_decision(past: Rebuilding, visit: Visit, event: events.OfferMade, group: _Group) -> Decision:
    state, kept = past.state, event.decided
    agents = tuple(_rung(row) if row.agent == event.agent and row.rank else row for row in group.agents)
    same = kept is not None and _agrees(kept, agents)
    offer = OfferView(
        offer=event.offer,
        agent=event.agent,
        strategy=event.strategy,
        why=event.why,
        kept=kept,
        same=same,
        note=_note(state, event, same=same),
        agents=tuple(past.as_known(row, kept=0 < row.rank <= FIRST_SHOWN) for row in agents),
        others=group.others,
    )
    details = [event.why]
    if kept is not None:
        details.append(
            f"this contact: it needs {need_in_words(kept.need)} ({_times_relaxed(kept.step)}), and "
            f"{claim_in_words(kept.claim)} (order: {kept.order})"
        )
    details += _memory(state, visit, kept)
    return _decision(event, f"offered to {event.agent} ({event.offer})", *details, offer=offer)


def _times_relaxed(times: int) -> str:
    return {0: "not relaxed", 1: "relaxed once"}.get(times, f"relaxed {times} times")


def _rung(row: AgentRow) -> AgentRow:
    values = {name: getattr(row, name) for name in row.__struct_fields__}
    return AgentRow(**{**values, "rung": True})


def _memory(state: RouterState, visit: Visit, kept: events.Decided | None) -> list[str]:
    memory = state.memories.get(visit.facts.name)
    told = []
    if memory:
        told.append(f"the strategy remembered {', '.join(f'{k} {v}' for k, v in sorted(memory.items()))}")
    if kept is not None and kept.drawn:
        told.append(f"drawn: {', '.join(f'{number:.6f}' for number in kept.drawn)}")
    return told


def _agrees(kept: events.Decided, agents: tuple[AgentRow, ...]) -> bool:
    """Whether a rebuilt list has what the event keeps."""
    free = [row for row in agents if row.rank]
    first = tuple((row.agent, row.tier, row.key) for row in free[:FIRST_SHOWN])
    return first == tuple((name, tier, tuple(key)) for name, tier, key in kept.first) and (
        len(free),
        _counted(agents),
    ) == (kept.free, kept.excluded)


def _counted(agents: tuple[AgentRow, ...]) -> Mapping[str, int]:
    counted: dict[str, int] = {}
    for row in agents:
        if row.reason:
            counted[row.reason] = counted.get(row.reason, 0) + 1
    return counted


def _note(state: RouterState, event: events.OfferMade, *, same: bool) -> str:
    if event.decided is None:
        return "the event is of a release that kept only its words; the list is rebuilt with today's plugins"
    if event.strategy not in state.rulebook.plugins.strategies:
        return f"the strategy {event.strategy!r} is not installed any more: the event tells how it sorted"
    if same:
        return ""
    return "today's plugins sort or judge otherwise than those of then: the event tells how it was"


# --- everything else ----------------------------------------------------------------------------


def _set_back(event: events.ClockSetBack, last: Decision) -> Decision:
    return Decision(
        at=event.at,
        kind=type(event).__name__,
        visit=last.visit,
        queue=last.queue,
        said=f"the clock was set back by {seconds(event.seconds)}: the times above are ahead by so much",
        set_back=event.seconds,
    )


def _decision(event: Any, said: str, *details: str, offer: OfferView | None = None) -> Decision:
    return Decision(
        at=event.at,
        kind=type(event).__name__,
        visit=event.visit,
        queue=event.queue,
        said=said,
        details=details,
        offer=offer,
    )


def _queued(_state: RouterState, event: events.ContactQueued) -> Decision:
    since = "" if event.since is None else f", keeping its place of {seconds(event.at - event.since)} ago"
    asked = f", asks for {', '.join(f'{s} {n} or more' for s, n in event.skills.items())}"
    wish = f", should rather have {', '.join(event.preferred)}" if event.preferred else ""
    kind = "call-back queued" if event.call_back else "queued"
    through = f" (moved on from {', '.join(event.through)})" if event.through else ""
    more = f"{since}{asked if event.skills else ''}{wish}"
    return _decision(event, f"{kind} in {event.queue}{through}, priority {event.priority}{more}")


def _placed(state: RouterState, event: events.ContactPlaced) -> Decision:
    visit = state.waiting.visits[event.visit]
    who = f" by {event.by}" if event.by else ""
    before = f"priority {visit.priority}, place {state.position(visit.id)}"
    return _decision(event, f"placed anew{who}: priority {event.priority}", f"was: {before}")


_WHY_PARKED = (
    "parked at its place: the dialplan that has the call did not ask for an agent,"
    " or it is a call-back and the server was to end"
)


def _parked(_state: RouterState, event: events.VisitParked) -> Decision:
    return _decision(event, _WHY_PARKED)


def _unparked(_state: RouterState, event: events.VisitUnparked) -> Decision:
    return _decision(event, "waits for an agent again: the dialplan asked")


def _relaxed(state: RouterState, event: events.NeedRelaxed) -> Decision:
    visit = state.waiting.visits[event.visit]
    again = "" if event.until is None else f"; looked at again in {seconds(event.until - event.at)}"
    nobody = ", or when nobody who fits is logged in" if event.when_nobody else ""
    who = f" by {event.by}" if event.by else ""
    stage = f", by number {event.stage + 1} of the queue's relaxations" if event.stage else ""
    return _decision(
        event,
        f"need relaxed{who} (step {event.step}{stage}): {event.why}{again}{nobody}",
        f"was: {need_in_words(dict(visit.need))}",
        f"is: {need_in_words(event.need)}",
    )


def _planned(_state: RouterState, event: events.MoreOffersPlanned) -> Decision:
    if event.due is None:
        return _decision(event, "nobody else will be rung besides")
    return _decision(event, f"in {seconds(event.due - event.at)} another phone may be rung besides")


def _picked_up(_state: RouterState, event: events.OfferPickedUp) -> Decision:
    awaited = f"the key is awaited for {seconds(event.deadline - event.at)}"
    return _decision(event, f"{event.agent}'s phone was picked up; {awaited} ({event.offer})")


def _accepted(_state: RouterState, event: events.OfferAccepted) -> Decision:
    return _decision(event, f"{event.agent} answered ({event.offer})")


def _ended(_state: RouterState, event: events.OfferEnded) -> Decision:
    return _decision(event, f"{event.agent} {OFFER_ENDS[event.how]} ({event.offer})")


def _answered(_state: RouterState, event: events.VisitAnswered) -> Decision:
    within = "within" if event.in_threshold else "which is longer than"
    said = f"joined to {event.agent} after {seconds(event.waited)}, {within} the queue's threshold"
    return _decision(event, said)


def _abandoned(_state: RouterState, event: events.VisitAbandoned) -> Decision:
    return _decision(event, f"the caller hung up after {seconds(event.waited)} of waiting")


def _left(_state: RouterState, event: events.VisitLeft) -> Decision:
    who = f" by {event.by}" if event.by else ""
    return _decision(event, f"{LEFT.get(event.why, event.why)}{who}, after {seconds(event.waited)}")


def _not_let_in(_state: RouterState, event: events.JoinRefused) -> Decision:
    return _decision(event, f"{LEFT.get(event.why, event.why)} ({event.queue}: {event.waiting} waiting)")


def _talk_ended(_state: RouterState, event: events.TalkEnded) -> Decision:
    said = f"conversation with {event.agent} over after {seconds(event.talked)}: {TALK_ENDS[event.by]}"
    return _decision(event, said)


_TELL: Mapping[type[Event], Callable[[RouterState, Any], Decision]] = {
    events.ContactQueued: _queued,
    events.ContactPlaced: _placed,
    events.VisitParked: _parked,
    events.VisitUnparked: _unparked,
    events.NeedRelaxed: _relaxed,
    events.MoreOffersPlanned: _planned,
    events.OfferPickedUp: _picked_up,
    events.OfferAccepted: _accepted,
    events.OfferEnded: _ended,
    events.VisitAnswered: _answered,
    events.VisitAbandoned: _abandoned,
    events.VisitLeft: _left,
    events.JoinRefused: _not_let_in,
    events.TalkEnded: _talk_ended,
}
"""What is said of each kind of event, on the state just before it."""
