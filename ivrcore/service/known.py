"""What metrics show as 0 before anything of it happened: configured services, and plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.dialplan.emergency import FORWARDED
from ivrcore.dialplan.parse import CORE_VERBS
from ivrcore.metrics.rows import Known
from ivrcore.model.names import Service
from ivrcore.routing.rulebook import CONTACT_ORDERS, ELIGIBILITY, RELAXATIONS, STRATEGIES

if TYPE_CHECKING:
    from ivrcore.config import Config
    from ivrcore.plugin_manager import Plugins
    from ivrcore.routing.rulebook import RoutingPlugins

VERBS = "ivrcore_verbs"
TRANSFERS = ("", FORWARDED)
"""By a step of a dialplan, and by the emergency switch."""


def plugins_of(config: Config, plugins: Plugins, routing: RoutingPlugins) -> dict[str, set[str]]:
    """Give what a failure may be counted for: plugins by name, and by what of theirs has one of its own."""
    known = {name: set(hooks) for name, hooks in plugins.hooks().items()}
    given = {
        STRATEGIES: routing.strategies,
        ELIGIBILITY: routing.eligibility,
        RELAXATIONS: routing.relaxations,
        CONTACT_ORDERS: routing.contact_orders,
        VERBS: config.verbs.keys() - CORE_VERBS.keys(),
    }
    for hook, names in given.items():
        for name in sorted(names):
            known.setdefault(name, set()).add(hook)
    return known


def known_of(config: Config, plugins: dict[str, set[str]]) -> Known:
    """Give it for a configuration that is in force; ``plugins`` are of the start, as they stay."""
    lookups = [lookup.name for lookup in config.lookups]
    services = {
        Service.LOOKUP: lookups,
        Service.IDENTIFY: lookups,
        Service.TRANSFER: list(TRANSFERS),
        Service.CALL_BACK: [queue.name for queue in config.queues],
        Service.RECORD: list(config.mailboxes),
    }
    return Known(plugins, {kind.value: names for kind, names in services.items() if names})
