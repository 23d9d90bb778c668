"""The metrics of a watched app_queue, as Prometheus gets them. Pure.

What is counted never goes back. What is now (waiting, members) is not a number while the link is away:
nobody knows it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ivrcore.app_queue.figures import MemberFigures, QueueFigures, State, state_of
from ivrcore.app_queue.fold import OTHERS
from ivrcore.app_queue.frames import Odd
from ivrcore.app_queue.ledger import Ledger
from ivrcore.app_queue.messages import Params
from ivrcore.model.histogram import Histogram
from ivrcore.watch import Family, FamilyKind, FamilyRow

SAYS_MOST = (
    State.TALKING,
    State.RINGING,
    State.BUSY,
    State.WRAP_UP,
    State.READY,
    State.PAUSED,
    State.UNREACHABLE,
)
"""Which state is shown of a name that is logged in at several phones."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One watched Asterisk at one moment, UTC seconds."""

    name: str
    ledger: Ledger
    now: float


Read = Callable[[Shown], Iterator[FamilyRow]]


@dataclass(frozen=True, slots=True)
class AppQueueMetric:
    """A metric; ``read`` gives one row per set of labels, of which the first is the watch's name."""

    name: str
    kind: FamilyKind
    labels: tuple[str, ...]
    meaning: str
    read: Read

    def family(self, shown: Shown) -> Family:
        """Give its rows at a moment."""
        return Family(self.name, self.kind, self.labels, self.meaning, tuple(self.read(shown)))


def _one(value: Callable[[Shown], float]) -> Read:
    def read(shown: Shown) -> Iterator[FamilyRow]:
        yield (shown.name,), value(shown)

    return read


def _queue(value: Callable[[QueueFigures], float | Histogram]) -> Read:
    def read(shown: Shown) -> Iterator[FamilyRow]:
        for name, queue in shown.ledger.figures.queues.items():
            yield (shown.name, name), value(queue)

    return read


def _now(value: Callable[[QueueFigures, float], float]) -> Read:
    """Read something that is so at this moment, and unknown while the link is away."""

    def read(shown: Shown) -> Iterator[FamilyRow]:
        for name, queue in _present(shown):
            yield (shown.name, name), value(queue, shown.now) if shown.ledger.up else math.nan

    return read


def _present(shown: Shown) -> Iterator[tuple[str, QueueFigures]]:
    """Give the queues that Asterisk has now, as far as is known."""
    return ((name, queue) for name, queue in shown.ledger.figures.queues.items() if not queue.absent)


def _odd(shown: Shown) -> Iterator[FamilyRow]:
    for why in Odd:
        yield (shown.name, why.value), shown.ledger.figures.odd.get(why.value, 0)


def _unseen(shown: Shown) -> Iterator[FamilyRow]:
    for name, queue in shown.ledger.figures.queues.items():
        yield (shown.name, name, "completed"), queue.completed.unseen
        yield (shown.name, name, "abandoned"), queue.abandoned.unseen


def _waits(shown: Shown) -> Iterator[FamilyRow]:
    for name, queue in shown.ledger.figures.queues.items():
        yield (shown.name, name, "answered"), queue.hold_answered
        yield (shown.name, name, "abandoned"), queue.hold_abandoned


def _longest(queue: QueueFigures, now: float) -> float:
    return max(0.0, now - min(queue.waiting.values())) if queue.waiting else 0.0


def _logged_in(queue: QueueFigures) -> list[MemberFigures]:
    return [member for member in queue.members.values() if member.told is not None]


def _paused(queue: QueueFigures, now: float) -> float:
    return sum(1 for member in queue.members.values() if member.told is not None and member.told.paused)


def _members(shown: Shown) -> Iterator[FamilyRow]:
    for name, queue in _present(shown):
        counts = dict.fromkeys(State, 0)
        for member in queue.members.values():
            if member.told is not None:
                counts[state_of(member.told, shown.now)] += 1
        for state, count in counts.items():
            yield (shown.name, name, state.value), count if shown.ledger.up else math.nan


def _states(queue: QueueFigures, now: float) -> dict[str, State]:
    """Give name -> what it does at whichever phone is logged in; at several, what says most."""
    states: dict[str, State] = {}
    for member in queue.members.values():
        if member.own and member.told is not None:
            state = state_of(member.told, now)
            states[member.name] = min(state, states.get(member.name, state), key=SAYS_MOST.index)
    return states


