"""How long something lasted of whose end it is only known that nobody looked. Pure."""

from __future__ import annotations


def lasted(now: float, began: float, since: float | None) -> tuple[float, float | None]:
    """Give for how many seconds it was known to go on, and until when (UTC seconds; None: until ``now``).

    It began at ``began`` and is over by ``now``; nobody looked from ``since`` on (None: somebody did to the
    end). What we began later than that, they were there for.
    """
    last = None if since is None else min(now, max(began, since))
    return (now if last is None else last) - began, last
