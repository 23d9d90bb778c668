"""``queue``: wait for an agent and talk; the next step runs when the caller comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from ivrcore.dialplan.commands import DoEnqueue, QueueOver
from ivrcore.dialplan.keys import Key, Kind, table
from ivrcore.dialplan.step import Name, Refers, Step
from ivrcore.model.names import LeftQueue
from ivrcore.problems import quoted

if TYPE_CHECKING:
    from ivrcore.dialplan.reading import Given, Reading
    from ivrcore.dialplan.walk import Place, Walk
    from ivrcore.expressions.values import Value

MOST_PRIORITY = 100
PHONE_KEYS = tuple("0123456789*#ABCD")
MOST_PREFERRED = 10
LONGEST_NAME = 64


_LEFT = (
    (LeftQueue.NOBODY_THERE, "nobody is logged in, and the queue minds"),
    (LeftQueue.FULL, "as many wait already as the queue lets wait"),
    (LeftQueue.TOO_LONG, "the expected wait was too long to join"),
    (LeftQueue.TIMED_OUT, "the queue's longest wait was over"),
    (LeftQueue.WITHDRAWN, "a supervisor took the caller out"),
)
"""Reasons that have steps of their own, and what they mean."""


@dataclass(frozen=True)
class Queue(Step):
    """Priority and skills add to those of the contact (step `contact`) and of the queue itself."""

    verb: ClassVar[str] = "queue"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("queue", "queue", "needed", "wait for an agent and talk; then the next step runs", Kind.QUEUE),
        Key("priority", "-100 to 100", "`0`", "added to the queue's own; higher goes first", Kind.INTEGER),
        Key(
            "skills",
            "skill: level",
            "",
            "least levels asked for beside the queue's own (1 to 100)",
            Kind.LEVELS,
        ),
        Key(
            "prefer",
            "value: agents",
            "",
            "agents (a list, or names with commas), best first, for a queue with the relaxation `preferred`; "
            "no secret",
            Kind.VALUE,
        ),
        Key(
            "failed",
            "list of steps",
            "the next step",
            "what happens if the caller left the queue without a conversation",
            Kind.STEPS,
        ),
        Key(
            "keys",
            "key: list of steps",
            "",
            "what a waiting caller may press, and what happens then",
            Kind.EXITS,
        ),
        *[Key(why, "list of steps", "`failed`", f"the same, if {means}", Kind.STEPS) for why, means in _LEFT],
    )
    serves: ClassVar[bool] = True
    connects: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"dial", "bridge"})
    queue: Name
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    skill_names: tuple[Name, ...] = ()
    prefer: Given | None = None
    failed: str = ""
    left: Mapping[str, str] = field(default_factory=dict)
    """Reason -> its steps."""
    exits: Mapping[str, str] = field(default_factory=dict)
    """Key of the phone -> its steps."""

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read the queue's name, and what is asked of its agents."""
        name = reading.name()
        if reading.alone:  # most are: none of a dozen options need be looked for
            return cls(reading.location, name) if name else None
        priority = reading.fields.integer("priority", 0, least=-MOST_PRIORITY, most=MOST_PRIORITY)
        levels, names = reading.levels("skills")
        prefer = reading.value("prefer")
        failed = reading.steps("failed")
        left = {why.value: address for why, _ in _LEFT if (address := reading.steps(why))}
        exits = _exits(reading)
        given = (levels, names, prefer, failed, left, exits)
        return cls(reading.location, name, priority, *given) if name else None

    def run(self, walk: Walk) -> Place | None:
        """Join the queue."""
        walk.typed = ""
        state = walk.state
        priority = max(-MOST_PRIORITY, min(MOST_PRIORITY, self.priority + state.priority + state.raised))
        skills = {**state.skills, **self.skills}
        given = None if self.prefer is None else walk.value(self.prefer)
        preferred = () if given is None or given.secret else _agents(given.value)
        walk.do(DoEnqueue(self.queue.text, priority, skills, state.tier, tuple(self.exits), preferred))
        return None

    def came_back(self, walk: Walk, over: QueueOver) -> Place | None:
        """Go on; a caller who talked to nobody goes to the steps of the key or reason, else to ``failed``."""
        if over.answered:
            return walk.next
        pressed = self.exits.get(over.key, "") if over.why == LeftQueue.BY_KEY else ""
        steps = pressed or self.left.get(over.why, self.failed)
        return walk.to(steps) if steps else walk.next

    def refers(self) -> Refers:
        """Tell queue, skills and preferred agents."""
        site: tuple[tuple[str, Name], ...] = (("queue", self.queue),)
        if self.skill_names:
            site += tuple(("skill", name) for name in self.skill_names)
        nested = tuple(filter(None, (self.failed, *self.left.values(), *self.exits.values())))
        reads = (self.prefer,) if self.prefer is not None else ()
        return Refers(nested=nested, site=site, reads=reads, open=reads)


def _exits(reading: Reading) -> dict[str, str]:
    """Read ``keys``: key of the phone -> the address of its steps."""
    exits = {}
    for entry in reading.fields.entries("keys"):
        if entry.key in PHONE_KEYS:
            exits[entry.key] = reading.steps_at(entry.value, f"key{entry.key}")
        else:
            hint = "one of " + " ".join(PHONE_KEYS)
            reading.fields.bad(entry.location, f"{quoted(entry.key)} is not a key of a phone", hint)
    return exits


def _agents(value: Value) -> tuple[str, ...]:
    """Give the names in a list, or in a text with commas; each once, and no more than a few."""
    items = value if isinstance(value, tuple) else str(value).split(",") if isinstance(value, str) else ()
    names = (item.strip() for item in items if isinstance(item, str))
    return tuple(dict.fromkeys(name for name in names if 0 < len(name) <= LONGEST_NAME))[:MOST_PREFERRED]
