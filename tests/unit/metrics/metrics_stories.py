"""Streams of events to count, for the tests of the metrics."""

from collections.abc import Iterable

from ivrcore.journal.record import Record
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import (
    AgentState,
    By,
    ChosenBy,
    EngineChange,
    EngineFault,
    LeftQueue,
    OfferEnd,
    Outcome,
    PromptEnd,
    SpeechRefusal,
    Verdict,
)
from ivrcore.model.roster import AgentFacts, QueueFacts

ROSTER = e.RosterLoaded(
    at=100.0,
    queues=(
        QueueFacts(name="loans", skills={"loans": 2}, threshold=25.0),
        QueueFacts(name="cards", threshold=20.0),
    ),
    agents=(
        AgentFacts(name="ann", endpoint="PJSIP/ann", skills={"loans": 3}, display="Ann"),
        AgentFacts(name="bob", endpoint="PJSIP/bob", queues=("cards",)),
        AgentFacts(name="cho", endpoint="PJSIP/cho", skills={"loans": 1}),
    ),
)


def records(events: Iterable[Event]) -> list[Record]:
    return [Record(n, event) for n, event in enumerate(events, 1)]


def arrived(contact: str, at: float) -> Event:
    return e.ContactArrived(
        at=at,
        contact=contact,
        leg=f"{contact}.l1",
        channel=contact,
        number="1000",
        plan="bank",
        plan_version="1",
    )


def queued(contact: str, at: float, queue: str = "loans", expected: float | None = None) -> Event:
    return e.ContactQueued(at=at, contact=contact, visit=f"{contact}.v1", queue=queue, expected=expected)


def state(agent: str, state: AgentState, at: float, until: float | None = None) -> Event:
    return e.AgentStateChanged(at=at, agent=agent, state=state, until=until)


def offered(contact: str, at: float, agent: str = "ann", queue: str = "loans") -> Event:
    return e.OfferMade(
        at=at,
        contact=contact,
        visit=f"{contact}.v1",
        queue=queue,
        offer=f"{contact}.o1",
        agent=agent,
        deadline=at + 20,
        strategy="longest_idle",
        why="idle for 3 s",
    )


def picked_up(contact: str, at: float, agent: str, queue: str = "loans") -> Event:
    return e.OfferPickedUp(
        at=at,
        contact=contact,
        visit=f"{contact}.v1",
        queue=queue,
        offer=f"{contact}.o1",
        agent=agent,
        deadline=at + 10,
    )


def answered(contact: str, at: float, waited: float, in_threshold: bool, queue: str = "loans") -> list[Event]:
    visit = {
        "contact": contact,
        "visit": f"{contact}.v1",
        "queue": queue,
        "offer": f"{contact}.o1",
        "agent": "ann",
    }
    return [
        e.OfferAccepted(at=at, **visit),
        e.VisitAnswered(at=at, **visit, bridge="b", waited=waited, in_threshold=in_threshold),
        state("ann", AgentState.TALKING, at),
    ]


def talk_over(contact: str, at: float, talked: float, queue: str = "loans") -> list[Event]:
    return [
        e.TalkEnded(
            at=at,
            contact=contact,
            visit=f"{contact}.v1",
            queue=queue,
            agent="ann",
            talked=talked,
            by=By.CALLER,
        ),
        state("ann", AgentState.WRAP_UP, at, at + 10),
        state("ann", AgentState.READY, at + 10),
        e.ContactClosed(at=at + 10, contact=contact, outcome=Outcome.QUEUED),
    ]


def ended(contact: str, at: float, how: OfferEnd, queue: str = "loans") -> Event:
    return e.OfferEnded(
        at=at,
        contact=contact,
        visit=f"{contact}.v1",
        queue=queue,
        offer=f"{contact}.o1",
        agent="ann",
        how=how,
    )


def abandoned(contact: str, at: float, waited: float, short: bool, queue: str = "loans") -> list[Event]:
    return [
        e.VisitAbandoned(
            at=at,
            contact=contact,
            visit=f"{contact}.v1",
            queue=queue,
            waited=waited,
            in_threshold=waited <= 25,
            short=short,
        ),
        e.ContactClosed(at=at, contact=contact, outcome=Outcome.QUEUED),
    ]


