"""What is configured and loaded is there as 0 from the start: alerts need what was before a failure."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

from ivrcore.api import hookimpl
from ivrcore.dialplan.parse import CORE_VERBS
from ivrcore.metrics.collector import Exposition, FiguresCollector
from ivrcore.metrics.fold import fold
from ivrcore.metrics.outside_figures import MOST_NAMES, OTHERS
from ivrcore.metrics.rows import Known
from ivrcore.model import events as e
from ivrcore.model.names import Service, Told
from ivrcore.plugin_manager import Plugins
from ivrcore.service.known import known_of, plugins_of
from tests.unit.metrics import metrics_stories as stories


class Crm:
    @hookimpl
    def ivrcore_event(self, event: object) -> None:
        """Look."""

    @hookimpl
    def ivrcore_lookup(self, name: str) -> None:
        """Know none."""


SERVICES = (
    ("lookup", "crm0"),
    ("identify", "crm0"),
    ("transfer", ""),
    ("transfer", "emergency"),
    ("call_back", "cards"),
    ("record", "night"),
)


TOLD = ("_service_", "_plugin_", "_messages_")


def site(lookups: int = 1) -> Any:
    return SimpleNamespace(
        lookups=[SimpleNamespace(name=f"crm{n}") for n in range(lookups)],
        queues=[SimpleNamespace(name="cards")],
        mailboxes={"night": None},
        verbs={**CORE_VERBS, "fax": None},
    )


def shown(known: Known, *events: Any) -> set[str]:
    figures = fold(stories.records(list(events)))
    body = Exposition(FiguresCollector(figures, lambda: 1.0, known=lambda: known)).render("")[0].decode()
    return {line for line in body.splitlines() if any(word in line for word in TOLD)}


def asked(name: str) -> e.ServiceAsked:
    return e.ServiceAsked(at=1.0, contact="c1", request="c1.s1", service=Service.LOOKUP, name=name, until=2.0)


def test_given_a_site_that_just_started_then_its_services_are_0() -> None:
    lines = shown(known_of(site(), {}))
    for kind, name in SERVICES:
        labels = f'name="{name}",service="{kind}"'
        assert f"ivrcore_service_asked_total{{{labels}}} 0.0" in lines
        for how in Told:
            assert f'ivrcore_service_answered_total{{how="{how.value}",{labels}}} 0.0' in lines
        assert f'ivrcore_service_seconds_count{{service="{kind}"}} 0.0' in lines
    for what in ("recorded", "fetched", "deleted"):
        assert f'ivrcore_messages_{what}_total{{mailbox="night"}} 0.0' in lines


def test_given_more_lookups_than_are_told_apart_then_those_counted_come_first() -> None:
    lines = shown(known_of(site(MOST_NAMES + 20), {}), *(asked(f"old{n}") for n in range(MOST_NAMES + 1)))
    counted = {line for line in lines if line.startswith("ivrcore_service_asked") and "lookup" in line}
    assert f'ivrcore_service_asked_total{{name="{OTHERS}",service="lookup"}} 1.0' in counted
    assert len(counted) == MOST_NAMES + 1
    assert not [line for line in counted if "crm" in line]


def test_given_plugins_that_are_loaded_then_their_failures_are_0_for_their_own_hooks() -> None:
    plugins = Plugins()
    plugins.add(Crm(), "crm")
    plugins.add(ModuleType("idle"), "idle")
    routing: Any = SimpleNamespace(
        strategies={"fairest": None}, eligibility={}, relaxations={"later": None}, contact_orders={}
    )
    known = plugins_of(site(), plugins, routing)
    assert known == {
        "crm": {"ivrcore_event", "ivrcore_lookup"},
        "idle": set(),
        "fairest": {"ivrcore_strategies"},
        "later": {"ivrcore_relaxations"},
        "fax": {"ivrcore_verbs"},
    }
    failed = e.PluginFailed(at=1.0, plugin="crm", hook="ivrcore_event", error="KeyError")
    lines = {line for line in shown(known_of(site(), known), failed) if line.startswith("ivrcore_plugin")}
    told = "ivrcore_plugin_failures_total"
    assert lines == {
        f'{told}{{hook="ivrcore_event",plugin="crm"}} 1.0',
        f'{told}{{hook="ivrcore_lookup",plugin="crm"}} 0.0',
        f'{told}{{hook="ivrcore_strategies",plugin="fairest"}} 0.0',
        f'{told}{{hook="ivrcore_relaxations",plugin="later"}} 0.0',
        f'{told}{{hook="ivrcore_verbs",plugin="fax"}} 0.0',
    }
