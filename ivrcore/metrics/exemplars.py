"""Which contact a count counted last, for who asks why it grew. Pure.

Shown as OpenMetrics' exemplars, never as labels. Histograms keep their own, one for each bucket.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ivrcore.metrics.figures import Figures
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.histogram import MOST_ID, Exemplar
from ivrcore.model.names import PromptEnd


class _Of(NamedTuple):
    """A counter, and the fields of the event that are its labels; of a menu, after dialplan and menu."""

    metric: str
    labels: tuple[str, ...] = ()
    menu: bool = False
    counts: Callable[[Any], bool] = lambda _: True


def _queue(metric: str, *labels: str) -> _Of:
    return _Of(f"ivrcore_queue_{metric}", ("queue", *labels))


def _menu(metric: str, *labels: str) -> _Of:
    return _Of(f"ivrcore_menu_{metric}", labels, menu=True)


COUNTERS: Mapping[type[Event], _Of] = {
    e.ContactArrived: _Of("ivrcore_contacts_offered"),
    e.ContactClosed: _Of("ivrcore_contacts_closed", ("outcome",)),
    e.ContactQueued: _queue("contacts_entered"),
    e.JoinRefused: _queue("joins_refused", "why"),
    e.VisitAnswered: _queue("contacts_answered"),
    e.VisitAbandoned: _queue("contacts_abandoned"),
    e.VisitLeft: _queue("contacts_left", "why"),
    e.OfferMade: _queue("offers_made"),
    e.OfferPickedUp: _queue("offers_picked_up"),
    e.OfferAccepted: _queue("offers_accepted"),
    e.OfferEnded: _queue("offers_ended", "how"),
    e.ContactSentOn: _queue("contacts_sent_on"),
    e.MenuEntered: _menu("entered"),
    e.ChoiceMade: _menu("choices", "choice", "by"),
    e.NoInput: _menu("no_input"),
    e.NoMatch: _menu("no_match"),
    e.MenuGaveUp: _menu("gave_up"),
    e.UniversalUsed: _menu("universals", "universal", "by"),
    e.CallerImpatient: _menu("impatient", "why"),
    e.SpeechHeard: _Of("ivrcore_speech_utterances", ("engine", "verdict")),
    e.SpeechRefused: _Of("ivrcore_speech_refused", ("language", "why")),
    e.RecogniserGaveUp: _Of("ivrcore_speech_gave_up", ("engine", "code")),
    e.PromptEnded: _Of("ivrcore_prompts_failed", counts=lambda event: event.how is PromptEnd.FAILED),
    e.ServiceAnswered: _Of("ivrcore_service_answered", ("service", "name", "how")),
    e.EmergencyMet: _Of("ivrcore_emergency_met", ("action",)),
    e.OutboundRefused: _Of("ivrcore_outbound_refused", ("service", "why")),
    e.OutboundEnded: _Of("ivrcore_outbound_ended", ("how",)),
    e.CallBackMissed: _Of("ivrcore_call_backs_missed", ("how",)),
    e.CommandFailed: _Of("ivrcore_commands_failed", ("command", "code")),
    e.PluginFailed: _Of("ivrcore_plugin_failures", ("plugin", "hook")),
    e.ContactTurnedAway: _Of("ivrcore_contacts_turned_away", ("why",)),
    e.ContactAdopted: _Of("ivrcore_contacts_adopted", ("where",)),
}
"""Event -> the counter whose exemplar its contact is."""


def note(figures: Figures, event: Any) -> None:
    """Keep the contact of an event that was counted just now."""
    counter = COUNTERS.get(type(event))
    if counter is None or not 0 < len(event.contact) <= MOST_ID or not counter.counts(event):
        return
    labels = tuple([str(getattr(event, label)) for label in counter.labels])
    exemplar = Exemplar(event.contact, 1.0, event.at)
    if counter.menu:
        contact = figures.open.get(event.contact)
        plan = contact.plan if contact is not None else ""
        figures.menu(plan, event.menu).exemplars[counter.metric, (plan, event.menu, *labels)] = exemplar
    elif counter.labels[:1] == ("queue",):
        figures.queue(event.queue).exemplars[counter.metric, labels] = exemplar
    else:
        figures.exemplars[counter.metric, labels] = exemplar
