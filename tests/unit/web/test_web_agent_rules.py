"""Agents by the API: reasons to pause and the length of wrap-up, as the configuration allows them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from ivrcore.config import AgentRules
from ivrcore.errors import RequestRefused
from ivrcore.web.client import ApiClient
from ivrcore.web.view import AgentAction
from tests.web.served import TOKEN, Served


@pytest.fixture
def site() -> Iterator[Served]:
    """A server whose agents pause for two reasons and wrap up for two minutes at most."""
    served = Served()
    served.hotline.rules = AgentRules(pause_reasons=("lunch", "training"), longest_wrap_up=120.0)
    yield served
    pytest_twisted.blockon(Deferred.fromCoroutine(served.server.stop()))


async def tell(site: Served, action: AgentAction, word: str) -> dict[str, object]:
    client = ApiClient(f"http://127.0.0.1:{site.port}", TOKEN)
    return await deferToThread(client.set_agent, "ann", action, word)


async def refused(site: Served, action: AgentAction, word: str) -> tuple[int, str, str]:
    with pytest.raises(RequestRefused) as found:
        await tell(site, action, word)
    return found.value.status, found.value.message, found.value.hint


@ensureDeferred
async def test_only_the_reasons_of_the_configuration_are_taken(site: Served) -> None:
    await tell(site, AgentAction.READY, "")
    one_of = "one of lunch, training"
    assert await refused(site, AgentAction.PAUSE, "tea") == (400, "'tea' is no reason to pause", one_of)
    assert await refused(site, AgentAction.PAUSE, "") == (400, "a pause needs a reason", one_of)
    paused = await tell(site, AgentAction.PAUSE, "lunch")
    assert (paused["state"], paused["reason"]) == ("paused", "lunch")


@ensureDeferred
async def test_wrap_up_goes_on_for_as_long_as_is_allowed(site: Served) -> None:
    await tell(site, AgentAction.READY, "")
    status, message, _ = await refused(site, AgentAction.WRAP_UP, "60")
    assert (status, message) == (409, "agent 'ann' is not in wrap-up")
    site.hotline.enqueue("c1", "loans")
    site.hotline.serve("c1", 2.0, 30.0)
    assert (await refused(site, AgentAction.WRAP_UP, "121"))[0] == 400
    assert (await refused(site, AgentAction.WRAP_UP, "0"))[0] == 400
    assert (await tell(site, AgentAction.WRAP_UP, "60"))["state"] == "wrap_up"
    assert site.hotline.state.pool.agents["ann"].until == site.hotline.now + 60
