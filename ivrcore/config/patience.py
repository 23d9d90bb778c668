"""What a queue's configuration says of joining it, and of moving on to another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ivrcore.config import keys
from ivrcore.config.rules import NO_OVERFLOW, OVERFLOW_LOOP
from ivrcore.fields import Fields
from ivrcore.model.roster import OverflowFacts, QueueFacts
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.yamltree import ListNode, MapNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ivrcore.location import Location
    from ivrcore.yamltree import Entry

MOST_WAITING = 100_000


class Joining(NamedTuple):
    """Who may join."""

    empty: bool = True
    waiting: int | None = None
    expected: float | None = None


def read_join(fields: Fields) -> Joining:
    """Read ``join``."""
    within = fields.within("join", f"{fields.what}, join")
    if within is None:
        return Joining()
    waiting = within.integer("waiting", 1, least=1, most=MOST_WAITING) if _has(within, "waiting") else None
    joining = Joining(within.boolean("empty", True), waiting, _seconds(within, "expected"))
    within.finish(keys.JOIN)
    return joining


def read_overflow(fields: Fields) -> tuple[OverflowFacts, ...]:
    """Read ``overflow``: one rule or a list of them."""
    entry = fields.entry("overflow")
    if entry is None:
        return ()
    nodes = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
    found = []
    for node in nodes:
        one = Fields(node, fields.problems, f"{fields.what}, overflow")
        to, after, expected = one.text("to", required=True), _seconds(one, "after"), _seconds(one, "expected")
        if after is None and expected is None:
            one.bad(
                node.location, "'overflow' does not say when", "write after: 60s, or expected: 5m, or both"
            )
        elif to:
            found.append(OverflowFacts(to=to, after=after, expected=expected))
        one.finish(keys.OVERFLOW)
    return tuple(found)


def _seconds(fields: Fields, key: str) -> float | None:
    return fields.seconds(key, 0.0) if _has(fields, key) else None


def _has(fields: Fields, key: str) -> bool:
    return fields.has_any({key: None})


def check_overflow(entries: Sequence[Entry], queues: Sequence[QueueFacts], problems: Problems) -> None:
    """Report rules that lead nowhere, and circles (a contact never goes back in one, but an admin may think
    so)."""
    known = {queue.name: queue for queue in queues}
    places = {entry.key: _places(entry) for entry in entries}
    for queue in queues:
        for number, rule in enumerate(queue.overflow):
            here = places[queue.name][min(number, len(places[queue.name]) - 1)]
            if rule.to == queue.name or rule.to not in known:
                itself = rule.to == queue.name
                where = "itself" if itself else f"{quoted(rule.to)}: there is no such queue"
                message = f"queue {quoted(queue.name)} overflows to {where}"
                hint = did_you_mean(rule.to, [name for name in known if name != queue.name])
                problems.report(NO_OVERFLOW, here, message, hint)
    for circle in _circles(known):
        first = circle[0]
        message = "queues overflow in a circle: " + " → ".join([*circle, first])
        hint = "a caller is never moved back into a queue, and waits on in the last one"
        problems.report(OVERFLOW_LOOP, places[first][0], message, hint)


def _places(entry: Entry) -> tuple[Location, ...]:
    found = entry.value.get("overflow") if isinstance(entry.value, MapNode) else None
    if found is None:
        return (entry.location,)
    items = found.value.items if isinstance(found.value, ListNode) else (found.value,)
    return tuple(item.location for item in items) or (found.location,)


def _circles(queues: Mapping[str, QueueFacts]) -> Iterable[tuple[str, ...]]:
    """Give every circle once, found from the queue of it that is configured first."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    done: set[str] = set()
    for name in queues:
        path: list[str] = []
        _walk(name, queues, path, done, found)
    return found.values()


def _walk(
    name: str,
    queues: Mapping[str, QueueFacts],
    path: list[str],
    done: set[str],
    found: dict[frozenset[str], tuple[str, ...]],
) -> None:
    if name in path:
        circle = tuple(path[path.index(name) :])
        if len(circle) > 1:
            found.setdefault(frozenset(circle), circle)
        return
    if name in done or name not in queues:
        return
    path.append(name)
    for rule in queues[name].overflow:
        _walk(rule.to, queues, path, done, found)
    path.pop()
    done.add(name)
