"""Where an utterance begins and ends, counted in audio and not in time. Pure: bytes in, actions out.

The voice detector is an argument (20 ms frame -> is it speech), so a test can be exact. Silence costs an
engine as much as speech, so nothing is fed before speech begins; a short pre-roll keeps its first sound.

::

    waiting --4 of 6 frames voiced--> speaking --a silence--> [Ask] --early silence--> [TryFinish] pausing
       Began + pre-roll                  ^                      |                          |   |
                                         +---------voice--------+----------voice-----------+   |
    speaking or pausing --longest--> [Finish] over <-------------------hang-over---------------+

A prompt is not for every cough to stop: where a least length of voice, or words, are asked for, ``Began``
waits for them; an utterance that ends before is told as such, and the next one waited for.

Speech is noticed 80 to 120 ms after its first voiced frame. Barge-in has 150 ms in all; the rest is one
frame of transport (20 ms) and Asterisk's own frame (20 ms) after the stop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from ivrcore.speech.audio import FRAME_BYTES, FRAME_SECONDS

IsSpeech = Callable[[bytes], bool]
"""Says of one frame (:data:`~ivrcore.speech.audio.FRAME_BYTES`) whether it holds speech."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of audio, except ``onset_voiced`` of ``onset_window`` frames, which open the gate.

    A pause of ``early`` may be the end; ``ask``, less, is when the recogniser is asked, so that its answer is
    there by then. ``word`` is the ``chunk`` while words are waited for that stop a prompt.
    """

    pre_roll: float = 0.2
    onset_voiced: int = 4
    onset_window: int = 6
    ask: float = 0.14
    early: float = 0.2
    hang_over: float = 0.45
    longest: float = 10.0
    chunk: float = 0.2
    word: float = 0.1


@dataclass(frozen=True, slots=True)
class TurnTaking:
    """What one question may say of it; None: as the site does. Seconds, but ``words``.

    So much voice (``after``) and so many words of the grammar are needed to stop a prompt. A site's
    ``longest`` that is below ``at_least`` counts as that.
    """

    end_silence: float | None = None
    longest: float | None = None
    after: float = 0.0
    words: int = 0
    at_least: float = 0.0

    @property
    def minimum(self) -> bool:
        """Whether not all speech stops a prompt."""
        return bool(self.after or self.words)

    def timing(self, usual: Timing) -> Timing:
        """Give the timing of this question."""
        hang_over = usual.hang_over if self.end_silence is None else self.end_silence
        longest = max(usual.longest, self.at_least) if self.longest is None else self.longest
        return replace(usual, hang_over=hang_over, longest=longest)


USUAL = TurnTaking()
"""As the site has it; all speech stops a prompt."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller began to speak, ``after`` seconds ago (its first voiced frame's beginning)."""

    after: float


