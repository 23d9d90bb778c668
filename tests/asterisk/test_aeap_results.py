"""What a real Asterisk makes of our results: several guesses, keys, and audio that somebody claimed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from ivrcore.lab.pbx import Pbx
from ivrcore.lab.phones import Keys, Phones, Stay
from ivrcore.lab.ports import free_port
from ivrcore.model.names import Verdict
from ivrcore.telephony.aeap.claims import Claims
from ivrcore.telephony.aeap.door import Door, DoorConfig
from ivrcore.telephony.aeap.figures import Figures
from ivrcore.telephony.aeap.turns import Site
from tests.support.aeap_bench import Ears, Lists, Sink
from tests.support.aio import asyncio_test, until

pytestmark = pytest.mark.asterisk

TOKEN = "a-token-of-the-tests"
PLAN = """
[from-trunk]
exten => 6101,1,Answer()
 same => n,SpeechCreate(ours)
 same => n,Set(SPEECH_ENGINE(grammar)=menu)
 same => n,Set(SPEECH_RESULTS_TYPE()=nbest)
 same => n,Set(GLOBAL(SET)=${SPEECH_ENGINE(results_type)} ${SPEECH_ENGINE(grammar)})
 same => n,SpeechStart()
 same => n,SpeechBackground(silence/10,10)
 same => n,Set(first=${SPEECH_TEXT(0)}:${SPEECH_SCORE(0)})
 same => n,Set(second=${SPEECH_TEXT(1/0)}:${SPEECH_SCORE(1/0)})
 same => n,Set(GLOBAL(GUESSES)=${SPEECH(results)} ${first} ${second} ${SPEECH_TEXT(2/0)})
 same => n,SpeechStart()
 same => n,SpeechBackground(silence/10,1)
 same => n,Set(GLOBAL(KEYS)=${SPEECH(results)} ${SPEECH_TEXT(0)} ${SPEECH_GRAMMAR(0)})
 same => n,Set(SPEECH_ENGINE(grammar)=claim:leg-1)
 same => n,SpeechStart()
 same => n,SpeechBackground(silence/10,10)
 same => n,Set(GLOBAL(CLAIMED)=${SPEECH(results)} "${SPEECH_TEXT(0)}")
 same => n,SpeechDestroy()
 same => n,Hangup()
"""
CONF = "[ours]\ntype=client\nurl=ws://127.0.0.1:{port}/{token}\nprotocol=speech_to_text\ncodecs=!all,slin\n"


@asyncio_test
async def test_guesses_keys_and_a_claim_in_one_call(tmp_path: Path) -> None:
    ears, claims, figures, sink = Ears(), Claims(), Figures(), Sink()
    site = Site(ears, Lists(), claims, figures)
    door = Door(DoorConfig(TOKEN, port=free_port()), site, time.monotonic)
    door.bind()
    await door.listen()
    (tmp_path / "plan.conf").write_text(PLAN)
    extra = {"aeap.conf": CONF.format(port=door.port, token=TOKEN)}
    pbx = Pbx(includes=[tmp_path / "plan.conf"], extra=extra)
    phones = Phones(pbx, tmp_path / "phones")
    claim = claims.claim("leg-1", sink)
    try:
        await asyncio.to_thread(pbx.start)
        await asyncio.to_thread(phones.start)
        call = phones.call("6101", deadline=60)
        await until(lambda: ears.made)
        ears.made[0].hears("sales", 0.8, verdict=Verdict.CONFIRM, others=("billing", "cards"))
        await until(lambda: len(ears.made) == 2)
        call.do(Keys("7"), Stay(30))
        claim.begin()
        await until(lambda: sink.bytes > 16_000)
        claim.end()
        await asyncio.to_thread(call.result)
        told = {name: pbx.variable(name) for name in ("SET", "GUESSES", "KEYS", "CLAIMED")}
        await until(lambda: figures.connections == 0)
    finally:
        await asyncio.to_thread(phones.close)
        await asyncio.to_thread(pbx.close)
        await door.stop()
    assert told == {
        "SET": "nbest menu",
        "GUESSES": "3 sales:80 billing:70 cards",
        "KEYS": "1 7 dtmf",
        "CLAIMED": '1 ""',
    }
    assert len(sink.lost) == 1  # by the end of the connection
    assert figures.recognitions == 0
