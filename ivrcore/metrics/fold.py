"""How each event changes the figures: live and from the journal alike. Pure.

Definitions: a visit is one contact in one queue. N entered, A answered, B abandoned (the caller hung up while
waiting), X left otherwise; always N = A + B + X + waiting. Events of other kinds change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ivrcore.journal.record import Record
from ivrcore.metrics.agent_figures import AGENTS
from ivrcore.metrics.canary_figures import CANARY
from ivrcore.metrics.exemplars import note
from ivrcore.metrics.figures import (
    EngineFigures,
    Figures,
    LinkFigures,
    MenuFigures,
    OpenContact,
)
from ivrcore.metrics.kept_figures import KEPT
from ivrcore.metrics.outside_figures import MOST_NAMES, OUTSIDE, bump, bump_named, zeros
from ivrcore.metrics.overload_figures import OVERLOAD
from ivrcore.metrics.visit_figures import QUEUES, contact_of, forget_the_lost
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import PromptEnd, SpeechRefusal, Via

Change = Callable[[Figures, Any], None]


def _of(part: str, change: Callable[[Any, Any], None]) -> Change:
    return lambda figures, event: change(getattr(figures, part), event)


CHANGES: dict[type[Event], Change] = {
    **{event: _of("outside", change) for event, change in OUTSIDE.items()},
    **{event: _of("kept", change) for event, change in KEPT.items()},
    **{event: _of("canary", change) for event, change in CANARY.items()},
    **{event: _of("overload", change) for event, change in OVERLOAD.items()},
    **AGENTS,
    **QUEUES,
}
"""Event class -> what it changes."""


def apply(figures: Figures, record: Record) -> None:
    """Count one record; one that is counted already (a snapshot may overlap the journal) changes nothing."""
    if record.seq <= figures.seq:
        return
    figures.seq = record.seq
    change = CHANGES.get(type(record.event))
    if change is not None:
        change(figures, record.event)
        note(figures, record.event)


def fold(records: Iterable[Record], figures: Figures | None = None) -> Figures:
    """Count them all, on top of ``figures`` if given."""
    figures = Figures() if figures is None else figures
    for record in records:
        apply(figures, record)
    return figures


def changes(event: type[Event]) -> Callable[[Change], Change]:
    """Name the event that a function counts."""

    def enter(change: Change) -> Change:
        CHANGES[event] = change
        return change

    return enter


# --- contacts -----------------------------------------------------------------------------------


@changes(events.ContactArrived)
def _arrived(figures: Figures, event: events.ContactArrived) -> None:
    figures.offered += 1
    figures.open[event.contact] = OpenContact(arrived=event.at, plan=event.plan, version=event.plan_version)


@changes(events.ContactClosed)
def _closed(figures: Figures, event: events.ContactClosed) -> None:
    bump(figures.closed, event.outcome)
    contact = figures.open.pop(event.contact, None)
    if contact is not None:
        forget_the_lost(figures, contact)


# --- menus and speech ---------------------------------------------------------------------------


def _menu(figures: Figures, event: Any) -> MenuFigures:
    plan = contact_of(figures, event).plan
    return figures.menu(plan, event.menu)


@changes(events.MenuEntered)
def _menu_entered(figures: Figures, event: events.MenuEntered) -> None:
    _menu(figures, event).entered += 1


@changes(events.ChoiceMade)
def _choice_made(figures: Figures, event: events.ChoiceMade) -> None:
    _menu(figures, event).chose(event.choice, event.by)


@changes(events.UniversalUsed)
def _universal_used(figures: Figures, event: events.UniversalUsed) -> None:
    _menu(figures, event).used(event.universal, event.by)


@changes(events.CallerImpatient)
def _caller_impatient(figures: Figures, event: events.CallerImpatient) -> None:
    bump(_menu(figures, event).impatient, event.why)


@changes(events.DispositionSet)
def _disposition_set(figures: Figures, event: events.DispositionSet) -> None:
    counts = figures.dispositions.setdefault(contact_of(figures, event).plan, {})
    bump_named(counts, event.disposition)


@changes(events.NoInput)
def _no_input(figures: Figures, event: events.NoInput) -> None:
    _menu(figures, event).no_input += 1


@changes(events.NoMatch)
def _no_match(figures: Figures, event: events.NoMatch) -> None:
    _menu(figures, event).no_match += 1


@changes(events.MenuGaveUp)
def _menu_gave_up(figures: Figures, event: events.MenuGaveUp) -> None:
    _menu(figures, event).gave_up += 1


@changes(events.SpeechRefused)
def _speech_refused(figures: Figures, event: events.SpeechRefused) -> None:
    bump(figures.speech_refused.setdefault(event.language, zeros(SpeechRefusal)), event.why)


@changes(events.SpeechHeard)
def _speech_heard(figures: Figures, event: events.SpeechHeard) -> None:
    engine = figures.engines.setdefault(event.engine, EngineFigures())
    bump(engine.heard, event.verdict)
    engine.took.observe(event.took, event.contact, event.at)


@changes(events.RecogniserGaveUp)
def _recogniser_gave_up(figures: Figures, event: events.RecogniserGaveUp) -> None:
    bump(figures.engines.setdefault(event.engine, EngineFigures()).gave_up, event.code)


@changes(events.RecogniserChanged)
def _recogniser_changed(figures: Figures, event: events.RecogniserChanged) -> None:
    if event.fault is not None:
        bump(figures.engines.setdefault(event.engine, EngineFigures()).taken_out, event.fault)


@changes(events.PromptEnded)
def _prompt_ended(figures: Figures, event: events.PromptEnded) -> None:
    figures.prompts_failed += event.how is PromptEnd.FAILED


# --- announcements and the emergency switch -----------------------------------------------------


@changes(events.AnnouncementSet)
def _announcement_set(figures: Figures, event: events.AnnouncementSet) -> None:
    bump(figures.notices.changed, event.via)
    known = figures.notices.announcements
    for name in [name for name, (_, ends, _) in known.items() if ends is not None and ends <= event.at]:
        del known[name]
    known[event.name] = (event.starts, event.ends, event.via)


@changes(events.AnnouncementWithdrawn)
def _announcement_withdrawn(figures: Figures, event: events.AnnouncementWithdrawn) -> None:
    bump(figures.notices.changed, event.via)
    known = figures.notices.announcements.get(event.name)
    if known is not None and (event.via is not Via.FILE or known[2] is Via.FILE):
        del figures.notices.announcements[event.name]


@changes(events.AnnouncementRefused)
def _announcement_refused(figures: Figures, event: events.AnnouncementRefused) -> None:
    figures.notices.files_refused += 1


@changes(events.AnnouncementPlayed)
def _announcement_played(figures: Figures, event: events.AnnouncementPlayed) -> None:
    bump_named(figures.notices.heard, event.announcement)


@changes(events.EmergencySet)
def _emergency_set(figures: Figures, event: events.EmergencySet) -> None:
    bump(figures.notices.switched, event.action)
    switches = figures.notices.switches
    if event.scope in switches or len(switches) < MOST_NAMES:
        switches[event.scope] = str(event.action)


@changes(events.EmergencyMet)
def _emergency_met(figures: Figures, event: events.EmergencyMet) -> None:
    bump(figures.notices.met, event.action)


# --- dialplans ----------------------------------------------------------------------------------


@changes(events.DialplanPublished)
def _dialplan_published(figures: Figures, event: events.DialplanPublished) -> None:
    figures.dialplans[event.name] = event.version
    bump(figures.dialplans_published, event.name)
    figures.dialplans_refused.setdefault(event.name, 0)
    figures.dialplans_retired.setdefault(event.name, 0)


@changes(events.DialplanRefused)
def _dialplan_refused(figures: Figures, event: events.DialplanRefused) -> None:
    bump(figures.dialplans_refused, event.name)


@changes(events.DialplanWithdrawn)
def _dialplan_withdrawn(figures: Figures, event: events.DialplanWithdrawn) -> None:
    figures.dialplans.pop(event.name, None)


@changes(events.DialplanRetired)
def _dialplan_retired(figures: Figures, event: events.DialplanRetired) -> None:
    bump(figures.dialplans_retired, event.name)


@changes(events.RosterChanged)
def _roster_changed(figures: Figures, _event: events.RosterChanged) -> None:
    bump(figures.roster_changes, "taken")
    figures.config_broken = False


@changes(events.RosterRefused)
def _roster_refused(figures: Figures, _event: events.RosterRefused) -> None:
    bump(figures.roster_changes, "refused")
    figures.config_broken = True


# --- the server ---------------------------------------------------------------------------------


@changes(events.ServerStarted)
def _started(figures: Figures, event: events.ServerStarted) -> None:
    figures.starts += 1
    figures.started_at, figures.version = event.at, event.version
    figures.config_broken = False
    for link in figures.links.values():
        link.up, link.since, link.told = False, event.at, False


@changes(events.ClockSetBack)
def _clock_set_back(figures: Figures, event: events.ClockSetBack) -> None:
    for contact in figures.open.values():
        contact.arrived -= event.seconds
        contact.entered -= event.seconds
    for name in list(figures.agents):
        agent = figures.agent(name)
        agent.since = None if agent.since is None else agent.since - event.seconds
        agent.last_talk = None if agent.last_talk is None else agent.last_talk - event.seconds
    for link in figures.links.values():
        link.since -= event.seconds
    for promise in figures.outside.call_backs.values():
        promise.asked -= event.seconds
    for caller in figures.served:
        figures.served[caller] -= event.seconds
    for canary in figures.canary.values():
        canary.set_back(event.seconds)


@changes(events.LinkCameUp)
def _link_up(figures: Figures, event: events.LinkCameUp) -> None:
    link = figures.links.setdefault(event.driver, LinkFigures())
    link.up, link.since, link.told = True, event.at, True
    link.away += event.away


@changes(events.LinkWentDown)
def _link_down(figures: Figures, event: events.LinkWentDown) -> None:
    link = figures.links.setdefault(event.driver, LinkFigures())
    link.losses += link.up
    link.up, link.since, link.reason, link.told = False, event.at, event.reason, True


@changes(events.CommandFailed)
def _command_failed(figures: Figures, event: events.CommandFailed) -> None:
    bump(figures.commands_failed.setdefault(event.command, {}), event.code)


@changes(events.PluginFailed)
def _plugin_failed(figures: Figures, event: events.PluginFailed) -> None:
    bump(figures.plugins_failed.setdefault(event.plugin, {}), event.hook)


@changes(events.ContactAdopted)
def _adopted(figures: Figures, event: events.ContactAdopted) -> None:
    bump(figures.adopted, event.where)


@changes(events.OrphanEnded)
def _orphan_ended(figures: Figures, event: events.OrphanEnded) -> None:
    figures.orphans_ended += 1
