"""Watch `app_queue`: an app_queue that a site has in its Asterisk, over the manager interface, as metrics.

Keys: ``host``, ``port``, ``user`` and the secret of manager.conf's user, ``tls`` and ``ca_file``,
``allow_remote`` (another machine without TLS), ``every`` (time between statuses), ``patience`` (for answers).
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from ivrcore.api import Watch, hookimpl


@hookimpl
def ivrcore_watch(name: str, kind: str, options: Mapping[str, object]) -> Watch | None:
    """Make a watch of an app_queue; nothing is connected before it starts."""
    if kind != "app_queue":
        return None
    from ivrcore.app_queue.options import read_options
    from ivrcore.app_queue.watch import AppQueueWatch

    return AppQueueWatch(name, read_options(name, options), time.time)
