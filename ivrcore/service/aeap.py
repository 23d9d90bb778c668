"""The AEAP speech server of a running site: its port, over the same recognisers and budget as all menus."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ivrcore.errors import CoreMisuse
from ivrcore.service.ears import warn_of
from ivrcore.session.hearing import heard_input
from ivrcore.telephony.aeap.claims import Claims
from ivrcore.telephony.aeap.figures import Figures
from ivrcore.telephony.aeap.grammars import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.config import AeapConfig
    from ivrcore.dialplan.model import Plan
    from ivrcore.session.clock import Clock, SteadyTime
    from ivrcore.session.listening import SpeechService
    from ivrcore.session.turn import Listening
    from ivrcore.telephony.aeap.door import Door, DoorConfig
    from ivrcore.telephony.aeap.recognition import Told

log = logging.getLogger("ivrcore.aeap")


class SpeechEars:
    """Has the server's speech service hear; see :class:`~ivrcore.telephony.aeap.recognition.Ears`."""

    def __init__(self, speech: SpeechService) -> None:
        self._speech = speech

    def listen(self, asked: Asked, told: Callable[[Told], None], *, prompted: bool) -> Listening:
        """Listen for one utterance."""
        bounds = asked.bounds
        return self._speech.listen(
            1,
            asked.grammar,
            bounds.accept,
            bounds.confirm,
            lambda event: told(heard_input(event)),
            asked.taking,
            prompted=prompted,
        )


class LiveAeap:
    """Does nothing where the site has no section ``aeap``; ``claims`` is there all the same."""

    def __init__(
        self,
        config: AeapConfig | None,
        speech: SpeechService,
        plans: Callable[[], Sequence[Plan]],
        clock: Clock,
        steady: SteadyTime,
    ) -> None:
        self.claims = Claims()
        self.figures = Figures()
        self._speech = speech
        self._own = _own(config)
        self._door: Door | None = None
        self._task: asyncio.Task[None] | None = None
        if config is not None:
            from ivrcore.telephony.aeap.door import Door  # of no use to a site without AEAP, as all of it
            from ivrcore.telephony.aeap.grammars import SiteGrammars
            from ivrcore.telephony.aeap.turns import Site

            grammars = SiteGrammars(plans, self._own, clock.now)
            site = Site(SpeechEars(speech), grammars, self.claims, self.figures)
            self._door = Door(_door_config(config), site, steady.seconds)

    @property
    def port(self) -> int:
        """Where Asterisk connects to, once it has started; 0 without a server."""
        return self._door.port if self._door else 0

    def take(self, config: AeapConfig | None) -> None:
        """Have other grammars from the next recognition on; the rest waits for a restart."""
        own = _own(config)
        if own != self._own:
            self._own.clear()
            self._own.update(own)
            self.warn_unheard()

    def start(self) -> None:
        """Open the port; raises :class:`ivrcore.errors.ConfigError` for one that is taken."""
        if self._door is not None:
            self._door.bind()
            log.info("Asterisk's speech applications may connect to port %d", self._door.port)
            self._task = asyncio.ensure_future(_listen(self._door))

    async def stop(self) -> None:
        """Close the port and what is connected."""
        if self._task is not None:
            await self._task
        if self._door is not None:
            await self._door.stop()

    def warn_unheard(self) -> None:
        """Tell the log which phrases of its own grammars can never be heard, with engines that are loaded."""
        warn_of(self._speech, [(f"aeap, grammar {name}", one.grammar) for name, one in self._own.items()])

    def words(self) -> dict[str, str]:
        """Say how it is going, for the status page."""
        return {"Asterisk's dialplans (AEAP)": self.figures.in_words()} if self._door else {}


async def _listen(door: Door) -> None:
    try:
        await door.listen()
    except Exception:  # the site goes on without: it is told, since nobody waits for this task's end
        log.exception("%s Asterisk's speech applications cannot connect", CoreMisuse.code)


def _own(config: AeapConfig | None) -> dict[str, Asked]:
    listed = config.grammars if config else {}
    return {name: Asked(name, one.grammar, one.bounds) for name, one in listed.items()}


def _door_config(config: AeapConfig) -> DoorConfig:
    from ivrcore.telephony.aeap.door import DoorConfig

    return DoorConfig(
        token=config.token,
        host=config.host,
        port=config.port,
        allow=tuple(map(ipaddress.ip_network, config.allow)),
        connections=config.connections,
    )
