"""What the names in a dialplan's expressions mean in one call at one moment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ivrcore.dialplan import hours
from ivrcore.expressions.values import Known

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Plan
    from ivrcore.dialplan.state import State
    from ivrcore.dialplan.world import QueueNow, World
    from ivrcore.model.names import Scalar

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

CALL: Mapping[str, Callable[[State], Scalar]] = {
    "number": lambda state: state.number,
    "language": lambda state: state.language,
    "tier": lambda state: state.tier,
    "priority": lambda state: state.priority,
}
"""``call.`` names that are no secret. ``call.caller``, the caller's number, is one."""
CALLER = "caller"

TIMES: Mapping[str, Callable[[datetime], Scalar]] = {
    "hour": lambda local: local.hour,
    "minute": lambda local: local.minute,
    "weekday": lambda local: WEEKDAYS[local.weekday()],
    "date": lambda local: local.date().isoformat(),
}

QUEUES: Mapping[str, Callable[[QueueNow], Scalar]] = {
    "waiting": lambda queue: queue.waiting,
    "ready": lambda queue: queue.ready,
    "expected_wait": lambda queue: queue.expected_wait,
    "longest_wait": lambda queue: queue.longest_wait,
}


@dataclass(frozen=True, slots=True)
class CallScope:
    """The names of one call; see :class:`ivrcore.expressions.Scope`. Facts of the outside are ``live``."""

    plan: Plan
    state: State
    caller: str
    secrets: Mapping[str, Scalar]
    world: World
    now: float

    def look_up(self, name: str) -> Known | None:
        """Find a name's value; None for one that means nothing."""
        if name in self.secrets:
            return Known(self.secrets[name], secret=True)
        if name in self.state.variables:
            return Known(self.state.variables[name])
        if name in self.plan.variables:
            return Known(self.plan.variables[name])
        of, _, rest = name.partition(".")
        match of:
            case "call" if rest == CALLER:
                return Known(self.caller, secret=True)
            case "call" if rest in CALL:
                return Known(CALL[rest](self.state))
            case "hours" if rest in self.plan.hours:
                return Known(str(hours.state(self.plan.hours[rest], self.now)), live=True)
            case "time" if rest in TIMES:
                return Known(TIMES[rest](datetime.fromtimestamp(self.now, self.plan.zone)), live=True)
            case "queue":
                return self._queue(*rest.rpartition(".")[::2])
        return None

    def _queue(self, queue: str, figure: str) -> Known | None:
        now = self.world.queue(queue) if figure in QUEUES else None
        return None if now is None else Known(QUEUES[figure](now), live=True)


def known_names(plan: Plan, queues: Collection[str] | None) -> set[str]:
    """Give every name that can mean something in a dialplan, variables aside; None: queues are not known."""
    fixed = {f"call.{name}" for name in (*CALL, CALLER)} | {f"time.{name}" for name in TIMES}
    return (
        fixed
        | {f"hours.{name}" for name in plan.hours}
        | {f"queue.{queue}.{figure}" for queue in queues or () for figure in QUEUES}
    )
