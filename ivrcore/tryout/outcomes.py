"""What must follow in a call test at the hotline's edges: queues, services, and figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from ivrcore.dialplan.keys import Key, Kind, table
from ivrcore.journal.record import Record
from ivrcore.metrics.catalogue import METRICS, Metric
from ivrcore.metrics.fold import fold
from ivrcore.metrics.rows import View
from ivrcore.model.histogram import Histogram
from ivrcore.model.names import Scalar, Service
from ivrcore.problems import did_you_mean, quoted
from ivrcore.tryout import rules
from ivrcore.tryout.expectations import unmet
from ivrcore.tryout.line_fields import LineFields, constants
from ivrcore.tryout.narrate import shown
from ivrcore.tryout.script import Failure, Scene, ScriptLine, as_written

if TYPE_CHECKING:
    from typing import Self

    from ivrcore.dialplan.commands import DoAsk
    from ivrcore.dialplan.model import Plan
    from ivrcore.model.event import Event
    from ivrcore.problems import Problems
    from ivrcore.tryout.visit import Visit

MOST_PRIORITY = 1000


def queues_of(plan: Plan) -> set[str]:
    """Give the queues that a dialplan's steps name."""
    return {
        name.text
        for block in plan.blocks.values()
        for step in block.steps
        for kind, name in step.refers().site
        if kind == "queue"
    }


@dataclass(frozen=True)
class InQueue(ScriptLine):
    """The call waits in a queue, with what its agents are to have."""

    verb: ClassVar[str] = "queue"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("queue", "queue", "needed", "the call waits in this queue now", Kind.QUEUE),
        Key("priority", "number", "any", "with this priority beside the queue's own", Kind.INTEGER),
        Key("skills", "skill: level", "any", "and asks for these levels, among others", Kind.LEVELS),
        Key("tier", "word", "any", "as a caller of this tier"),
    )
    queue: str
    priority: int | None = None
    skills: Mapping[str, Scalar] = field(default_factory=dict)
    tier: str = ""

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read queue, priority, skills, tier."""
        fields = given.fields
        queue = fields.text("queue", required=True)
        priority = fields.integer("priority", 0, least=-MOST_PRIORITY, most=MOST_PRIORITY)
        skills = constants(fields.entries("skills"), fields)
        wanted = priority if fields.entry("priority") else None
        return cls(given.location, queue, wanted, skills, fields.text("tier")) if queue else None

    def check(self, plan: Plan, problems: Problems) -> None:
        """A step must name the queue."""
        known = queues_of(plan)
        if self.queue not in known:
            message = f"the dialplan {quoted(plan.name)} has no step with queue {quoted(self.queue)}"
            hint = did_you_mean(self.queue, known)
            problems.report(rules.UNKNOWN_QUEUE, self.location, message, hint)

    def play(self, scene: Scene) -> Failure | None:
        """Look which queue it waits in, and how."""
        scene.ready()
        visit = scene.call.visit
        if visit is None or visit.queue != self.queue:
            return unmet(f"to wait in queue {quoted(self.queue)}", scene.now())
        return self._differs(visit)

    def _differs(self, visit: Visit) -> Failure | None:
        if self.priority is not None and visit.priority != self.priority:
            return unmet(f"priority {self.priority}", f"it is {visit.priority}")
        for skill, level in self.skills.items():
            if visit.skills.get(skill) != level:
                now = visit.skills.get(skill)
                return unmet(f"skill {skill} {level}", f"it is {now}" if now else "it is not asked for")
        if self.tier and visit.tier != self.tier:
            return unmet(f"tier {self.tier}", f"it is {visit.tier or 'not set'}")
        return None

    def written(self) -> dict[str, object]:
        """Give the queue, and what is not as usual."""
        skills = dict(self.skills)
        return as_written(self.verb, self.queue, priority=self.priority, skills=skills, tier=self.tier)


@dataclass(frozen=True)
class Called(ScriptLine):
    """A number that a service was asked to call; the base of `transfer` and `call_back`."""

    service: ClassVar[Service]
    number: str = ""

    @classmethod
    def read(cls, given: LineFields) -> Self:
        """Read the number."""
        return cls(given.location, given.fields.text(cls.verb))

    def play(self, scene: Scene) -> Failure | None:
        """Look what was asked last."""
        scene.ready()
        asked = _last(scene.call.asks, self.service)
        if asked is None:
            return unmet(f"a {self.verb} to be asked for", scene.now())
        numbers = [str(value) for name, value in asked.payload.items() if name == "number"]
        if self.number and self.number not in (*numbers, asked.name):
            return unmet(f"a {self.verb} of {quoted(self.number)}", f"it is of {', '.join(numbers)}")
        return None

    def written(self) -> dict[str, object]:
        """Give the number."""
        return {self.verb: self.number or None}


@dataclass(frozen=True)
class Transferred(Called):
    """The call is transferred."""

    verb: ClassVar[str] = "transfer"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("transfer", "number", "any", "the call was to be transferred to this number")
    )
    service: ClassVar[Service] = Service.TRANSFER


@dataclass(frozen=True)
class CalledBack(Called):
    """A call-back is asked for."""

    verb: ClassVar[str] = "call_back"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key(
            "call_back",
            "number or queue",
            "any",
            "a call-back was asked for, to this number or of this queue",
        )
    )
    service: ClassVar[Service] = Service.CALL_BACK


@dataclass(frozen=True)
class Asked(ScriptLine):
    """A service was asked."""

    verb: ClassVar[str] = "asks"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("asks", "name", "needed", "this lookup (or other service) was asked"),
        Key("with", "name: value", "any", "and was told these values, among others", Kind.VALUES),
    )
    name: str
    values: Mapping[str, Scalar] = field(default_factory=dict)

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read name and values."""
        name = given.fields.text("asks", required=True)
        values = constants(given.fields.entries("with"), given.fields)
        return cls(given.location, name, values) if name else None

    def play(self, scene: Scene) -> Failure | None:
        """Look what was asked."""
        scene.ready()
        asks = [one for one in scene.call.asks if self.name in (one.name, str(one.service))]
        if not asks:
            names = ", ".join(f"{one.service} {one.name}" for one in scene.call.asks) or "nothing"
            return unmet(f"{quoted(self.name)} to be asked", f"{names} was asked")
        for name, wanted in self.values.items():
            if name not in asks[-1].payload:
                told = ", ".join(asks[-1].payload)
                return unmet(f"{self.name} to be told {name}", f"it was told {told}")
            if asks[-1].payload[name] != wanted:
                return unmet(f"{self.name} to be told {name}={shown(wanted)}", "it was told another value")
        return None

    def written(self) -> dict[str, object]:
        """Give name and values."""
        return as_written(self.verb, self.name, **{"with": dict(self.values)})


