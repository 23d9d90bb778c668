"""Reading what call tests write: values, answers of services, the world's figures and news."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ivrcore.dialplan.reading import read_value
from ivrcore.dialplan.world import QueueNow
from ivrcore.expressions.syntax import Expression, Literal
from ivrcore.expressions.text import Template
from ivrcore.fields import Fields
from ivrcore.location import Location
from ivrcore.model.announcement import EVERYWHERE, Announcement, Emergency
from ivrcore.model.names import EmergencyAction, Scalar, Service, Told
from ivrcore.problems import did_you_mean, quoted
from ivrcore.tryout import rules
from ivrcore.tryout.conversation import duration
from ivrcore.tryout.setting import QUIET, Answer, Asked
from ivrcore.yamltree import Entry, ListNode, MapNode, Node, ScalarNode

ANSWERING: Mapping[str, Service] = {
    "transfer": Service.TRANSFER,
    "call_back": Service.CALL_BACK,
    "record": Service.RECORD,
    "switch": Service.EMERGENCY,
}
"""Keys of `given` that say how a service answers, whatever it is asked; lookups are by name."""
LONGEST_WAIT = 86_400.0


@dataclass(frozen=True, slots=True)
class LineFields:
    """The keys of one line."""

    fields: Fields
    location: Location

    def entry(self, key: str) -> Entry | None:
        """Give an entry that must be there."""
        return self.fields.entry(key, required=True)

    def after(self, key: str) -> float:
        """Read how long it takes; nothing is at once. In seconds."""
        return self.fields.seconds(key, 0.0, most=LONGEST_WAIT)


def constant(node: Node, fields: Fields) -> Scalar:
    """Read a value that is written out; anything computed is reported."""
    if isinstance(node, ScalarNode) and node.is_null:
        return None
    given = read_value(node, fields)
    if isinstance(given, Expression) and isinstance(given.root, Literal):
        value = given.root.value
        return None if isinstance(value, tuple) else value
    if isinstance(given, Template) and given.plain is not None:
        return given.plain
    if given is not None:
        fields.bad(node.location, "a value is written out here, not computed", "write {{ for a brace")
    return None


def constants(entries: Iterable[Entry], fields: Fields) -> dict[str, Scalar]:
    """Read names with values; a mapping within makes dotted names, as lookups do."""
    return dict(_flat(entries, fields, ""))


def _flat(entries: Iterable[Entry], fields: Fields, before: str) -> Iterator[tuple[str, Scalar]]:
    for entry in entries:
        if isinstance(entry.value, MapNode):
            yield from _flat(entry.value.entries, fields, f"{before}{entry.key}.")
        else:
            yield f"{before}{entry.key}", constant(entry.value, fields)


def answers(node: Node, fields: Fields) -> tuple[Answer, ...]:
    """Read what a service answers: its fields, one of its words, or a list of these."""
    items = node.items if isinstance(node, ListNode) else (node,)
    found = (_answer(item, fields) for item in items)
    return tuple(one for one in found if one is not None)


def _answer(node: Node, fields: Fields) -> Answer | None:
    if isinstance(node, MapNode):
        return Answer(Told.DONE, constants(node.entries, fields))
    words = [str(word) for word in Told]
    if isinstance(node, ScalarNode) and node.text in words:
        return Answer(Told(node.text))
    shown = quoted(node.text) if isinstance(node, ScalarNode) else "a list in a list"
    hint = did_you_mean(node.text if isinstance(node, ScalarNode) else "", words)
    message = f"{fields.what}: {shown} is no answer"
    fields.problems.report(rules.BAD_ANSWER, node.location, message, f"write fields, or a word; {hint}")
    return None


# --- the world ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """What `given` and `now` say; empty parts leave things as they are."""

    variables: Mapping[str, Scalar] = field(default_factory=dict)
    places: Mapping[str, Location] = field(default_factory=dict)
    """Where the variables are named."""
    queues: Mapping[str, QueueNow] = field(default_factory=dict)
    announcements: tuple[Announcement, ...] = ()
    emergency: Emergency | None = None
    answers: Mapping[Asked, tuple[Answer, ...]] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing is given."""
        return not (self.variables or self.queues or self.announcements or self.emergency or self.answers)

    def written(self) -> dict[str, object]:
        """Give it as it is written in a file."""
        parts: dict[str, object] = {
            "variables": dict(self.variables),
            "queues": {name: _queue_written(now) for name, now in self.queues.items()},
            "lookups": {
                name: _answers_written(told)
                for (service, name), told in self.answers.items()
                if service is Service.LOOKUP
            },
            "announcements": [_announced(one) for one in self.announcements],
            "emergency": self.emergency and _switched(self.emergency),
        }
        for key, service in ANSWERING.items():
            if (service, "") in self.answers:
                parts[key] = _answers_written(self.answers[service, ""])
        return _without_empty(**parts)


