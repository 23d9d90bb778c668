"""What befalls a server beside its calls, as events: faults of plugins, the link, orphans, clock jumps."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ivrcore.errors import IvrError
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import FAULTS, EngineChange
from ivrcore.plugin_manager import describe
from ivrcore.session.clock import UtcClock

if TYPE_CHECKING:
    from ivrcore.speech.standing import Change

log = logging.getLogger("ivrcore")

_CHANGED = {EngineChange.TRIED: "is tried again", EngineChange.BACK: "is back"}


class Incidents:
    """Appends one event for each; on the loop's thread, but for `hook_failed`."""

    def __init__(
        self,
        record: Callable[[Sequence[Event]], None],
        clock: UtcClock,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._record = record
        self._clock = clock
        self._loop = loop

    def plugin_failed(self, plugin: str, hook: str, error: str) -> None:
        """A plugin raised, or gave what it may not."""
        self._record([events.PluginFailed(at=self._clock.now(), plugin=plugin, hook=hook, error=error)])

    def hook_failed(self, plugin: str, hook: str, error: BaseException) -> None:
        """The same, told on any thread: recognisers and voices are made on workers."""
        with suppress(RuntimeError):  # the loop has ended: it is in the log
            self._loop.call_soon_threadsafe(self.plugin_failed, plugin, hook, describe(error))

    def recogniser_failed(self, plugin: str, doing: str, error: BaseException) -> None:
        """Log what no hook's call logs: an engine raised or stalled in a call."""
        log.error("recogniser %s failed in %s: %s", plugin, doing, _why(error))
        self.plugin_failed(plugin, doing, describe(error))

    def recogniser_changed(self, language: str, rank: int, engine: str, change: Change) -> None:
        """A recogniser was taken out, is tried again, or is back."""
        if change.fault is not None:
            log.error(
                "recogniser %s (%s) %s: it is left out for %.0f s",
                engine,
                language,
                FAULTS[change.fault],
                change.seconds,
            )
        else:
            log.warning("recogniser %s (%s) %s", engine, language, _CHANGED[change.change])
        self._record(
            [
                events.RecogniserChanged(
                    at=self._clock.now(),
                    engine=engine,
                    language=language,
                    rank=rank,
                    change=change.change,
                    fault=change.fault,
                    seconds=change.seconds,
                )
            ]
        )

    def link_up(self, driver: str, away: float, peer: str) -> None:
        """An Asterisk is there, after so many seconds."""
        self._record([events.LinkCameUp(at=self._clock.now(), driver=driver, peer=peer, away=away)])

    def link_down(self, driver: str, reason: str) -> None:
        """An Asterisk is not there."""
        self._record([events.LinkWentDown(at=self._clock.now(), driver=driver, reason=reason)])

    def orphan(self, what: str, name: str, action: str) -> None:
        """Something of ours was found in Asterisk that nobody owns."""
        self._record([events.OrphanEnded(at=self._clock.now(), what=what, id=name, action=action)])

    def check_clock(self) -> None:
        """Look whether somebody set the machine's clock."""
        jump = self._clock.check()
        if jump:
            self._record([events.ClockJumped(at=self._clock.now(), seconds=jump)])


def _why(error: BaseException) -> str:
    """Our own words whole; of a plugin's error only kind and place: its text may hold personal values."""
    return str(error) if isinstance(error, IvrError) else describe(error)
