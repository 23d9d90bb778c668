"""Keys as telephone events (RFC 4733)."""

import pytest

from ivrcore.lab.rtp import EVENT, PACKET, SECONDS, key_packets


@pytest.mark.parametrize(("digit", "code"), [("0", 0), ("9", 9), ("*", 10), ("#", 11), ("D", 15)])
def test_given_a_key_when_pressed_then_its_packets_grow_and_its_end_is_told_three_times(
    digit: str, code: int
) -> None:
    packets = key_packets(digit, 5 * SECONDS, 4711)
    parts = [EVENT.unpack(payload) for _, payload in packets]
    assert {stamp for stamp, _ in packets} == {4711}
    assert {part[0] for part in parts} == {code}
    assert [part[2] for part in parts] == [PACKET * n for n in (1, 2, 3, 4, 5, 5, 5, 5)]
    assert [bool(part[1] & 0x80) for part in parts] == [False] * 5 + [True] * 3
