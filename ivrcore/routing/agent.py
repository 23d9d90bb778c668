"""One agent's record, as events made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from ivrcore.model.names import KEPT_AWAY, AgentState, Device, counted_as
from ivrcore.model.roster import MemberFacts
from ivrcore.routing.deadlines import earlier
from ivrcore.routing.facts import Candidate, Member
from ivrcore.routing.workload import Workload

if TYPE_CHECKING:
    from ivrcore.model.roster import AgentFacts
    from ivrcore.routing.line_index import LineIndex
    from ivrcore.routing.need import Line
    from ivrcore.routing.rulebook import Rank


class Renewal(NamedTuple):
    """When an agent's key in a line is to be asked for again."""

    at: float
    agent: str
    serial: int
    """Tells those of one agent and time apart."""
    line: Line


READY, TALKING = AgentState.READY, AgentState.TALKING
_USUAL = MemberFacts()


@dataclass(slots=True)
class Agent:
    """An agent's record; times are UTC seconds. The last six fields are indices, not state."""

    facts: AgentFacts
    state: AgentState = AgentState.LOGGED_OUT
    since: float = 0.0
    reason: str = ""
    until: float | None = None
    pause_next: bool = False
    logout_next: bool = False
    idle_since: float | None = None
    inbound_idle_since: float | None = None
    ready_since: float = 0.0
    talk_began: float | None = None
    contacts_taken: int = 0
    missed: int = 0
    """Offers missed in a row."""
    owes: float = 0.0
    """Seconds of wrap-up after a conversation that ended while another contact was in hand."""
    device: Device = Device.UNKNOWN
    offers: dict[str, None] = field(default_factory=dict)
    """The live offers and conversations."""
    talking: int = 0
    """How many of them are conversations."""
    retired: bool = False
    """No longer configured; gone as soon as the present contact is over."""
    workload: Workload = field(default_factory=Workload, compare=False)
    position: int = field(default=0, compare=False)
    queues: tuple[str, ...] = field(default=(), compare=False)
    lines: dict[Line, LineIndex] = field(default_factory=dict, compare=False)
    known: dict[str, Rank] = field(default_factory=dict, compare=False)
    """The ranks asked for since the record last changed, by the kind of line."""
    listed: bool = field(default=False, compare=False)
    """Whether any of the lines has the agent among those who are free."""
    counted: str = field(default="", compare=False)
    renewals: dict[Line, Renewal] = field(default_factory=dict, compare=False)

    def set_back(self, seconds: float) -> None:
        """Take so much off every time."""
        self.since -= seconds if self.since else 0.0  # of one who was never there
        self.ready_since -= seconds if self.ready_since else 0.0
        self.until = earlier(self.until, seconds)
        self.idle_since = earlier(self.idle_since, seconds)
        self.inbound_idle_since = earlier(self.inbound_idle_since, seconds)
        self.talk_began = earlier(self.talk_began, seconds)
        self.workload.set_back(seconds)

    @property
    def free(self) -> bool:
        """Whether a contact may be offered now: no other phone of theirs rings, and there is room for one."""
        state = self.state
        if state is not READY and (state is not TALKING or self.pause_next or self.logout_next):
            return False
        return (
            self.until is None
            and self.talking == len(self.offers) < self.facts.capacity
            and not self.retired
            and (self.device not in KEPT_AWAY or self.talking > 0)
        )

    def ready_by(self, by: float) -> bool:
        """Whether wrap-up ends by then, and nothing else keeps the agent from the next contact."""
        ends = self.state is AgentState.WRAP_UP and self.until is not None and self.until <= by
        return ends and not (self.pause_next or self.logout_next or self.retired or self.device in KEPT_AWAY)

    @property
    def count_as(self) -> str:
        """The state, with what keeps a ready agent from contacts apart from ready."""
        if self.state is not READY or (self.until is None and self.device not in KEPT_AWAY):
            return self.state
        return counted_as(self.state, resting=self.until is not None, device=self.device)

    def tier(self, queue: str) -> int:
        """Give the agent's tier in a queue."""
        return self.facts.members.get(queue, _USUAL).tier

    def member(self, queue: str) -> Member:
        """Give what the agent is in a queue."""
        own = self.facts.members.get(queue, _USUAL)
        facts = self.facts
        skills = MappingProxyType(facts.skills)
        return Member(facts.name, skills, own.tier, self.position, own.weight, facts.reach)

    def candidate(self, index: LineIndex) -> Candidate:
        """Give what a strategy may know, for one line."""
        own = self.facts.members.get(index.line.queue, _USUAL)
        return Candidate(
            self.facts.name,
            self.since if self.idle_since is None else self.idle_since,
            MappingProxyType(self.facts.skills),
            self.contacts_taken,
            max(own.tier, index.least_tier),
            self.position,
            own.weight,
            self.ready_since,
            self.talk_began,
            len(self.offers),
            index.asked,
            self.workload.window,
            self.inbound_idle_since,
        )
