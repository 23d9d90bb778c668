"""The canary: again and again the server calls its own hotline through each Asterisk, as a caller would.

One half of the call is a leg that is dialled here; the other comes to the server by Asterisk's dialplan, and
is served in a hotline aside (:mod:`ivrcore.session.aside`), so that it is no contact. What to do when is
:mod:`ivrcore.canary`'s.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.canary_names import GOOD, CanaryResult
from ivrcore.model.pbx import MAIN, driver_of
from ivrcore.routing.state import RouterState
from ivrcore.service.canary_call import CanaryCall
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
    from ivrcore.session.ports import Ports
    from ivrcore.telephony.leg import Arrival

log = logging.getLogger("ivrcore")

MARK = "canary-"
"""What the channels of such calls begin with, of whatever server: Asterisk gives no such id by itself."""


class Canaries:
    """Those of all PBXs that are called, and the calls of canaries that are not ours.

    ``hall`` makes a routing state for a call, ``queues`` gives those that are configured now, ``up`` tells
    whether the link to a PBX stands.
    """

    def __init__(
        self,
        config: CanaryConfig | None,
        exchange: Exchange,
        hall: Callable[[], RouterState],
        queues: Callable[[], Sequence[QueueFacts]],
        up: Callable[[str], bool],
        name: str,
    ) -> None:
        self._exchange = exchange
        self._hall = hall
        self._queues = queues
        self._ports = exchange.ports
        self._canaries = (
            ()
            if config is None
            else tuple(Canary(config, pbx, self._ports, self._aside, up, name) for pbx in config.pbxs)
        )
        self._guests: dict[str, Exchange] = {}
        """Calls of somebody else's canary, or of one that was given up: contact -> the hotline aside."""

    def start(self) -> None:
        """Call each for the first time after one interval, and evenly apart within the next."""
        for number, canary in enumerate(self._canaries):
            canary.start(number / len(self._canaries))

    async def stop(self) -> None:
        """Make no more calls, and end those there are: they count as nothing. An asyncio coroutine."""
        await asyncio.gather(*(canary.stop() for canary in self._canaries))
        for guest in list(self._guests.values()):
            guest.stop()

    def taking(self, others: Callable[[Arrival], None]) -> Callable[[Arrival], None]:
        """Give who is to be told of arrivals: the canary's own come here, all others to ``others``."""

        def arrived(arrival: Arrival) -> None:
            if not arrival.leg.channel.startswith(MARK):
                others(arrival)
            elif not any(canary.take(arrival) for canary in self._canaries):
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


class Canary:
    """Makes the calls to one PBX, one at a time."""

    def __init__(
        self,
        config: CanaryConfig,
        pbx: str,
        ports: Ports,
        aside: Callable[[Callable[[Event], None]], Exchange],
        up: Callable[[str], bool],
        name: str,
    ) -> None:
        self._config = config
        self._pbx = pbx
        self._ports = ports
        self._aside = aside
        self._up = up
        self._mark = MARK + (name if pbx == MAIN else f"{name}-{pbx}")
        """What its channels begin with: a channel does not say of which PBX it is."""
        self._next = Alarm(ports.clock, self._due)
        self._call: CanaryCall | None = None

    def start(self, later: float) -> None:
        """Call for the first time after one interval, and a share ``later`` of it."""
        self._next.set(self._ports.clock.now() + self._config.every * (1 + later))

    async def stop(self) -> None:
        """Make no more calls, and end the one there is. An asyncio coroutine."""
        self._next.cancel()
        if self._call is not None:
            await self._call.give_up()

    def take(self, arrival: Arrival) -> bool:
        """Take the other half of its call, if it is that."""
        return self._call is not None and self._call.take(arrival)

    def _due(self) -> None:
        config, now = self._config, self._ports.clock.now()
        self._next.set(now + config.every)
        if self._call is not None:
            self._record(CanaryResult.NOT_TRIED, {})
        elif not self._up(self._pbx):
            self._record(CanaryResult.NOT_ARRIVED, {})
        else:
            channel = f"{self._mark}-{now * 1000:.0f}"
            self._call = CanaryCall(config, self._ports, channel, self._pbx, self._aside, self._over)
            self._call.dial()

    def _over(self, walk: Walk) -> None:
        """Write down what came of the call."""
        self._call = None
        assert walk.result is not None
        self._record(walk.result, {str(stage): seconds for stage, seconds in walk.reached.items()})

    def _record(self, result: CanaryResult, took: dict[str, float]) -> None:
        if result not in GOOD:
            at_pbx = "" if self._pbx == MAIN else f" at {self._pbx}"
            log.warning("canary: the call to %s%s: %s", self._config.number, at_pbx, result.replace("_", " "))
        called = events.CanaryCalled(
            at=self._ports.clock.now(),
            number=self._config.number,
            every=self._config.every,
            result=result,
            took=took,
            pbx=self._pbx,
        )
        self._ports.journal.append([called])


def make_canaries(
    config: Callable[[], Config], exchange: Exchange, plugins: Plugins, switch: Switches
) -> Canaries:
    """Make a server's canaries; ``config`` gives the configuration that is in force."""
    now = config()
    return Canaries(
        now.canary,
        exchange,
        lambda: RouterState(plugins.routing()),
        lambda: config().queues,
        lambda pbx: switch.links().get(driver_of(pbx), False),
        now.app,
    )
