"""A stream's audio on its way to the engine: others have their turn meanwhile."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from ivrcore.session.workers import Workers
from ivrcore.speech.endpointing import Timing
from ivrcore.speech.recogniser import SAMPLE_RATE
from ivrcore.speech_worker.figures import Figures
from ivrcore.speech_worker.hearing import Hearing, Shared
from ivrcore.speech_worker.protocol import Wishes
from tests.support.engines import ScriptedEngine


async def turns_of_others(seconds: int) -> int:
    """Count how often another task of the loop runs while a message of silence is taken."""
    workers = Workers(1)
    shared = Shared(ScriptedEngine(), workers.lane, lambda: lambda frame: False, Timing(), 5.0, Figures())
    hearing = Hearing(shared, Wishes(SAMPLE_RATE))
    taking = asyncio.ensure_future(hearing.take(bytes(2 * SAMPLE_RATE * seconds)))
    turns = 0
    while not taking.done():
        turns += 1
        await asyncio.sleep(0)
    assert not taking.result()
    hearing.close()
    workers.stop()
    return turns


def test_a_long_message_leaves_others_a_turn_for_each_second_of_it() -> None:
    with ThreadPoolExecutor(1) as thread:  # the tests' own has a loop that runs already
        assert thread.submit(asyncio.run, turns_of_others(32)).result(20) >= 32
