"""RTP endpoints that say recordings and keep everything they hear, for the phones of the lab.

All endpoints of a process share one clock: every 20 ms each sends one packet of G.711 mu-law. When the
process was held up, the missing packets follow at once, so that what is said does not drift.
"""

import asyncio
import secrets
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ivrcore.lab import audio
from ivrcore.lab.sip_message import TELEPHONE_EVENT

PACKET = 160
"""Samples, and bytes, in 20 ms."""
SECONDS = PACKET / audio.RATE
SILENCE = b"\xff" * PACKET
HEADER = struct.Struct("!BBHII")
PCMU = 0
SOUND = 500
"""Peak of a packet, of 32,767, from which it counts as sound rather than as silence."""
JUMP = audio.RATE // 25
"""Samples by which a stream's time stamps must be off for good to be taken as a jump: 40 ms."""
AHEAD = 50
"""Packets, a second of them, in which a stream that was only held up has caught up."""
LATE = 1.0
"""Seconds after which missing packets are left out instead of sent."""

# Loudness of each mu-law byte as a byte, so that one packet's peak is a translate and a max.
_PEAKS = bytes(min(abs(value) // 128, 255) for value in audio.decode(bytes(range(256))))


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that was heard."""

    arrived: int
    """Samples from the recording's beginning to its arrival."""
    stream: int
    stamp: int
    payload: bytes

    @property
    def delay(self) -> int:
        """Arrival less time stamp: its own delay plus something the whole stream has in common."""
        return self.arrived - self.stamp


KEYS = "0123456789*#ABCD"
"""A key's place in it is its event code (RFC 4733 section 3.2)."""
EVENT = struct.Struct("!BBH")
LOUDNESS = 10
"""Of a key, in dBm0 below zero."""
ENDS = 3
"""How often the end of a key is told, in case packets are lost (RFC 4733 section 2.5.1.4)."""


def key_packets(digit: str, seconds: float, stamp: int) -> list[tuple[int, bytes]]:
    """Give the packets of one key, 20 ms apart: (time stamp, payload); the last ones tell its end."""
    code, packets = KEYS.index(digit), max(round(seconds / SECONDS), 1)
    parts = [EVENT.pack(code, LOUDNESS, PACKET * number) for number in range(1, packets + 1)]
    parts += [EVENT.pack(code, LOUDNESS | 0x80, PACKET * packets)] * ENDS
    return [(stamp, part) for part in parts]


class Recording:
    """What was heard, each packet at its place in time.

    Within a stream packets lie as their time stamps say, and the stream as its quickest packet arrived:
    neither jitter nor our own being held up moves anything. `began` is the monotonic time of sample 0.
    """

    def __init__(self, began: float) -> None:
        self.began = began
        self._packets: list[Packet] = []

    def add(self, now: float, stream: int, stamp: int, payload: bytes) -> None:
        """Keep a packet that arrived at `now`."""
        self._packets.append(Packet(round((now - self.began) * audio.RATE), stream, stamp, payload))

    def forget(self, before: float) -> None:
        """Drop what arrived before a monotonic time."""
        first = (before - self.began) * audio.RATE
        self._packets = [packet for packet in self._packets if packet.arrived >= first]

    def samples(self, since: float, until: float) -> audio.Samples:
        """What was heard between two monotonic times; silence where no packet came."""
        first = round((since - self.began) * audio.RATE)
        data = bytearray(b"\xff" * max(round((until - since) * audio.RATE), 0))
        for packet, shift in self._placed():
            at = packet.stamp + shift - first
            if at >= 0 and at + len(packet.payload) <= len(data):
                data[at : at + len(packet.payload)] = packet.payload
        return audio.decode(bytes(data))

    def _placed(self) -> Iterator[tuple[Packet, int]]:
        """Each packet with what its time stamp must be shifted by."""
        stream, shift = -1, 0
        for index, packet in enumerate(self._packets):
            if packet.stream != stream or abs(packet.delay - shift) > JUMP:
                ahead = self._packets[index : index + AHEAD]
                quickest = min(one.delay for one in ahead if one.stream == packet.stream)
                # Delayed but catching up is the same stretch; late for good is a pause the stamps leave out.
                if packet.stream != stream or abs(quickest - shift) > JUMP:
                    stream, shift = packet.stream, quickest
            yield packet, shift


class Endpoint(asyncio.DatagramProtocol):
    """One phone's voice and ear on a port of 127.0.0.1; made by `Clock.endpoint()`."""

    def __init__(self, port: int, leave: Callable[["Endpoint"], None]) -> None:
        self.port = port
        self.recording = Recording(time.monotonic())
        self.packets_heard = self.packets_sent = 0
        self._leave = leave
        self._transport: asyncio.DatagramTransport | None = None
        self._remote: tuple[str, int] | None = None
        self._data, self._at, self._repeat = b"", 0, False
        self._stream, self._number, self._stamp = secrets.randbits(32), secrets.randbits(16), 0
        self._keys: list[tuple[int, bytes]] = []
        self._sound_packets = 0
        self._last_sound = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio's protocol."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def connect(self, host: str, port: int) -> None:
        """Begin sending to the far side; silence until there is something to say."""
        self._remote = (host, port)
        self._stream, self._stamp = secrets.randbits(32), 0

    def disconnect(self) -> None:
        """Stop sending."""
        self._remote = None
        self._data = b""

    def say(self, path: Path, *, repeat: bool = False) -> float:
        """Say a wav from the next packet on, instead of what was being said; its seconds."""
        self._data, self._at, self._repeat = audio.encode(audio.read_wav(path)), 0, repeat
        return len(self._data) / audio.RATE

    def press(self, digit: str, seconds: float) -> None:
        """Press a key from the next packet on, as telephone events instead of sound."""
        self._keys += key_packets(digit, seconds, self._stamp)

    def forget_sound(self) -> None:
        """Start counting sound anew."""
        self._sound_packets = 0

    @property
    def sound_seconds(self) -> float:
        """Seconds of sound heard since `forget_sound()`."""
        return self._sound_packets * SECONDS

    @property
    def silent_for(self) -> float:
        """Seconds since sound was last heard."""
        return time.monotonic() - self._last_sound

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Part of asyncio's protocol: a packet from the far side."""
        if len(data) <= HEADER.size:
            return
        _, kind, _, stamp, stream = HEADER.unpack_from(data)
        if kind & 0x7F != PCMU:
            return
        now, payload = time.monotonic(), data[HEADER.size :]
        self.packets_heard += 1
        self.recording.add(now, stream, stamp, payload)
        if max(payload.translate(_PEAKS)) * 128 >= SOUND:
            self._sound_packets += 1
            self._last_sound = now

    def error_received(self, exc: Exception) -> None:
        """Part of asyncio's protocol: the far side closed its port, as happens at a call's end."""

    def send(self) -> None:
        """Send one packet, if somebody listens."""
        if self._remote is None or self._transport is None:
            return
        if self._keys:
            self._send_key(*self._keys.pop(0))
            return
        payload = self._data[self._at : self._at + PACKET]
        self._at += PACKET
        if self._at >= len(self._data):
            self._at = 0
            if not self._repeat:
                self._data = b""
        payload = payload.ljust(PACKET, b"\xff") if payload else SILENCE
        self._put(PCMU, self._stamp, payload)

    def _send_key(self, stamp: int, payload: bytes) -> None:
        """Send a part of a key; all parts have the time stamp of its beginning, the first one is marked."""
        first = EVENT.unpack(payload)[2] == PACKET and not payload[1] & 0x80
        self._put(TELEPHONE_EVENT | (0x80 if first else 0), stamp, payload)

    def _put(self, kind: int, stamp: int, payload: bytes) -> None:
        assert self._transport is not None
        header = HEADER.pack(0x80, kind, self._number, stamp, self._stream)
        self._number = self._number + 1 & 0xFFFF
        self._stamp = self._stamp + PACKET & 0xFFFFFFFF
        self.packets_sent += 1
        self._transport.sendto(header + payload, self._remote)

    def close(self) -> None:
        """Give up the port; what was recorded stays."""
        self._leave(self)
        if self._transport is not None:
            self._transport.close()
            self._transport = None


class Clock:
    """Sends one packet of every endpoint each 20 ms, on one running `run()` task."""

    def __init__(self) -> None:
        self._endpoints: set[Endpoint] = set()
        self.skipped = 0
        """Packets left out because the process was held up too long."""

    async def endpoint(self) -> Endpoint:
        """A new endpoint on a port that the kernel picks."""
        loop = asyncio.get_running_loop()
        endpoint = Endpoint(0, self._endpoints.discard)
        transport, _ = await loop.create_datagram_endpoint(lambda: endpoint, local_addr=("127.0.0.1", 0))
        endpoint.port = transport.get_extra_info("sockname")[1]
        self._endpoints.add(endpoint)
        return endpoint

    async def run(self) -> None:
        """Keep sending until cancelled."""
        due = time.monotonic()
        while True:
            for endpoint in tuple(self._endpoints):
                endpoint.send()
            due += SECONDS
            behind = time.monotonic() - due
            if behind > LATE:
                self.skipped += int(behind / SECONDS)
                due += behind
            await asyncio.sleep(max(-behind, 0))
