"""Contacts, queues and agents, counted again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState, Device, LeftQueue, OfferEnd, Outcome
from ivrcore.model.roster import QueueFacts
from tests.support.recount.past import Past, Seen, Values, family, single, tally, words

WAITS = (1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1800.0)
TALKS = (5.0, 15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
WRAP_UPS = (1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
ERRORS = (5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
RATIOS = (0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2.0, 4.0)
WEEK = 7 * 24 * 3600.0
STATES = (*(state.value for state in AgentState), "resting", "off_queue", "unreachable")


# --- contacts -------------------------------------------------------------------------------------


@family("ivrcore_contacts_offered", "counter")
def _offered(past: Past) -> Values:
    return single(len(past.of(e.ContactArrived)))


@family("ivrcore_contacts_closed", "counter", "outcome")
def _closed(past: Past) -> Values:
    return tally(((one.outcome.value,) for one in past.of(e.ContactClosed)), words(Outcome))


@family("ivrcore_contacts_in_progress", "gauge")
def _in_progress(past: Past) -> Values:
    return single(len(past.of(e.ContactArrived)) - len(past.of(e.ContactClosed)))


# --- visits ---------------------------------------------------------------------------------------


@dataclass
class Visit:
    """One contact in one queue, as its own events tell; times are UTC seconds."""

    began: e.ContactQueued
    facts: QueueFacts
    """Of the queue, as configured at its end."""
    edges: tuple[float, ...] = ()
    """Of its queue's waits, when it ended."""
    ended: float | None = None
    how: str = ""
    """`answered`, `abandoned`, `left`, or `lost` with a server."""
    why: str = ""
    agent: str = ""
    talk_ended: float | None = None
    ended_by: str = ""
    holds: list[tuple[float, float]] = field(default_factory=list)
    sent_on: bool = False

    @property
    def queue(self) -> str:
        """Its queue."""
        return self.began.queue

    @property
    def waited(self) -> float:
        """How long, of one that ended."""
        assert self.ended is not None
        return self.ended - self.began.at


def seen(event: Any) -> float:
    """Give until when something was known to go on that has ended, perhaps when nobody looked."""
    since: float | None = getattr(event, "since", None)
    return event.at if since is None else since  # type: ignore[no-any-return]  # any event's


def visits(past: Past) -> dict[str, Visit]:
    """Give every visit, by name."""
    found: dict[str, Visit] = {}
    facts: dict[str, QueueFacts] = {}
    edges: dict[str, tuple[float, ...]] = {}
    held: dict[str, float] = {}
    for event in past.events:
        match event:
            case e.RosterLoaded():
                for queue in event.queues:
                    facts[queue.name] = queue
                    edges[queue.name] = tuple(sorted({*edges.get(queue.name, WAITS), queue.threshold}))
            case e.ContactQueued():
                found[event.visit] = Visit(event, facts[event.queue])
            case e.VisitAnswered() | e.VisitAbandoned() | e.VisitLeft():
                visit = found[event.visit]
                visit.ended, visit.facts, visit.edges = seen(event), facts[visit.queue], edges[visit.queue]
                visit.how = type(event).__name__.removeprefix("Visit").lower()
                visit.agent = getattr(event, "agent", "")
                visit.why = event.why.value if isinstance(event, e.VisitLeft) else ""
            case e.ContactClosed():
                for visit in found.values():
                    if visit.began.contact == event.contact and not visit.how:
                        visit.how, visit.why, visit.ended = "lost", LeftQueue.FAILED.value, event.at
            case e.ContactHeld():
                held[event.visit] = event.at
            case e.ContactResumed():
                found[event.visit].holds.append((held.pop(event.visit), seen(event)))
            case e.ContactSentOn():
                found[event.visit].sent_on = True
            case e.TalkEnded():
                found[event.visit].talk_ended, found[event.visit].ended_by = seen(event), event.by.value
            case _:
                pass
    return found


def per_queue(past: Past, wanted: Callable[[Visit], bool]) -> Values:
    """Count visits by queue."""
    zeros = [(name,) for name in past.queues()]
    return tally(((one.queue,) for one in visits(past).values() if wanted(one)), zeros)


def _visits_of(name: str, wanted: Callable[[Visit], bool]) -> None:
    family(name, "counter", "queue")(lambda past: per_queue(past, wanted))


def in_threshold(visit: Visit) -> bool:
    """Whether its wait was no longer than the queue's threshold."""
    return visit.waited <= visit.facts.threshold + 1e-9


