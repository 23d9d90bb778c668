"""A line in the log for each step of a call: rang, waits, answered, ended. Numbers of callers never appear.

The lines go to the logger ``ivrcore.calls``; put ``log_calls`` into ``plugins: disabled:`` to do without.
"""

from __future__ import annotations

import logging
from functools import singledispatch

from ivrcore.api import Event, events, hookimpl, observes

log = logging.getLogger("ivrcore.calls")


@singledispatch
def line(event: Event) -> str:
    """Say an event in a line; there is one for those that are registered here."""
    raise NotImplementedError(type(event).__name__)


@line.register
def _(event: events.ContactArrived) -> str:
    return f"{event.contact} rang at {event.number}"


@line.register
def _(event: events.ContactQueued) -> str:
    return f"{event.contact} waits in {event.queue}"


@line.register
def _(event: events.VisitAnswered) -> str:
    return f"{event.contact} answered by {event.agent} ({event.queue}) after {event.waited:.1f} s"


@line.register
def _(event: events.VisitAbandoned) -> str:
    return f"{event.contact} gave up in {event.queue} after {event.waited:.1f} s"


@line.register
def _(event: events.ContactClosed) -> str:
    return f"{event.contact} ended: {event.outcome} (cause {event.cause})"


@hookimpl
@observes(*(kind for kind in line.registry if kind is not object))
def ivrcore_event(event: Event) -> None:
    """Log the events that tell a call's way."""
    log.info("%s", line(event), extra={"contact": getattr(event, "contact", "")})
