"""Why a contact was offered to whom, told by the journal in a process of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twisted.internet.defer import Deferred

    from ivrcore.config import PluginsConfig


def explain(
    plugins: PluginsConfig,
    journal: Path,
    on_worker: Callable[[Callable[[], bytes]], Deferred[bytes]],
    contact: str,
) -> Deferred[bytes]:
    """Explain one contact; see :mod:`ivrcore.why`."""
    from ivrcore import why  # of no use until somebody asks

    folder = str(plugins.folder) if plugins.folder else None
    asked = why.Asked(contact, str(journal), folder, plugins.disabled)
    return on_worker(partial(why.ask, asked))