_visits_of("ivrcore_queue_contacts_entered", lambda one: True)
_visits_of("ivrcore_queue_contacts_answered", lambda one: one.how == "answered")
_visits_of(
    "ivrcore_queue_contacts_answered_in_threshold", lambda one: one.how == "answered" and in_threshold(one)
)
_visits_of("ivrcore_queue_contacts_abandoned", lambda one: one.how == "abandoned")
_visits_of(
    "ivrcore_queue_contacts_abandoned_in_threshold", lambda one: one.how == "abandoned" and in_threshold(one)
)
_visits_of(
    "ivrcore_queue_contacts_abandoned_short",
    lambda one: one.how == "abandoned" and one.waited <= one.facts.short_abandon + 1e-9,
)
_visits_of(
    "ivrcore_queue_contacts_left_past_threshold", lambda one: one.how == "left" and not in_threshold(one)
)
_visits_of("ivrcore_queue_contacts_sent_on", lambda one: one.sent_on)


def by_queue_and(past: Past, reasons: list[str], found: Iterator[tuple[str, str]]) -> Values:
    """Count pairs of a queue and a word."""
    return tally(found, [(queue, why) for queue in past.queues() for why in reasons])


@family("ivrcore_queue_contacts_left", "counter", "queue", "reason")
def _left(past: Past) -> Values:
    gone = ((one.queue, one.why) for one in visits(past).values() if one.how in ("left", "lost"))
    return by_queue_and(past, [why.value for why in LeftQueue], gone)


@family("ivrcore_queue_joins_refused", "counter", "queue", "reason")
def _refused(past: Past) -> Values:
    refused = ((one.queue, one.why.value) for one in past.of(e.JoinRefused))
    return by_queue_and(past, [why.value for why in LeftQueue], refused)


def _known(past: Past) -> Iterator[tuple[str, bool]]:
    """Give the queue of each contact of a known caller, and whether that one was served shortly before."""
    names: dict[str, str] = {}
    served: dict[str, float] = {}
    for event in past.any_of(e.ContactQueued, e.VisitAnswered):
        if isinstance(event, e.VisitAnswered):
            served[names.get(event.contact, "")] = event.at
        elif event.caller and event.contact not in names:
            names[event.contact] = event.caller
            yield event.queue, event.at - served.get(event.caller, -2 * WEEK) <= WEEK


@family("ivrcore_queue_contacts_known", "counter", "queue")
def _known_callers(past: Past) -> Values:
    return tally(((queue,) for queue, _ in _known(past)), [(name,) for name in past.queues()])


@family("ivrcore_queue_contacts_repeated", "counter", "queue")
def _repeated(past: Past) -> Values:
    return tally(((queue,) for queue, again in _known(past) if again), [(name,) for name in past.queues()])


def waiting(past: Past) -> dict[str, list[float]]:
    """Give since when who waits waits, by queue."""
    since: dict[str, list[float]] = {name: [] for name in past.queues()}
    for one in visits(past).values():
        if not one.how:
            since[one.queue].append(one.began.at)
    return since


def thresholds(past: Past) -> dict[str, float]:
    """Give each queue's threshold as configured last."""
    return {queue.name: queue.threshold for roster in past.of(e.RosterLoaded) for queue in roster.queues}


@family("ivrcore_queue_contacts_waiting", "gauge", "queue")
def _waiting(past: Past) -> Values:
    return {(name,): len(since) for name, since in waiting(past).items()}


@family("ivrcore_queue_contacts_waiting_past_threshold", "gauge", "queue")
def _waiting_late(past: Past) -> Values:
    late = thresholds(past)
    return {(name,): sum(past.now - at > late[name] for at in since) for name, since in waiting(past).items()}


@family("ivrcore_queue_longest_wait_seconds", "gauge", "queue")
def _longest(past: Past) -> Values:
    return {
        (name,): max((past.now - at for at in since), default=0.0) for name, since in waiting(past).items()
    }


@family("ivrcore_queue_threshold_seconds", "gauge", "queue")
def _threshold(past: Past) -> Values:
    return {(name,): threshold for name, threshold in thresholds(past).items()}


@family("ivrcore_queue_service_level_objective_ratio", "gauge", "queue")
def _objective(past: Past) -> Values:
    told = past.of(e.RosterLoaded)
    return {(queue.name,): queue.objective for roster in told for queue in roster.queues}


