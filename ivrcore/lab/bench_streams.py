"""The benchmark's full house: forty callers who are listened to at once, and one after another's decisions.

Callers speak at the pace of a call, from memory, over the server's own speech service; Asterisk is not
beside it. What else runs on the machine shows in these figures: nothing should.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.lab.apart import apart
from ivrcore.lab.bench_ears import NEVER, Caller, Heard, Watch, as_spoken, at_once, ears
from ivrcore.lab.bench_figures import Table, times, times_head
from ivrcore.lab.bench_lines import Said, callers, words_of
from ivrcore.lab.bench_recognisers import VOSK, spoken, without_pause
from ivrcore.lab.corpus import EN
from ivrcore.session.listening import Limits

if TYPE_CHECKING:
    from ivrcore.lab.audio import Samples

STREAMS = 40
TURN_AROUND = 0.050
"""Seconds, 99 of 100 (issue 5)."""
WARM_UP = 3
"""Utterances before those that are measured: what is loaded by its first use is there then."""
HANG_OVER = 0.4
AT_END, EARLY = 0.550, 0.350
"""Seconds from the end of speech to the decision, 95 of 100: at 400 ms of hang-over, and in a pause."""
SPHINX = Heard(
    "pocketsphinx",
    "en",
    tuple(text for texts in EN.choices.values() for text in texts),
    {"confidence": "0.95"},
)  # so that there is something to be accepted in a pause


@dataclass(frozen=True)
class Found:
    """What was measured of some callers; ``cores`` is how many this process kept busy.

    ``unheard`` utterances got no answer in time: none of the limits is kept then.
    """

    chunks: list[float]
    replies: list[float]
    answers: list[float]
    early: list[float]
    at_end: list[float]
    cores: float
    unheard: int

    @property
    def missed(self) -> list[float]:
        """What utterances without an answer count for: as long as one is waited for."""
        return [Limits().stall] * self.unheard


def english() -> list[tuple[str, Samples]]:
    """Give every English phrase, each by the next voice."""
    voices = EN.speakers
    return [(text, words_of(text, voices[at % len(voices)])) for at, text in enumerate(SPHINX.phrases)]


# --- turn-around --------------------------------------------------------------------------------------


def streams(*, quick: bool, say: Callable[[str], object]) -> Table:
    """Measure how soon forty callers are answered."""
    each = 4 if quick else 14
    rows, notes = [], []
    for name, talk in (("phrase after phrase", False), ("without a pause", True)):
        found = apart(full_house, talk=talk, each=each // 2 if talk else each)
        said = f"{STREAMS} callers, {name}"
        rows += [
            times(f"{said}: chunk → recognised", found.chunks, share=0.99),
            times(f"{said}: asked → answered", found.replies, share=0.99),
            times(f"{said}: last chunk → decision", found.answers + found.missed, TURN_AROUND, 0.99),
        ]
        busy = f"{found.cores:.2f} of {os.cpu_count()} cores busy with it"
        notes.append(f"{said}: {busy}, {found.unheard} utterances not answered in time.")
        say(f"{rows[-1][0]}: p99 {rows[-1][3]} ms")
    return Table(f"{STREAMS} callers who speak at once, Vosk", times_head("p99"), rows, notes)


def full_house(*, talk: bool, each: int) -> Found:
    """Have forty callers speak at once; to be run in a process of its own."""
    lines = callers(without_pause() if talk else spoken(), STREAMS, each)
    return asyncio.run(_speak(VOSK, lines, 0.45, accept=0.9))


async def _speak(heard: Heard, lines: Sequence[Sequence[Said]], end_silence: float, accept: float) -> Found:
    watch = Watch()
    async with ears(heard, end_silence, watch) as made:
        await at_once(made, lines[0][:WARM_UP])
        watch.clear()
        called = [Caller(made, line, accept=accept) for line in lines]
        began, cpu = time.monotonic(), time.process_time()
        # Not in step: each begins at another moment of a second and a half.
        await as_spoken(list(zip(called, lines, strict=True)), 1.5 / len(lines))
        cores = (time.process_time() - cpu) / (time.monotonic() - began)
        for caller in called:
            caller.stop()
    early = [took for _, in_pause, took in watch.decisions if in_pause]
    at_end = [took for _, in_pause, took in watch.decisions if not in_pause]
    return Found(watch.chunks, watch.replies, watch.answers, early, at_end, cores, watch.given_up)


# --- end of speech to decision ------------------------------------------------------------------------


def decisions(*, quick: bool, say: Callable[[str], object]) -> Table:
    """Measure from the last sound of an utterance to its decision."""
    callers_, each = (4, 3) if quick else (8, 14)
    rows = []
    notes = [f"{callers_} callers at a time."]
    for name, english_ in (("ko, vosk", False), ("en, pocketsphinx", True)):
        usual = apart(decided, english_=english_, number=callers_, each=each, accept=0.9)
        waited = apart(decided, english_=english_, number=callers_, each=each, accept=NEVER)
        rows += [
            times(f"{name}: accepted in a pause of 200 ms", usual.early + usual.missed, EARLY),
            times(
                f"{name}: at the end, {1000 * HANG_OVER:.0f} ms of silence",
                waited.at_end + waited.missed,
                AT_END,
            ),
            times(f"{name}: as it comes, early or at the end", usual.early + usual.at_end),
        ]
        notes.append(f"{name}: {usual.unheard + waited.unheard} utterances not answered in time.")
        say(f"{name}: p95 {rows[-3][3]} ms early, {rows[-2][3]} ms at the end")
    return Table("End of speech → decision", times_head("p95"), rows, notes)


def decided(*, english_: bool, number: int, each: int, accept: float) -> Found:
    """Have some callers speak; to be run in a process of its own."""
    lines = callers(english() if english_ else spoken(), number, each)
    return asyncio.run(_speak(SPHINX if english_ else VOSK, lines, HANG_OVER, accept=accept))
