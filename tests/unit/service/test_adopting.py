"""Whose phones outlive a server: those that ARI rings, whichever way the caller came."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from ivrcore.call_backs import OpenCallBacks
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import By, Cause, Service
from ivrcore.model.pbx import MAIN, contact_of
from ivrcore.routing import commands as routing
from ivrcore.routing import router
from ivrcore.service.adopting import adoption_of
from ivrcore.session.living import Living
from ivrcore.session.looked_after import LookedAfter
from tests.scenarios.floor import QUEUES, ROUTING

AGI = "-abcdef"
"""How the id of a contact by AGI ends."""


def called_back(contact: str, channel: str) -> list[Event]:
    """A caller asked to be called back and hung up, and their phone rings."""
    leg, line = f"{contact}.l1", f"{contact}.b1"
    return [
        events.ContactArrived(
            at=1.0, contact=contact, leg=leg, channel=channel, number="n", plan="p", plan_version="1"
        ),
        events.CallBackAsked(at=2.0, contact=contact, queue="cards", subject="s"),
        events.LegEnded(at=3.0, contact=contact, leg=leg, cause=Cause.NORMAL, by=By.CALLER),
        events.ContactQueued(at=3.0, contact=contact, visit=f"{contact}.v1", queue="cards", call_back=True),
        events.CallBackDialled(at=4.0, contact=contact, attempt=1),
        events.OutboundAllowed(
            at=4.0,
            contact=contact,
            outbound=line,
            service=Service.CALL_BACK,
            prefix="1",
            caller="a",
            called="b",
        ),
        events.LegDialled(at=4.0, contact=contact, leg=f"{line}.l", channel=f"{line}.l", outbound=line),
    ]


@pytest.mark.parametrize(
    ("contact", "pbxs", "taken_up"),
    [
        (contact_of("u.1"), {MAIN}, True),
        (contact_of("u.1") + AGI, {MAIN}, True),
        (contact_of("u.1") + AGI, set[str](), False),
        (contact_of("u.1", "busan") + AGI, {MAIN, "busan"}, True),
        (contact_of("u.1", "busan") + AGI, {MAIN}, False),
    ],
)
@pytest.mark.parametrize("agi", [True, False])
def test_given_a_customers_phone_that_rings_then_it_is_taken_up_where_ari_is(
    contact: str, pbxs: set[str], taken_up: bool, *, agi: bool
) -> None:
    living, looked_after, call_backs = Living(), LookedAfter(), OpenCallBacks()
    state = router.RouterState(ROUTING)
    roster = router.decide(state, routing.LoadRoster(QUEUES, ()), 0.5)
    for event in [*roster.events, *called_back(contact, "u.1")]:
        living.apply(event)
        looked_after.apply(event)
        call_backs.apply(event)
        router.apply(state, event)
    switch = SimpleNamespace(
        ari=SimpleNamespace(switches=dict.fromkeys(pbxs)) if pbxs else None,
        agi=object() if agi else None,
        begin_again=lambda _before: None,
    )
    unused = cast("Any", None)
    past = cast("Any", SimpleNamespace(living=living, looked_after=looked_after))
    exchange = cast("Any", SimpleNamespace(routing=state))
    library = cast("Any", SimpleNamespace(plan_of=lambda *_: None))
    adoption = adoption_of(past, exchange, library, unused, unused, cast("Any", switch), 7)
    assert set(adoption.choose(call_backs.by_contact)) == ({contact} if taken_up else set())
    assert adoption.outbounds == ({f"{contact}.b1"} if taken_up else set())
