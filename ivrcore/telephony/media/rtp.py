"""What comes as RTP (RFC 3550) becomes audio in order, in which a second lasts a second. Pure: no sockets.

Packets that overtook each other are put in order within a small bound. Where packets were lost, or the far
side sent nothing for a while, the time stamps say how long that was, and silence takes their place: who
counts audio counts the call's time. One packet of another source, which anybody may have forged, changes
nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

SLIN16 = 118
"""Payload type that Asterisk gives to its format slin16: 16 bit, 16 kHz, mono, big endian on the wire."""
RATE = 16_000
FRAME = 320
"""Samples in 20 ms."""
SAMPLE_BYTES = 2
SILENCE = bytes(FRAME * SAMPLE_BYTES)

HELD = 5
"""So many packets wait for one that they overtook; then it counts as lost."""
FAR_AHEAD, FAR_BEHIND = 3000, 100
"""Sequence numbers so far from what is due are another beginning (RFC 3550 appendix A.1)."""
PROBATION = 2
"""So many packets in sequence make another source the one that is heard (RFC 3550 appendix A.1)."""
RETURN = 10
"""So many make it the former one again: more than can be late; none of the present one may come meanwhile."""
LONGEST_GAP = 10 * RATE
"""Samples; a longer gap in the time stamps is another beginning, and is not filled."""
EARLIEST = -RATE
"""Samples by which stamps may lie behind what was counted, as after a hold-up; further is a new beginning."""

_HEADER = Struct("!BBHII")
_VERSION = 2


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet; ``payload`` is empty where it is no audio of ours."""

    sequence: int
    stamp: int
    source: int
    payload: bytes


class Receiver:
    """Puts one stream's packets in order; ``audio`` is signed 16 bit little endian."""

    def __init__(self, payload_type: int = SLIN16) -> None:
        self._payload_type = payload_type
        self._source: int | None = None
        self._former: int | None = None
        self._rivals: list[Packet] = []
        """Packets in sequence of another source, since the present one was heard last."""
        self._due = 0
        """Sequence number of the packet that is next."""
        self._stamp = 0
        """Time stamp at which audio goes on, as counted."""
        self._held: dict[int, Packet] = {}
        self.taken = 0
        """Packets whose audio was given."""
        self.lost = 0
        """Packets that never came, or too late."""
        self.strange = 0
        """Datagrams that were no RTP, or RTP of another payload type."""
        self.filled = 0
        """Samples of silence in the place of what did not come."""

    @property
    def waits(self) -> bool:
        """Whether packets are held because one before them has not come."""
        return bool(self._held)

    def take(self, datagram: bytes) -> list[bytes]:
        """Take a datagram and give the audio that can be given now, each of 20 ms or more."""
        packet = self._read(datagram)
        if packet is None:
            self.strange += 1
            return []
        if self._source is None:
            self._begin(packet)
        elif packet.source != self._source:
            return self._take_rival(packet)
        self._drop_rivals()
        return self._put_in_order(packet)

    def _take_rival(self, packet: Packet) -> list[bytes]:
        """Take another source's packet; once there are enough in sequence, it is the one that is heard."""
        if not packet.payload:
            return []
        last = self._rivals[-1] if self._rivals else None
        if last and (packet.source != last.source or _signed(packet.sequence - last.sequence, 16) != 1):
            self._drop_rivals()
        self._rivals.append(packet)
        if len(self._rivals) < (RETURN if packet.source == self._former else PROBATION):
            return []
        begun, self._rivals = self._rivals, []
        given = self._begin(begun[0])
        for one in begun:
            given += self._put_in_order(one)
        return given

    def _drop_rivals(self) -> None:
        self.lost += len(self._rivals)
        self._rivals.clear()

    def _put_in_order(self, packet: Packet) -> list[bytes]:
        given: list[bytes] = []
        ahead = _signed(packet.sequence - self._due, 16)
        if ahead > FAR_AHEAD or ahead < -FAR_BEHIND:
            given += self._begin(packet)
        elif ahead < 0 or packet.sequence in self._held:
            self.lost += ahead < 0
            return given
        self._held[packet.sequence] = packet
        return given + list(self._due_ones(most=HELD))

    def flush(self) -> list[bytes]:
        """Wait no longer for what has not come: give the audio that is held."""
        return list(self._due_ones(most=0))

    def _begin(self, packet: Packet) -> list[bytes]:
        """Another stream begins with this packet; give what is left of the one before."""
        left = self.flush()
        self._former, self._source = self._source, packet.source
        self._due, self._stamp = packet.sequence, packet.stamp
        return left

    def _due_ones(self, most: int) -> Iterator[bytes]:
        """Give what is in order, and what is held beyond ``most`` packets as well."""
        while self._held:
            packet = self._held.pop(self._due, None)
            if packet is not None:
                self._due = (self._due + 1) & 0xFFFF
                yield from self._sound(packet)
            elif len(self._held) > most:
                first = min(self._held, key=lambda one: _signed(one - self._due, 16))
                self.lost += _signed(first - self._due, 16)
                self._due = first
            else:
                return

    def _sound(self, packet: Packet) -> Iterator[bytes]:
        if not packet.payload:
            return
        gap = _signed(packet.stamp - self._stamp, 32)
        if gap > LONGEST_GAP or gap < EARLIEST:
            self._stamp, gap = packet.stamp, 0
        silent = max(gap, 0)
        self.filled += silent
        self.taken += 1
        self._stamp = (self._stamp + silent + len(packet.payload) // SAMPLE_BYTES) & 0xFFFFFFFF
        for _ in range(silent // FRAME):
            yield SILENCE
        yield bytes(silent % FRAME * SAMPLE_BYTES) + packet.payload

    def _read(self, datagram: bytes) -> Packet | None:
        """Read a packet; None where it is none, or not of the payload type (RFC 3550 section 5.1).

        One of another type has its sequence number in the same stream, so it is not lost.
        """
        if len(datagram) < _HEADER.size:
            return None
        first, second, sequence, stamp, source = _HEADER.unpack_from(datagram)
        if first >> 6 != _VERSION:
            return None
        begin, end = _HEADER.size + 4 * (first & 0x0F), len(datagram)
        if first & 0x10:  # an extension: two bytes of a profile's own, two of length in words
            if end < begin + 4:
                return None
            begin += 4 + 4 * int.from_bytes(datagram[begin + 2 : begin + 4])
        if first & 0x20:  # padding: the last byte says how much
            end -= datagram[-1]
        if end < begin or (end - begin) % SAMPLE_BYTES:
            return None
        if second & 0x7F != self._payload_type:
            self.strange += 1
            return Packet(sequence, stamp, source, b"")
        return Packet(sequence, stamp, source, _little_endian(datagram[begin:end]))


def _little_endian(payload: bytes) -> bytes:
    """Swap the two bytes of each sample, on a machine of either order."""
    samples = array("h", payload)
    samples.byteswap()
    return samples.tobytes()


def _signed(difference: int, bits: int) -> int:
    """Give a difference of numbers that wrap around as the shorter way there."""
    half = 1 << (bits - 1)
    return (difference + half) % (1 << bits) - half
