"""The wallboard's rows, kept up to date from the figures: only what events touched is looked at. Pure.

What is shown is a function of the figures alone: of what is durable, and therefore what Prometheus gets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice

from ivrcore.metrics.days import ALL, STEP, Counts, DayFold
from ivrcore.metrics.figures import AgentFigures, Figures, OpenContact
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import COUNTED, AgentState
from ivrcore.wallboard.rows import AgentRow, ContactRow, QueueRow, Row, Rows, TotalsRow, day_row

MOST_AGENTS = 500
"""Logged-in agents with a row of their own; all are counted."""
MOST_CONTACTS = 200
"""Contacts with a row, those who are there longest; all are counted."""
EXPECTED_STEP = 5.0
"""Seconds to which an expected wait is rounded: it moves with every event."""
KINDS = ("queues", "agents", "contacts", "totals")
LOGGED_OUT = AgentState.LOGGED_OUT.value

Change = dict[str, Rows]
"""Kind -> rows that changed."""
_EVERYTHING = (events.RosterLoaded, events.ClockSetBack, events.ServerStarted)


class Board:
    """The rows. ``expected`` gives the wait of who comes to a queue now, ``place_of`` where a contact is in
    its dialplan ("" where that is not known)."""

    def __init__(
        self,
        figures: Figures,
        days: DayFold,
        expected: Callable[[str], float | None],
        place_of: Callable[[str], str],
    ) -> None:
        self._figures = figures
        self._days = days
        self._expected = expected
        self._place_of = place_of
        self.rows: dict[str, dict[str, Row]] = {kind: {} for kind in KINDS}
        self._all = True
        self._agents: dict[str, None] = {}
        self._contacts: dict[str, None] = {}
        self._queues: dict[str, None] = {}
        self._known: dict[str, tuple[str, tuple[str, ...]]] = {}
        """Agent -> state and queues, as they are counted in `_states`."""
        self._states: dict[str, Counter[str]] = {}
        """Queue (`ALL` for all agents) -> state -> agents."""
        self._held: dict[str, tuple[str, str]] = {}
        """Contact -> where it is and its queue, as it is counted in `_places` and `_waits`."""
        self._places: Counter[str] = Counter()
        self._waits: dict[str, dict[str, float]] = {}
        """Queue -> contact -> when it entered."""
        self._step = -1

    def mark(self, event: Event) -> None:
        """Note what an event touches; the figures have it already."""
        if isinstance(event, _EVERYTHING):
            self._all = True
        if contact := getattr(event, "contact", ""):
            self._contacts[contact] = None
        if agent := getattr(event, "agent", ""):
            self._agents[agent] = None
        if queue := getattr(event, "queue", ""):
            self._queues[queue] = None

    def forget(self) -> None:
        """Nobody looks: whatever happens from now on need not be marked. The next `refresh` looks at all."""
        self._all = True
        self._agents, self._contacts, self._queues = {}, {}, {}

    @property
    def order(self) -> list[str]:
        """The queues in the configuration's order."""
        return [facts.name for facts in self._figures.roster]

    def refresh(self, now: float) -> Change:
        """Bring the rows up to date; give those that changed, those that are gone as None."""
        if self._all:
            self._count_all()
        self._count_agents(self._agents)
        self._count_contacts(self._contacts)
        step = int(now // STEP)
        queues: Iterable[str] = self._queues if step == self._step else self.order
        changed = {
            "queues": self._queue_rows(queues, now),
            "agents": self._agent_rows(),
            "contacts": self._contact_rows(),
            "totals": self._take("totals", {"": self._totals(now)}),
        }
        self._step, self._all = step, False
        self._agents, self._contacts, self._queues = {}, {}, {}
        return {kind: rows for kind, rows in changed.items() if rows}

    # --- counting -------------------------------------------------------------------------------

    def _count_all(self) -> None:
        self._known, self._states, self._held, self._waits = {}, {}, {}, {}
        self._places = Counter()
        self._agents = dict.fromkeys([*self._figures.agents, *self.rows["agents"]])
        self._contacts = dict.fromkeys(self._figures.open)
        self._step = -1

    def _count_agents(self, names: Iterable[str]) -> None:
        for name in names:
            agent = self._figures.agents.get(name)
            self._count_agent(self._known.pop(name, None), -1)
            if agent is not None:
                self._known[name] = (agent.state, agent.queues)
                self._count_agent(self._known[name], 1)

    def _count_agent(self, known: tuple[str, tuple[str, ...]] | None, by: int) -> None:
        if known is None:
            return
        state, queues = known
        for queue in (ALL, *queues):
            self._states.setdefault(queue, Counter())[state] += by
        self._queues.update(dict.fromkeys(queues))

    def _count_contacts(self, names: Iterable[str]) -> None:
        for name in names:
            at, queue = self._held.pop(name, ("", ""))
            if at:
                self._places[at] -= 1
                self._waits.get(queue, {}).pop(name, None)
                self._queues[queue] = None
            contact = self._figures.open.get(name)
            if contact is not None:
                self._held[name] = (_at(contact), contact.queue)
                self._places[_at(contact)] += 1
                if contact.queue:
                    self._waits.setdefault(contact.queue, {})[name] = contact.entered
                    self._queues[contact.queue] = None

    # --- rows -----------------------------------------------------------------------------------

    def _take(self, kind: str, rows: dict[str, Row]) -> Rows:
        """Keep rows; give those that differ from what was there."""
        kept = self.rows[kind]
        changed = {name: row for name, row in rows.items() if kept.get(name) != row}
        kept.update(changed)
        return dict(changed)

    def _drop(self, kind: str, names: Iterable[str]) -> Rows:
        kept = self.rows[kind]
        return {name: None for name in names if kept.pop(name, None) is not None}

    def _queue_rows(self, names: Iterable[str], now: float) -> Rows:
        configured = set(self.order)
        gone = self._drop("queues", [name for name in self.rows["queues"] if name not in configured])
        return gone | self._take(
            "queues", {name: self._queue(name, now) for name in names if name in configured}
        )

    def _queue(self, name: str, now: float) -> QueueRow:
        waits = self._waits.get(name, {})
        expected = self._expected(name)
        return QueueRow(
            waiting=len(waits),
            oldest=min(waits.values()) if waits else None,
            expected=None if expected is None else round(expected / EXPECTED_STEP) * EXPECTED_STEP,
            threshold=self._figures.queues[name].threshold,
            objective=self._figures.queues[name].objective,
            agents=_present(self._states.get(name, Counter())),
            today=day_row(self._days.today(name, now)),
            yesterday=day_row(self._days.yesterday(name, now)),
        )

    def _agent_rows(self) -> Rows:
        kept, found = self.rows["agents"], self._figures.agents
        here = {name: found[name] for name in self._agents if _logged_in(found.get(name))}
        changed = self._drop("agents", [name for name in self._agents if name not in here])
        new = [name for name in here if name not in kept]
        without = set(new[MOST_AGENTS - len(kept) :])
        rows = {name: _agent(name, agent) for name, agent in here.items() if name not in without}
        return changed | self._take("agents", dict(rows))

    def _contact_rows(self) -> Rows:
        kept, found = self.rows["contacts"], self._figures.open
        first = dict.fromkeys(islice(found, MOST_CONTACTS))
        gone = self._drop("contacts", [name for name in kept if name not in first])
        fresh = [name for name in first if name in self._contacts or name not in kept]
        return gone | self._take("contacts", {name: self._contact(name, found[name]) for name in fresh})

    def _contact(self, name: str, contact: OpenContact) -> ContactRow:
        at = _at(contact)
        talks = self._figures.agents.get(contact.agent)
        return ContactRow(
            plan=contact.plan,
            at=at,
            place=contact.queue if at == "queue" else self._place_of(name),
            arrived=contact.arrived,
            since=contact.entered if at == "queue" else contact.arrived,
            agent=talks.display or contact.agent if talks else contact.agent,
        )

    def _totals(self, now: float) -> TotalsRow:
        states = self._states.get(ALL, Counter())
        logged_in = states.total() - states[LOGGED_OUT]
        return TotalsRow(
            agents={state: states[state] for state in COUNTED},
            places={place: self._places[place] for place in ("menu", "queue", "agent")},
            arrived=self._arrived(self._days.today, now),
            arrived_yesterday=self._arrived(self._days.yesterday, now),
            links=self._figures.links_up(),
            more_agents=max(0, logged_in - len(self.rows["agents"])),
            more_contacts=max(0, len(self._figures.open) - len(self.rows["contacts"])),
        )

    def _arrived(self, day: Callable[[str, float], Counts], now: float) -> int:
        return day(ALL, now).entered


def _at(contact: OpenContact) -> str:
    return "agent" if contact.agent else "queue" if contact.queue else "menu"


def _logged_in(agent: AgentFigures | None) -> bool:
    return agent is not None and agent.state != LOGGED_OUT


def _present(states: Counter[str]) -> dict[str, int]:
    return {state: states[state] for state in COUNTED if states[state] and state != LOGGED_OUT}


def _agent(name: str, agent: AgentFigures) -> Row:
    return AgentRow(display=agent.display or name, state=agent.state, since=agent.since, reason=agent.reason)
