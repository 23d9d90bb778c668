"""Every figure of the server counted a second time, from the journal's events and the definitions alone.

Nothing here may import ``ivrcore.metrics`` or ``ivrcore.history``: what they count is compared with this.
"""

from __future__ import annotations

from tests.support.recount import callers, outside, queues, server
from tests.support.recount.past import COUNTED, LIVE, Past, expected

__all__ = ["COUNTED", "LIVE", "Past", "callers", "expected", "outside", "queues", "server"]
