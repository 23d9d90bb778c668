"""RTP packets, in any order and with some missing, as audio in which a second lasts a second."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.telephony.media.rtp import FRAME, HELD, LONGEST_GAP, RATE, RETURN, SILENCE, Receiver

SOURCE, FIRST, BEGIN = 0x1234, 65_530, 2**32 - 5 * FRAME
"""Both numbers wrap around within the first packets."""


def datagram(
    number: int, *, source: int = SOURCE, stamp: int | None = None, kind: int = 118, value: int | None = None
) -> bytes:
    """Give the packet of the ``number``-th 20 ms; each sample's value is the number."""
    stamp = BEGIN + number * FRAME if stamp is None else stamp
    head = struct.pack("!BBHII", 0x80, kind, (FIRST + number) & 0xFFFF, stamp & 0xFFFFFFFF, source)
    return head + struct.pack("!h", number if value is None else value) * FRAME


def audio(numbers: Iterable[int]) -> list[bytes]:
    """Give these packets' audio: little endian."""
    return [struct.pack("<h", number) * FRAME for number in numbers]


def heard(receiver: Receiver, datagrams: Iterable[bytes]) -> list[bytes]:
    return [pcm for one in datagrams for pcm in receiver.take(one)]


def test_samples_are_turned_round_and_numbers_wrap_around() -> None:
    receiver = Receiver()
    assert heard(receiver, map(datagram, range(20))) == audio(range(20))
    assert (receiver.taken, receiver.lost, receiver.strange, receiver.filled) == (20, 0, 0, 0)


def test_a_packet_that_was_overtaken_comes_in_its_place() -> None:
    receiver = Receiver()
    assert heard(receiver, map(datagram, (0, 2, 3))) == audio([0])
    assert receiver.waits
    assert receiver.take(datagram(1)) == audio([1, 2, 3])
    assert not receiver.waits
    assert receiver.lost == 0


def test_a_lost_packet_is_silence_and_is_not_waited_for_beyond_the_bound() -> None:
    receiver = Receiver()
    came = heard(receiver, map(datagram, (0, *range(2, 2 + HELD))))
    assert came == audio([0])
    assert receiver.take(datagram(2 + HELD)) == [SILENCE, *audio(range(2, 3 + HELD))]
    assert receiver.take(datagram(1)) == []  # too late: its time has passed
    assert (receiver.lost, receiver.filled) == (2, FRAME)


def test_who_waits_no_longer_gets_what_is_held() -> None:
    receiver = Receiver()
    heard(receiver, map(datagram, (0, 2)))
    assert receiver.flush() == [SILENCE, *audio([2])]
    assert receiver.flush() == []


def test_a_packet_that_comes_twice_is_heard_once() -> None:
    receiver = Receiver()
    assert heard(receiver, map(datagram, (0, 0, 2, 2, 1, 1, 3))) == audio([0, 1, 2, 3])


@pytest.mark.parametrize("gap", [FRAME * 7, FRAME * 7 + 80, RATE])
def test_where_nothing_was_sent_for_a_while_there_is_silence_for_as_long(gap: int) -> None:
    receiver = Receiver()
    receiver.take(datagram(0))
    came = receiver.take(datagram(1, stamp=BEGIN + FRAME + gap))
    assert sum(map(len, came)) == 2 * (gap + FRAME)
    assert all(len(pcm) >= len(SILENCE) for pcm in came)
    assert b"".join(came).endswith(b"\1\0" * FRAME)
    assert not any(b"".join(came)[: 2 * gap])


@pytest.mark.parametrize("stamp", [BEGIN + LONGEST_GAP + 2 * FRAME, BEGIN - 2 * RATE])
def test_a_jump_of_the_time_stamps_is_a_new_beginning_and_makes_no_silence(stamp: int) -> None:
    receiver = Receiver()
    receiver.take(datagram(0))
    assert receiver.take(datagram(1, stamp=stamp)) == audio([1])
    assert receiver.take(datagram(2, stamp=stamp + FRAME)) == audio([2])


def test_stamps_that_jump_ahead_and_come_back_do_not_make_time_longer() -> None:
    receiver = Receiver()
    stamps = [0, 1, 5, 3, 4, 5, 6, 7, 8, 9]  # in frames: a hold-up, then what had waited, then as it was
    came = [
        pcm for at, one in enumerate(stamps) for pcm in receiver.take(datagram(at, stamp=BEGIN + one * FRAME))
    ]
    assert sum(map(len, came)) // len(SILENCE) - len(stamps) == 3
    assert receiver.take(datagram(10, stamp=BEGIN + 13 * FRAME)) == audio([10])


