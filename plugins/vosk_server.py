"""Recogniser `vosk_server`: Vosk on other machines, by the websocket protocol of alphacep/vosk-server.

Options: ``servers`` (urls, ws:// or wss://), ``token_file`` (mode 600) or ``token_env`` where they want a
token, as workers of ``ivrcore speech serve`` do; ``ca_file`` for a private certificate authority; ``insecure:
yes`` to send callers' voices to other machines unencrypted; ``timeout`` (0.9 s from the end of speech to the
answer, all tries together; keep it below half of `speech: stall`), ``connect`` (1 s), ``answers`` (32
awaited at once).

An utterance goes to the server with the fewest streams, and to another one if that fails in the middle of it:
the audio is kept. A server that failed rests, twice as long each time, and is tried with silence first. With
none left, recognisers raise at once. All that waits is on one thread with a loop of its own.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import math
import threading
import weakref
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from ivrcore_plugins import vosk_server_options as read
from ivrcore_plugins.vosk_server_asked import longest_after, unknown
from ivrcore_plugins.vosk_server_plugin import ivrcore_recogniser as ivrcore_recogniser
from ivrcore_plugins.vosk_server_pool import Limits, Pool, Server
from ivrcore_plugins.vosk_server_talk import Talk, Way, probe

from ivrcore.api import (
    Engine,
    Grammar,
    Hypothesis,
    Recogniser,
    RecogniserFailed,
    ServerNow,
    normalised,
)

T = TypeVar("T")

_SPARE = 0.5  # seconds that a thread waits longer than the loop: it ends every wait by itself


def engine_of(language: str, options: Mapping[str, str]) -> Engine:
    """Get ready to ask the servers; those that do not answer now may come later."""
    read.refuse_unknown(options)
    limits = Limits(read.timeout(options), read.connect(options))
    way = Way(language, read.token(options), read.trusted(options), limits)
    servers = [Server(url) for url in read.servers(options)]
    return VoskServerEngine(language, servers, way, int(read.answers(options)))


class VoskServerEngine:
    """The servers of one language. Its loop ends when nobody has the engine any more."""

    name = "vosk_server"
    cost = 0.01

    def __init__(self, language: str, servers: Sequence[Server], way: Way, waits: int = 32) -> None:
        self.language = language
        self.waits = waits
        self.loop = Loop(f"ivrcore-vosk-server-{language}")
        self.limits = way.limits
        self._way = way
        self.pool = Pool(servers, lambda server: probe(server, way), way.limits)
        weakref.finalize(self, self.loop.stop)
        self.loop.ask(self.pool.look(), 2 * way.limits.connect + way.limits.timeout)

    def recogniser(self, grammar: Grammar) -> Recogniser:
        """Begin to connect."""
        phrases = sorted({normalised(phrase.text) for phrase in grammar.phrases} - {""})
        if not grammar.says_something and not grammar.free:
            return Deaf()
        talk = Talk(self.pool, self._way, phrases, free=grammar.free, network=grammar.network)
        return ServerRecogniser(self, talk)

    def servers(self) -> Sequence[ServerNow]:
        """Tell how each of them fares."""
        return self.pool.now(self.loop.time())

    def unknown_words(self, grammar: Grammar) -> frozenset[str]:
        """Give what a worker of ours says; Vosk's own server cannot tell, so nothing is known of it."""
        phrases = [phrase.text for phrase in grammar.phrases]
        phrases += sorted(grammar.network.words) if grammar.network else []
        return self.loop.ask(unknown(self.pool, self._way, phrases), 10 * self.limits.connect)

    def advice(self, longest: float) -> Sequence[str]:
        """Tell of a ``timeout`` that is over before workers answer that decode at the end of speech."""
        wait = 10 * self.limits.connect * len(self.pool.servers)
        takes = longest * self.loop.ask(longest_after(self.pool, self._way), wait)
        several = len(self.pool.servers) > 1
        if takes <= (self.limits.patience if several else self.limits.timeout):
            return ()
        wanted = math.ceil(takes * 10 * (2 if several else 1)) / 10
        twice = " (a server has half of it where there is another one)" if several else ""
        return (
            f"a server decodes what was said once it is over, {takes:.1f} s for {longest:g} s of speech: "
            f"`timeout` is {self.limits.timeout:g} s, and should be {wanted:g} s or more{twice}, "
            "and `stall` above it (above twice of it where another recogniser follows)",
        )


class ServerRecogniser:
    """One utterance; only `finish` waits."""

    def __init__(self, engine: VoskServerEngine, talk: Talk) -> None:
        self._engine = engine  # its loop runs as long as somebody has it
        self._talk = talk
        self._heard = engine.loop.start(talk.heard())
        weakref.finalize(self, self._heard.cancel).atexit = False

    def feed(self, pcm: bytes) -> None:
        """Send it, and keep it for another server; raises if all of them failed."""
        if self._heard.done():
            self._heard.result()
        self._engine.loop.soon(self._talk.feed, pcm)

    def partial(self) -> str:
        """Give what the server told last."""
        return self._talk.so_far

    def finish(self) -> Sequence[Hypothesis]:
        """Wait for the answer, not longer than the options allow."""
        self._engine.loop.soon(self._talk.end)
        try:
            return self._heard.result(self._engine.limits.timeout + _SPARE)
        except concurrent.futures.TimeoutError:
            self._heard.cancel()
            raise RecogniserFailed("no server answered in time") from None


class Deaf:
    """Without any phrase nothing is heard, and nobody asked."""

    def feed(self, pcm: bytes) -> None:
        """Drop it."""

    def partial(self) -> str:
        """Give nothing."""
        return ""

    def finish(self) -> Sequence[Hypothesis]:
        """Give nothing."""
        return ()


class Loop:
    """An event loop on a thread of its own, a daemon; its methods may be called from any other thread."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=_run, args=(self._loop,), name=name, daemon=True).start()

    def start(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Begin some work."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def ask(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """Wait for some work, so many seconds at most; raises what it raised, or RecogniserFailed."""
        future = self.start(work)
        try:
            return future.result(seconds)
        except concurrent.futures.TimeoutError:
            future.cancel()
            raise RecogniserFailed("no server answered in time") from None

    def time(self) -> float:
        """Give its time, as what runs on it reckons."""
        return self._loop.time()

    def soon(self, call: Callable[..., object], *arguments: object) -> None:
        """Have something called."""
        self._loop.call_soon_threadsafe(call, *arguments)

    def stop(self) -> None:
        """End the thread and all work; more than once is one too many, but harmless."""
        with suppress(RuntimeError):  # closed already
            self._loop.call_soon_threadsafe(self._loop.stop)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    finally:
        loop.close()
