"""Menus, speech, announcements, the emergency switch and dialplans, counted again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivrcore.model import events as e
from ivrcore.model.announcement import EVERYWHERE
from ivrcore.model.kept_names import KeptAccess, KeptErasure, KeptFor, NotKept
from ivrcore.model.names import (
    ChosenBy,
    EmergencyAction,
    EngineFault,
    PromptEnd,
    SpeechRefusal,
    Verdict,
    Via,
)
from tests.support.recount.past import Past, Seen, Values, bounded, family, single, tally, words

DECISIONS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)
OF_MENUS = (
    e.MenuEntered, e.ChoiceMade, e.UniversalUsed, e.CallerImpatient, e.NoInput, e.NoMatch, e.MenuGaveUp,
)  # fmt: skip


# --- menus ----------------------------------------------------------------------------------------


def plans(past: Past) -> dict[str, str]:
    """Give the dialplan of every contact."""
    return {one.contact: one.plan for one in past.of(e.ContactArrived)}


def menus(past: Past) -> list[tuple[str, str]]:
    """Name dialplan and menu of those of which anything is told."""
    plan = plans(past)
    return list(dict.fromkeys((plan.get(one.contact, ""), one.menu) for one in past.any_of(*OF_MENUS)))


def of_menu(past: Past, kind: type[Any], *more: Callable[[Any], str]) -> list[tuple[str, ...]]:
    """Give dialplan, menu and more of each event."""
    plan = plans(past)
    return [(plan.get(one.contact, ""), one.menu, *(word(one) for word in more)) for one in past.of(kind)]


def _menu_family(name: str, kind: type[Any]) -> None:
    family(name, "counter", "dialplan", "menu")(lambda past: tally(of_menu(past, kind), menus(past)))


_menu_family("ivrcore_menu_entered", e.MenuEntered)
_menu_family("ivrcore_menu_no_input", e.NoInput)
_menu_family("ivrcore_menu_no_match", e.NoMatch)
_menu_family("ivrcore_menu_gave_up", e.MenuGaveUp)


def _both_ways(found: list[tuple[str, ...]]) -> Values:
    """Count with 0 for the other way of making the same choice."""
    return tally(found, [(*one[:-1], by.value) for one in found for by in ChosenBy])


@family("ivrcore_menu_choices", "counter", "dialplan", "menu", "choice", "by")
def _choices(past: Past) -> Values:
    return _both_ways(of_menu(past, e.ChoiceMade, lambda one: str(one.choice), lambda one: str(one.by.value)))


@family("ivrcore_menu_universals", "counter", "dialplan", "menu", "universal", "by")
def _universals(past: Past) -> Values:
    told = of_menu(past, e.UniversalUsed, lambda one: str(one.universal.value), lambda one: str(one.by.value))
    return _both_ways(told)


@family("ivrcore_menu_impatient", "counter", "dialplan", "menu", "why")
def _impatient(past: Past) -> Values:
    return tally(of_menu(past, e.CallerImpatient, lambda one: str(one.why.value)))


@family("ivrcore_dispositions", "counter", "dialplan", "disposition")
def _dispositions(past: Past) -> Values:
    plan = plans(past)
    found: dict[str, list[str]] = {}
    for one in past.of(e.DispositionSet):
        found.setdefault(plan.get(one.contact, ""), []).append(one.disposition)
    return tally((name, word) for name, said in found.items() for word in bounded(said))


# --- speech ---------------------------------------------------------------------------------------


def engines(past: Past) -> list[str]:
    """Name the recognisers that heard, gave up, or were taken out."""
    told = past.any_of(e.SpeechHeard, e.RecogniserGaveUp, e.RecogniserChanged)
    return list(
        dict.fromkeys(one.engine for one in told if getattr(one, "fault", EngineFault.LATE) is not None)
    )


@family("ivrcore_speech_utterances", "counter", "engine", "verdict")
def _utterances(past: Past) -> Values:
    zeros = [(engine, verdict.value) for engine in engines(past) for verdict in Verdict]
    return tally(((one.engine, one.verdict.value) for one in past.of(e.SpeechHeard)), zeros)


@family("ivrcore_speech_decision_seconds", "histogram", "engine")
def _decisions(past: Past) -> Values:
    seen: dict[tuple[str, ...], Seen] = {(engine,): Seen(DECISIONS) for engine in engines(past)}
    for one in past.of(e.SpeechHeard):
        seen[one.engine,].add(one.took)
    return seen


@family("ivrcore_speech_gave_up", "counter", "engine", "code")
def _gave_up(past: Past) -> Values:
    return tally((one.engine, one.code) for one in past.of(e.RecogniserGaveUp))


@family("ivrcore_recogniser_taken_out", "counter", "engine", "fault")
def _taken_out(past: Past) -> Values:
    zeros = [(engine, fault.value) for engine in engines(past) for fault in EngineFault]
    out = ((one.engine, one.fault.value) for one in past.of(e.RecogniserChanged) if one.fault is not None)
    return tally(out, zeros)


@family("ivrcore_speech_refused", "counter", "language", "why")
def _speech_refused(past: Past) -> Values:
    refused = past.of(e.SpeechRefused)
    zeros = [(one.language, why.value) for one in refused for why in SpeechRefusal]
    return tally(((one.language, one.why.value) for one in refused), zeros)


@family("ivrcore_prompts_failed", "counter")
def _prompts(past: Past) -> Values:
    return single(sum(one.how is PromptEnd.FAILED for one in past.of(e.PromptEnded)))


# --- utterances that are kept ---------------------------------------------------------------------


@family("ivrcore_utterances_kept", "counter", "outcome")
def _kept(past: Past) -> Values:
    return tally(((one.outcome.value,) for one in past.of(e.UtteranceKept)), words(KeptFor))


@family("ivrcore_utterances_not_kept", "counter", "why")
def _not_kept(past: Past) -> Values:
    return tally(((one.why.value,) for one in past.of(e.UtteranceNotKept)), words(NotKept))


@family("ivrcore_kept_utterances_erased", "counter", "why")
def _erased(past: Past) -> Values:
    return tally(
        ((one.why.value,) for one in past.of(e.KeptErased) for _ in range(one.count)), words(KeptErasure)
    )


@family("ivrcore_kept_utterances_accesses", "counter", "what")
def _accesses(past: Past) -> Values:
    return tally(((one.what.value,) for one in past.of(e.KeptAccessed)), words(KeptAccess))


# --- announcements and the emergency switch -------------------------------------------------------


@family("ivrcore_announcements", "gauge")
def _announcements(past: Past) -> Values:
    there: dict[str, e.AnnouncementSet] = {}
    for one in past.any_of(e.AnnouncementSet, e.AnnouncementWithdrawn):
        if isinstance(one, e.AnnouncementSet):
            there[one.name] = one
        elif one.name in there and (one.via is not Via.FILE or there[one.name].via is Via.FILE):
            del there[one.name]
    heard = [one for one in there.values() if one.starts <= past.now]
    return single(sum(one.ends is None or past.now < one.ends for one in heard))


@family("ivrcore_announcements_changed", "counter", "via")
def _announcements_changed(past: Past) -> Values:
    changed = past.any_of(e.AnnouncementSet, e.AnnouncementWithdrawn)
    return tally(((one.via.value,) for one in changed), words(Via))


@family("ivrcore_announcements_heard", "counter", "announcement")
def _announcements_heard(past: Past) -> Values:
    return tally((name,) for name in bounded(one.announcement for one in past.of(e.AnnouncementPlayed)))


@family("ivrcore_announcement_files_refused", "counter")
def _files_refused(past: Past) -> Values:
    return single(len(past.of(e.AnnouncementRefused)))


@family("ivrcore_emergency", "gauge", "scope", "action")
def _emergency(past: Past) -> Values:
    stands = {EVERYWHERE: EmergencyAction.OPEN} | {one.scope: one.action for one in past.of(e.EmergencySet)}
    return {
        (scope, action.value): float(action is at)
        for scope, at in stands.items()
        for action in EmergencyAction
    }


@family("ivrcore_emergency_switched", "counter", "action")
def _switched(past: Past) -> Values:
    return tally(((one.action.value,) for one in past.of(e.EmergencySet)), words(EmergencyAction))


@family("ivrcore_emergency_met", "counter", "action")
def _met(past: Past) -> Values:
    """Of an open switch there is nothing to meet."""
    shut = [word for word in words(EmergencyAction) if word != (EmergencyAction.OPEN.value,)]
    return tally(((one.action.value,) for one in past.of(e.EmergencyMet)), shut)


# --- dialplans and configuration ------------------------------------------------------------------


def _versions(past: Past) -> dict[str, str]:
    current: dict[str, str] = {}
    for one in past.any_of(e.DialplanPublished, e.DialplanWithdrawn):
        if isinstance(one, e.DialplanPublished):
            current[one.name] = one.version
        else:
            current.pop(one.name, None)
    return current


@family("ivrcore_dialplan_info", "gauge", "dialplan", "version")
def _info(past: Past) -> Values:
    return dict.fromkeys(_versions(past).items(), 1)


@family("ivrcore_dialplan_calls", "gauge", "dialplan", "version")
def _calls(past: Past) -> Values:
    over = {one.contact for one in past.of(e.ContactClosed)}
    on = [(one.plan, one.plan_version) for one in past.of(e.ContactArrived) if one.contact not in over]
    return tally(on, _versions(past).items())


def _of_dialplan(name: str, kind: type[Any], *zeros: type[Any]) -> None:
    family(name, "counter", "dialplan")(
        lambda past: tally(
            ((one.name,) for one in past.of(kind)), [(one.name,) for more in zeros for one in past.of(more)]
        )
    )


_of_dialplan("ivrcore_dialplan_published", e.DialplanPublished)
_of_dialplan("ivrcore_dialplan_refused", e.DialplanRefused, e.DialplanPublished)
_of_dialplan("ivrcore_dialplan_retired", e.DialplanRetired, e.DialplanPublished)


@family("ivrcore_config_changes", "counter", "outcome")
def _config_changes(past: Past) -> Values:
    told = past.any_of(e.RosterChanged, e.RosterRefused)
    words = (("taken" if isinstance(one, e.RosterChanged) else "refused",) for one in told)
    return tally(words, [("taken",), ("refused",)])


@family("ivrcore_config_broken", "gauge")
def _config_broken(past: Past) -> Values:
    told = past.any_of(e.RosterChanged, e.RosterRefused, e.ServerStarted)
    return single(float(bool(told) and isinstance(told[-1], e.RosterRefused)))
