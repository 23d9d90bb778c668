"""An orderly stop: nobody is left in a silence that nobody of ours will end.

Callers who talk with an agent are left in peace; the other callers go on in Asterisk's fallback, and phones
that ring for them stop. Asterisk's side of what the next start's :mod:`.orphans` would do, done at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from ivrcore.errors import RequestFailed, TelephonyError
from ivrcore.model.names import Cause
from ivrcore.telephony.ari import requests
from ivrcore.telephony.ari.leg import AriLeg
from ivrcore.telephony.ari.server import AriServer
from ivrcore.telephony.leg import HangUp

log = logging.getLogger(__name__)


async def send_on(server: AriServer, legs: Collection[AriLeg]) -> int:
    """Send these legs away and wait until they are gone; give how many callers went to the fallback."""
    callers = [leg for leg in legs if not leg.dialled]
    for leg in legs:
        if leg.dialled:
            leg.send(HangUp(Cause.NORMAL))
    went = await asyncio.gather(*(_to_fallback(server, leg) for leg in callers))
    await asyncio.gather(*(leg.wait_over(server.config.request_seconds) for leg in legs if leg.dialled))
    return sum(went)


async def _to_fallback(server: AriServer, leg: AriLeg) -> bool:
    config = server.config
    try:
        await leg.silence()  # a playback would be heard to its end first
        async with leg.turn:
            await leg.stop_music()
            await server.insist(
                requests.go_on(leg.channel, config.fallback_context, config.fallback_extension)
            )
    except RequestFailed as error:
        if error.status != 404:  # 404: hung up meanwhile
            log.warning("%s could not be sent to the fallback: %s", leg.id, error)
        return False
    except TelephonyError as error:
        log.warning("%s may not have been sent to the fallback: %s", leg.id, error)
        return False
    await leg.wait_over(config.request_seconds)
    return True
