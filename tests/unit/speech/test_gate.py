from __future__ import annotations

import random
from array import array

from ivrcore.speech.audio import pcm_of
from ivrcore.speech.gate import Gate

CHANCE = random.Random(7)


def frame(loudness: int) -> bytes:
    """20 ms of noise of this standard deviation."""
    return pcm_of(array("h", (int(CHANCE.gauss(0, loudness)) for _ in range(320))))


def yes(_: bytes) -> bool:
    return True


def test_a_faint_line_is_never_speech_whatever_the_detector_says() -> None:
    gate = Gate(yes)
    assert not any(gate(frame(30)) for _ in range(100))


def test_the_lines_own_noise_is_not_speech() -> None:
    gate = Gate(yes)
    assert sum(gate(frame(400)) for _ in range(100)) == 0


def test_a_voice_above_the_noise_is_speech_at_once() -> None:
    gate = Gate(yes)
    for _ in range(50):
        gate(frame(400))
    assert all(gate(frame(3000)) for _ in range(100))


def test_the_detector_decides_on_loud_frames_and_sees_all() -> None:
    seen: list[bytes] = []

    def no(given: bytes) -> bool:
        seen.append(given)
        return False

    gate = Gate(no)
    assert not any(gate(frame(loudness)) for loudness in (10, 3000, 10))
    assert len(seen) == 3


def test_a_caller_who_speaks_from_the_first_frame_is_heard_after_the_first_dip() -> None:
    gate = Gate(yes)
    heard = [gate(frame(loudness)) for loudness in (3000, 3000, 800, 3000, 3000)]
    assert heard == [False, False, False, True, True]


def test_digital_silence_is_no_speech() -> None:
    assert not Gate(yes)(bytes(640))
