"""The promises of a switch, held against the AGI driver and a real Asterisk."""

from __future__ import annotations

import pytest

from ivrcore.model.capability import AGI_CAN
from tests.asterisk.agi_lab import AgiLab
from tests.asterisk.phone_table import PhoneTable
from tests.contract.leg_cases import CASES, Case, cases_for
from tests.support.aio import asyncio_test

pytestmark = [pytest.mark.asterisk, pytest.mark.usefixtures("no_leaks")]


@pytest.mark.parametrize("case", cases_for(AGI_CAN), ids=lambda case: case.__name__)
@asyncio_test
async def test_the_agi_driver(agi: AgiLab, case: Case) -> None:
    async with agi.running() as switch, agi.phone() as caller, agi.agent(1) as agent:
        await case(PhoneTable(agi, switch, caller, agent, AGI_CAN))


def test_how_many_promises_the_agi_driver_does_not_make() -> None:
    assert len(CASES) - len(cases_for(AGI_CAN)) == 12