def _member_states(shown: Shown) -> Iterator[FamilyRow]:
    for name, queue in _present(shown):
        states = _states(queue, shown.now)
        for member in queue.names:
            for state in State:
                known = float(state is states.get(member)) if shown.ledger.up else math.nan
                yield (shown.name, name, member, state.value), known


def _member_calls(shown: Shown) -> Iterator[FamilyRow]:
    for name, queue in shown.ledger.figures.queues.items():
        calls, others = dict(queue.names), queue.others
        for member in queue.members.values():
            if member.own:
                calls[member.name] += member.calls.total
            else:
                others += member.calls.total
        for own, total in calls.items():
            yield (shown.name, name, own), total
        if others or not all(member.own for member in queue.members.values()):
            yield (shown.name, name, OTHERS), others


def _told(value: Callable[[Params], float]) -> Read:
    def read(shown: Shown) -> Iterator[FamilyRow]:
        for name, queue in _present(shown):
            yield (shown.name, name), math.nan if queue.told is None else value(queue.told)

    return read


_Q = ("asterisk", "queue")
_P = "ivrcore_app_queue_"

METRICS = (
    AppQueueMetric(
        f"{_P}up",
        "gauge",
        ("asterisk",),
        "1 while Asterisk's manager interface is connected and its queues are known.",
        _one(lambda s: float(s.ledger.up)),
    ),
    AppQueueMetric(
        f"{_P}link_losses",
        "counter",
        ("asterisk",),
        "Times that link was lost.",
        _one(lambda s: s.ledger.figures.losses),
    ),
    AppQueueMetric(
        f"{_P}away_seconds",
        "counter",
        ("asterisk",),
        "Time without it, counted when it is back.",
        _one(lambda s: s.ledger.figures.away),
    ),
    AppQueueMetric(
        f"{_P}restarts",
        "counter",
        ("asterisk",),
        "Times that Asterisk had started anew; seen if its user may read `CoreStatus`.",
        _one(lambda s: s.ledger.figures.restarts),
    ),
    AppQueueMetric(
        f"{_P}statuses",
        "counter",
        ("asterisk",),
        "Statuses of all queues that were compared with what the events had told.",
        _one(lambda s: s.ledger.figures.statuses),
    ),
    AppQueueMetric(
        f"{_P}odd",
        "counter",
        ("asterisk", "why"),
        "Messages that were not believed; what they would have told, the next status tells.",
        _odd,
    ),
    AppQueueMetric(
        f"{_P}callers_joined",
        "counter",
        _Q,
        "Callers who began to wait; joined = left + waiting. Whom `joinempty` or `maxlen` kept out, "
        "Asterisk does not tell.",
        _queue(lambda q: q.joined),
    ),
    AppQueueMetric(
        f"{_P}callers_left",
        "counter",
        _Q,
        "Callers who wait no more, for whatever reason.",
        _queue(lambda q: q.left),
    ),
    AppQueueMetric(
        f"{_P}callers_abandoned",
        "counter",
        _Q,
        "A of `queue show`: callers who hung up while waiting, whose time was over, or whose queue "
        "ran empty; the unseen included.",
        _queue(lambda q: q.abandoned.total),
    ),
    AppQueueMetric(
        f"{_P}callers_abandoned_in_threshold",
        "counter",
        _Q,
        "Of these, those within the threshold; of the unseen none.",
        _queue(lambda q: q.abandoned_in_threshold),
    ),
    AppQueueMetric(
        f"{_P}calls_connected",
        "counter",
        _Q,
        "Callers whom a member answered, counted then.",
        _queue(lambda q: q.connected),
    ),
    AppQueueMetric(
        f"{_P}calls_completed",
        "counter",
        _Q,
        "C of `queue show`: conversations that are over; the unseen included.",
        _queue(lambda q: q.completed.total),
    ),
    AppQueueMetric(
        f"{_P}calls_completed_in_threshold",
        "counter",
        _Q,
        "Of these, those who had waited no longer than the threshold; of the unseen none.",
        _queue(lambda q: q.completed_in_threshold),
    ),
    AppQueueMetric(
        f"{_P}unseen",
        "counter",
        ("asterisk", "queue", "outcome"),
        "Of the completed and the abandoned, those that happened while nobody listened: only "
        "Asterisk's own counts tell of them, so no histogram has them.",
        _unseen,
    ),
    AppQueueMetric(
        f"{_P}uncounted",
        "counter",
        _Q,
        "Of the completed, those that Asterisk told of but left out of C: it forgets a call whose member "
        "took another one meanwhile (`ringinuse`). C of `queue show` is completed less uncounted.",
        _queue(lambda q: q.completed.uncounted),
    ),
    AppQueueMetric(
        f"{_P}statistics_resets",
        "counter",
        _Q,
        "Times somebody set Asterisk's own statistics back (`queue reset stats`).",
        _queue(lambda q: max(q.completed.resets, q.abandoned.resets)),
    ),
    AppQueueMetric(
        f"{_P}callers_waiting", "gauge", _Q, "Callers who wait now.", _now(lambda q, now: len(q.waiting))
    ),
    AppQueueMetric(
        f"{_P}longest_wait_seconds",
        "gauge",
        _Q,
        "Time since the first of them joined, 0 if nobody waits.",
        _now(_longest),
    ),
    AppQueueMetric(
        f"{_P}threshold_seconds",
        "gauge",
        _Q,
        "`servicelevel` of the queue; also a bucket edge of its waits.",
        _told(lambda told: told.threshold),
    ),
    AppQueueMetric(
        f"{_P}wait_seconds",
        "histogram",
        ("asterisk", "queue", "outcome"),
        "Wait of the answered and of the abandoned, in Asterisk's whole seconds.",
        _waits,
    ),
    AppQueueMetric(
        f"{_P}talk_seconds",
        "histogram",
        _Q,
        "Length of conversations, in Asterisk's whole seconds.",
        _queue(lambda q: q.talk),
    ),
    AppQueueMetric(
        f"{_P}phones_rung", "counter", _Q, "Times a member's phone was rung.", _queue(lambda q: q.rung)
    ),
    AppQueueMetric(
        f"{_P}phones_unanswered",
        "counter",
        _Q,
        "Of these, those that rang until the queue's `timeout`.",
        _queue(lambda q: q.missed),
    ),
    AppQueueMetric(
        f"{_P}callers_refused_by_member",
        "counter",
        _Q,
        "Members who hung up while the caller was announced to them.",
        _queue(lambda q: q.dumped),
    ),
    AppQueueMetric(
        f"{_P}reported_completed",
        "gauge",
        _Q,
        "C as Asterisk told it last; it sets that back with its statistics.",
        _told(lambda told: told.completed),
    ),
    AppQueueMetric(
        f"{_P}reported_abandoned",
        "gauge",
        _Q,
        "A as Asterisk told it last.",
        _told(lambda told: told.abandoned),
    ),
    AppQueueMetric(
        f"{_P}reported_hold_seconds",
        "gauge",
        _Q,
        "Asterisk's own smoothed wait of the answered (`holdtime`), as it told it last.",
        _told(lambda told: told.hold),
    ),
    AppQueueMetric(
        f"{_P}reported_talk_seconds",
        "gauge",
        _Q,
        "Asterisk's own smoothed length of conversations (`talktime`), as it told it last.",
        _told(lambda told: told.talk),
    ),
    AppQueueMetric(
        f"{_P}members",
        "gauge",
        ("asterisk", "queue", "state"),
        "Members who are logged in, by what they do; each in one state.",
        _members,
    ),
    AppQueueMetric(
        f"{_P}members_logged_in",
        "gauge",
        _Q,
        "Members who are logged in; static ones always are.",
        _now(lambda q, now: len(_logged_in(q))),
    ),
    AppQueueMetric(
        f"{_P}members_paused", "gauge", _Q, "Members who are paused, in a call or not.", _now(_paused)
    ),
    AppQueueMetric(
        f"{_P}member_state",
        "gauge",
        ("asterisk", "queue", "member", "state"),
        "1 for the state that the member (a name, at any phone) is in; all 0 while logged out. "
        "The first 1,000 names.",
        _member_states,
    ),
    AppQueueMetric(
        f"{_P}member_calls",
        "counter",
        ("asterisk", "queue", "member"),
        "Conversations that the member (a name, at any phone) completed, the unseen included; "
        "beyond 1,000 names `(others)`.",
        _member_calls,
    ),
)
"""All of them, in the order of the documentation."""
