"""What a leg's far side says, as a stream: a snoop and a media channel of ours in a bridge of ours.

The snoop hears one direction only, so a prompt played to the leg is not in the stream. All three parts
carry ids derived from one name and are undone when the stream ends, however it does.
"""

from __future__ import annotations

import asyncio
import logging

from ivrcore.errors import CoreMisuse, LinkLost, RequestFailed, RequestTimeout, TelephonyError
from ivrcore.telephony import variables
from ivrcore.telephony.ari import requests, wire
from ivrcore.telephony.ari.abilities import AudioWay
from ivrcore.telephony.ari.server import AriServer
from ivrcore.telephony.leg import AudioSink
from ivrcore.telephony.media.rtp_stream import RtpStream
from ivrcore.telephony.media.stream import MediaStream

log = logging.getLogger(__name__)


class CallerAudio:
    """One stream; ``sink`` may be replaced while it runs. ``name`` is unique and becomes part of the ids."""

    def __init__(self, server: AriServer, channel: str, name: str, sink: AudioSink) -> None:
        self.sink: AudioSink | None = sink
        self.closed = False
        self._server = server
        self._channel = channel
        self._snoop, self._media, self._bridge = (f"{name}.{part}" for part in ("snoop", "media", "bridge"))
        self._stream: MediaStream | RtpStream | None = None
        self._task: asyncio.Task[None] | None = None
        self._asked: asyncio.Task[TelephonyError | None] | None = None

    def open(self) -> None:
        """Begin; what goes wrong is told to the sink."""
        self._task = self._server.tasks.start(self._run(), f"audio {self._media}")

    def close(self) -> None:
        """End it; the sink gets nothing from now on."""
        self.sink = None
        if self.closed:
            return
        self.closed = True
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        self._server.cleaning.start(self._undo(), f"end of audio {self._media}")

    async def _run(self) -> None:
        try:
            await self._hear()
        except TelephonyError as error:
            log.warning("no audio of %s: %s", self._channel, error)
            self._lose(error.code)
        except Exception:  # of who listens: without an end of the stream the call would be deaf from here on
            log.exception("the audio of %s was not taken", self._channel)
            self._lose(CoreMisuse.code)

    async def _hear(self) -> None:
        await self._connect()
        assert self._stream is not None
        await self._stream.read(self._take)
        raise LinkLost("the audio stream ended")  # an end that nobody asked for

    def _lose(self, code: str) -> None:
        sink = self.sink
        self.close()
        if sink is not None:
            sink.audio_lost(code)

    def _take(self, pcm: bytes) -> float | None:
        return self.sink.audio(pcm) if self.sink is not None else None

    async def _connect(self) -> None:
        server, app = self._server, self._server.config.app
        await server.ready()
        way = server.abilities.audio
        if way is None:
            raise RequestFailed("this Asterisk has neither chan_websocket nor chan_rtp", status=501)
        server.owned.update((self._snoop, self._media, self._bridge))
        entered = [server.expect(self._snoop), server.expect(self._media)]
        try:
            await self._ask(requests.snoop(app, self._channel, self._snoop, variables.ARGUMENT_PART))
            await server.request(requests.create_bridge(self._bridge))
            await (self._by_rtp() if way is AudioWay.RTP else self._by_websocket())
            async with asyncio.timeout(server.config.request_seconds):
                await asyncio.gather(*entered)
        except TimeoutError:
            raise RequestTimeout("the snoop or the media channel did not come up") from None
        finally:
            for future in entered:
                future.cancel()
        for channel in (self._media, self._snoop):
            await server.request(requests.add_channel(self._bridge, channel, may_block=False))

    async def _ask(self, request: wire.Request) -> None:
        """Ask for the snoop; the request goes on when this stream is closed meanwhile, see :meth:`asked`."""
        self._asked = self._server.cleaning.start(self._refusal(request), f"ask for {self._snoop}")
        refusal = await asyncio.shield(self._asked)
        if refusal is not None:
            raise refusal

    async def _refusal(self, request: wire.Request) -> TelephonyError | None:
        try:
            await self._server.request(request)
        except TelephonyError as error:
            return error
        return None

    async def asked(self) -> None:
        """Wait until Asterisk is done with the request for the snoop, if there is one under way.

        Asterisk 16 crashes where the channel is hung up while its snoop is being made.
        """
        if self._asked is not None:
            await asyncio.wait([self._asked])

    async def _by_websocket(self) -> None:
        server = self._server
        await server.request(requests.media_channel(server.config.app, self._media))
        url = server.config.media_url(await self._variable(variables.MEDIA_CONNECTION))
        self._stream = stream = MediaStream(url, server.config.authorization)
        await stream.open()  # only then does the media channel come into our application

    async def _by_rtp(self) -> None:
        server = self._server
        taken = server.ports.take(server.config.rtp_address or server.link.local_address)
        self._stream = stream = RtpStream(taken)
        server.watch(self._media, lambda: stream.lose("the media channel ended"))
        await server.request(requests.rtp_channel(server.config.app, self._media, stream.address))
        host, port = [await self._variable(name) for name in (variables.RTP_HOST, variables.RTP_PORT)]
        if not (host and port.isdecimal()):
            raise RequestFailed("Asterisk does not say where it sends the audio from", status=501)
        stream.only_from(host, int(port))

    async def _variable(self, name: str) -> str:
        body = await self._server.request(requests.variable(self._media, name))
        return wire.read(body, wire.Variable).value

    async def _undo(self) -> None:
        server = self._server
        if self._task is not None:
            await asyncio.wait([self._task])
        await self.asked()
        server.unwatch(self._media)
        if self._stream is not None:
            await self._stream.close()
        if self._bridge in server.owned:
            await server.undo(requests.delete_bridge(self._bridge), self._bridge)
            for channel in (self._snoop, self._media):
                await server.undo(requests.hang_up(channel, 16), channel)
