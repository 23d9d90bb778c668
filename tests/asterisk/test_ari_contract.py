"""The promises of a switch, held against the ARI driver and a real Asterisk."""

from __future__ import annotations

import pytest

from ivrcore.telephony.ari.abilities import AudioWay, RequestWay
from tests.asterisk.ari_lab import AriLab
from tests.asterisk.audio_cases import AUDIO_CASES, AudioCase
from tests.asterisk.phone_table import PhoneTable
from tests.contract.leg_cases import CASES, Case
from tests.support.aio import asyncio_test

pytestmark = [pytest.mark.asterisk, pytest.mark.usefixtures("no_leaks")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
@asyncio_test
async def test_the_ari_driver(ari: AriLab, case: Case) -> None:
    async with ari.running() as switch, ari.phone() as caller, ari.agent(1) as agent:
        await case(PhoneTable(ari, switch, caller, agent))


@pytest.mark.parametrize("case", CASES[-1:] + CASES[1:3] + CASES[7:8], ids=lambda case: case.__name__)
@asyncio_test
async def test_the_ari_driver_where_all_requests_go_over_http(ari: AriLab, case: Case) -> None:
    changes = {"requests": RequestWay.HTTP}
    async with ari.running(**changes) as switch, ari.phone() as caller, ari.agent(1) as agent:
        await case(PhoneTable(ari, switch, caller, agent))


@pytest.mark.parametrize("way", AudioWay)
@pytest.mark.parametrize("case", AUDIO_CASES, ids=lambda case: case.__name__)
@asyncio_test
async def test_a_stream_of_what_the_caller_says(
    ari: AriLab, case: AudioCase, way: AudioWay, no_leaks: list[str]
) -> None:
    await case(ari, {"audio": way}, no_leaks)
