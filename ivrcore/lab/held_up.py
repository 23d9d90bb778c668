"""How long the machine kept a process from running, where it is measured how soon something happens."""

from __future__ import annotations

from pathlib import Path


def waited_to_run(pid: int) -> float:
    """Give the seconds that a process's first thread was ready to run in all, and had no processor."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
