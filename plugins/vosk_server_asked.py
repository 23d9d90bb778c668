"""What `vosk_server` asks a worker of ``ivrcore speech serve`` of its model: Vosk's own cannot tell."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ivrcore_plugins.vosk_answers import read
from ivrcore_plugins.vosk_server_pool import Busy, Fault, Pool, only_faults
from ivrcore_plugins.vosk_server_talk import Way, is_ours, reached

from ivrcore.api import RecogniserFailed

_MOST_AFTER = 100.0


@dataclass(frozen=True, slots=True)
class Told:
    """Which words its model lacks; seconds from the end of speech to its answer, per second of speech."""

    unknown: frozenset[str]
    after: float


async def unknown(pool: Pool, way: Way, phrases: Sequence[str]) -> frozenset[str]:
    """Give the words that the first one in service lacks; nothing if there is none."""
    async for told in _told(pool, way, phrases):
        return told.unknown
    return frozenset()


async def longest_after(pool: Pool, way: Way) -> float:
    """Give the seconds after the end of speech, per second of it, that the slowest one in service takes."""
    return max([told.after async for told in _told(pool, way, ())], default=0.0)


async def _told(pool: Pool, way: Way, phrases: Sequence[str]) -> AsyncIterator[Told]:
    question = json.dumps({"vocabulary": [*phrases]}, ensure_ascii=False)
    for server in pool.servers:
        if server.down:
            continue
        with suppress(Fault, Busy), only_faults():
            async with reached(server, way) as (connection, _watch):
                if not is_ours(connection):
                    continue
                await connection.send(question)
                told = read_told(await connection.recv())
            yield told


def read_told(message: str | bytes) -> Told:
    """Read the answer; raises :class:`Fault` for what is none."""
    try:
        answer = read(message)
    except RecogniserFailed as error:
        raise Fault(error.message) from None
    words, after = answer.get("unknown"), answer.get("after", 0)
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise Fault("an answer is no list of words")
    if isinstance(after, bool) or not isinstance(after, int | float) or not 0 <= after <= _MOST_AFTER:
        raise Fault("an answer is no number of seconds")
    return Told(frozenset(words), float(after))
