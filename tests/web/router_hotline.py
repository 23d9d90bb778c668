"""A hotline over the real router, journal and figures, without Asterisk: for the tests of the web."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import deferLater

from ivrcore.announcements.board import Board
from ivrcore.announcements.drafts import Surroundings
from ivrcore.announcements.live import LiveBoard
from ivrcore.config import AgentRules
from ivrcore.dialplan.commands import Prompt
from ivrcore.errors import IvrError, RequestRefused
from ivrcore.journal.memory import MemoryJournal
from ivrcore.metrics.collector import Exposition, FiguresCollector
from ivrcore.metrics.figures import Figures
from ivrcore.metrics.fold import apply
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import By
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.routing import commands as r
from ivrcore.routing import router
from ivrcore.service.hotline import input_of
from ivrcore.session.clock import UtcClock
from ivrcore.web import reading
from ivrcore.web.problems import RecentProblems
from ivrcore.web.view import AgentAction, AgentView, ContactView, Health, Place, QueueView, Waiting, WatchView

QUEUES = (
    QueueFacts(name="loans", skills={"loans": 2}, threshold=20.0),
    QueueFacts(name="cards", threshold=30.0),
    QueueFacts(name="<b>legal & co</b>", skills={"law": 1}),
)
AGENTS = (
    AgentFacts(name="ann", endpoint="PJSIP/ann", skills={"loans": 3}, display="Ann Smith"),
    AgentFacts(name="bob", endpoint="PJSIP/bob", skills={"loans": 2, "law": 1}),
    AgentFacts(name="hana kim", endpoint="PJSIP/hana", queues=("cards",), display="김하나"),
)


class Voice:
    """Speaks at once; with `held` set to a list, when it is released."""

    def __init__(self) -> None:
        self.held: list[Deferred[tuple[IvrError, ...]]] | None = None

    def prepare(self, prompts: Iterable[Prompt]) -> Deferred[tuple[IvrError, ...]]:
        if self.held is None:
            return succeed(())
        later: Deferred[tuple[IvrError, ...]] = Deferred()
        self.held.append(later)
        return later

    async def asked(self, times: int) -> None:
        """Wait until it was asked so often."""
        for _ in range(500):
            if len(self.held or ()) >= times:
                return
            await deferLater(reactor, 0.01)
        raise AssertionError("the voice was not asked")

    def release(self) -> None:
        held, self.held = self.held or [], None
        for later in held:
            later.callback(())


NUMBERS = {"5000": ("en", "ko"), "5001": ("en",)}


class RouterHotline:
    """Implements ivrcore.web.view.Hotline; time moves when `now` is set."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.figures = Figures()
        self.problems = RecentProblems()
        self.journal = MemoryJournal()
        self.journal.subscribe(lambda record: apply(self.figures, record))
        self.journal.subscribe(self.problems.observe)
        self.state = router.RouterState(load_plugins().routing())
        self.dialplans = 1
        self.rules = AgentRules()
        self.voice = Voice()
        clock = UtcClock(reactor, lambda: self.now)
        self.board = LiveBoard(Board(), self.journal, clock, self.voice, self.surroundings)
        self.subjects = {"5ab1ec7"}
        self.speech = {"vosk (en)": "ready"}
        self.watches: tuple[WatchView, ...] = ()
        self.record(e.ServerStarted(at=self.now, node="n1", app="n1-a", version="0.1.0"))
        self.record(e.LinkCameUp(at=self.now, driver="ari", peer="Asterisk 22", away=0.0))
        self.route(r.LoadRoster(QUEUES, AGENTS))

    def record(self, *events: Event) -> None:
        self.journal.append(events)

    def route(self, given: r.Input) -> None:
        self.record(*router.step(self.state, given, self.now).events)

    def exposition(self) -> Exposition:
        return Exposition(FiguresCollector(self.figures, lambda: self.now))

    # --- what the web asks ---

    def surroundings(self) -> Surroundings:
        return Surroundings(NUMBERS, lambda name: name == "fraud", lambda number: None)

    def agents(self) -> Sequence[AgentView]:
        return reading.agents(self.figures, self.state, self.now)

    def queues(self) -> Sequence[QueueView]:
        return reading.queues(self.figures, self.now)

    def agent(self, name: str) -> AgentView | None:
        return reading.agent(self.figures, self.state, name, self.now)

    def contacts(self) -> Iterator[ContactView]:
        return reading.contacts(self.figures, self.state, self.now)

    def contact(self, name: str) -> ContactView | None:
        return reading.contact(self.figures, self.state, name, self.now)

    def waiting(self, most: int) -> Waiting:
        return reading.waiting(self.figures, self.state, self.now, most)

    def places(self) -> Mapping[Place, int]:
        return reading.places(self.figures)

    def set_agent(self, name: str, action: AgentAction, word: str, by: str = "") -> None:
        self.route(input_of(name, action, word, self.rules, by))

    def steer(self, order: r.Steering) -> None:
        self.route(order)

    def when_shown(self, then: Callable[[], None]) -> None:
        """Later, as in a server, whose figures come from the journal once it is durable."""
        reactor.callLater(0, then)

    def erase_subject(self, subject: str) -> Deferred[bool]:
        if subject == "undeletable":
            return fail(RequestRefused("not everything could be deleted: the disk is away", status=500))
        known = subject in self.subjects
        self.subjects.discard(subject)
        return succeed(known)

    def health(self) -> Health:
        return Health(
            journal=self.journal.healthy,
            links={name: link.up for name, link in self.figures.links.items()},
            dialplans=self.dialplans,
            speech=self.speech,
            watches=self.watches,
            problems=self.problems.newest_first(),
            started=self.figures.started_at,
            version=self.figures.version,
        )

    # --- a busy morning ---

    def arrive(self, contact: str) -> None:
        self.record(
            e.ContactArrived(
                at=self.now,
                contact=contact,
                leg=f"{contact}.l1",
                channel=f"{contact}.l1",
                number="1000",
                plan="bank",
                plan_version="1",
            )
        )

    def enqueue(self, contact: str, queue: str) -> None:
        self.arrive(contact)
        self.route(r.Enqueue(contact, f"{contact}.v1", queue))

    def serve(self, contact: str, waited: float, talked: float | None = None) -> None:
        self.now += waited
        self.route(r.AgentAnswered(f"{contact}.v1.o1"))
        self.route(r.Bridged(f"{contact}.v1.o1", f"{contact}.b1"))
        if talked is not None:
            self.now += talked
            self.route(r.TalkOver(f"{contact}.v1.o1", By.CALLER))

    def busy_morning(self) -> None:
        """One served, one abandoned, one talking, two waiting, one in a menu, and some trouble."""
        for name in ("ann", "hana kim"):
            self.set_agent(name, AgentAction.READY, "")
        self.enqueue("c1", "loans")
        self.serve("c1", 4.0, 180.0)
        self.enqueue("c2", "cards")
        self.serve("c2", 6.0)
        self.enqueue("c3", "<b>legal & co</b>")
        self.now += 31.0
        self.route(r.CallerLeft("c3"))
        self.set_agent("ann", AgentAction.PAUSE, "lunch & rest")
        self.enqueue("c4", "loans")
        self.now += 47.0
        self.enqueue("c5", "loans")
        self.arrive("c6")
        self.record(
            e.CommandFailed(at=self.now, contact="c2", leg="l", command="play", code="IVR303", status=500)
        )
        self.record(
            e.PluginFailed(at=self.now, plugin="crm", hook="ivrcore_event", error="ValueError: <script>")
        )
        self.now += 12.0
