"""What a leg records: one recording at a time, with exactly one end each.

Asterisk keeps a recording in its spool until it is fetched and erased. As with playbacks, one is watched
until it ended: by Asterisk's event, or by asking now and then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from ivrcore.errors import RequestFailed, TelephonyError
from ivrcore.telephony.ari import requests, wire
from ivrcore.telephony.ari.server import AriServer
from ivrcore.telephony.ari.under_way import begin, goes_on
from ivrcore.telephony.leg import Fetched, LegEvent, Record, Recorded, Unfetched

log = logging.getLogger(__name__)

FETCH_SECONDS = 60.0
"""For a recording of half an hour, from the same machine."""
CHECK_BEYOND = 5.0
"""Seconds beyond a recording's longest time after which it is asked for."""


@dataclass(eq=False)
class Recording:
    """A recording under way."""

    record: Record
    over: asyncio.Future[None]
    stopping: bool = False


class Recorder:
    """Records one channel. ``start`` runs a coroutine as a task of the leg."""

    def __init__(
        self,
        server: AriServer,
        channel: str,
        report: Callable[[LegEvent], None],
        start: Callable[[Coroutine[Any, Any, Any], str], object],
    ) -> None:
        self.recording: Recording | None = None
        self._server = server
        self._channel = channel
        self._report = report
        self._start = start

    async def record(self, record: Record) -> None:
        """Record and wait for the end; raises a TelephonyError when it could not begin."""
        one = self.recording = Recording(record, asyncio.get_running_loop().create_future())
        try:
            await self._begin(record)
        except BaseException:
            self._forget(one)
            raise
        await self._watch(one)

    def adopt(self, recording: str) -> None:
        """Take a recording for one under way that an earlier life asked for; `watch` it then."""
        over = asyncio.get_running_loop().create_future()
        self.recording = Recording(Record(recording, 0.0, 0.0), over)

    async def watch(self) -> None:
        """Wait for the end of what is under way."""
        if self.recording is not None:
            await self._watch(self.recording)

    async def _watch(self, one: Recording) -> None:
        wait = one.record.longest + CHECK_BEYOND
        while self.recording is one:
            await asyncio.wait([one.over], timeout=wait)
            wait = CHECK_BEYOND
            if not one.over.done() and not await self._goes_on(one.record.recording):
                self._end(one)

    async def _begin(self, record: Record) -> None:
        request = requests.record(
            self._channel, record.recording, record.longest, record.silence, record.terminator
        )
        await begin(self._server, request, requests.live_recording(record.recording))

    async def _goes_on(self, recording: str) -> bool:
        return await goes_on(self._server, requests.live_recording(recording))

    def stop(self, recording: str) -> bool:
        """End this recording if it is the one under way; whether it is."""
        one = self.recording
        if one is None or one.record.recording != recording:
            return False
        if not one.stopping:
            one.stopping = True
            self._start(self._stop(one), "stop recording")
        return True

    async def _stop(self, one: Recording) -> None:
        try:
            await self._server.done_or_gone(requests.stop_recording(one.record.recording))
        except TelephonyError as error:
            log.warning("stopping the recording %s: %s", one.record.recording, error)
        one.stopping = False  # if it still goes on, whoever asks again is heard

    def finished(self, recording: wire.Recording, *, failed: bool) -> None:
        """A recording is over, says Asterisk."""
        one = self.recording
        if one is not None and one.record.recording == recording.name:
            self._end(one, RequestFailed.code if failed else "")

    def missing(self) -> None:
        """The leg is gone, or Asterisk records no more; what was said until then is kept."""
        if self.recording is not None:
            self._end(self.recording)

    def _end(self, one: Recording, code: str = "") -> None:
        if self._forget(one):
            self._report(Recorded(one.record.recording, code))

    def _forget(self, one: Recording) -> bool:
        if self.recording is not one:
            return False
        self.recording = None
        one.over.set_result(None)
        return True


async def fetch(server: AriServer, recording: str) -> Fetched:
    """Give a recording that is over; only what Asterisk says that it does not have is gone."""
    for _ in range(FETCH_TRIES):
        try:
            return await server.fetch(requests.recorded_file(recording), FETCH_SECONDS)
        except TelephonyError as error:
            if not (isinstance(error, RequestFailed) and error.status == 404):
                log.warning("fetching the recording %s: %s", recording, error)
                return Unfetched.NOT_NOW
            await asyncio.sleep(FETCH_PAUSE)  # Asterisk may still be writing it as the channel ends
    return Unfetched.GONE


FETCH_TRIES = 5
FETCH_PAUSE = 0.3
"""Seconds."""