@family("ivrcore_queue_wait_seconds", "histogram", "queue", "outcome")
def _waits(past: Past) -> Values:
    edges = dict.fromkeys(past.queues(), WAITS)
    for roster in past.of(e.RosterLoaded):
        for queue in roster.queues:
            edges[queue.name] = tuple(sorted({*edges[queue.name], queue.threshold}))
    seen: dict[tuple[str, ...], Seen] = {
        (name, how): Seen(edges[name]) for name in past.queues() for how in ("answered", "abandoned", "left")
    }
    for one in visits(past).values():
        if one.how and one.how != "lost":
            seen[one.queue, one.how].add(one.waited, one.edges)
    return seen


def sizes(past: Past, edges: tuple[float, ...], found: Iterator[tuple[str, float]]) -> Values:
    """Make the histogram of each queue."""
    seen: dict[tuple[str, ...], Seen] = {(name,): Seen(edges) for name in past.queues()}
    for queue, size in found:
        seen[queue,].add(size)
    return seen


def _estimated(past: Past) -> Iterator[tuple[str, float, float]]:
    for one in visits(past).values():
        if one.how == "answered" and one.began.expected is not None:
            yield one.queue, one.waited, one.began.expected


@family("ivrcore_queue_expected_wait_error_seconds", "histogram", "queue")
def _expected_error(past: Past) -> Values:
    return sizes(past, ERRORS, ((queue, abs(waited - told)) for queue, waited, told in _estimated(past)))


@family("ivrcore_queue_expected_wait_ratio", "histogram", "queue")
def _expected_ratio(past: Past) -> Values:
    return sizes(past, RATIOS, ((queue, waited / told) for queue, waited, told in _estimated(past) if told))


@family("ivrcore_queue_talk_seconds", "histogram", "queue")
def _talks(past: Past) -> Values:
    return sizes(past, TALKS, ((one.queue, talked(one)) for one in visits(past).values() if one.talk_ended))


def talked(visit: Visit) -> float:
    """How long the conversation was."""
    assert visit.talk_ended is not None
    return visit.talk_ended - visit.began.at - visit.waited


@family("ivrcore_queue_hold_seconds", "histogram", "queue")
def _holds(past: Past) -> Values:
    found = ((one.queue, end - begin) for one in visits(past).values() for begin, end in one.holds)
    return sizes(past, WAITS, found)


# --- offers ---------------------------------------------------------------------------------------


def _offers_of(name: str, kind: type[Any]) -> None:
    family(name, "counter", "queue")(
        lambda past: tally(((one.queue,) for one in past.of(kind)), [(name,) for name in past.queues()])
    )


_offers_of("ivrcore_queue_offers_made", e.OfferMade)
_offers_of("ivrcore_queue_offers_picked_up", e.OfferPickedUp)
_offers_of("ivrcore_queue_offers_accepted", e.OfferAccepted)


@family("ivrcore_queue_offers_ended", "counter", "queue", "how")
def _offers_ended(past: Past) -> Values:
    ended = ((one.queue, one.how.value) for one in past.of(e.OfferEnded))
    return by_queue_and(past, [how.value for how in OfferEnd], ended)


# --- agents ---------------------------------------------------------------------------------------


class Stretch(NamedTuple):
    """A time in one state; ``end`` None: it lasts."""

    agent: str
    state: str
    begin: float
    end: float | None
    visit: str = ""
    """Of wrap-up: the visit that was worked on before."""


@dataclass
class Agent:
    """An agent who is known now: configured, or still logged in."""

    queues: tuple[str, ...] = ()
    told: AgentState = AgentState.LOGGED_OUT
    resting: bool = False
    device: Device = Device.UNKNOWN
    since: float | None = None
    state: str = "logged_out"
    worked_on: str = ""
    contacts: int = 0
    named: bool = True
    past: list[Stretch] = field(default_factory=list)


def _state(agent: Agent) -> str:
    if agent.told is not AgentState.READY:
        return agent.told.value
    if agent.resting:
        return "resting"
    return {Device.BUSY: "off_queue", Device.UNREACHABLE: "unreachable"}.get(agent.device, "ready")


def _serves(event: e.RosterLoaded, name: str) -> tuple[str, ...]:
    facts = next(one for one in event.agents if one.name == name)
    if facts.queues:
        return tuple(queue.name for queue in event.queues if queue.name in facts.queues)
    return tuple(
        queue.name
        for queue in event.queues
        if all(facts.skills.get(skill, 0) >= level for skill, level in queue.skills.items())
    )


