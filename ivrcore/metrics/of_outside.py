"""The metrics of services, outside numbers, call-backs and messages, and how their rows are read.

Closed sets of words are shown as 0 from the start: an alert on the first failure needs what was before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

from ivrcore.metrics.metric import Metric
from ivrcore.metrics.outside_figures import (
    ENDS,
    MOST_NAMES,
    SERVICE_EDGES,
    OutsideFigures,
    ServiceFigures,
)
from ivrcore.metrics.rows import Row, Value, View, from_figures, per_word
from ivrcore.model.histogram import Histogram
from ivrcore.model.names import OutboundRefusal, Service

OUT = (Service.TRANSFER, Service.CALL_BACK)
"""The services that dial outside numbers."""


def _services(view: View) -> Iterator[tuple[str, str, ServiceFigures]]:
    """Give what was asked for, and what is configured as long as there is room for it to be counted apart."""
    counted, known = view.figures.outside.services, view.known.services
    for kind in dict.fromkeys((*counted, *known)):
        names = dict(counted.get(kind, {}))
        for name in known.get(kind, ()):
            if name not in names and len(names) < MOST_NAMES:
                names[name] = ServiceFigures()
        for name, service in names.items():
            yield kind, name, service


def _asked(view: View) -> Iterator[Row]:
    for kind, name, service in _services(view):
        yield (kind, name), service.asked


def _answered(view: View) -> Iterator[Row]:
    for kind, name, service in _services(view):
        for how, count in service.answered.items():
            yield (kind, name, how), count


def _took(view: View) -> Iterator[Row]:
    took = view.figures.outside.took
    for kind in dict.fromkeys((*took, *view.known.services)):
        yield (kind,), took.get(kind) or Histogram(edges=SERVICE_EDGES)


def _errors(view: View) -> Iterator[Row]:
    for kind, codes in view.figures.outside.errors.items():
        for code, count in codes.items():
            yield (kind, code), count


def _not_judged(view: View) -> Iterator[Row]:
    for name, counts in view.figures.outside.not_judged.items():
        for limit, count in counts.items():
            yield (name, limit), count


def _allowed(view: View) -> Iterator[Row]:
    for service in OUT:
        yield (service.value,), view.figures.outside.allowed.get(service.value, 0)


def _refused(view: View) -> Iterator[Row]:
    for service in OUT:
        counts = view.figures.outside.refused.get(service.value, {})
        for why in _words(OutboundRefusal, counts):
            yield (service.value, why), counts.get(why, 0)


def _on_the_line(view: View) -> Iterator[Row]:
    kinds = Counter(view.figures.outside.lines.values())
    for service in OUT:
        yield (service.value,), kinds[service.value]


def _queues(view: View, known: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*view.figures.queues, *known]))


def _call_backs_asked(view: View) -> Iterator[Row]:
    counts = view.figures.outside.call_backs_asked
    for queue in _queues(view, counts):
        yield (queue,), counts.get(queue, 0)


def _call_backs_open(view: View) -> Iterator[Row]:
    open_ = Counter(one.queue for one in view.figures.outside.call_backs.values())
    for queue in _queues(view, open_):
        yield (queue,), open_[queue]


def _call_backs_ended(view: View) -> Iterator[Row]:
    ended = view.figures.outside.call_backs_ended
    for queue in _queues(view, ended):
        counts = ended.get(queue, {})
        for how in _words(ENDS, counts):
            yield (queue, how), counts.get(how, 0)


def _by_mailbox(counts: Callable[[OutsideFigures], dict[str, int]]) -> Callable[[View], Iterator[Row]]:
    """Read counts by mailbox, those of configured ones from the start."""

    def read(view: View) -> Iterator[Row]:
        found = dict(counts(view.figures.outside))
        for mailbox in view.known.services.get(Service.RECORD.value, ()):
            if mailbox not in found and len(found) < MOST_NAMES:
                found[mailbox] = 0
        for mailbox, count in found.items():
            yield (mailbox,), count

    return read


def _words(known: Iterable[StrEnum], counted: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*(word.value for word in known), *counted]))


def _one(value: Callable[[OutsideFigures], Value]) -> Callable[[View], Iterator[Row]]:
    return from_figures(lambda figures: value(figures.outside))


S = ("service",)

SERVICES = (
    Metric(
        "ivrcore_service_asked",
        "counter",
        ("service", "name"),
        "Requests of dialplans; `name` is the lookup, queue or mailbox, beyond 100 of a kind `(others)`.",
        _asked,
    ),
    Metric(
        "ivrcore_service_answered",
        "counter",
        ("service", "name", "how"),
        "Their answers; `refused` of `identify` is a wrong PIN. Callers who hung up before are in none.",
        _answered,
    ),
    Metric("ivrcore_service_seconds", "histogram", S, "Time from a request to its answer.", _took),
    Metric(
        "ivrcore_service_errors", "counter", ("service", "code"), "Failed answers by error code.", _errors
    ),
    Metric(
        "ivrcore_pins_not_judged",
        "counter",
        ("name", "limit"),
        "PINs not looked at, since too many were wrong before; by lookup, and by whose tries were too many.",
        _not_judged,
    ),
)

OUTBOUND = (
    Metric("ivrcore_outbound_allowed", "counter", S, "Outside numbers that were dialled.", _allowed),
    Metric(
        "ivrcore_outbound_refused",
        "counter",
        ("service", "why"),
        "Outside numbers that the toll-fraud guard refused.",
        _refused,
    ),
    Metric("ivrcore_outbound_in_progress", "gauge", S, "Outside numbers on the line.", _on_the_line),
    Metric(
        "ivrcore_outbound_ended",
        "counter",
        ("how",),
        "Outside numbers on the line no more; `done` was answered.",
        per_word(lambda f: f.outside.ended),
    ),
    Metric(
        "ivrcore_outbound_talk_seconds",
        "histogram",
        (),
        "Time that outside numbers were answered for.",
        _one(lambda o: o.talked),
    ),
)

CALL_BACKS = (
    Metric(
        "ivrcore_call_backs_asked",
        "counter",
        ("queue",),
        "Customers who asked to be called back.",
        _call_backs_asked,
    ),
    Metric(
        "ivrcore_call_backs_open", "gauge", ("queue",), "Customers still to be called back.", _call_backs_open
    ),
    Metric(
        "ivrcore_call_backs_dialled",
        "counter",
        (),
        "Times a customer's phone was dialled.",
        _one(lambda o: o.call_backs_dialled),
    ),
    Metric(
        "ivrcore_call_backs_reached",
        "counter",
        (),
        "Times the customer answered.",
        _one(lambda o: o.call_backs_reached),
    ),
    Metric(
        "ivrcore_call_backs_missed",
        "counter",
        ("how",),
        "Tries that did not reach the customer.",
        per_word(lambda f: f.outside.call_backs_missed),
    ),
    Metric(
        "ivrcore_call_backs_postponed",
        "counter",
        ("why",),
        "Times a limit of `outbound:` let nobody be rung; this is no try.",
        per_word(lambda f: f.outside.call_backs_postponed),
    ),
    Metric(
        "ivrcore_call_backs_ended",
        "counter",
        ("queue", "how"),
        "Call-backs over; asked = ended + open. Not given up: `talked`, `hung_up`, `called_in`, `replaced`.",
        _call_backs_ended,
    ),
    Metric(
        "ivrcore_call_back_seconds",
        "histogram",
        (),
        "Time from the asking to the end of the conversation, of those that came to one.",
        _one(lambda o: o.call_back_seconds),
    ),
)

MESSAGES = (
    Metric(
        "ivrcore_messages_recorded",
        "counter",
        ("mailbox",),
        "Messages that callers left.",
        _by_mailbox(lambda outside: outside.messages_recorded),
    ),
    Metric(
        "ivrcore_messages_fetched",
        "counter",
        ("mailbox",),
        "Times a message was listened to or saved.",
        _by_mailbox(lambda outside: outside.messages_fetched),
    ),
    Metric(
        "ivrcore_messages_deleted",
        "counter",
        ("mailbox",),
        "Messages that were deleted.",
        _by_mailbox(lambda outside: outside.messages_deleted),
    ),
    Metric(
        "ivrcore_message_seconds",
        "histogram",
        (),
        "Length of messages.",
        _one(lambda o: o.message_seconds),
    ),
)
