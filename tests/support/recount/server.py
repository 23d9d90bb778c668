"""The canary, links, plugins and starts, counted again."""

from __future__ import annotations

from ivrcore.model import events as e
from ivrcore.model.canary_names import CanaryResult, CanaryStage
from ivrcore.model.names import AdoptedIn
from ivrcore.model.overload_names import TurnedAway
from tests.support.recount.past import Past, Seen, Values, family, single, tally, words

STAGES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
GOOD = (CanaryResult.PASSED, CanaryResult.CLOSED)


def _started(past: Past) -> float:
    starts = past.of(e.ServerStarted)
    return starts[-1].at if starts else 0.0


# --- the canary -----------------------------------------------------------------------------------


@family("ivrcore_canary_calls", "counter", "number", "pbx", "result")
def _canary_calls(past: Past) -> Values:
    told = past.of(e.CanaryCalled)
    zeros = [(one.number, one.pbx, result.value) for one in told for result in CanaryResult]
    return tally(((one.number, one.pbx, one.result.value) for one in told), zeros)


@family("ivrcore_canary_stage_seconds", "histogram", "number", "pbx", "stage")
def _canary_stages(past: Past) -> Values:
    told = past.of(e.CanaryCalled)
    seen: dict[tuple[str, ...], Seen] = {
        (one.number, one.pbx, stage.value): Seen(STAGES) for one in told for stage in CanaryStage
    }
    for one in told:
        for stage, took in one.took.items():
            seen[one.number, one.pbx, stage].add(took)
    return seen


@family("ivrcore_canary_last_success_time_seconds", "gauge", "number", "pbx")
def _canary_success(past: Past) -> Values:
    last: dict[tuple[str, ...], float] = {
        _canary(one): 0.0 for one in past.of(e.CanaryCalled) if _lately(past, one)
    }
    good = [one for one in past.of(e.CanaryCalled) if one.result in GOOD]
    return last | {_canary(one): one.at for one in good if _canary(one) in last}


@family("ivrcore_canary_interval_seconds", "gauge", "number", "pbx")
def _canary_interval(past: Past) -> Values:
    return {_canary(one): one.every for one in past.of(e.CanaryCalled) if _lately(past, one)}


def _canary(called: e.CanaryCalled) -> tuple[str, ...]:
    return called.number, called.pbx


def _lately(past: Past, called: e.CanaryCalled) -> bool:
    """Whether the number was called at that PBX since the server started."""
    same = (one.at for one in past.of(e.CanaryCalled) if _canary(one) == _canary(called))
    return max(same) >= _started(past)


# --- links ----------------------------------------------------------------------------------------


@family("ivrcore_link_up", "gauge", "driver")
def _link_up(past: Past) -> Values:
    """Of those that anything was told of since the start."""
    up: dict[tuple[str, ...], float] = {}
    for one in past.any_of(e.ServerStarted, e.LinkCameUp, e.LinkWentDown):
        if isinstance(one, e.ServerStarted):
            up.clear()
        else:
            up[one.driver,] = float(isinstance(one, e.LinkCameUp))
    return up


@family("ivrcore_link_losses", "counter", "driver")
def _link_losses(past: Past) -> Values:
    """A link that did not stand cannot be lost; none stands when the server starts."""
    up: set[str] = set()
    losses: dict[tuple[str, ...], float] = {}
    for one in past.any_of(e.ServerStarted, e.LinkCameUp, e.LinkWentDown):
        if isinstance(one, e.ServerStarted):
            up.clear()
            continue
        losses.setdefault((one.driver,), 0)
        if isinstance(one, e.LinkCameUp):
            up.add(one.driver)
        else:
            losses[one.driver,] += one.driver in up
            up.discard(one.driver)
    return losses


@family("ivrcore_link_away_seconds", "counter", "driver")
def _link_away(past: Past) -> Values:
    away: dict[tuple[str, ...], float] = {}
    for one in past.any_of(e.LinkCameUp, e.LinkWentDown):
        away[one.driver,] = away.get((one.driver,), 0.0) + getattr(one, "away", 0.0)
    return away


# --- faults ---------------------------------------------------------------------------------------


@family("ivrcore_commands_failed", "counter", "command", "code")
def _commands(past: Past) -> Values:
    return tally((one.command, one.code) for one in past.of(e.CommandFailed))


@family("ivrcore_plugin_failures", "counter", "plugin", "hook")
def _plugins(past: Past) -> Values:
    return tally((one.plugin, one.hook) for one in past.of(e.PluginFailed))


@family("ivrcore_orphans_ended", "counter")
def _orphans(past: Past) -> Values:
    return single(len(past.of(e.OrphanEnded)))


@family("ivrcore_contacts_turned_away", "counter", "why")
def _turned_away(past: Past) -> Values:
    return tally(((one.why,) for one in past.of(e.ContactTurnedAway)), words(TurnedAway))


@family("ivrcore_draining", "gauge")
def _draining(past: Past) -> Values:
    """A server that ended in order takes calls when it starts; one that died goes on draining."""
    last = [*past.any_of(e.ServerStopped, e.DrainChanged)][-1:]
    return single(float(any(isinstance(one, e.DrainChanged) and one.draining for one in last)))


@family("ivrcore_contacts_adopted", "counter", "where")
def _adopted(past: Past) -> Values:
    return tally(
        ((one.where.value,) for one in past.of(e.ContactAdopted)), [(one.value,) for one in AdoptedIn]
    )


# --- starts ---------------------------------------------------------------------------------------


@family("ivrcore_server_starts", "counter")
def _starts(past: Past) -> Values:
    return single(len(past.of(e.ServerStarted)))


@family("ivrcore_server_start_time_seconds", "gauge")
def _start_time(past: Past) -> Values:
    return single(_started(past))


@family("ivrcore_build_info", "gauge", "version")
def _build(past: Past) -> Values:
    starts = past.of(e.ServerStarted)
    return {(starts[-1].version if starts else "",): 1}


@family("ivrcore_figures_timestamp_seconds", "gauge")
def _timestamp(past: Past) -> Values:
    return single(past.now)
