"""Services, outside numbers, call-backs and messages, counted again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ivrcore.model import events as e
from ivrcore.model.names import CallBackEnd, OutboundRefusal, Service, Told, TriesLimit
from tests.support.recount.past import Past, Seen, Values, bounded, family, single, tally, words

SERVICES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
LINES = (15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
CALL_BACKS = (60.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 43200.0)
MESSAGES = (2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
DIAL = (Service.TRANSFER.value, Service.CALL_BACK.value)
LIMITS = ("at_once", "per_hour", "per_caller", "per_number", "anonymous")
"""Limits of `outbound:`, as against numbers that are not allowed."""


# --- services -------------------------------------------------------------------------------------


def _services(past: Past) -> list[tuple[str, str]]:
    told = past.any_of(e.ServiceAsked, e.ServiceAnswered)
    return list(dict.fromkeys((one.service.value, one.name) for one in told))


@family("ivrcore_service_asked", "counter", "service", "name")
def _asked(past: Past) -> Values:
    return tally(((one.service.value, one.name) for one in past.of(e.ServiceAsked)), _services(past))


@family("ivrcore_service_answered", "counter", "service", "name", "how")
def _answered(past: Past) -> Values:
    zeros = [(kind, name, how.value) for kind, name in _services(past) for how in Told]
    found = ((one.service.value, one.name, one.how.value) for one in past.of(e.ServiceAnswered))
    return tally(found, zeros)


@family("ivrcore_service_seconds", "histogram", "service")
def _took(past: Past) -> Values:
    seen: dict[tuple[str, ...], Seen] = {}
    asked = {one.request: one.at for one in past.of(e.ServiceAsked)}
    for one in past.of(e.ServiceAnswered):
        seen.setdefault((one.service.value,), Seen(SERVICES)).add(one.at - asked[one.request])
    return seen


@family("ivrcore_service_errors", "counter", "service", "code")
def _errors(past: Past) -> Values:
    return tally((one.service.value, one.code) for one in past.of(e.ServiceAnswered) if one.code)


@family("ivrcore_pins_not_judged", "counter", "name", "limit")
def _not_judged(past: Past) -> Values:
    told = past.of(e.PinNotJudged)
    zeros = [(one.name, limit.value) for one in told for limit in TriesLimit]
    return tally(((one.name, one.limit.value) for one in told), zeros)


# --- outside numbers ------------------------------------------------------------------------------


@family("ivrcore_outbound_allowed", "counter", "service")
def _allowed(past: Past) -> Values:
    allowed = ((one.service.value,) for one in past.of(e.OutboundAllowed))
    return tally(allowed, [(kind,) for kind in DIAL])


@family("ivrcore_outbound_refused", "counter", "service", "why")
def _refused(past: Past) -> Values:
    zeros = [(kind, why.value) for kind in DIAL for why in OutboundRefusal]
    return tally(((one.service.value, one.why.value) for one in past.of(e.OutboundRefused)), zeros)


@family("ivrcore_outbound_in_progress", "gauge", "service")
def _on_the_line(past: Past) -> Values:
    over = {one.outbound for one in past.of(e.OutboundEnded)}
    on = ((one.service.value,) for one in past.of(e.OutboundAllowed) if one.outbound not in over)
    return tally(on, [(kind,) for kind in DIAL])


@family("ivrcore_outbound_ended", "counter", "how")
def _ended(past: Past) -> Values:
    return tally(((one.how.value,) for one in past.of(e.OutboundEnded)), words(Told))


@family("ivrcore_outbound_talk_seconds", "histogram")
def _talked(past: Past) -> Values:
    seen = Seen(LINES)
    for one in past.of(e.OutboundEnded):
        if one.how is Told.DONE:
            seen.add(one.talked)
    return single(seen)


# --- call-backs -----------------------------------------------------------------------------------


class Promises:
    """Who was to be called back: each is asked for once, whichever contact it goes on under."""

    def __init__(self, past: Past) -> None:
        self.asked: list[str] = []
        """Queues."""
        self.open: dict[str, tuple[str, float]] = {}
        """Contact -> queue, and when it was asked for first."""
        self.ended: list[tuple[str, CallBackEnd, float]] = []
        """Queue, how, and how long after the asking."""
        for event in past.any_of(e.CallBackAsked, e.CallBackEnded):
            if isinstance(event, e.CallBackAsked):
                self._ask(event)
            elif event.how is not CallBackEnd.GOES_ON:
                queue, since = self.open.pop(event.contact)
                self.ended.append((queue, event.how, event.at - since))

    def _ask(self, event: e.CallBackAsked) -> None:
        if event.goes_on_with:
            self.open[event.contact] = self.open.pop(event.goes_on_with)
            return
        self.asked.append(event.queue)
        self.open[event.contact] = (event.queue, event.at if event.asked is None else event.asked)


def by_queue(past: Past, names: Iterable[str]) -> Values:
    """Count names of queues."""
    return tally(((name,) for name in names), [(name,) for name in past.queues()])


@family("ivrcore_call_backs_asked", "counter", "queue")
def _call_backs_asked(past: Past) -> Values:
    return by_queue(past, Promises(past).asked)


@family("ivrcore_call_backs_open", "gauge", "queue")
def _call_backs_open(past: Past) -> Values:
    return by_queue(past, (queue for queue, _ in Promises(past).open.values()))


@family("ivrcore_call_backs_ended", "counter", "queue", "how")
def _call_backs_ended(past: Past) -> Values:
    ends = [how.value for how in CallBackEnd if how is not CallBackEnd.GOES_ON]
    zeros = [(queue, how) for queue in past.queues() for how in ends]
    return tally(((queue, how.value) for queue, how, _ in Promises(past).ended), zeros)


@family("ivrcore_call_back_seconds", "histogram")
def _call_back_seconds(past: Past) -> Values:
    seen = Seen(CALL_BACKS)
    for _, how, after in Promises(past).ended:
        if how is CallBackEnd.TALKED:
            seen.add(after)
    return single(seen)


@family("ivrcore_call_backs_dialled", "counter")
def _dialled(past: Past) -> Values:
    return single(len(past.of(e.CallBackDialled)))


@family("ivrcore_call_backs_reached", "counter")
def _reached(past: Past) -> Values:
    return single(len(past.of(e.CallBackReached)))


@family("ivrcore_call_backs_missed", "counter", "how")
def _missed(past: Past) -> Values:
    return tally(((one.how.value,) for one in past.of(e.CallBackMissed)), words(Told))


@family("ivrcore_call_backs_postponed", "counter", "why")
def _postponed(past: Past) -> Values:
    postponed = ((one.why.value,) for one in past.of(e.CallBackPostponed))
    return tally(postponed, [(limit,) for limit in LIMITS])


# --- messages -------------------------------------------------------------------------------------


def _mailboxes(name: str, kind: type[Any]) -> None:
    def names(past: Past) -> Iterator[tuple[str]]:
        return ((name,) for name in bounded(one.mailbox for one in past.of(kind)))

    family(name, "counter", "mailbox")(lambda past: tally(names(past)))


_mailboxes("ivrcore_messages_recorded", e.MessageRecorded)
_mailboxes("ivrcore_messages_fetched", e.MessageFetched)
_mailboxes("ivrcore_messages_deleted", e.MessageDeleted)


@family("ivrcore_message_seconds", "histogram")
def _message_seconds(past: Past) -> Values:
    seen = Seen(MESSAGES)
    for one in past.of(e.MessageRecorded):
        seen.add(one.seconds)
    return single(seen)