@dataclass(frozen=True, slots=True)
class Feed:
    """Give this audio to the recogniser."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """A pause begins: ask what was heard. All of it was fed; of the silence that may follow, nothing will be.

    It counts with the next :class:`TryFinish` or :class:`Finish`, unless a :class:`Feed` comes before.
    """


@dataclass(frozen=True, slots=True)
class TryFinish:
    """A short pause: judge what was heard; what follows counts only if it is not accepted.

    ``spoken``: seconds of its voiced frames.
    """

    spoken: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Finish:
    """The utterance is over. Nothing was fed since the last :class:`Ask` unless a Feed came between.

    Of an ``untold`` one no :class:`SpeechBegan` was told: it had too little voice (``brief``) or no known
    words to stop the prompt. The next utterance is waited for then. ``spoken`` as in :class:`TryFinish`.
    ``starved``: no audio came any more.
    """

    too_long: bool = False
    untold: bool = False
    brief: bool = False
    spoken: float = field(default=0.0, compare=False)
    starved: bool = False

    @property
    def cut(self) -> bool:
        """Whether no silence ended it: there may have been more."""
        return self.too_long or self.starved


Action = SpeechBegan | Feed | Ask | TryFinish | Finish


class Endpointer:
    """Turns a stream of audio of any chunk size into the actions of one utterance.

    ``after`` (seconds of voice without a pause) and ``held`` (until `words_heard`) put its beginning off.
    """

    def __init__(
        self, is_speech: IsSpeech, timing: Timing | None = None, *, after: float = 0.0, held: bool = False
    ) -> None:
        timing = timing or Timing()
        self._is_speech = is_speech
        self._voiced_needed = timing.onset_voiced
        self._early, self._hang_over, self._longest, self._chunk, self._word = (
            max(1, round(seconds / FRAME_SECONDS))
            for seconds in (timing.early, timing.hang_over, timing.longest, timing.chunk, timing.word)
        )
        self._ask = min(max(1, round(timing.ask / FRAME_SECONDS)), self._early)
        self._window: deque[bool] = deque(maxlen=timing.onset_window)
        # The window's frames are speech already; the pre-roll is what comes before them.
        kept = timing.onset_window + round(timing.pre_roll / FRAME_SECONDS)
        self._before: deque[bytes] = deque(maxlen=kept)
        self._partial = b""
        self._pending: list[bytes] = []
        self._length = 0
        self._least = self._after = round(after / FRAME_SECONDS)
        self._holds = self._held = held
        self._voiced = self._most_voiced = self._all_voiced = 0
        self._told = self._asked = False
        self.silent = 0
        self.speaking = False
        self.over = False

    @property
    def waits_for_words(self) -> bool:
        """Whether speech goes on of which no words are known yet that would stop the prompt."""
        return self.speaking and self._held

    @property
    def idle(self) -> bool:
        """Whether nobody speaks, or seems to begin: a little more silence may be told of together."""
        return not (self.speaking or any(self._window))

    @property
    def silence(self) -> float:
        """Seconds of audio since the last voiced frame (0 before speech began)."""
        return self.silent * FRAME_SECONDS

    @property
    def _spoken(self) -> float:
        return self._all_voiced * FRAME_SECONDS

    def take(self, pcm: bytes) -> Iterator[Action]:
        """Take audio of any length; gives actions as it goes, nothing once the utterance is over."""
        self._partial += pcm
        while len(self._partial) >= FRAME_BYTES and not self.over:
            frame, self._partial = self._partial[:FRAME_BYTES], self._partial[FRAME_BYTES:]
            voiced = self._is_speech(frame)
            yield from self._speak(frame, voiced) if self.speaking else self._wait(frame, voiced)

    def starve(self) -> Iterator[Action]:
        """Say that the stream dried up (silence suppression, a lost path): ends a begun utterance."""
        if self.speaking and not self.over:
            yield from self._finish(starved=True)

    def words_heard(self) -> Iterator[Action]:
        """Say that the words are there that this utterance needs to stop the prompt."""
        self._held = False
        yield from self._tell()

    def prompt_over(self) -> Iterator[Action]:
        """Say that there is nothing more to be stopped: any speech counts, but a cough just now."""
        self._after = 0
        self._holds = self._held = False
        if self.silent < self._early:
            yield from self._tell()

    def _tell(self) -> Iterator[Action]:
        """Tell the beginning, once, when it is due."""
        if self.speaking and not (self._told or self._held or self.over) and self._most_voiced >= self._after:
            self._told = True
            yield SpeechBegan(self._length * FRAME_SECONDS)

    def _wait(self, frame: bytes, voiced: bool) -> Iterator[Action]:
        self._window.append(voiced)
        self._before.append(frame)
        if sum(self._window) < self._voiced_needed:
            return
        self.speaking = True
        first = self._window.index(True)
        self._length = len(self._window) - first
        self._voiced = self._most_voiced = self._all_voiced = sum(self._window)
        yield from self._tell()
        self._pending = list(self._before)
        self._before.clear()
        yield from self._flush()

    def _speak(self, frame: bytes, voiced: bool) -> Iterator[Action]:
        self._length += 1
        self._pending.append(frame)
        self.silent = 0 if voiced else self.silent + 1
        self._all_voiced += voiced
        self._voiced = 0 if self.silent == self._early else self._voiced + voiced
        self._most_voiced = max(self._most_voiced, self._voiced)
        if voiced:
            self._asked = False
            yield from self._tell()
        # While a pause goes on, its frames wait in `_pending`: if it ends the utterance, the answer that was
        # asked for stands and nothing needs to be decoded again.
        if self.silent == self._ask < self._hang_over:
            yield from self._flush()
            self._asked = True
            yield Ask()
        elif not self._asked and len(self._pending) >= (self._word if self._held else self._chunk):
            yield from self._flush()
        if self.silent == self._early < self._hang_over:
            yield TryFinish(self._spoken)
        if self.silent >= self._hang_over or self._length >= self._longest:
            yield from self._finish(too_long=self.silent < self._hang_over)

    def _finish(self, *, too_long: bool = False, starved: bool = False) -> Iterator[Action]:
        if not self._asked:
            yield from self._flush()
        spoken = self._spoken
        if self._told:
            self.over = True
            yield Finish(too_long, spoken=spoken, starved=starved)
        else:
            brief = self._most_voiced < self._least
            self._again()
            yield Finish(too_long, untold=True, brief=brief, spoken=spoken, starved=starved)

    def _again(self) -> None:
        """Wait for the next utterance."""
        self._window.clear()
        self._before.clear()
        self._pending.clear()
        self._held = self._holds
        self._length = self._voiced = self._most_voiced = self._all_voiced = self.silent = 0
        self.speaking = self._asked = False

    def _flush(self) -> Iterator[Action]:
        if self._pending:
            pcm = b"".join(self._pending)
            self._pending.clear()
            yield Feed(pcm)
