"""A floor under a wallboard, over the real router."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ivrcore.journal.record import Record
from ivrcore.metrics.days import DayFold
from ivrcore.metrics.figures import Figures
from ivrcore.metrics.fold import apply
from ivrcore.metrics.traffic import TrafficFold
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import By, Outcome
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.routing import commands as r
from ivrcore.routing import router
from ivrcore.wallboard.board import Board

QUEUES = tuple(QueueFacts(name=name, threshold=20.0) for name in ("loans", "cards", "legal"))
AGENTS = tuple(
    AgentFacts(name=name, endpoint=f"PJSIP/{name}", display=name.title(), queues=queues)
    for name, queues in (("ann", ("loans",)), ("bob", ("loans", "cards")), ("eve", ("cards", "legal")))
)


class Floor:
    """Whatever happens is in the figures and marked at the board."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.seq = 0
        self.figures = Figures()
        self.days = DayFold(ZoneInfo("UTC"))
        self.ways = TrafficFold()
        self.state = router.RouterState(load_plugins().routing())
        self.board = self.new_board()
        self.route(r.LoadRoster(QUEUES, AGENTS))

    def new_board(self) -> Board:
        """Give one that knows nothing yet."""
        return Board(self.figures, self.days, self.state.expected_wait, self.ways.place_of)

    def record(self, *found: Event) -> None:
        """It happened."""
        for event in found:
            self.seq += 1
            apply(self.figures, Record(self.seq, event))
            self.days.apply(event)
            self.ways.apply(event)
            self.board.mark(event)

    def route(self, given: r.Input) -> None:
        """Have routing decide."""
        self.record(*router.step(self.state, given, self.now).events)

    def arrive(self, contact: str, menu: str = "") -> None:
        """Somebody calls."""
        leg = f"{contact}.l1"
        self.record(
            e.ContactArrived(
                at=self.now, contact=contact, leg=leg, channel=leg, number="1", plan="bank", plan_version="1"
            )
        )
        if menu:
            self.record(e.MenuEntered(at=self.now, contact=contact, menu=menu))

    def enqueue(self, contact: str, queue: str) -> None:
        """Somebody calls, and waits."""
        self.arrive(contact)
        self.route(r.Enqueue(contact, f"{contact}.v1", queue))

    def answer(self, contact: str) -> bool:
        """Whoever is rung for it takes it, if anybody is."""
        visit = self.state.visit_view(contact)
        if visit is None or not visit.rung:
            return False
        self.route(r.AgentAnswered(f"{contact}.v1.o1"))
        self.route(r.Bridged(f"{contact}.v1.o1", f"{contact}.b1"))
        return True

    def close(self, contact: str) -> None:
        """The call is over, wherever it was."""
        if self.figures.open[contact].agent:
            self.route(r.TalkOver(f"{contact}.v1.o1", By.CALLER))
        elif self.figures.open[contact].queue:
            self.route(r.CallerLeft(contact))
        self.record(e.ContactClosed(at=self.now, contact=contact, outcome=Outcome.QUEUED))
