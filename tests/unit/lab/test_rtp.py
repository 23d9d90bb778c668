from ivrcore.lab import audio
from ivrcore.lab.rtp import PACKET, Recording

LOUD = bytes([0x80]) * PACKET


def loud_at(recording: Recording, since: float, until: float) -> list[int]:
    """Numbers of the 20 ms in which something was heard."""
    samples = recording.samples(since, until)
    return [at // PACKET for at in range(0, len(samples), PACKET) if max(samples[at : at + PACKET])]


def test_packets_lie_where_their_time_stamps_say_whatever_the_jitter() -> None:
    recording = Recording(began=100.0)
    for number, jitter in enumerate((0.0, 0.015, 0.004, 0.019)):
        recording.add(100.2 + number * 0.02 + jitter, 1, 5000 + number * PACKET, LOUD)
    assert loud_at(recording, 100.0, 101.0) == [10, 11, 12, 13]


def test_being_held_up_moves_nothing() -> None:
    recording = Recording(began=0.0)
    for number in range(30):
        due = number * 0.02
        arrived = 0.5 if 0.2 <= due < 0.5 else due  # fifteen packets are read at once, late
        recording.add(arrived, 1, number * PACKET, LOUD)
    assert loud_at(recording, 0.0, 0.6) == list(range(30))


def test_being_held_up_at_the_start_moves_nothing() -> None:
    recording = Recording(began=0.0)
    for number in range(20):
        recording.add(max(number * 0.02, 0.2), 1, number * PACKET, LOUD)
    assert loud_at(recording, 0.0, 0.4) == list(range(20))


def test_a_pause_that_the_stamps_leave_out_stays_a_pause() -> None:
    recording = Recording(began=0.0)
    for number in range(5):
        recording.add(number * 0.02, 1, number * PACKET, LOUD)
        recording.add(0.5 + number * 0.02, 1, (5 + number) * PACKET, LOUD)
    recording._packets.sort(key=lambda packet: packet.arrived)
    assert loud_at(recording, 0.0, 0.6) == [0, 1, 2, 3, 4, 25, 26, 27, 28, 29]


def test_a_lost_packet_is_silence() -> None:
    recording = Recording(began=0.0)
    for number in (0, 1, 3):
        recording.add(number * 0.02, 1, number * PACKET, LOUD)
    assert loud_at(recording, 0.0, 0.1) == [0, 1, 3]


def test_a_new_stream_or_a_jump_is_placed_by_its_arrival() -> None:
    recording = Recording(began=0.0)
    recording.add(0.0, 1, 0, LOUD)
    recording.add(0.5, 2, 999_999, LOUD)
    recording.add(0.9, 2, 999_999 + PACKET, LOUD)
    assert loud_at(recording, 0.0, 1.0) == [0, 25, 45]


def test_a_part_is_cut_out_by_time() -> None:
    recording = Recording(began=10.0)
    for number in range(50):
        recording.add(10.0 + number * 0.02, 1, number * PACKET, LOUD)
    part = recording.samples(10.2, 10.4)
    assert len(part) == round(0.2 * audio.RATE)
    assert min(part) > 0