def _last(asks: Sequence[DoAsk], service: Service) -> DoAsk | None:
    return next((one for one in reversed(asks) if one.service is service), None)


# --- figures ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MetricIs(ScriptLine):
    """A figure, as the server would count this one call."""

    verb: ClassVar[str] = "metric"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("metric", "name", "needed", "a figure of docs/metrics.md, counted for this call alone"),
        Key("of", "label: value", "all", "only rows with these labels", Kind.VALUES),
        Key("is", "number", "`1`", "their sum; of a histogram, how many there are", Kind.NUMBER),
    )
    virtual: ClassVar[bool] = True
    name: str
    labels: Mapping[str, Scalar] = field(default_factory=dict)
    value: float = 1.0

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read name, labels, number; an unknown metric is reported."""
        fields = given.fields
        name = fields.text("metric", required=True)
        labels = constants(fields.entries("of"), fields)
        value = fields.number("is", 1.0, least=-1e12, most=1e12)
        metric = find_metric(name)
        if metric is None:
            if name:
                hint = did_you_mean(name, (one.name for one in METRICS))
                message = f"there is no metric {quoted(name)}"
                fields.problems.report(rules.UNKNOWN_METRIC, given.location, message, hint)
            return None
        for label in labels:
            if label not in metric.labels:
                hint = did_you_mean(label, metric.labels) or "it has no labels"
                message = f"the metric {metric.name} has no label {quoted(label)}"
                fields.problems.report(rules.UNKNOWN_METRIC, given.location, message, hint)
        return cls(given.location, name, labels, value)

    def play(self, scene: Scene) -> Failure | None:
        """Count."""
        scene.ready()
        metric = find_metric(self.name)
        came = _sum(metric, self.labels, scene.call.events, scene.call.now) if metric else 0.0
        if came == self.value:
            return None
        labels = ", ".join(f"{name}={value}" for name, value in self.labels.items())
        return unmet(f"{self.name}{{{labels}}} to be {self.value:g}", f"it is {came:g}")

    def written(self) -> dict[str, object]:
        """Give name, labels, number."""
        return (
            {self.verb: self.name} | ({"of": dict(self.labels)} if self.labels else {}) | {"is": self.value}
        )


def find_metric(name: str) -> Metric | None:
    """Find a metric by its name, with or without the ending that a query has."""
    return next((one for one in METRICS if name in (one.name, one.exported)), None)


def _sum(metric: Metric, labels: Mapping[str, Scalar], events: Iterable[Event], now: float) -> float:
    records = (Record(number, event) for number, event in enumerate(events, 1))
    wanted = {(name, str(value)) for name, value in labels.items()}
    total = 0.0
    for values, value in metric.read(View(fold(records), now, {})):
        if wanted <= set(zip(metric.labels, values, strict=True)):
            total += value.count if isinstance(value, Histogram) else value
    return total


OUTCOMES: tuple[type[ScriptLine], ...] = (InQueue, Transferred, CalledBack, Asked, MetricIs)
