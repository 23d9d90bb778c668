"""The arithmetic of the benchmark's part on callers' audio."""

from ivrcore.lab.bench_rtp import STREAMS, Cost, row
from ivrcore.telephony.ari.abilities import AudioWay


def test_a_stream_costs_what_is_left_when_the_calls_alone_are_taken_off() -> None:
    alone = [Cost(0.01 * STREAMS, 0.02 * STREAMS, 0.0)] * 3
    found = [Cost(each * STREAMS, 0.03 * STREAMS, 50.0 * STREAMS) for each in (0.014, 0.9, 0.012)]
    line = row("Asterisk 16", AudioWay.RTP, found, alone)
    assert line == ["RTP, Asterisk 16", "50.0", "0.40", "1.00", "24", "60"]
