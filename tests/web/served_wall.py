"""A served hotline with its wallboard; and one with as many queues and agents as a large floor has."""

from twisted.internet import reactor
from twisted.web.resource import Resource

from ivrcore.config.wallboard import Levels, WallboardConfig
from ivrcore.journal.record import Record
from ivrcore.metrics.days import DayFold
from ivrcore.metrics.traffic import TrafficFold
from ivrcore.model import events as e
from ivrcore.model.names import AgentState, Device, Outcome
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing import commands as r
from ivrcore.service.wall import about
from ivrcore.wallboard.board import Board
from ivrcore.wallboard.feed import Feed
from ivrcore.web.server import tree
from ivrcore.web.view import AgentAction
from tests.web.router_hotline import RouterHotline
from tests.web.served import Served

DAY = 86_400.0


class WallHotline(RouterHotline):
    """With the folds that the wallboard is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.ways = TrafficFold()
        self.config = WallboardConfig(queues={"cards": Levels(waiting_warning=1, waiting_critical=50)})
        self.days = DayFold(self.config.zone)
        board = Board(self.figures, self.days, self.state.expected_wait, self.ways.place_of)
        self.feed = Feed(board, reactor, lambda: self.now, lambda: about(self.config))
        self.journal.subscribe(self.show)

    def show(self, record: Record) -> None:
        """The figures have it already."""
        self.ways.apply(record.event)
        self.days.apply(record.event)
        self.feed.observe(record.event)

    def serve_any(self, contact: str) -> None:
        """Have whoever is rung for a contact talk with it."""
        visit = self.state.visit_view(contact)
        if visit is not None and visit.rung:
            self.serve(contact, 1.0)

    def in_menu(self, contact: str, menu: str) -> None:
        """Somebody calls, and is asked something."""
        self.arrive(contact)
        self.record(e.MenuEntered(at=self.now, contact=contact, menu=menu))


class ServedWall(Served):
    """Listens from the start."""

    hotline: WallHotline

    def root(self) -> Resource:
        self.hotline = WallHotline()
        return self.tree()

    def tree(self) -> Resource:
        hotline = self.hotline
        return tree(hotline, hotline.exposition(), self.access, lambda: hotline.now, wall=hotline.feed)


def large(hotline: WallHotline, queues: int, agents: int) -> None:
    """Have a day pass, and a floor of so many queues and agents in the middle of the next one."""
    names = [f"{NAMES[n % len(NAMES)]} {n // len(NAMES) + 1}".removesuffix(" 1") for n in range(queues)]
    staff = [agent(n, names) for n in range(agents)]
    facts = tuple(QueueFacts(name=name, threshold=20.0) for name in names)
    hotline.route(r.LoadRoster(facts, tuple(staff)))
    for share in (6, 7):
        day(hotline, names, share)
    hotline.now -= DAY
    at_work(hotline, staff)
    for n in range(agents // 2):
        contact = f"c-{hotline.now:.0f}.{n}"
        hotline.enqueue(contact, names[n % queues])
        if n % 5:
            hotline.now += 1.0
            hotline.serve_any(contact)
    for n in range(queues * 2):
        hotline.now += 0.7
        hotline.enqueue(f"c-{hotline.now:.0f}.w{n}", names[n * n % queues])
    for n in range(12):
        hotline.in_menu(f"c-{hotline.now:.0f}.m{n}", ("main", "cards", "language")[n % 3])


def crowded(hotline: WallHotline, queues: int = 16) -> None:
    """Have the worst day of a large site: all states of agents, hours of waiting, counts of four digits."""
    large(hotline, queues, 700)
    names, staff = [facts.name for facts in hotline.figures.roster], list(hotline.figures.agents)
    wide = QueueFacts(name=WIDE, threshold=20.0, objective=0.9)
    facts = (*hotline.figures.roster, wide)
    hotline.route(r.LoadRoster(facts, tuple(agent(n, [*names, WIDE]) for n in range(700))))
    for day_ago in (True, False):
        hotline.now -= DAY * day_ago
        for n in range(1_300):
            for name in (names[0], WIDE):
                visit(hotline, f"b{day_ago:d}{n}", name, 5.0 + n % 30, gives_up=n % 13 < 12)
        hotline.now += DAY * day_ago
    for n in range(1_100):
        hotline.enqueue(f"c-{hotline.now:.0f}.x{n}", names[n % 11 > 0])
    hotline.now += 3_900.0
    states = (AgentState.READY, AgentState.WRAP_UP, AgentState.TALKING)
    for n, name in enumerate(staff[100:600]):
        hotline.record(e.AgentStateChanged(at=hotline.now - 3_700.0, agent=name, state=states[n % 3]))
        if n % 6 == 0:
            hotline.record(e.AgentDeviceChanged(at=hotline.now - 3_650.0, agent=name, device=Device.BUSY))


def agent(number: int, queues: list[str]) -> AgentFacts:
    """Give one of many."""
    return AgentFacts(
        name=f"agent{number:03}",
        endpoint=f"PJSIP/agent{number:03}",
        queues=tuple({queues[(number + k) % len(queues)]: None for k in range(3)}),
        display=f"{PEOPLE[number % len(PEOPLE)]} {number:03}",
    )


def at_work(hotline: WallHotline, staff: list[AgentFacts]) -> None:
    """Most log in; some pause, or lose their phones."""
    for n, one in enumerate(staff):
        hotline.now += 1.7
        if n % 9 != 8:
            hotline.set_agent(one.name, AgentAction.READY, "")
        if n % 9 == 5:
            hotline.set_agent(one.name, AgentAction.PAUSE, REASONS[n % 5 % 3])
        if n % 23 == 7:
            hotline.route(r.AgentDevice(one.name, Device.UNREACHABLE))


def day(hotline: WallHotline, queues: list[str], share: int) -> None:
    """Some are answered in time, some late, some give up, in every queue; then it is a day later."""
    for n, name in enumerate(queues):
        for k in range(6 + n % 5):
            waited = 5.0 + (k * share * (n % 4)) % 40
            visit(hotline, f"v{n}-{k}", name, waited, gives_up=bool(k % share == 3 and n % 3))
    hotline.now += DAY


def visit(hotline: WallHotline, contact: str, queue: str, waited: float, *, gives_up: bool) -> None:
    """Somebody calls, waits, and that is all."""
    at, of = hotline.now, {"contact": contact, "visit": f"{contact}.v1", "queue": queue}
    soon = waited <= 20.0
    hotline.arrive(contact)
    hotline.record(e.ContactQueued(at=at, **of))
    if gives_up:
        hotline.record(e.VisitAbandoned(at=at, waited=waited, in_threshold=soon, short=False, **of))
    else:
        hotline.record(
            e.VisitAnswered(at=at, waited=waited, in_threshold=soon, offer="o", agent="x", bridge="b", **of)
        )
    hotline.record(e.ContactClosed(at=at, contact=contact, outcome=Outcome.QUEUED))


NAMES = (
    "loans", "cards", "corporate", "个人金融", "신용카드", "wealth management", "legal and compliance",
    "投诉处理", "technical support", "fraud", "insurance", "mortgages", "Kundenbetreuung Privatkredite Süd",
    "retention", "대출 상담",
)  # fmt: skip
PEOPLE = ("Ann Smith", "Bob", "김하나", "王小明", "Dr. Maximiliane von Hohenstein", "Li Wei", "Sue Park")
WIDE = "Kundenbetreuung-Privatkredite-und-Umschuldungen-Süddeutschland-2"
"""As long as a name may be: 64 characters."""
REASONS = ("lunch", "training", "a talk with the team leader")
