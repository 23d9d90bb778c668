"""The test double of a leg, and the phones it can stand for; public through :mod:`ivrcore.testing`."""

from __future__ import annotations

import io
import wave
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ivrcore.errors import LinkLost, RequestFailed
from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.telephony.leg import (
    Answer,
    Answered,
    AudioSink,
    Capability,
    Command,
    Dial,
    Ended,
    Failed,
    Found,
    GoOn,
    HangUp,
    Held,
    Joined,
    Key,
    LegEvent,
    Play,
    PlayEnded,
    Record,
    Recorded,
    Remembered,
    Resumed,
    Ring,
    Ringing,
    SentOn,
    StartMusic,
    StopMusic,
    StopPlay,
    StopRecord,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.testing import FakeSwitch


class Timer(Protocol):
    """A call that was put off."""

    def cancel(self) -> None:
        """Do not make it."""

    def active(self) -> int:
        """Whether it is still to come."""


class Time(Protocol):
    """What is used of Twisted's `IReactorTime`; `twisted.internet.task.Clock` has it."""

    def seconds(self) -> float:
        """Now."""

    def callLater(self, delay: float, callable: Callable[..., object], /) -> Timer:  # noqa: N802  # Twisted's name
        """Call after `delay` seconds."""


@dataclass(frozen=True, slots=True)
class Phone:
    """How a dialled phone behaves; all times in seconds, None for never.

    It rings `rings_after` the dial (None: unreachable, the leg ends with `cause` at once), then answers,
    rejects with `cause`, or just rings until the dial's time-out. Once answered it may hang up.
    """

    rings_after: float | None = 0.0
    answers_after: float | None = None
    rejects_after: float | None = None
    hangs_up_after: float | None = None
    cause: int = Cause.REJECTED


def wav(pcm: bytes, rate: int = 16000) -> bytes:
    """Give 16 bit mono audio as a wav file's bytes."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    return target.getvalue()


NEVER_ANSWERS = Phone()
UNREACHABLE = Phone(rings_after=None, cause=Cause.UNREACHABLE)


class FakeLeg:
    """A leg in memory. The test plays its far side: `press`, `speak`, `hang_up`, `answer`."""

    def __init__(
        self, switch: FakeSwitch, leg: str, channel: str, *, dialled: bool, owner: Callable[[LegEvent], None]
    ) -> None:
        self.id = leg
        self.channel = channel
        self.capabilities: frozenset[Capability] = switch.capabilities
        self.dialled = dialled
        self.commands: list[Command] = []
        """Every command sent while it lived, in order."""
        self.events: list[LegEvent] = []
        """Every event reported, in order."""
        self.answered = self.ringing = self.ended = False
        self.music: str | None = None
        self.bridge: str | None = None
        self.playing: Play | None = None
        self.sink: AudioSink | None = None
        self._switch = switch
        self._owner = owner
        self.recording: Record | None = None
        self._said = b""
        self._record_timers: list[Timer] = []
        self._queue: deque[Command] = deque()
        self._timers: list[Timer] = []
        self._play_timer: Timer | None = None
        self._hanging_up = False
        self._held: list[LegEvent] = []
        self._urgent: list[Callable[[], None]] = []
        self.remembered: Remembered | None = None
        """What the server that adopts it knows of it, until that has looked."""

    def own(self, owner: Callable[[LegEvent], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        self._owner = owner

    def send(self, command: Command) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`; recorded in `commands`."""
        if self.ended or self._hanging_up:
            return
        self.commands.append(command)
        self._switch.commands.append((self.id, command))
        match command:
            case HangUp(cause):
                self._hanging_up = True
                self._when_connected(lambda: self._end(cause, By.SERVER))
            case StopPlay(playback):
                self._when_connected(lambda: self._stop_play(playback))
            case StopRecord(recording):
                self._when_connected(lambda: self._stop_record(recording))
            case _:
                self._queue.append(command)
                self._later(0, self._go_on)

    def command_follows(self) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`: nothing would be begun."""

    def open_audio(self, sink: AudioSink) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`; the test speaks by `speak`."""
        self.sink = sink
        if self._switch.audio_fails:
            self._later(0, lambda: self.lose_audio(RequestFailed.code))

    def close_audio(self) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        self.sink = None

    @property
    def settled(self) -> bool:
        """Whether it has ended and all was reported."""
        return self.ended and not self._held and self.remembered is None

    # --- what the test does as the far side

    def speak(self, pcm: bytes) -> None:
        """Say this (16 kHz, 16 bit, mono); heard only while somebody listens and the link stands.

        A recording takes it too.
        """
        if self.recording is not None and not self.ended:
            self._said += pcm
            self._record_for(self.recording)
        if self.sink is not None and not self.ended and self._switch.connected:
            self.sink.audio(pcm)

    def lose_audio(self, code: str = LinkLost.code) -> None:
        """Break the audio stream."""
        sink, self.sink = self.sink, None
        if sink is not None:
            sink.audio_lost(code)

    def press(self, digits: str) -> None:
        """Press keys; lost while the link is away, as with Asterisk."""
        for digit in digits:
            if not self.ended and self._switch.connected:
                self._report(Key(digit))
                if self.recording is not None and digit == self.recording.terminator:
                    self._record_over()

    def hold(self, on: bool) -> None:
        """The far side puts the other on hold, or takes it back; lost while the link is away."""
        if not self.ended and self._switch.connected:
            self._report(Held() if on else Resumed())

    def refer(self) -> None:
        """The far side sends the other on to somebody else, and is gone; lost while the link is away."""
        if not self.ended and self._switch.connected:
            self._report(SentOn())

    def hang_up(self, cause: int = Cause.NORMAL) -> None:
        """The far side hangs up."""
        self._later(0, lambda: self._end(cause, By.AGENT if self.dialled else By.CALLER))

    def crash(self) -> None:
        """Asterisk itself ends, and is started again: nobody hung up."""
        self._later(0, lambda: self._end(Cause.TEMPORARY_FAILURE, By.UNKNOWN))

    def answer(self) -> None:
        """The dialled phone picks up."""
        if not self.ended and not self.answered:
            self.answered = True
            self._report(Answered())

    # --- inside

    def follow(self, phone: Phone, dial: Dial) -> None:
        """Behave as a phone that is being dialled."""
        if phone.rings_after is None:
            self._later(0, lambda: self._end(phone.cause, By.AGENT))
            return
        self._later(phone.rings_after, self._ring)
        self._later(dial.time_out, self._not_answered)
        if phone.rejects_after is not None:
            self._later(phone.rejects_after, lambda: self._rejected(phone.cause))
        if phone.answers_after is not None:
            self._later(phone.answers_after, self.answer)
            if phone.hangs_up_after is not None:
                self._later(phone.answers_after + phone.hangs_up_after, self.hang_up)

    def _ring(self) -> None:
        if not self.ended:
            self.ringing = True
            self._report(Ringing())

    def _not_answered(self) -> None:
        if not self.answered:
            self._end(Cause.NO_ANSWER, By.AGENT)

    def _rejected(self, cause: int) -> None:
        if not self.answered:
            self._end(cause, By.AGENT)

    def _later(self, delay: float, action: Callable[[], None]) -> None:
        self._timers = [timer for timer in self._timers if timer.active()]
        self._timers.append(self._switch.clock.callLater(delay, action))

    def _when_connected(self, action: Callable[[], None]) -> None:
        if self._switch.connected:
            self._later(0, action)
        else:
            self._urgent.append(action)

    def _report(self, event: LegEvent) -> None:
        if not self._switch.connected:
            self._held.append(event)
            return
        self.events.append(event)
        self._owner(event)

    def _go_on(self) -> None:
        busy = self.playing or self.recording
        if busy or not self._queue or self.ended or self._hanging_up or not self._switch.connected:
            return
        command = self._queue.popleft()
        refusal = self._switch.refuse.pop((self.id, type(command)), None)
        if refusal is not None:
            self._refused(command, *refusal)
        else:
            self._carry_out(command)
        if self._queue and not (self.playing or self.recording):
            self._later(0, self._go_on)

    def _refused(self, command: Command, code: str, status: int) -> None:
        if isinstance(command, Play):
            self._report(PlayEnded(command.playback, PromptEnd.FAILED))
        elif isinstance(command, Record):
            self._report(Recorded(command.recording, code))
        else:
            self._report(Failed(command, code, status))

    def _carry_out(self, command: Command) -> None:
        match command:
            case Answer() if self.answered:
                self._report(Answered())  # every command is told its outcome
            case Answer():
                self.answer()
            case Ring():
                self.ringing = True
            case Play():
                self._start_play(command)
            case Record():
                self.recording, self._said = command, b""
                self._record_timers.append(self._switch.clock.callLater(command.longest, self._record_over))
                self._record_for(command)
            case StartMusic(music):
                self.music = music
            case StopMusic():
                self.music = None
            case GoOn():
                self._end(Cause.NORMAL, By.SERVER)

    def _start_play(self, play: Play) -> None:
        self.playing = play
        if any(media in self._switch.missing for media in play.media):
            self._later(0, lambda: self._play_over(play, PromptEnd.FAILED))
            return
        seconds = sum(self._switch.durations.get(media, self._switch.duration) for media in play.media)
        self._play_timer = self._switch.clock.callLater(
            seconds, lambda: self._play_over(play, PromptEnd.FINISHED)
        )

    def _stop_play(self, playback: str) -> None:
        if self.playing and self.playing.playback == playback:
            self._play_over(self.playing, PromptEnd.STOPPED)
            return
        for queued in [one for one in self._queue if isinstance(one, Play) and one.playback == playback]:
            self._queue.remove(queued)
            self._report(PlayEnded(playback, PromptEnd.STOPPED))

    def _record_for(self, record: Record) -> None:
        """Wait for silence, from now on."""
        for timer in [one for one in self._record_timers[1:] if one.active()]:
            timer.cancel()
        self._record_timers[1:] = [self._switch.clock.callLater(record.silence, self._record_over)]

    def _stop_record(self, recording: str) -> None:
        if self.recording and self.recording.recording == recording:
            self._record_over()
            return
        for queued in [c for c in self._queue if isinstance(c, Record) and c.recording == recording]:
            self._queue.remove(queued)
            self._report(Recorded(recording, RequestFailed.code))

    def _record_over(self) -> None:
        record, self.recording = self.recording, None
        if record is None:
            return
        for timer in [one for one in self._record_timers if one.active()]:
            timer.cancel()
        self._record_timers.clear()
        self._switch.recordings[record.recording] = wav(self._said)
        self._report(Recorded(record.recording))
        if not self.ended:
            self._later(0, self._go_on)

    def _play_over(self, play: Play, how: PromptEnd) -> None:
        if self.playing is not play:
            return
        self.playing = None
        if self._play_timer is not None and self._play_timer.active():
            self._play_timer.cancel()
        self._report(PlayEnded(play.playback, how, inferred=not self._switch.connected))
        if not self.ended:
            self._later(0, self._go_on)

    def enter(self, bridge: str) -> None:
        """Enter a bridge: playback and music stop first."""
        if self.ended:
            return
        if self.playing:
            self._play_over(self.playing, PromptEnd.STOPPED)
        self.music, self.bridge = None, bridge
        self._report(Joined(bridge))

    def _end(self, cause: int, by: By) -> None:
        if self.ended:
            return
        if self.playing:
            self._play_over(self.playing, PromptEnd.STOPPED)
        self.ended, self.sink, self.music = True, None, None
        self._record_over()
        for play in [command for command in self._queue if isinstance(command, Play)]:
            self._report(PlayEnded(play.playback, PromptEnd.STOPPED))
        for record in [command for command in self._queue if isinstance(command, Record)]:
            self._report(Recorded(record.recording, RequestFailed.code))
        self._queue.clear()
        self._switch.forget(self)
        for timer in self._timers:
            if timer.active():
                timer.cancel()
        self._report(Ended(cause, by, since=self._switch.lost_at))

    def fail(self, code: str, status: int = 0) -> None:
        """A join failed."""
        self._report(Failed(None, code, status))

    def die(self) -> None:
        """The server dies: what it has not asked for is not done, and nobody is told of anything."""
        for waiting in (self._held, self._urgent, self._queue):
            waiting.clear()
        self._hanging_up, self.sink = False, None
        self._owner = lambda _event: None

    def remember(self, known: Remembered, owner: Callable[[LegEvent], None]) -> None:
        """The next life of the server asks for it."""
        self.remembered, self._owner = known, owner

    def _looked_at(self, known: Remembered) -> None:
        self._held.clear()
        if known.playback and (self.playing is None or self.playing.playback != known.playback):
            self._report(PlayEnded(known.playback, PromptEnd.FINISHED, inferred=True))
        over = known.recording and (self.recording is None or self.recording.recording != known.recording)
        if self.ended:
            if over:
                self._report(Recorded(known.recording))
            self._report(Ended(Cause.NORMAL, By.UNKNOWN, since=known.since))
            return
        self._report(Found(self.answered))
        if self.answered and not known.answered:
            self._report(Answered())
        if over:
            self._report(Recorded(known.recording))

    def release(self) -> None:
        """The link is back: report what happened meanwhile, then go on."""
        known, self.remembered = self.remembered, None
        if known is not None:
            self._looked_at(known)
        held, self._held = self._held, []
        for event in held:
            self._report(event)
        urgent, self._urgent = self._urgent, []
        if not self.ended:
            for action in urgent:
                self._later(0, action)
            self._later(0, self._go_on)
