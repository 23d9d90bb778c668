"""What goes on at a channel under an id of ours, a playback or a recording: begun once, and asked after.

A request that was lost may have been carried out: it is asked for by its id before it is sent again (a
playback asked for twice would be heard twice).
"""

from __future__ import annotations

from ivrcore.errors import LinkLost, RequestFailed, RequestTimeout
from ivrcore.telephony.ari.server import AriServer
from ivrcore.telephony.ari.wire import Request


async def begin(server: AriServer, request: Request, look: Request) -> None:
    """Send the request that begins it; ``look`` asks for it by its id. Raises a TelephonyError."""
    try:
        await server.request(request)
    except (LinkLost, RequestTimeout) as error:
        await server.ready()
        if await goes_on(server, look):
            return
        if isinstance(error, RequestTimeout):
            raise
        await server.request(request)


async def goes_on(server: AriServer, look: Request) -> bool:
    """Whether it is there; taken to be so while nobody answers, since it is asked again later."""
    try:
        await server.insist(look)
    except RequestFailed as error:
        if error.status == 404:
            return False
        raise
    except RequestTimeout:
        return True
    return True
