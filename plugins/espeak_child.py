"""The little of the `espeak-ng` command that is needed, over the library that pip installs.

Run as a program of its own, told where the library and its data are: the library is GPL, keeps global state
and is not thread-safe, so it stays out of the server's process. It runs once per text, so it imports little
and needs no packages (``python -I -S``: a third of the time). Text on stdin, a wav on stdout.
"""

from __future__ import annotations

import ctypes
import sys
import wave
from itertools import pairwise

# From espeak-ng's speak_lib.h.
_RETRIEVAL = 1
_DO_NOT_EXIT = 0x8000
_RATE, _PITCH = 1, 3
_UTF8 = 1


def main() -> int:
    """Speak; gives the exit code."""
    library, data, *options = sys.argv[1:]
    asked = dict(pairwise(options))
    voice = asked.get("-v", "en-us")
    text = sys.stdin.buffer.read()
    rate, pcm = _speak(
        ctypes.CDLL(library), data, text, voice, int(asked.get("-s", "150")), int(asked.get("-p", "50"))
    )
    if not pcm:
        sys.stderr.write(f"espeak-ng has no voice {voice}, or said nothing\n")
        return 1
    with wave.open(sys.stdout.buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.setnframes(len(pcm) // 2)
        out.writeframesraw(pcm)
    return 0


def _speak(
    library: ctypes.CDLL, data: str, text: bytes, voice: str, speed: int, pitch: int
) -> tuple[int, bytes]:
    rate = int(library.espeak_Initialize(_RETRIEVAL, 0, data.encode(), _DO_NOT_EXIT))
    spoken = bytearray()

    def take(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            spoken.extend(ctypes.string_at(samples, count * 2))
        return 0

    # Kept in a name for as long as the library may call it.
    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(take)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.encode()):
        return rate, b""
    library.espeak_SetParameter(_RATE, speed, 0)
    library.espeak_SetParameter(_PITCH, pitch, 0)
    library.espeak_Synth(text + b"\0", len(text) + 1, 0, 1, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    return rate, bytes(spoken)


if __name__ == "__main__":
    sys.exit(main())
