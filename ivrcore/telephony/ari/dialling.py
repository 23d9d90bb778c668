"""Making an outgoing leg: create the channel, set what its phone shall show, dial, watch the time.

Creating before dialling is what lets variables become headers of the INVITE.
"""

from __future__ import annotations

import asyncio

from ivrcore.errors import CoreMisuse, LinkLost, RequestFailed, RequestTimeout, TelephonyError
from ivrcore.model.names import Cause
from ivrcore.telephony import variables
from ivrcore.telephony.ari import requests
from ivrcore.telephony.ari.leg import AriLeg
from ivrcore.telephony.ari.player import END_SECONDS
from ivrcore.telephony.ari.server import AriServer
from ivrcore.telephony.ari.tasks import Busy
from ivrcore.telephony.leg import Dial, HangUp


async def dial_out(server: AriServer, dial: Dial, leg: AriLeg, dialling: Busy) -> None:
    """Dial; everything that comes of it is reported by the leg. ``dialling`` until it rings, or not."""
    with dialling:
        dialled = await _dial(server, dial, leg)
    if dialled:
        await _watch(server, dial, leg)


async def _dial(server: AriServer, dial: Dial, leg: AriLeg) -> bool:
    try:
        if not await _made(server, dial, leg):
            leg.finish(None if leg.hanging_up else Cause.UNREACHABLE)
            return False
        if not (leg.hanging_up or leg.ended):
            await _ring(server, dial)
    except TelephonyError as error:
        gone = isinstance(error, RequestFailed) and error.status in (404, 409)
        if not (gone and await leg.wait_over(END_SECONDS)):
            leg.dial_failed(error)
        return False
    except Exception:  # told by the task's owner: whoever waits for the leg must not wait for ever
        leg.dial_failed(CoreMisuse(f"{dial.leg} could not be dialled by a fault of ours"))
        raise
    return True


async def _ring(server: AriServer, dial: Dial) -> None:
    """Have the phone ring, once."""
    losses = server.losses
    try:
        await server.insist(requests.dial(dial.channel, dial.time_out))
    except RequestFailed as error:
        if error.status != 409 or server.losses == losses:
            raise
        # dialled by an earlier try, of which the answer was lost with the link


async def _made(server: AriServer, dial: Dial, leg: AriLeg) -> bool:
    """Make the channel; however this ends the leg learns whether there is one: its own end waits for that."""
    exists = True  # perhaps, also if anything goes wrong here: it is deleted then until there is none
    try:
        exists = await _create(server, dial, leg)
    except RequestFailed:
        exists = False
        raise
    finally:
        if not leg.exists.done():
            leg.exists.set_result(exists)
    return exists


async def _create(server: AriServer, dial: Dial, leg: AriLeg) -> bool:
    """Make the channel; False when it was withdrawn before, or when Asterisk knows no way to the endpoint.

    A phone that is not there or not registered is such an endpoint.
    """
    arguments = f"{variables.ARGUMENT_DIALLED},{dial.leg}"
    request = requests.create(
        server.config.app, dial.channel, dial.endpoint, arguments, shown=_shown(dial), far=dial.far
    )
    entered = server.expect(dial.channel)
    try:
        while True:
            await server.ready()
            if leg.hanging_up:
                return False
            try:
                await server.request(request)
            except (LinkLost, RequestTimeout) as error:
                # asked first, since a second channel would ring a second time
                if not await _exists(server, dial.channel):
                    if isinstance(error, RequestTimeout):
                        raise  # it may still be made
                    continue
            except RequestFailed as error:
                if error.status == 500:
                    return False
                if error.status != 409:  # 409: made by an earlier try
                    raise
            break
        await asyncio.wait([entered], timeout=server.config.request_seconds)
    finally:
        entered.cancel()
    return True


async def _exists(server: AriServer, channel: str) -> bool:
    try:
        await server.insist(requests.channel(channel))
    except RequestFailed as error:
        return error.status != 404
    return True


def _shown(dial: Dial) -> dict[str, str]:
    """Give what the phone shows. It goes with the channel's making: a request each would delay the offer."""
    shown = {variables.CONNECTED_NUMBER: dial.caller_number, variables.CONNECTED_NAME: dial.caller_name}
    wanted = {name: value for name, value in shown.items() if value} | dict(dial.variables)
    return {name: printable(value) for name, value in wanted.items()}


def printable(value: str) -> str:
    """Without control characters: a line end in a caller's name would begin another SIP header."""
    return "".join(character for character in value if character.isprintable())


async def _watch(server: AriServer, dial: Dial, leg: AriLeg) -> None:
    """Asterisk ends the ringing itself; this is for the case that it does not."""
    try:
        async with asyncio.timeout(dial.time_out + server.config.request_seconds):
            await leg.settled.wait()
    except TimeoutError:
        leg.send(HangUp(Cause.NO_ANSWER))