class Staff:
    """Who is known, and all that they and those before them did."""

    def __init__(self, past: Past) -> None:
        self.now = past.now
        self.known: dict[str, Agent] = {}
        self.before: list[Stretch] = []
        """Of those who are known no more."""
        for event in past.events:
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case e.RosterLoaded():
                named = {facts.name for facts in event.agents}
                for name in list(self.known):
                    self.known[name].named = name in named
                    self._drop(name, event.at)
                for name in named:
                    self.known.setdefault(name, Agent()).queues = _serves(event, name)
            case e.AgentStateChanged():
                agent = self.known.setdefault(event.agent, Agent())
                agent.told = event.state
                agent.resting = event.state is AgentState.READY and event.until is not None
                if agent.since is None:
                    agent.state, agent.since = _state(agent), event.at
                self._count(event.agent, event.at)
                self._drop(event.agent, event.at)
            case e.AgentDeviceChanged():
                agent = self.known.setdefault(event.agent, Agent())
                agent.device = event.device
                if agent.since is not None:
                    self._count(event.agent, event.at)
            case e.VisitAnswered():
                self.known.setdefault(event.agent, Agent()).contacts += 1
            case e.TalkEnded():
                self.known.setdefault(event.agent, Agent()).worked_on = event.visit
            case e.OfferEnded() if event.how is OfferEnd.CUSTOMER_MISSED:
                self.known.setdefault(event.agent, Agent()).worked_on = event.visit
            case _:
                pass

    def _count(self, name: str, now: float) -> None:
        agent = self.known[name]
        state = _state(agent)
        if state != agent.state:
            assert agent.since is not None
            of = agent.worked_on if agent.state == "wrap_up" else ""
            agent.past.append(Stretch(name, agent.state, agent.since, now, of))
            agent.state, agent.since = state, now

    def _drop(self, name: str, now: float) -> None:
        agent = self.known[name]
        if not agent.named and agent.told is AgentState.LOGGED_OUT:
            if agent.since is not None:
                agent.past.append(Stretch(name, agent.state, agent.since, now))
            self.before += self.known.pop(name).past

    def stretches(self) -> Iterator[Stretch]:
        """Give every time in a state, of everybody, those that last too."""
        yield from self.before
        for name, agent in self.known.items():
            yield from agent.past
            if agent.since is not None:
                yield Stretch(name, agent.state, agent.since, None)


@family("ivrcore_queue_wrap_up_seconds", "histogram", "queue")
def _wrap_ups(past: Past) -> Values:
    return sizes(past, WRAP_UPS, ((queue, length) for _, queue, length in wrap_ups(past)))


def wrap_ups(past: Past) -> Iterator[tuple[str, str, float]]:
    """Give agent, queue and length of the wrap-ups that ended."""
    queue_of = {one.visit: one.queue for one in past.of(e.ContactQueued)}
    for one in Staff(past).stretches():
        if one.state == "wrap_up" and one.end is not None and one.visit:
            yield one.agent, queue_of[one.visit], one.end - one.begin


@family("ivrcore_queue_agents", "gauge", "queue", "state")
def _queue_agents(past: Past) -> Values:
    found = ((queue, agent.state) for agent in Staff(past).known.values() for queue in agent.queues)
    return by_queue_and(past, list(STATES), found)


@family("ivrcore_agents", "gauge", "state")
def _agents(past: Past) -> Values:
    return tally(((agent.state,) for agent in Staff(past).known.values()), [(state,) for state in STATES])


@family("ivrcore_agent_contacts", "counter", "agent")
def _agent_contacts(past: Past) -> Values:
    return {(name,): agent.contacts for name, agent in Staff(past).known.items()}


@family("ivrcore_agent_state_seconds", "counter", "agent", "state")
def _agent_seconds(past: Past) -> Values:
    staff = Staff(past)
    spent: dict[tuple[str, ...], float] = {(name, state): 0.0 for name in staff.known for state in STATES}
    for name, agent in staff.known.items():
        for one in agent.past:
            assert one.end is not None
            spent[name, one.state] += one.end - one.begin
        if agent.since is not None:
            spent[name, agent.state] += past.now - agent.since
    return spent


@family("ivrcore_agent_codes_used", "counter", "code", "answer")
def _codes(past: Past) -> Values:
    return tally(
        (one.code.value if one.code else "none", one.answer.value) for one in past.of(e.FeatureCodeUsed)
    )
