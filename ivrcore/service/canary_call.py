"""One call of the canary, both of its halves. What to do when is :mod:`ivrcore.canary`'s."""

from __future__ import annotations

import array
import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ivrcore import canary
from ivrcore.canary import Seen, Walk
from ivrcore.model import events
from ivrcore.model.names import ChosenBy
from ivrcore.model.pbx import at
from ivrcore.session.clock import Alarm
from ivrcore.speech.recogniser import SAMPLE_RATE
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from ivrcore.config import CanaryConfig
    from ivrcore.model.event import Event
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.ports import Ports

log = logging.getLogger("ivrcore")

LOUD = 500
"""Between the highest and the lowest sample of what counts as sound, of 65,536."""
SOUND_SECONDS = 0.2
"""So much of it is heard, not clicks."""
STOP_SECONDS = 2.0

SEEN: dict[type[Event], Seen] = {
    events.TurnStarted: Seen.MENU,
    events.NoMatch: Seen.LOST,
    events.ContactClosed: Seen.CLOSED,
}
"""What the hotline's side tells of the call; a choice, only where a key made it."""


class CanaryCall:
    """One call, from dialling to the end of both halves.

    It is made at ``pbx``. ``aside`` makes the hotline that serves it and shows what happens there; ``over``
    is told the whole of it.
    """

    def __init__(
        self,
        config: CanaryConfig,
        ports: Ports,
        channel: str,
        pbx: str,
        aside: Callable[[Callable[[Event], None]], Exchange],
        over: Callable[[Walk], None],
    ) -> None:
        self._config = config
        self._clock = ports.clock
        self._switch = ports.switch
        self._channel = channel
        self._name = at(pbx, channel)
        self._tell_over = over
        self._far = f"{channel}-far"
        self._exchange = aside(self._happened)
        self._alarm = Alarm(ports.clock, partial(self._see, Seen.TIME))
        self._leg: legs.Leg | None = None
        self._walk: Walk | None = None
        self._over: asyncio.Future[None] | None = None
        self._given_up = self._ended = False

    def dial(self) -> None:
        """Begin."""
        dial = legs.Dial(
            leg=self._name,
            channel=self._channel,
            endpoint=f"Local/{self._config.number}@{self._config.context}/n",
            time_out=self._config.longest,
            far=self._far,
        )
        leg = self._leg = self._switch.dial(dial, self._from_leg)
        self._walk = Walk(
            self._config.keys,
            self._clock.now(),
            self._config.within,
            self._config.longest,
            hears=legs.Capability.AUDIO in leg.capabilities,
            always_open=self._config.always_open,
        )
        self._alarm.set(self._walk.deadline)

    def take(self, arrival: legs.Arrival) -> bool:
        """Serve the other half aside, if it is this call's."""
        if arrival.leg.channel != self._far:
            return False
        self._see(Seen.ARRIVED)
        self._exchange.arrived(arrival)
        return True

    async def give_up(self) -> None:
        """Hang up, and wait a little until it is gone. An asyncio coroutine."""
        self._given_up = True
        self._over = asyncio.get_running_loop().create_future()
        if self._leg is not None:
            self._leg.send(legs.HangUp())
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._over
        except TimeoutError:
            log.warning("canary: its call may be left to the next start")
        self._end()

    def _from_leg(self, event: legs.LegEvent) -> None:
        match event:
            case legs.Answered():
                self._see(Seen.ANSWERED)
                if self._leg is not None and self._walk is not None and self._walk.hears:
                    self._leg.open_audio(Ear(partial(self._see, Seen.SOUND)))
            case legs.Ended():
                self._see(Seen.CALLED_OFF)
            case _:
                pass  # what failed is not waited for any longer than what does not come

    def _happened(self, event: Event) -> None:
        if isinstance(event, events.ChoiceMade) and event.by is ChosenBy.KEY:
            self._see(Seen.CHOSE)
        elif type(event) in SEEN:
            self._see(SEEN[type(event)])

    def _see(self, seen: Seen) -> None:
        walk = self._walk
        if walk is None:
            return
        for act in walk.see(seen, self._clock.now()):
            assert self._leg is not None
            match act:
                case canary.Press(key):
                    self._leg.send(legs.PressKey(key))
                case canary.HangUp():
                    self._leg.send(legs.HangUp())
        if not walk.over:
            self._alarm.set(walk.deadline)
        elif not self._ended:
            self._finished(walk)

    def _finished(self, walk: Walk) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_result(None)
        self._end()
        if not self._given_up:
            self._tell_over(walk)

    def _end(self) -> None:
        self._ended = True
        self._alarm.cancel()
        if self._leg is not None:
            self._leg.close_audio()
        self._exchange.enter(self._exchange.stop)


class Ear:
    """Tells once that sound came."""

    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard = heard
        self._missing = int(SOUND_SECONDS * SAMPLE_RATE)

    def audio(self, pcm: bytes) -> float | None:
        """Take some of it."""
        samples = array.array("h", pcm[: len(pcm) // 2 * 2])
        if self._missing > 0 and samples and max(samples) - min(samples) > LOUD:
            self._missing -= len(samples)
            if self._missing <= 0:
                self._heard()
        return None

    def audio_lost(self, code: str) -> None:
        """Nothing will be heard: the wait for it ends by its deadline."""
        log.warning("canary: its call cannot be heard: %s", code)