def _without_empty(**parts: object) -> dict[str, object]:
    return {name: part for name, part in parts.items() if part}


def _announced(one: Announcement) -> dict[str, object]:
    return _without_empty(
        name=one.name,
        text=_texts_written(one.texts),
        recording=one.recording,
        numbers=list(one.numbers),
        whole="" if one.whole else "no",
    )


def _switched(one: Emergency) -> dict[str, object]:
    return _without_empty(
        action=str(one.action), text=_texts_written(one.texts), number=one.number, scope=one.scope
    )


def _queue_written(now: QueueNow) -> dict[str, object]:
    wait = "none" if now.expected_wait is None else duration(now.expected_wait)
    return {
        "waiting": now.waiting,
        "ready": now.ready,
        "longest_wait": duration(now.longest_wait),
        "expected_wait": wait,
    }


def _texts_written(texts: Mapping[str, str]) -> object:
    return texts.get("") or dict(texts)


def _answers_written(told: Iterable[Answer]) -> list[object]:
    return [dict(one.values) if one.values else str(one.how) for one in told]


def read_given(fields: Fields) -> Given:
    """Read the keys of a `given`."""
    variables = fields.entries("variables")
    told: dict[Asked, tuple[Answer, ...]] = {}
    for entry in fields.entries("lookups"):
        found = answers(entry.value, fields)
        told[Service.LOOKUP, entry.key] = told[Service.IDENTIFY, entry.key] = found
    for key, service in ANSWERING.items():
        one = fields.entry(key)
        if one is not None:
            told[service, ""] = answers(one.value, fields)
    given = Given(
        constants(variables, fields),
        {entry.key: entry.location for entry in variables},
        {entry.key: read_queue(entry, fields) for entry in fields.entries("queues")},
        _announcements(fields),
        _emergency(fields),
        told,
    )
    fields.finish()
    return given


def read_queue(entry: Entry, fields: Fields) -> QueueNow:
    """Read a queue's figures."""
    within = Fields(entry.value, fields.problems, f"queue {quoted(entry.key)}")
    now = QueueNow(
        within.integer("waiting", QUIET.waiting, least=0, most=100_000),
        within.integer("ready", QUIET.ready, least=0, most=100_000),
        within.seconds("longest_wait", QUIET.longest_wait, most=LONGEST_WAIT),
        None
        if within.text("expected_wait") == "none"
        else within.seconds("expected_wait", QUIET.expected_wait or 0.0, most=LONGEST_WAIT),
    )
    within.finish()
    return now


def _announcements(fields: Fields) -> tuple[Announcement, ...]:
    entry = fields.entry("announcements")
    if entry is None:
        return ()
    items = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
    return tuple(_announcement(item, fields, number) for number, item in enumerate(items, 1))


def _announcement(node: Node, fields: Fields, number: int) -> Announcement:
    if isinstance(node, ScalarNode):
        return Announcement(f"announcement-{number}", 1, {"": node.text})
    within = Fields(node, fields.problems, "the announcement")
    one = Announcement(
        within.text("name", f"announcement-{number}"),
        1,
        _texts(within, "text"),
        within.text("recording"),
        tuple(scalar.text for scalar in within.texts("numbers")),
        within.boolean("whole", True),
    )
    within.finish()
    return one


def _texts(fields: Fields, key: str) -> dict[str, str]:
    entry = fields.entry(key)
    if entry is None:
        return {}
    if isinstance(entry.value, MapNode):
        return {one.key: one.value.text for one in entry.value.entries if isinstance(one.value, ScalarNode)}
    return {"": fields.text(key)}


def _emergency(fields: Fields) -> Emergency | None:
    entry = fields.entry("emergency")
    if entry is None:
        return None
    node = entry.value
    if isinstance(node, ScalarNode):
        node = MapNode(node.location, (Entry(node.location, "action", node),))
    within = Fields(node, fields.problems, "the emergency switch")
    one = Emergency(
        within.text("scope", EVERYWHERE),
        within.one_of("action", EmergencyAction.CLOSE),
        _texts(within, "text"),
        within.text("number"),
    )
    within.finish()
    return one
