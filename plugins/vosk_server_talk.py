"""One utterance of `vosk_server`: sent while it is spoken, kept, and sent again to another server if need be.

Runs on an event loop; every wait has a deadline. A server owes one answer for each audio message, in order,
and a last one for ``eof``: so it is known at any moment whether it is late, and which answer is the last.
https://github.com/alphacep/vosk-server/blob/master/websocket/asr_server.py
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus

from ivrcore_plugins.vosk_answers import heard, read
from ivrcore_plugins.vosk_server_pool import Busy, Fault, Limits, Pool, Server, only_faults
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from ivrcore.api import SAMPLE_RATE, Hypothesis, Network, RecogniserFailed, SpeechBusy

EOF = '{"eof" : 1}'
"""As Vosk's own server compares it, blanks and all."""
OURS = "ivrcore-speech"
"""How a worker of ``ivrcore speech serve`` names itself."""
READINGS = 5
_UNKNOWN = "[unk]"
"""What Vosk's English models hear for other words; none of theirs to others."""
_PIECE = SAMPLE_RATE * 2  # one second: what has piled up is sent in as few messages
_TRY_AGAIN = 1013
_LONGEST_ANSWER = 1 << 20
_SILENCE = bytes(SAMPLE_RATE // 5)  # 0.1 s


@dataclass(frozen=True, slots=True)
class Way:
    """How servers are come by: the language of them all, the token, whom to trust, how long to wait."""

    language: str
    token: str = field(repr=False)
    trusted: ssl.SSLContext
    limits: Limits

    def config(
        self, phrases: Sequence[str], *, free: bool, ours: bool, network: Network | None = None
    ) -> str:
        """Write what a stream is for; ``free``: anything may be said.

        Vosk takes what is listed in any order, so that its own server needs a network's words only.
        """
        wanted: dict[str, object] = {"sample_rate": SAMPLE_RATE, "words": 1, "max_alternatives": 0}
        if ours:  # several readings: Vosk's own server would leave the words' confidences out
            wanted |= {"language": self.language, "gate": 0, "free": int(free), "max_alternatives": READINGS}
            wanted["phrase_list"] = [*phrases]  # heard where an engine hears nothing else
            wanted |= {"network": network.arcs} if network else {}
        elif not free:
            # Vosk's own server leaves out what its model does not know, as this one may be.
            words = sorted(network.words) if network else []
            wanted["phrase_list"] = [*phrases, *words, _UNKNOWN]
        return json.dumps({"config": wanted}, ensure_ascii=False)


class Talk:
    """One utterance; all methods on the pool's loop."""

    def __init__(
        self,
        pool: Pool,
        way: Way,
        phrases: Sequence[str],
        *,
        free: bool = False,
        network: Network | None = None,
    ) -> None:
        self._pool = pool
        self._way = way
        self._phrases = phrases
        self._free = free
        self._network = network
        self.so_far = ""
        """What was heard so far; may be read on any thread."""
        self._audio = bytearray()
        self._news = asyncio.Event()
        self._end_by: float | None = None
        self._attempt: _Attempt | None = None

    def feed(self, pcm: bytes) -> None:
        """Take more audio."""
        self._audio += pcm
        self._news.set()

    def end(self) -> None:
        """The utterance is over: the answer is wanted now."""
        self._end_by = asyncio.get_running_loop().time() + self._way.limits.timeout
        self._news.set()
        if self._attempt is not None:
            self._attempt.hurry()

    async def heard(self) -> Sequence[Hypothesis]:
        """Give what a server heard; raises :class:`RecogniserFailed`, or `SpeechBusy` if all are full."""
        tried: set[Server] = set()
        full = False
        why = "no server is in service"
        while (server := self._pool.choose(tried)) and not self._late():
            tried.add(server)
            try:
                with only_faults():
                    return await self._ask(server, tried)
            except Busy:
                self._pool.is_busy(server)
                full = True
            except Fault as fault:
                self._pool.failed(server, fault)
                why = f"no server answered: {fault}"
        if full or self._pool.full:
            raise SpeechBusy("the speech servers take no more streams")
        if self._late() and not tried:
            why = "no server answered in time"
        raise RecogniserFailed(why)

    async def _ask(self, server: Server, tried: set[Server]) -> Sequence[Hypothesis]:
        alone = self._pool.choose(tried) is None
        with server.stream():
            async with reached(server, self._way, self._end_by) as (connection, watch):
                self._attempt = _Attempt(self, connection, watch, alone=alone)
                try:
                    found = await self._attempt.run()
                finally:
                    self._attempt = None
        ended = self._end_by - self._way.limits.timeout if self._end_by is not None else self._now()
        self._pool.did_well(server, self._now() - ended)
        return found

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _late(self) -> bool:
        return self._end_by is not None and asyncio.get_running_loop().time() >= self._end_by

    # --- for the attempt --------------------------------------------------------------------------

    @property
    def way(self) -> Way:
        """How servers are come by."""
        return self._way

    def config(self, *, ours: bool) -> str:
        """Write what the stream is for."""
        return self._way.config(self._phrases, free=self._free, ours=ours, network=self._network)

    @property
    def end_by(self) -> float | None:
        """When the answer is too late; None while the caller speaks."""
        return self._end_by

    async def more(self, sent: int) -> bytes | None:
        """Give the audio from there on, at most a piece of it, waiting for some; None at the end."""
        while len(self._audio) <= sent:
            if self._end_by is not None:
                return None
            self._news.clear()
            await self._news.wait()
        return bytes(self._audio[sent : sent + _PIECE])


class _Attempt:
    """One server's try at it."""

    def __init__(
        self, talk: Talk, connection: ClientConnection, watch: asyncio.Timeout, *, alone: bool
    ) -> None:
        self._talk = talk
        self._connection = connection
        self._watch = watch
        self._alone = alone
        self._owed = 0
        self._last = False
        self._since = 0.0

    async def run(self) -> Sequence[Hypothesis]:
        """Send and receive until the last answer; raises what the connection raises, or :class:`Fault`."""
        self.hurry()
        sending = asyncio.ensure_future(self._send())
        try:
            return await self._receive()
        finally:
            sending.cancel()
            # What ended the sending ends the receiving too, and is told from there.
            await asyncio.gather(sending, return_exceptions=True)

    def hurry(self) -> None:
        """Set the deadline anew: something was sent or came, or the utterance is over."""
        limits, end_by = self._talk.way.limits, self._talk.end_by
        patience = 2 * limits.timeout if self._alone else limits.patience
        deadlines = [end_by] if end_by is not None else []
        if self._owed and not (self._alone and end_by is not None):
            deadlines.append(self._since + patience)
        self._watch.reschedule(min(deadlines) if deadlines else None)

    async def _send(self) -> None:
        ours = is_ours(self._connection)
        await self._connection.send(self._talk.config(ours=ours))
        sent = 0
        while (piece := await self._talk.more(sent)) is not None:
            sent += len(piece)
            self._owe()
            await self._connection.send(piece)
        self._last = True
        self._owe()
        await self._connection.send(EOF)

    def _owe(self) -> None:
        if not self._owed:
            self._since = asyncio.get_running_loop().time()
        self._owed += 1
        self.hurry()

    async def _receive(self) -> Sequence[Hypothesis]:
        results: list[str | bytes] = []
        texts: list[str] = []
        while True:
            message = await self._connection.recv()
            if not self._owed:
                raise Fault("it answered what nobody asked")
            self._owed -= 1
            self._since = asyncio.get_running_loop().time()
            self.hurry()
            answer = _answer(message)
            if "partial" in answer:
                self._talk.so_far = " ".join(filter(None, [*texts, str(answer["partial"])]))
            else:
                results.append(message)
                texts += [one.text for one in _understood([message])[:1]]
                self._talk.so_far = " ".join(texts)
            if self._last and not self._owed:
                if "partial" in answer:
                    raise Fault("its last answer is no result")
                return _understood(results)


def _answer(message: str | bytes) -> dict[str, object]:
    try:
        answer = dict(read(message))
    except RecogniserFailed as error:
        raise Fault(error.message) from None
    if not answer.keys() & {"partial", "text", "alternatives"}:
        raise Fault("an answer is none of Vosk's")
    return answer


def _understood(results: Sequence[str | bytes]) -> Sequence[Hypothesis]:
    try:
        return heard(results)
    except RecogniserFailed as error:
        raise Fault(error.message) from None


# --- connections ----------------------------------------------------------------------------------

Reached = tuple[ClientConnection, asyncio.Timeout]


class _Straight(connect):
    """Goes where the configuration says, nowhere else: voices and the token are for that server alone."""

    def process_redirect(self, exc: Exception) -> Exception:
        """Follow no redirect, not even one that is allowed by itself."""
        return exc


@asynccontextmanager
async def reached(server: Server, way: Way, end_by: float | None = None) -> AsyncIterator[Reached]:
    """Connect; give the connection, and the deadline of all that is done with it, to be set anew.

    Whatever goes wrong on the wire, or takes too long, is a :class:`Fault` or :class:`Busy`.
    """
    let_in_by = asyncio.get_running_loop().time() + way.limits.connect
    by = let_in_by if end_by is None else min(let_in_by, end_by)
    try:
        async with asyncio.timeout_at(by) as watch:
            connection = await _Straight(
                server.url,
                additional_headers={"Authorization": f"Bearer {way.token}"} if way.token else None,
                ssl=way.trusted if server.url.startswith("wss:") else None,
                proxy=None,
                compression=None,
                open_timeout=None,  # the deadline above
                close_timeout=way.limits.connect,
                max_size=_LONGEST_ANSWER,
            )
            try:
                yield connection, watch
            finally:
                _leave(server, connection)
    except TimeoutError:
        raise Fault("it did not answer in time") from None
    except InvalidStatus as refused:
        status = refused.response.status_code
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise Busy from None
        raise Fault(f"it refuses us with status {status}") from None
    except ConnectionClosed as closed:
        if closed.rcvd is not None and closed.rcvd.code == _TRY_AGAIN:
            raise Busy from None
        raise Fault(f"it closed the stream, code {closed.rcvd.code if closed.rcvd else 1006}") from None
    except (OSError, WebSocketException) as error:
        raise Fault(f"it cannot be reached: {type(error).__name__}") from None


def _leave(server: Server, connection: ClientConnection) -> None:
    """Close it without waiting: an answer is not held up by politeness. Ends by its own time-out."""
    task = asyncio.ensure_future(_close(connection))
    server.leaving.add(task)
    task.add_done_callback(server.leaving.discard)


async def _close(connection: ClientConnection) -> None:
    with suppress(OSError, ConnectionClosed):
        await connection.close()


def is_ours(connection: ClientConnection) -> bool:
    """Whether a worker of ``ivrcore speech serve`` is at its other end."""
    return connection.response is not None and connection.response.headers.get("Server") == OURS


# --- beside the calls -----------------------------------------------------------------------------


async def probe(server: Server, way: Way) -> None:
    """See whether a server answers to a little silence; raises :class:`Fault` or :class:`Busy`."""
    pool = Pool([server], lambda _: asyncio.sleep(0), way.limits)
    talk = Talk(pool, way, [_UNKNOWN])
    talk.feed(_SILENCE)
    async with reached(server, way) as (connection, watch):
        attempt = _Attempt(talk, connection, watch, alone=True)
        talk.end()
        await attempt.run()
