"""After a loss or a start Asterisk is asked for everything at once: callers wait for the last answer."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from ivrcore.telephony.ari import reconcile
from tests.support.aio import asyncio_test, until
from tests.support.fake_asterisk import SILENCE, FakeAsterisk
from tests.unit.telephony.ari.test_server import watching

pytestmark = pytest.mark.usefixtures("no_leaks")

LISTS = ("GET channels", "GET bridges", "GET applications/app")


@asyncio_test
async def test_no_list_waits_for_the_answer_to_another() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk, request_seconds=60.0) as watcher:
        await until(lambda: watcher.server.connected)
        asterisk.answers = dict.fromkeys(LISTS, SILENCE)
        looking = asyncio.ensure_future(reconcile.look(watcher.server, []))
        await until(lambda: all(asterisk.times(one) for one in LISTS))
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
