"""The running server as the web shows and steers it: figures from the fold, the rest by way of routing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ivrcore.durations import in_words
from ivrcore.errors import RequestRefused
from ivrcore.routing import commands as routing
from ivrcore.web import reading
from ivrcore.web.view import AgentAction, AgentView, ContactView, Health, Place, QueueView, Waiting

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from ivrcore.announcements.live import LiveBoard
    from ivrcore.config import AgentRules
    from ivrcore.metrics.figures import Figures
    from ivrcore.routing.state import RouterState

INPUTS: dict[AgentAction, Callable[[str, str, str], routing.Input]] = {
    AgentAction.READY: lambda name, _reason, by: routing.AgentReady(name, by),
    AgentAction.PAUSE: routing.AgentPause,
    AgentAction.LOGOUT: lambda name, _reason, by: routing.AgentLogout(name, by),
    AgentAction.TAKE: routing.TakeContact,
    AgentAction.WRAP_UP: lambda name, seconds, by: routing.ExtendWrapUp(name, float(seconds), by),
}


def input_of(name: str, action: AgentAction, word: str, rules: AgentRules, by: str = "") -> routing.Input:
    """Give what routing is told; raises :class:`RequestRefused` for what the configuration does not allow."""
    if action is AgentAction.PAUSE and rules.pause_reasons and word not in rules.pause_reasons:
        raise RequestRefused(
            f"{word!r} is no reason to pause" if word else "a pause needs a reason",
            status=400,
            hint=f"one of {', '.join(rules.pause_reasons)}",
        )
    if action is AgentAction.WRAP_UP and not 0 < float(word) <= rules.longest_wrap_up:
        raise RequestRefused(
            f"wrap-up cannot go on for {in_words(float(word))}",
            status=400,
            hint=f"more than 0, at most {in_words(rules.longest_wrap_up)}",
        )
    return INPUTS[action](name, word, by)


class LiveHotline:
    """See :class:`ivrcore.web.view.Hotline`."""

    def __init__(
        self,
        figures: Figures,
        state: RouterState,
        now: Callable[[], float],
        order: Callable[[routing.Input], None],
        health: Callable[[], Health],
        erase: Callable[[str], Deferred[bool]],
        when_durable: Callable[[Callable[[], None]], None],
        board: LiveBoard,
        rules: AgentRules,
    ) -> None:
        self._rules = rules
        self.board = board
        self._figures = figures
        self._state = state
        self._now = now
        self._order = order
        self._health = health
        self._erase = erase
        self._when_durable = when_durable

    def agents(self) -> Sequence[AgentView]:
        """Every configured agent."""
        return reading.agents(self._figures, self._state, self._now())

    def queues(self) -> Sequence[QueueView]:
        """Every configured queue."""
        return reading.queues(self._figures, self._now())

    def agent(self, name: str) -> AgentView | None:
        """One of them."""
        return reading.agent(self._figures, self._state, name, self._now())

    def contacts(self) -> Iterator[ContactView]:
        """Every contact in progress."""
        return reading.contacts(self._figures, self._state, self._now())

    def contact(self, name: str) -> ContactView | None:
        """One of them."""
        return reading.contact(self._figures, self._state, name, self._now())

    def waiting(self, most: int) -> Waiting:
        """Those who wait, ``most`` of each queue."""
        return reading.waiting(self._figures, self._state, self._now(), most)

    def places(self) -> Mapping[Place, int]:
        """How many contacts are where."""
        return reading.places(self._figures)

    def set_agent(self, name: str, action: AgentAction, word: str, by: str = "") -> None:
        """See :class:`ivrcore.web.view.Hotline`."""
        self._order(input_of(name, action, word, self._rules, by))

    def steer(self, order: routing.Steering) -> None:
        """Do what a supervisor wants of a contact; raises :class:`ivrcore.errors.RequestRefused`."""
        self._order(order)

    def when_shown(self, then: Callable[[], None]) -> None:
        """Call ``then`` once the figures, which come from the journal, have all that happened."""
        self._when_durable(then)

    def erase_subject(self, subject: str) -> Deferred[bool]:
        """See :class:`ivrcore.web.view.Hotline`."""
        return self._erase(subject)

    def health(self) -> Health:
        """Whether calls can be served, and what went wrong last."""
        return self._health()
