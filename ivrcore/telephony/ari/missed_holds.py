"""Holds that agents' phones began or ended while the link was away.

Asterisk tells of a hold once and lists it nowhere, but a PJSIP channel knows whether its phone holds it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from ivrcore.errors import RequestFailed, TelephonyError
from ivrcore.telephony.ari import requests, wire
from ivrcore.telephony.ari.reconcile import UP

if TYPE_CHECKING:
    from collections.abc import Collection

    from ivrcore.telephony.ari.leg import AriLeg
    from ivrcore.telephony.ari.reconcile import Snapshot
    from ivrcore.telephony.ari.server import AriServer

log = logging.getLogger(__name__)

HELD = "CHANNEL(rtp,hold)"
TECHNOLOGY = "PJSIP/"
"""The only one that can be asked."""
TRIES = 3
"""How often, where Asterisk does not answer, or not as it should: it is busiest when the link is back."""
PAUSE = 0.3
"""Seconds in between."""


def look(server: AriServer, legs: Collection[AriLeg], snapshot: Snapshot) -> None:
    """Ask for each dialled leg whether it holds whoever it talks with; what Asterisk tells meanwhile wins."""
    for leg in legs:
        channel = snapshot.channels.get(leg.channel)
        if (
            leg.dialled
            and channel is not None
            and channel.state == UP
            and channel.name.startswith(TECHNOLOGY)
        ):
            server.tasks.start(_ask(server, leg, channel), f"hold of {leg.id}")


async def _ask(server: AriServer, leg: AriLeg, channel: wire.Channel) -> None:
    for tries in range(1, TRIES + 1):
        told = leg.holds
        try:
            answer = await server.insist(requests.variable(leg.channel, HELD))
            value = wire.read(answer, wire.Variable).value
        except TelephonyError as error:
            if leg.ended or (isinstance(error, RequestFailed) and error.status == 404):
                log.debug("whether %s holds cannot be seen, it ended: %s", leg.id, error)
                return
            if tries == TRIES:
                log.warning("whether the phone of %s holds cannot be seen: %s", leg.id, error)
                return
            await asyncio.sleep(PAUSE)
        else:
            if leg.holds == told and not leg.ended and value in ("0", "1"):
                leg.take(wire.ChannelHold(channel) if value == "1" else wire.ChannelUnhold(channel))
            return
