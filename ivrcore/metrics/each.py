"""How the rows of one queue, agent or menu are read from its figures alone. Pure.

Nothing else goes into them but, where a time still runs, the moment: the text of what did not change since
the last scrape can be used again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ivrcore.metrics.figures import AgentFigures, Figures, MenuFigures, QueueFigures
from ivrcore.metrics.rows import Row, Value, View
from ivrcore.model.histogram import Histogram
from ivrcore.model.names import COUNTED

Of = Literal["queue", "agent", "menu"]
Names: TypeAlias = tuple[str, ...]
"""Of a queue or an agent; of a menu with its dialplan before it."""


@dataclass(frozen=True, slots=True)
class Each:
    """Reads a metric of each queue, agent or menu.

    ``runs`` tells which of the rows of one (from 0) grows with time, if any, and since when (UTC seconds).
    """

    of: Of
    rows: Callable[[Names, Any], Iterable[Row]]
    runs: Callable[[Any], tuple[int, float] | None] | None = None

    def __call__(self, view: View) -> Iterator[Row]:
        """Read all of them."""
        for names, figures in everyone(view.figures, self.of).items():
            running = self.runs(figures) if self.runs is not None else None
            for place, (labels, value) in enumerate(self.rows(names, figures)):
                if running is not None and running[0] == place:
                    assert not isinstance(value, Histogram)
                    yield labels, value + max(0.0, view.now - running[1])
                else:
                    yield labels, value


def everyone(figures: Figures, of: Of) -> Mapping[Names, Any]:
    """Give the figures of all queues, agents or menus."""
    if of == "queue":
        return {(name,): queue for name, queue in figures.queues.items()}
    if of == "agent":
        return {(name,): agent for name, agent in figures.agents.items()}
    return {(plan, name): menu for plan, menus in figures.menus.items() for name, menu in menus.items()}


def per_queue(value: Callable[[QueueFigures], Value]) -> Each:
    """Read a value of each queue."""
    return Each("queue", lambda names, queue: ((names, value(queue)),))


def per_agent(value: Callable[[AgentFigures], Value]) -> Each:
    """Read a value of each agent."""
    return Each("agent", lambda names, agent: ((names, value(agent)),))


def per_menu(value: Callable[[MenuFigures], Value]) -> Each:
    """Read a value of each menu."""
    return Each("menu", lambda names, menu: ((names, value(menu)),))


def per_queue_and_word(counts: Callable[[QueueFigures], dict[str, int]]) -> Each:
    """Read counts by word of each queue."""
    return Each("queue", lambda names, queue: [((*names, word), n) for word, n in counts(queue).items()])


def _waits(names: Names, queue: QueueFigures) -> Iterator[Row]:
    yield (*names, "answered"), queue.wait_answered
    yield (*names, "abandoned"), queue.wait_abandoned
    yield (*names, "left"), queue.wait_left


def _agent_seconds(names: Names, agent: AgentFigures) -> Iterator[Row]:
    for state in COUNTED:
        yield (*names, state), agent.seconds.get(state, 0.0)


def _present_state(agent: AgentFigures) -> tuple[int, float] | None:
    if agent.since is None or agent.state not in COUNTED:
        return None
    return COUNTED.index(agent.state), agent.since


def _choices(names: Names, menu: MenuFigures) -> Iterator[Row]:
    for choice, ways in menu.choices.items():
        for by, count in ways.items():
            yield (*names, choice, by), count


def _universals(names: Names, menu: MenuFigures) -> Iterator[Row]:
    for universal, ways in menu.universals.items():
        for by, count in ways.items():
            yield (*names, universal, by), count


def _impatient(names: Names, menu: MenuFigures) -> Iterator[Row]:
    for why, count in menu.impatient.items():
        yield (*names, why), count


waits = Each("queue", _waits)
"""Each queue's waits by how they ended."""
agent_seconds = Each("agent", _agent_seconds, _present_state)
"""Each agent's seconds per state, the present one included."""
choices = Each("menu", _choices)
"""Each menu's choices by the way they were made."""
universals = Each("menu", _universals)
"""What callers used of what works in every menu, by the way they did."""
impatient = Each("menu", _impatient)
"""Callers who lost patience, by why."""


# --- agents by queue ----------------------------------------------------------------------------

Members: TypeAlias = dict[str, dict[str, int]]
"""Queue -> state -> agents."""
AT_ONCE = 5_000
"""Agents, or agents in queues, that are counted without a pause: a millisecond."""


def counting(figures: Figures, members: Members) -> Iterator[None]:
    """Count each queue's agents by state into ``members``, in steps."""
    members.update({name: dict.fromkeys(COUNTED, 0) for name in figures.queues})
    alike: dict[tuple[int, str], int] = {}
    served: dict[int, tuple[str, ...]] = {}
    for agent in figures.agents.values():  # most serve the same queues as others: the same tuple
        key = (id(agent.queues), agent.state)
        alike[key] = alike.get(key, 0) + 1
        served[id(agent.queues)] = agent.queues
    done = 0
    for (queues, state), count in alike.items():
        for queue in served[queues]:
            members[queue][state] += count
        done += len(served[queues])
        if done >= AT_ONCE:
            done = 0
            yield


def queue_agents(view: View) -> Iterator[Row]:
    """Count each queue's agents by state."""
    members: Members = {}
    for _ in counting(view.figures, members):
        pass
    yield from rows_of(members)


def rows_of(members: Members) -> Iterator[Row]:
    """Give the rows of what was counted."""
    for name, states in members.items():
        for state, count in states.items():
            yield (name, state), count
