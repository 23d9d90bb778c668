"""A caller who comes by AGI is heard through Asterisk's speech interface, on a real Asterisk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivrcore.lab import audio
from ivrcore.lab.pbx import Pbx
from ivrcore.lab.ports import free_port
from ivrcore.model.capability import Capability
from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.telephony.aeap.claims import Claims
from ivrcore.telephony.aeap.door import Door, DoorConfig
from ivrcore.telephony.aeap.figures import Figures
from ivrcore.telephony.aeap.turns import Site
from ivrcore.telephony.leg import Answer, Answered, Ended, HangUp, Key, Play, PlayEnded, StopPlay
from tests.asterisk import audio_cases
from tests.asterisk.agi_lab import AgiLab, extensions
from tests.support.aio import asyncio_test, until

pytestmark = [pytest.mark.asterisk, pytest.mark.usefixtures("no_leaks")]

TOKEN = "a-token-of-the-tests-alone"
AEAP = (
    "[ivrcore]\ntype=client\nurl=ws://127.0.0.1:{port}/{token}\nprotocol=speech_to_text\ncodecs=!all,slin\n"
)


class Ear(audio_cases.Ear):
    """It counts, too."""

    @property
    def seconds(self) -> float:
        return len(self.heard) / 32_000

    @property
    def loud(self) -> bool:
        """Whether what came last is more than silence."""
        return float(np.frombuffer(self.heard[-6400:], "<i2").std()) > 500


class HearingLab:
    """The driver with an AEAP server."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        extra = {"aeap.conf": AEAP.format(port=self.port, token=TOKEN)}
        self.pbx = Pbx(agents=1, includes=[extensions(folder)], extra=extra)

    def sound(self, seconds: float) -> str:
        """A tone of so long, as a prompt."""
        path = self.pbx.folder / f"tone{seconds:g}.wav"
        audio.write_wav(path, audio.tone(600.0, seconds, level=0.3))
        return f"sound:{path.with_suffix('')}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[AgiLab]:
        """Both servers; nothing is left of them."""
        claims = Claims()
        nobody: Any = None  # nothing but claims is asked of it here
        door = Door(
            DoorConfig(TOKEN, port=self.port), Site(nobody, nobody, claims, Figures()), time.monotonic
        )
        door.bind()
        await door.listen()
        lab = AgiLab(self.pbx)
        try:
            async with lab.running(claims=claims, speech_engine="ivrcore"):
                yield lab
        finally:
            await door.stop()


@pytest.fixture(scope="module")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HearingLab]:
    lab = HearingLab(tmp_path_factory.mktemp("hearing"))
    with lab.pbx:
        yield lab


@asyncio_test
async def test_a_caller_is_heard_while_a_prompt_plays_and_after_and_keys_too(hearing: HearingLab) -> None:
    async with hearing.running() as lab, lab.phone(tone=440.0) as phone:
        call = await lab.called_by(phone, "701")
        leg, ear = call.leg, Ear()
        assert Capability.AUDIO in leg.capabilities
        leg.send(Answer())
        await call.told(Answered())
        leg.open_audio(ear)
        await until(lambda: ear.seconds > 0.3)
        leg.send(Play("p1", (hearing.sound(20.0),)))
        before = ear.seconds
        await until(lambda: ear.seconds > before + 0.5)
        phone.press("5")
        await call.told(Key("5"))
        before = ear.seconds
        await until(lambda: ear.seconds > before + 0.3)
        assert ear.loud
        leg.send(StopPlay("p1"))
        await call.told(PlayEnded("p1", PromptEnd.STOPPED), 0.5)
        began = time.monotonic()
        leg.send(Play("p2", (hearing.sound(1.0), "sound:digits/1")))
        await call.told(PlayEnded("p2", PromptEnd.FINISHED))
        assert 1.5 < time.monotonic() - began < 3.5
        phone.press("6")
        await call.told(Key("6"))
        leg.close_audio()
        heard = len(ear.heard)
        phone.press("7")
        await call.told(Key("7"))
        assert len(ear.heard) == heard
        other = Ear()
        leg.open_audio(other)
        await until(lambda: other.seconds > 0.2)
        phone.hang_up()
        assert await call.ended(1.5) == Ended(Cause.NORMAL, By.CALLER)
        assert (ear.lost, other.lost) == ([], [])


@asyncio_test
async def test_a_hang_up_of_ours_overtakes_a_prompt_under_which_the_caller_is_heard(
    hearing: HearingLab,
) -> None:
    async with hearing.running() as lab, lab.phone(tone=440.0) as phone:
        call = await lab.called_by(phone, "701")
        ear = Ear()
        call.leg.send(Answer())
        call.leg.open_audio(ear)
        call.leg.send(Play("p1", (hearing.sound(20.0),)))
        await until(lambda: ear.seconds > 0.3)
        call.leg.send(HangUp(Cause.BUSY))
        assert await call.ended(1.5) == Ended(Cause.BUSY, By.SERVER)
        assert call.events == [Answered(), PlayEnded("p1", PromptEnd.STOPPED), Ended(Cause.BUSY, By.SERVER)]
        await until(lambda: phone.gone)


@asyncio_test
async def test_a_speech_server_that_is_away_is_told_and_keys_work(hearing: HearingLab) -> None:
    lab = AgiLab(hearing.pbx)
    async with lab.running(claims=Claims(), speech_engine="ivrcore"), lab.phone() as phone:
        call = await lab.called_by(phone, "701")
        ear = Ear()
        call.leg.send(Answer())
        call.leg.open_audio(ear)
        await until(lambda: ear.lost)
        await asyncio.sleep(0)
        phone.press("5")
        await call.told(Key("5"))
        phone.hang_up()
        await call.ended()
        assert ear.lost == ["IVR301"]
