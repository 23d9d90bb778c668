"""How much of the machine is ours: the cores that this process may run on, and its control group's share.

Must not know what the cores are for.
"""

from __future__ import annotations

import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""``QUOTA PERIOD`` in microseconds, or ``max PERIOD``, of the control group that a container runs in.
https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
"""


def usable_cores(quota: Path = QUOTA) -> float:
    """Give the cores that this process may use at most; a container's share may be a part of one."""
    cores = float(len(os.sched_getaffinity(0)))
    try:
        share, period = quota.read_text().split()
        return min(cores, int(share) / int(period))
    except (OSError, ValueError, ZeroDivisionError):  # no control group of version 2, or no quota ("max")
        return cores


def spare_cores(quota: Path = QUOTA) -> float:
    """Give the cores that listening may take where nothing is configured: calls need some, too."""
    cores = usable_cores(quota)
    return max(cores / 4, cores - max(0.5, cores / 4))
