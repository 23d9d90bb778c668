"""What the stream of a leg's far side promises, as cases for each way in which Asterisk can send it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any

from ivrcore.errors import CoreMisuse
from ivrcore.telephony.leg import Answer, HangUp, Play
from tests.asterisk.ari_lab import AriLab
from tests.support.aio import until
from tests.support.ua import power

MEDIA = ("WebSocket/", "UnicastRTP/")
"""How the names of media channels begin."""


class Ear:
    """Remembers what it hears."""

    def __init__(self) -> None:
        self.heard = b""
        self.lost: list[str] = []

    def audio(self, pcm: bytes) -> None:
        self.heard += pcm

    def audio_lost(self, code: str) -> None:
        self.lost.append(code)

    def level(self, hertz: float) -> float:
        """Amplitude of a tone in the last half second."""
        samples = memoryview(self.heard[-16000:]).cast("h")
        turn = 2 * math.pi * hertz / 16000
        real = sum(s * math.cos(turn * n) for n, s in enumerate(samples))
        imaginary = sum(s * math.sin(turn * n) for n, s in enumerate(samples))
        return 2 * math.hypot(real, imaginary) / max(len(samples), 1) / 32768


async def an_open_stream_has_the_caller_and_not_the_prompt(
    ari: AriLab, changes: Any, logged: list[str]
) -> None:
    async with ari.running(**changes) as switch, ari.phone(tone=700) as caller:
        call = await ari.called_by(caller, "701")
        ear, other = Ear(), Ear()
        call.leg.send(Answer())
        call.leg.open_audio(ear)
        call.leg.send(Play("p1", (f"sound:{ari.tone(1900)}",)))
        await until(lambda: len(ear.heard) > 32000)
        assert ear.level(700) > 0.2
        assert ear.level(1900) < 0.01
        assert power(caller.heard[-4000:], 1900) > 0.2
        call.leg.open_audio(other)
        taken = len(ear.heard)
        await until(lambda: other.heard)
        assert len(ear.heard) == taken
        call.leg.close_audio()
        taken = len(other.heard)
        await until(lambda: switch.owned() == {call.leg.channel})
        assert len(other.heard) == taken
        call.leg.open_audio(ear)
        await until(lambda: len(ear.heard) > 64000)
        caller.hang_up()
        await call.ended()
        assert ear.lost == other.lost == []


async def a_stream_whose_media_channel_dies_is_lost_once(
    ari: AriLab, changes: Any, logged: list[str]
) -> None:
    async with ari.running(**changes) as switch, ari.phone(tone=700) as caller:
        call = await ari.called_by(caller, "701")
        ear = Ear()
        call.leg.send(Answer())
        call.leg.open_audio(ear)
        await until(lambda: ear.heard)
        ari.pbx.rx(
            "channel request hangup " + next(c.name for c in ari.pbx.channels() if c.name.startswith(MEDIA))
        )
        await until(lambda: ear.lost)
        await until(lambda: switch.owned() == {call.leg.channel})
        caller.hang_up()
        await call.ended()
        assert len(ear.lost) == 1


class SoreEar(Ear):
    """Cannot take what it hears."""

    def audio(self, pcm: bytes) -> None:
        raise OSError("a fault of ours")


async def an_ear_that_fails_loses_its_stream_and_the_next_one_hears(
    ari: AriLab, changes: Any, logged: list[str]
) -> None:
    async with ari.running(**changes) as switch, ari.phone(tone=700) as caller:
        call = await ari.called_by(caller, "701")
        sore, ear = SoreEar(), Ear()
        call.leg.send(Answer())
        call.leg.open_audio(sore)
        await until(lambda: sore.lost)
        assert sore.lost == [CoreMisuse.code]
        assert "a fault of ours" in logged.pop()
        await until(lambda: switch.owned() == {call.leg.channel})
        call.leg.open_audio(ear)
        await until(lambda: ear.heard)
        caller.hang_up()
        await call.ended()


async def a_stream_asked_for_as_the_caller_leaves_leaves_nothing(
    ari: AriLab, changes: Any, logged: list[str]
) -> None:
    for pause in (0.0, 0.002, 0.005, 0.01, 0.02):
        async with ari.running(**changes), ari.phone() as caller:
            call = await ari.called_by(caller, "701")
            call.leg.send(Answer())
            call.leg.open_audio(Ear())
            await asyncio.sleep(pause)  # meets another step of the stream's set-up each time
            call.leg.send(HangUp())
            await call.ended()


AudioCase = Callable[[AriLab, Any, list[str]], Awaitable[None]]
"""With changes of the driver's configuration, and what is logged as an error."""

AUDIO_CASES: tuple[AudioCase, ...] = (
    an_open_stream_has_the_caller_and_not_the_prompt,
    a_stream_whose_media_channel_dies_is_lost_once,
    an_ear_that_fails_loses_its_stream_and_the_next_one_hears,
    a_stream_asked_for_as_the_caller_leaves_leaves_nothing,
)
