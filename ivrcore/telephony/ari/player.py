"""What a leg plays: one playback at a time, with exactly one end each.

Asterisk plays a repeated id a second time, so a play whose answer got lost is asked for before it is sent
again. A playback is watched until it ended: by Asterisk's event, or by asking now and then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from ivrcore.errors import TelephonyError
from ivrcore.model.names import PromptEnd
from ivrcore.telephony.ari import requests, wire
from ivrcore.telephony.ari.server import AriServer
from ivrcore.telephony.ari.under_way import begin, goes_on
from ivrcore.telephony.leg import LegEvent, Play, PlayEnded

log = logging.getLogger(__name__)

STOP_TRIES = 4
"""How often a playback that Asterisk neither stops nor denies is asked to stop."""

END_SECONDS = 1.0
"""How long Asterisk's event may lag behind its answer that says the same."""


@dataclass(eq=False)
class Playing:
    """A playback under way."""

    play: Play
    started: asyncio.Future[bool]
    """Set once Asterisk has said whether it took it."""
    over: asyncio.Future[None]
    stopping: bool = False


class Player:
    """Plays to one channel. ``start`` runs a coroutine as a task of the leg."""

    def __init__(
        self,
        server: AriServer,
        channel: str,
        report: Callable[[LegEvent], None],
        start: Callable[[Coroutine[Any, Any, Any], str], object],
    ) -> None:
        self.playing: Playing | None = None
        self._server = server
        self._channel = channel
        self._report = report
        self._start = start

    async def play(self, play: Play) -> None:
        """Play and wait for the end; raises a TelephonyError when it could not begin."""
        loop = asyncio.get_running_loop()
        playing = self.playing = Playing(play, loop.create_future(), loop.create_future())
        try:
            await self._begin(play)
        except BaseException:
            if self.playing is playing:
                self.playing = None
                playing.over.set_result(None)
            playing.started.set_result(False)
            raise
        playing.started.set_result(True)
        await self._watch(playing)

    def adopt(self, playback: str) -> None:
        """Take a playback for one under way that an earlier life asked for; `watch` it then."""
        loop = asyncio.get_running_loop()
        self.playing = Playing(Play(playback, ()), loop.create_future(), loop.create_future())
        self.playing.started.set_result(True)

    async def watch(self) -> None:
        """Wait for the end of what is under way."""
        if self.playing is not None:
            await self._watch(self.playing)

    async def _watch(self, playing: Playing) -> None:
        while self.playing is playing:
            await asyncio.wait([playing.over], timeout=self._server.config.playback_check_seconds)
            if not playing.over.done() and not await self._goes_on(playing.play.playback):
                self.over(playing, PromptEnd.FINISHED, inferred=True)

    async def _begin(self, play: Play) -> None:
        request = requests.play(self._channel, play.playback, play.media)
        await begin(self._server, request, requests.playback(play.playback))

    async def _goes_on(self, playback: str) -> bool:
        return await goes_on(self._server, requests.playback(playback))

    def stop(self, playback: str) -> bool:
        """Stop this playback if it is the one under way; whether it is."""
        playing = self.playing
        if playing is None or playing.play.playback != playback:
            return False
        if not playing.stopping:
            playing.stopping = True
            self._start(self._stop(playing), "stop playing")
        return True

    async def _stop(self, playing: Playing) -> None:
        # shielded: whoever cancels this must not take the answer from who began the playback
        if not await asyncio.shield(playing.started) or self.playing is not playing:
            return
        if await self._silenced(playing):
            await asyncio.wait([playing.over], timeout=END_SECONDS)
            self.over(playing, PromptEnd.STOPPED, inferred=True)
        playing.stopping = False  # given up: who asks again is heard

    async def _silenced(self, playing: Playing) -> bool:
        playback = playing.play.playback
        for attempt in range(STOP_TRIES):
            try:
                if not (attempt and (playing.over.done() or not await self._goes_on(playback))):
                    await self._server.done_or_gone(requests.stop_play(playback))
            except TelephonyError as error:
                log.warning("stopping %s: %s", playback, error)
            else:
                return True
        log.error("%s does not stop, and may be heard to its end", playback)
        return False

    async def silence(self) -> None:
        """Stop whatever is under way and wait until it is silent."""
        if self.playing is not None:
            playing = self.playing
            self.stop(playing.play.playback)
            await asyncio.wait([playing.over], timeout=self._server.config.request_seconds)

    def finished(self, playback: wire.Playback, *, cut_short: bool) -> None:
        """A playback is over, says Asterisk (which calls it failed if a hang-up ``cut_short`` it)."""
        playing = self.playing
        if playing is None or playing.play.playback != playback.id:
            return
        if playing.stopping or cut_short:
            self.over(playing, PromptEnd.STOPPED)
        else:
            self.over(playing, PromptEnd.FAILED if playback.state == "failed" else PromptEnd.FINISHED)

    def missing(self) -> None:
        """Asterisk has the playback under way no more: it ended while nobody listened."""
        playing = self.playing
        if playing is not None and playing.started.done():
            self.over(playing, PromptEnd.STOPPED if playing.stopping else PromptEnd.FINISHED, inferred=True)

    def end(self, *, inferred: bool) -> None:
        """The leg is gone, and so is what it played."""
        if self.playing is not None:
            self.over(self.playing, PromptEnd.STOPPED, inferred=inferred)

    def over(self, playing: Playing, how: PromptEnd, *, inferred: bool = False) -> None:
        """Report the end of a playback, once."""
        if self.playing is playing:
            self.playing = None
            playing.over.set_result(None)
            self._report(PlayEnded(playing.play.playback, how, inferred))
