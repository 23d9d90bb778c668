"""The benchmark's AEAP: what a recognition for Asterisk's own dialplan takes beside one of a menu of ours.

The same audio is heard by the same service twice, in turns: given to it as from a call of ours, and sent over
a socket as Asterisk sends it, whose part is played here.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count, cycle, islice
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect

from ivrcore.dialplan.commands import SpeechBegan
from ivrcore.lab import audio
from ivrcore.lab.apart import apart
from ivrcore.lab.bench_ears import ANSWER_SECONDS, Ears, Heard, ears
from ivrcore.lab.bench_figures import Table, times, times_head
from ivrcore.lab.bench_lines import TAIL
from ivrcore.lab.bench_recognisers import VOSK, spoken
from ivrcore.lab.bench_streams import SPHINX, english
from ivrcore.lab.corpus import on_the_line
from ivrcore.service.aeap import SpeechEars
from ivrcore.speech.audio import FRAME_SECONDS
from ivrcore.speech.decide import Bounds
from ivrcore.speech.doubling import REACH, Doubling
from ivrcore.telephony.aeap.claims import Claims
from ivrcore.telephony.aeap.door import Door, DoorConfig
from ivrcore.telephony.aeap.figures import Figures
from ivrcore.telephony.aeap.grammars import Asked
from ivrcore.telephony.aeap.settings import Settings
from ivrcore.telephony.aeap.turns import Site
from ivrcore.telephony.aeap.wire import RATE, SUBPROTOCOL

if TYPE_CHECKING:
    from ivrcore.lab.audio import Samples

ADDED = 0.030
"""Seconds that AEAP may add to the engine's own time (issue 6)."""
FILTER = REACH / RATE
"""Seconds by which its audio is late, which both ways here have."""
FRAME = round(RATE * FRAME_SECONDS) * 2
LEAD = 0.2
TOKEN = "of-the-benchmark"  # noqa: S105 - on loopback, for a minute
WARM_UP = 2


@dataclass(frozen=True)
class Spoken:
    """An utterance as Asterisk sends it: frames of 20 ms at 8 kHz, ``spoken`` of them to its last sound."""

    frames: tuple[bytes, ...]
    spoken: int


@dataclass(frozen=True)
class Took:
    """Seconds from the last sound to what was made of it, of the same utterances both ways."""

    menu: list[float]
    aeap: list[float]

    @property
    def added(self) -> list[float]:
        """What AEAP took more, utterance by utterance."""
        return [theirs - ours + FILTER for ours, theirs in zip(self.menu, self.aeap, strict=True)]


class _OneGrammar:
    """Whatever is asked for is this."""

    def __init__(self, heard: Heard) -> None:
        self._asked = Asked("bench", heard.grammar, Bounds(0.9, 0.7))

    def find(self, wanted: Settings) -> Asked:
        return self._asked


def aeap(*, quick: bool, say: Callable[[str], object]) -> Table:
    """Measure both ways with each real recogniser."""
    number = 6 if quick else 40
    rows = []
    for name, english_ in (("ko, vosk", False), ("en, pocketsphinx", True)):
        took = apart(both_ways, english_=english_, number=number)
        rows += [
            times(f"{name}: a menu of the server's", took.menu),
            times(f"{name}: by AEAP", took.aeap),
            times(f"{name}: added by AEAP", took.added, ADDED),
        ]
        say(f"{name}: AEAP adds {rows[-1][2]} ms, p95 {rows[-1][3]} ms")
    notes = [f"The filter from 8 to 16 kHz, {1000 * FILTER:g} ms, is counted as added."]
    return Table("Last sound → result, AEAP", times_head("p95"), rows, notes)


def both_ways(*, english_: bool, number: int) -> Took:
    """Have utterances heard both ways; to be run in a process of its own."""
    words = cycle(english() if english_ else spoken())
    said = [_as_sent(samples, seed) for (_, samples), seed in zip(islice(words, number + WARM_UP), count(1))]
    return asyncio.run(_both_ways(SPHINX if english_ else VOSK, said))


def _as_sent(words: Samples, seed: int) -> Spoken:
    pcm = audio.decode(audio.encode(on_the_line(words, seed, LEAD, 2 * TAIL))).tobytes()
    frames = tuple(pcm[at : at + FRAME] for at in range(0, len(pcm) - FRAME + 1, FRAME))
    return Spoken(frames, round((LEAD + len(words) / audio.RATE) / FRAME_SECONDS))


async def _both_ways(heard: Heard, said: Sequence[Spoken]) -> Took:
    took = Took([], [])
    async with ears(heard, 0.4) as made, asterisk(made, heard) as socket:
        for one in said:
            took.menu.append(await _by_menu(made, heard, one))
            took.aeap.append(await _by_aeap(socket, one))
    return Took(took.menu[WARM_UP:], took.aeap[WARM_UP:])


async def _by_menu(made: Ears, heard: Heard, one: Spoken) -> float:
    decided = asyncio.get_running_loop().create_future()
    rate = Doubling()

    def told(event: object) -> None:
        if not (decided.done() or isinstance(event, SpeechBegan)):
            decided.set_result(time.perf_counter())

    asked = _OneGrammar(heard).find(Settings())
    ear = SpeechEars(made.service).listen(asked, told, prompted=False)

    async def give(frame: bytes) -> None:
        ear.audio(rate.convert(frame))

    try:
        return await _say(one, give, decided)
    finally:
        ear.stop()


async def _by_aeap(socket: ClientConnection, one: Spoken) -> float:
    async def result() -> float:
        pushed = json.loads(await socket.recv())
        at = time.perf_counter()
        await socket.send(json.dumps({"response": "set", "id": pushed["id"]}))
        return at

    return await _say(one, socket.send, asyncio.ensure_future(result()))


async def _say(one: Spoken, give: Callable[[bytes], Any], heard: asyncio.Future[float]) -> float:
    """Say it at the pace of a call until it is heard; give the seconds since its last sound."""
    loop = asyncio.get_running_loop()
    due, last = loop.time(), 0.0
    for number, frame in enumerate(one.frames, 1):
        due += FRAME_SECONDS
        await asyncio.sleep(max(0.0, due - loop.time()))
        if heard.done():
            break
        if number == one.spoken:
            last = time.perf_counter()
        await give(frame)
    return await asyncio.wait_for(heard, ANSWER_SECONDS) - last


@asynccontextmanager
async def asterisk(made: Ears, heard: Heard) -> AsyncIterator[ClientConnection]:
    """Give Asterisk's side of a connection that is set up."""
    site = Site(SpeechEars(made.service), _OneGrammar(heard), Claims(), Figures(), Settings("bench"))
    door = Door(DoorConfig(TOKEN, port=0), site, time.monotonic)
    door.bind()
    await door.listen()
    try:
        url = f"ws://127.0.0.1:{door.port}/{TOKEN}"
        async with connect(url, subprotocols=[SUBPROTOCOL], compression=None, proxy=None) as socket:  # type: ignore[list-item]
            setup = {"request": "setup", "version": "0.1.0", "codecs": [{"name": "slin"}], "id": "1"}
            await socket.send(json.dumps(setup))
            await socket.recv()
            yield socket
    finally:
        await door.stop()
