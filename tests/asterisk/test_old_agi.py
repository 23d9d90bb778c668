"""The AGI driver beside Debian bullseye's Asterisk 16: what its answers differ in does not show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ivrcore.lab.packages import OLD
from ivrcore.lab.pbx import Pbx
from ivrcore.model.capability import AGI_CAN
from tests.asterisk.agi_lab import AgiLab, extensions
from tests.asterisk.phone_table import PhoneTable
from tests.contract import leg_cases
from tests.support.aio import asyncio_test

pytestmark = [pytest.mark.asterisk, pytest.mark.old_asterisk, pytest.mark.usefixtures("no_leaks")]

CASES: tuple[leg_cases.Case, ...] = (
    leg_cases.a_prompt_before_the_answer_is_played_to_its_end_first,
    leg_cases.stopping_a_playback_overtakes_and_the_next_begins,
    leg_cases.a_missing_recording_fails_and_the_next_is_played,
    leg_cases.hanging_up_overtakes_and_ends_every_playback_first,
    leg_cases.the_caller_presses_keys_and_hangs_up,
    leg_cases.a_phone_dialled_for_a_caller_is_played_to_and_joined_with_them,
    leg_cases.a_caller_hangs_up_while_talking,
)
"""Those in which the wire matters most; all of the driver's were tried."""


@pytest.fixture(scope="module")
def agi_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    """One instance for the module."""
    with Pbx(agents=4, includes=[extensions(tmp_path_factory.mktemp("agi"))], release=OLD) as instance:
        yield instance


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
@asyncio_test
async def test_the_agi_driver_keeps_its_promises(agi: AgiLab, case: leg_cases.Case) -> None:
    async with agi.running() as switch, agi.phone() as caller, agi.agent(1) as agent:
        await case(PhoneTable(agi, switch, caller, agent, AGI_CAN))