def test_another_source_begins_another_stream_and_the_former_one_is_over() -> None:
    receiver = Receiver()
    heard(receiver, map(datagram, (0, 2)))  # 1 is missing
    assert receiver.take(datagram(500, source=7)) == []
    assert receiver.take(datagram(501, source=7)) == [SILENCE, *audio([2, 500, 501])]
    assert heard(receiver, map(datagram, range(3, 3 + RETURN - 1))) == []  # what was late
    assert receiver.take(datagram(502, source=7)) == audio([502])


def test_forged_packets_of_other_sources_do_not_make_it_deaf() -> None:
    receiver = Receiver()
    for at in range(100):
        forged = [datagram(at * 7, source=9), datagram(at * 7, source=at), datagram(at * 7 + 3, source=9)]
        assert heard(receiver, [datagram(at), *forged]) == audio([at])
    assert receiver.filled == 0


def test_a_source_that_speaks_between_anothers_packets_stays() -> None:
    receiver = Receiver()
    mixed = [one for at in range(20) for one in (datagram(at), datagram(at, source=9, value=0))]
    assert heard(receiver, mixed) == audio(range(20))


def test_packets_without_audio_make_no_other_source() -> None:
    receiver = Receiver()
    heard(receiver, [datagram(0), *(datagram(at, source=9, kind=13) for at in range(5))])
    assert receiver.take(datagram(1)) == audio([1])


def test_the_former_source_comes_back_when_the_one_after_it_is_silent() -> None:
    receiver = Receiver()
    heard(receiver, [datagram(0), datagram(70, source=9), datagram(71, source=9)])
    back = range(1, 1 + RETURN)
    came = heard(receiver, map(datagram, back))
    assert came == audio(back)
    assert receiver.take(datagram(RETURN + 1)) == audio([RETURN + 1])


@pytest.mark.parametrize("number", [5000, -5000])
def test_a_jump_of_the_sequence_is_a_new_beginning(number: int) -> None:
    receiver = Receiver()
    receiver.take(datagram(0))
    assert receiver.take(datagram(number, value=9)) == audio([9])
    assert receiver.take(datagram(number + 1, value=9)) == audio([9])
    assert receiver.filled == 0


def test_another_payload_type_is_no_audio_and_no_loss() -> None:
    receiver = Receiver()
    came = heard(receiver, [datagram(0), datagram(1, kind=101, stamp=BEGIN + FRAME)])
    came += receiver.take(datagram(2, stamp=BEGIN + FRAME))
    assert came == audio([0, 2])
    assert (receiver.strange, receiver.lost, receiver.filled) == (1, 0, 0)


def test_the_marker_and_what_stands_beside_the_audio_are_not_heard() -> None:
    plain = datagram(0)
    head, body = plain[:12], plain[12:]
    marked = head[:1] + bytes([head[1] | 0x80]) + head[2:]
    sources = bytes([0x82]) + head[1:] + bytes(8)
    extended = bytes([0x90]) + head[1:] + b"\xbe\xde\x00\x02" + bytes(8)
    padded = bytes([0xA0]) + head[1:]
    for one in (marked + body, sources + body, extended + body, padded + body + b"\0\0\0\4"):
        assert Receiver().take(one) == audio([0])


@given(st.binary(max_size=80), st.booleans())
@settings(max_examples=150, deadline=None, database=None, derandomize=True)
def test_any_bytes_are_taken(data: bytes, like_rtp: bool) -> None:
    receiver = Receiver()
    receiver.take(datagram(0))
    came = receiver.take((b"\x80" + data) if like_rtp else data) + receiver.flush()
    assert all(len(pcm) % 2 == 0 for pcm in came)
    assert sum(map(len, came)) <= 2 * LONGEST_GAP + len(data)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.sets(st.integers(1, 59)))
@settings(max_examples=150, deadline=None, database=None, derandomize=True)
def test_whatever_is_late_or_lost_time_is_counted_right(delays: Sequence[int], gone: set[int]) -> None:
    """Given packets that are late by up to so many packets, and some that never come."""
    last = len(delays) - 1
    sent = [at for at in range(len(delays)) if at == 0 or at == last or at not in gone]
    order = sorted(sent, key=lambda at: at + (0.5 + delays[at] if 0 < at < last else 0))
    receiver = Receiver()
    came = b"".join(heard(receiver, map(datagram, order)) + receiver.flush())
    frames = [array("h", came[at : at + 2 * FRAME])[0] for at in range(0, len(came), 2 * FRAME)]
    assert len(came) == 2 * FRAME * len(delays)
    assert all(value in (0, at) for at, value in enumerate(frames))
    if order == sent:
        assert frames == [at if at in sent else 0 for at in range(len(delays))]
