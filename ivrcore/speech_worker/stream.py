"""One client's stream: its messages in order, each answered before the next one is read.

So a client that sends faster than the engine hears is held up by its own socket. Ends by itself: at `eof`,
when the client is silent or breaks the protocol, when the engine fails, and when the worker stops.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from websockets.exceptions import ConnectionClosed

from ivrcore.speech.recogniser import DecodesAtEnd
from ivrcore.speech_worker import protocol
from ivrcore.speech_worker.hearing import Hearing, Shared
from ivrcore.speech_worker.protocol import Refused, Sign, Vocabulary, Wishes
from ivrcore.speech_worker.threads import EngineRaised, Stuck, call

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection

    from ivrcore.speech_worker.settings import Settings

log = logging.getLogger("ivrcore.speech_worker")

INTERNAL, GOING_AWAY = 1011, 1001
"""Close codes of RFC 6455, 7.4.1."""
STOPS = "the worker stops"


class Stream:
    """Serves one connection."""

    def __init__(self, connection: ServerConnection, shared: Shared, settings: Settings) -> None:
        self._connection = connection
        self._shared = shared
        self._settings = settings
        self._hearing = Hearing(shared, Wishes(settings.rate))
        self._closing: asyncio.Future[None] | None = None
        self._waiting = self._stopping = self._over = False

    async def serve(self) -> None:
        """Serve until the stream is over; raises nothing but cancellation."""
        code, reason = 1000, ""
        try:
            while not self._over:
                if self._stopping and not self._hearing.busy:
                    code, reason = GOING_AWAY, STOPS
                    break
                await self._answer(await self._next())
        except ConnectionClosed:
            return
        except Refused as refused:
            self._shared.figures.refused.labels(refused.kind).inc()
            code, reason = refused.code, refused.reason
        except (EngineRaised, Stuck) as failure:
            self._failed(failure)
            code, reason = INTERNAL, str(failure)
        finally:
            self._hearing.close()
        await self._connection.close(code, reason)

    def stop(self) -> None:
        """End once nobody speaks: at once, or with the utterance."""
        self._stopping = True
        if self._waiting and not self._hearing.busy:
            self._closing = asyncio.ensure_future(self._connection.close(GOING_AWAY, STOPS))

    async def _next(self) -> str | bytes:
        self._waiting = True
        try:
            async with asyncio.timeout(self._settings.idle):
                return await self._connection.recv()
        except TimeoutError:
            raise Refused(f"nothing was sent for {self._settings.idle:g} s", kind="idle") from None
        finally:
            self._waiting = False

    async def _answer(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            await self._audio(message)
            return
        hearing, settings = self._hearing, self._settings
        wanted = protocol.read_message(message, hearing.wishes, settings.language, settings.most_phrases)
        if isinstance(wanted, Wishes):
            hearing.wish(wanted)
        elif isinstance(wanted, Vocabulary):
            await self._vocabulary(wanted)
        else:
            await self._end(last=wanted is Sign.EOF)

    async def _audio(self, audio: bytes) -> None:
        arrived = time.monotonic()
        heard = await self._hearing.take(audio)
        if heard:
            self._shared.figures.answering.observe(time.monotonic() - arrived)
            await self._connection.send(protocol.result(heard, self._hearing.wishes))
        else:
            await self._connection.send(protocol.partial(await self._hearing.partial()))

    async def _end(self, *, last: bool) -> None:
        arrived = time.monotonic()
        busy = self._hearing.busy
        heard = await self._hearing.end()
        if busy:
            self._shared.figures.answering.observe(time.monotonic() - arrived)
        await self._connection.send(protocol.result([heard], self._hearing.wishes))
        self._over = last

    async def _vocabulary(self, asked: Vocabulary) -> None:
        grammar = protocol.phrases_of(asked.phrases, self._settings.language)
        engine = self._shared.engine
        lane = self._shared.lane()
        try:
            words = await call(lane, lambda: engine.unknown_words(grammar), self._shared.stall)
        finally:
            lane.close()
        after = engine.after if isinstance(engine, DecodesAtEnd) else 0.0
        await self._connection.send(protocol.unknown(words, after))

    def _failed(self, failure: EngineRaised | Stuck) -> None:
        """Tell it, without what the engine says of it: that may be the caller's words."""
        if isinstance(failure, EngineRaised):
            kind, what = "raised", type(failure.error).__name__
        else:
            kind, what = ("stuck" if failure.lost else "slow"), "no answer in time"
        self._shared.figures.failures.labels(kind).inc()
        log.error("the recogniser %s failed: %s", self._settings.engine, what)
