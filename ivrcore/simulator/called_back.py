"""A simulated customer who is to be called back, as the server's own call-backs are: see docs/routing.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.routing.commands import Enqueue

if TYPE_CHECKING:
    from ivrcore.simulator.traffic import Caller, Wish


@dataclass(slots=True)
class CallBack:
    """One of them; times in seconds of the simulation."""

    contact: str
    caller: Caller
    wish: Wish
    since: float
    """When the caller came: from then the place in the queue counts."""
    asked: float = 0.0
    dials: int = 0
    visits: int = 1
    queue: str = ""
    """The queue of the next try: where it was moved to last, if it was."""

    @property
    def too_old(self) -> float:
        """When it is given up."""
        return self.asked + self.wish.longest_wait

    @property
    def tries_left(self) -> bool:
        """Whether the customer is rung once more."""
        return self.dials < len(self.wish.rings)

    def enqueue(self) -> Enqueue:
        """Begin the next visit."""
        self.visits += 1
        caller = self.caller
        return Enqueue(
            self.contact,
            f"{self.contact}.v{self.visits}",
            self.queue or caller.queue,
            caller.priority,
            dict(caller.skills),
            call_back=True,
            since=self.since,
            preferred=caller.preferred,
        )

    def dial(self, now: float) -> float | None:
        """Ring the customer: give the seconds until the phone is answered, None if it is not."""
        wish = self.wish
        after = wish.rings[self.dials] if self.tries_left else None
        self.dials += 1
        if after is None or after >= wish.ring or now - self.asked > wish.patience:
            return None
        return after
