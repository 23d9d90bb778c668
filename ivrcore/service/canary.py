"""The canary: again and again the server calls its own hotline through Asterisk, as a caller would.

One half of the call is a leg that is dialled here; the other comes to the server by Asterisk's dialplan, and
is served in a hotline aside (:mod:`ivrcore.session.aside`), so that it is no contact. What to do when is
:mod:`ivrcore.canary`'s.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.canary_names import GOOD, CanaryResult
from ivrcore.routing.state import RouterState
from ivrcore.service.canary_call import CanaryCall
from ivrcore.service.switches import ARI
from ivrcore.session.aside import exchange_aside
from ivrcore.session.clock import Alarm

if TYPE_CHECKING:
    from ivrcore.canary import Walk
    from ivrcore.config import CanaryConfig, Config
    from ivrcore.model.event import Event
    from ivrcore.model.roster import QueueFacts
    from ivrcore.plugin_manager import Plugins
    from ivrcore.service.switches import Switches
    from ivrcore.session.exchange import Exchange
    from ivrcore.telephony.leg import Arrival

log = logging.getLogger("ivrcore")

MARK = "canary-"
"""What the channels of such calls begin with, of whatever server: Asterisk gives no such id by itself."""


class Canary:
    """Makes the calls, one at a time, while ``up`` tells that the link stands.

    ``hall`` makes a routing state for a call, ``queues`` gives those that are configured now.
    """

    def __init__(
        self,
        config: CanaryConfig | None,
        exchange: Exchange,
        hall: Callable[[], RouterState],
        queues: Callable[[], Sequence[QueueFacts]],
        up: Callable[[], bool],
        name: str,
    ) -> None:
        self._config = config
        self._exchange = exchange
        self._hall = hall
        self._queues = queues
        self._up = up
        self._name = name
        self._ports = exchange.ports
        self._next = Alarm(self._ports.clock, self._due)
        self._call: CanaryCall | None = None
        self._guests: dict[str, Exchange] = {}
        """Calls of somebody else's canary, or of one that was given up: contact -> the hotline aside."""

    def start(self) -> None:
        """Call for the first time after one interval, if calls are to be made."""
        if self._config is not None:
            self._next.set(self._ports.clock.now() + self._config.every)

    async def stop(self) -> None:
        """Make no more calls, and end the one there is: it is counted as nothing. An asyncio coroutine."""
        self._next.cancel()
        if self._call is not None:
            await self._call.give_up()
        for guest in list(self._guests.values()):
            guest.stop()

    def taking(self, others: Callable[[Arrival], None]) -> Callable[[Arrival], None]:
        """Give who is to be told of arrivals: the canary's own come here, all others to ``others``."""

        def arrived(arrival: Arrival) -> None:
            if not arrival.leg.channel.startswith(MARK):
                others(arrival)
            elif self._call is None or not self._call.take(arrival):
                self._be_host(arrival)

        return arrived

    def _be_host(self, arrival: Arrival) -> None:
        """Serve the call of the node's other server, which is no contact either."""

        def seen(event: Event) -> None:
            if isinstance(event, events.ContactClosed):
                self._ports.clock.call_later(0, partial(self._guest_gone, arrival.contact))

        guest = self._guests[arrival.contact] = self._aside(seen)
        guest.arrived(arrival)

    def _guest_gone(self, contact: str) -> None:
        guest = self._guests.pop(contact, None)
        if guest is not None:
            guest.stop()

    def _aside(self, seen: Callable[[Event], None]) -> Exchange:
        """Make a hotline for one call."""
        return exchange_aside(self._ports, self._hall(), self._queues(), seen)

    def _due(self) -> None:
        config, now = self._config, self._ports.clock.now()
        assert config is not None
        self._next.set(now + config.every)
        if self._call is not None:
            self._record(CanaryResult.NOT_TRIED, {})
        elif not self._up():
            self._record(CanaryResult.NOT_ARRIVED, {})
        else:
            channel = f"{MARK}{self._name}-{now * 1000:.0f}"
            self._call = CanaryCall(config, self._ports, channel, self._aside, self._over)
            self._call.dial()

    def _over(self, walk: Walk) -> None:
        """Write down what came of the call."""
        self._call = None
        assert walk.result is not None
        self._record(walk.result, {str(stage): seconds for stage, seconds in walk.reached.items()})

    def _record(self, result: CanaryResult, took: dict[str, float]) -> None:
        assert self._config is not None
        if result not in GOOD:
            log.warning("canary: the call to %s: %s", self._config.number, result.replace("_", " "))
        called = events.CanaryCalled(
            at=self._ports.clock.now(),
            number=self._config.number,
            every=self._config.every,
            result=result,
            took=took,
        )
        self._ports.journal.append([called])


def make_canary(
    config: Callable[[], Config], exchange: Exchange, plugins: Plugins, switch: Switches
) -> Canary:
    """Make a server's canary; ``config`` gives the configuration that is in force."""
    now = config()
    return Canary(
        now.canary,
        exchange,
        lambda: RouterState(plugins.routing()),
        lambda: config().queues,
        lambda: switch.links().get(ARI, False),
        now.app,
    )