def a_day() -> list[Event]:
    """Two answered (one late), a short abandon, one timed out, one waiting, one in the menu only."""
    return [
        e.ServerStarted(at=99.0, node="n1", app="n1-a", version="0.1.0"),
        ROSTER,
        e.LinkCameUp(at=101.0, driver="ari", peer="Asterisk 22", away=0.0),
        state("ann", AgentState.READY, 101.0),
        arrived("c1", 110.0),
        e.MenuEntered(at=111.0, contact="c1", menu="main"),
        e.SpeechHeard(at=112.0, contact="c1", turn=1, verdict=Verdict.REJECT, engine="vosk", took=0.4),
        e.NoMatch(at=112.0, contact="c1", menu="main", turn=1, count=1),
        e.SpeechHeard(
            at=114.0, contact="c1", turn=2, verdict=Verdict.ACCEPT, choice="loan", engine="vosk", took=0.2
        ),
        e.ChoiceMade(at=114.0, contact="c1", menu="main", turn=2, choice="loan", by=ChosenBy.SPEECH),
        queued("c1", 115.0),
        offered("c1", 115.0),
        state("ann", AgentState.OFFERED, 115.0),
        *answered("c1", 120.0, 5.0, in_threshold=True),
        arrived("c2", 121.0),
        queued("c2", 122.0),
        arrived("c3", 123.0),
        queued("c3", 124.0),
        *abandoned("c3", 127.0, 3.0, short=True),
        *talk_over("c1", 150.0, 30.0),
        offered("c2", 160.0),
        state("ann", AgentState.OFFERED, 160.0),
        *answered("c2", 165.0, 43.0, in_threshold=False),
        arrived("c4", 166.0),
        queued("c4", 166.0),
        offered("c4", 166.0, agent="cho"),
        picked_up("c4", 180.0, "cho"),
        ended("c4", 186.0, OfferEnd.NO_ANSWER),
        state("cho", AgentState.READY, 186.0, 191.0),
        e.VisitLeft(
            at=190.0, contact="c4", visit="c4.v1", queue="loans", waited=24.0, why=LeftQueue.TIMED_OUT
        ),
        e.ContactClosed(at=191.0, contact="c4", outcome=Outcome.QUEUED),
        arrived("c5", 192.0),
        queued("c5", 193.0),
        arrived("c6", 194.0),
        e.MenuEntered(at=194.0, contact="c6", menu="main"),
        e.NoInput(at=199.0, contact="c6", menu="main", turn=1, count=1),
        e.RecogniserGaveUp(at=199.0, contact="c6", turn=1, engine="vosk", code="IVR402"),
        e.TurnStarted(at=199.0, contact="c6", menu="main", turn=2, attempt=2, speech=True),
        e.SpeechRefused(
            at=199.0, contact="c6", menu="main", language="en", why=SpeechRefusal.BUSY, streams=9
        ),
        e.TurnStarted(at=199.0, contact="c6", menu="main", turn=3, attempt=2),
        e.RecogniserChanged(
            at=199.0,
            engine="vosk",
            language="en",
            rank=1,
            change=EngineChange.OUT,
            fault=EngineFault.STALLED,
            seconds=5.0,
        ),
        e.RecogniserChanged(at=204.5, engine="vosk", language="en", rank=1, change=EngineChange.TRIED),
        e.RecogniserChanged(at=205.0, engine="vosk", language="en", rank=1, change=EngineChange.BACK),
        e.MenuGaveUp(at=205.0, contact="c6", menu="main"),
        e.PromptEnded(at=205.0, contact="c6", playback="p", how=PromptEnd.FAILED),
        e.ContactClosed(at=206.0, contact="c6", outcome=Outcome.LEFT_IN_MENU),
        e.CommandFailed(at=207.0, contact="c5", leg="c5.l1", command="play", code="IVR303", status=500),
        e.PluginFailed(at=208.0, plugin="crm", hook="ivrcore_event", error="ValueError"),
        e.LinkWentDown(at=209.0, driver="ari", reason="closed"),
        e.LinkCameUp(at=214.0, driver="ari", peer="Asterisk 22", away=5.0),
    ]
