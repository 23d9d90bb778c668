"""A leg on AGI: one channel whose dialplan handed it over, its queue of commands, and what it tells.

All commands are said by one greenlet, one after another. While there is none, it waits for a key, since
Asterisk drops the keys that are pressed while a session says nothing; the next command ends that wait. A key
ends the file that is played, so it goes on from where it was: what a key does is the owner's to say, as on
ARI. Every `Play` gets exactly one `PlayEnded`, all of them before the `Ended`.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping

from asterisk.agi import AGIException

from ivrcore.errors import LegGone, RequestFailed, TelephonyError
from ivrcore.model.capability import AGI_CAN
from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.telephony import leg as contract
from ivrcore.telephony import variables
from ivrcore.telephony.agi.audio import CallerAudio
from ivrcore.telephony.agi.connection import Connection
from ivrcore.telephony.agi.player import Player
from ivrcore.telephony.agi.wire import KEYS
from ivrcore.telephony.leg import AudioSink, Capability, Command, LegEvent, Play, Record

log = logging.getLogger(__name__)

WAIT_SECONDS = 60.0
"""Of one wait for a key; then the next: so a connection that is gone without a word is noticed."""
FIRST_SECONDS = 0.5
"""How long a new leg waits for its first command, without hearing keys: a wait that a command ends is a line
in Asterisk's log, and two commands."""
NEXT_SECONDS = 0.05
"""The same behind an answer, which is mostly followed by a prompt at once, and for a command that is said to
follow: that saves every second command of a session."""
END_SECONDS = 0.5
"""Longest wait for what Asterisk says of a call that is over."""
SURROGATE = "Surrogate/"
"""How the name of a channel begins that Asterisk puts into a session from which it took one."""


class Task(Command, frozen=True, eq=False):
    """Something that a leg's channel does for another leg, in its turn among the commands."""

    def run(self, caller: AgiLeg) -> None:
        """Do it, in the leg's session."""
        raise NotImplementedError

    def dropped(self) -> None:
        """The leg is gone, before this was done or while it was; or Asterisk refused a part of it."""


class AgiLeg:
    """See :class:`ivrcore.telephony.leg.Leg`. ``forget`` is called once, when the leg is gone."""

    def __init__(
        self,
        connection: Connection,
        leg: str,
        channel: str,
        *,
        owner: Callable[[LegEvent], None],
        forget: Callable[[AgiLeg], None],
        by: By = By.CALLER,
        taken: Callable[[], None] = lambda: None,
        audio: CallerAudio | None = None,
    ) -> None:
        self.id = leg
        self.channel = channel
        self.answered = self.ended = False
        self.connection = connection
        self.agi = connection.agi
        self._owner = owner
        self._forget = forget
        self._by = by
        self.joining = False
        """Whether Asterisk is about to take it out of its session; ``taken`` is called when it did."""
        self.music = ""
        """The class of music that the far side hears, between commands; empty: none."""
        self.audio = audio
        """By which the far side is heard; None: it cannot be."""
        self._taken = taken
        self._task: Task | None = None
        self._queue: list[Command] = []  # few at a time; an empty deque takes 600 bytes
        self._hang_up: int | None = None
        self._given_back = self._goes_on = False
        self._player = Player(self)
        self._listening = self._pausing = False
        self._patience = FIRST_SECONDS
        """How long to wait for a command before keys are waited for."""
        self._owed: list[LegEvent] = []

    @property
    def capabilities(self) -> frozenset[Capability]:
        """See `AGI_CAN`; audio too where there is an AEAP server."""
        return AGI_CAN | {Capability.AUDIO} if self.audio else AGI_CAN

    @property
    def hanging_up(self) -> bool:
        """Whether we were told to end it."""
        return self._hang_up is not None

    @property
    def idle(self) -> bool:
        """Whether its session waits for a command, and does one as soon as it is sent."""
        return self._listening and not self._queue and not self.hanging_up and not self._given_back

    def own(self, owner: Callable[[LegEvent], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        self._owner = owner

    def send(self, command: Command) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        if self.ended or self.hanging_up or self._given_back:
            return
        match command:
            case contract.HangUp(cause):
                self._hang_up = int(cause)
                self._interrupt()
            case contract.StopPlay(playback):
                self._stop_play(playback)
            case contract.StopRecord(recording):
                self._drop(lambda one: isinstance(one, Record) and one.recording == recording)
            case _:
                self._queue.append(command)
                if self._listening:
                    self._interrupt()
                elif self._pausing:
                    self.connection.wake()

    def command_follows(self) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        self._patience = max(self._patience, NEXT_SECONDS)

    def tell(self, event: LegEvent) -> None:
        """Report something that happened outside the session."""
        if not self.ended:
            self.report(event)

    def silence(self) -> None:
        """Stop the playback under way and drop those that wait: before a bridge."""
        self._drop(lambda one: isinstance(one, Play))
        if self._player.playing is not None:
            self._player.stop(self._player.playing.playback)

    def open_audio(self, sink: AudioSink) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`: plain AGI has no audio, it comes by AEAP."""
        if self.ended:
            return
        if self.audio is None:
            self.connection.call_soon(lambda: sink.audio_lost(RequestFailed.code))
            return
        self.audio.open(sink)
        if self._listening and not self.audio.running:
            self.connection.interrupt()

    def close_audio(self) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        if self.audio is not None:
            self.audio.close()

    def give_back(self, word: Task | None = None) -> bool:
        """Let Asterisk's dialplan go on with the call, without a word to the owner.

        Gives whether ``word`` is to be said before it, which a session that is busy with another leg cannot.
        """
        says = word is not None and self.connection.open and self._task is None and not self._given_back
        self._given_back = True
        if not says or word is None:
            self._deaf()
            self.ended = True
            self._forget(self)
            self.connection.close()
            return False
        self._owed, self._queue = [], [word]
        if self._player.playing is not None:
            self._player.stop(self._player.playing.playback)
        self._interrupt()
        return True

    def go_on(self) -> None:
        """Have the session end after the command under way: Asterisk's dialplan goes on."""
        self._goes_on = True

    # --- from outside the greenlet

    def _interrupt(self) -> None:
        """End what is under way, if it is of those that end: playing and waiting."""
        if self._listening or self._player.playing is not None:
            self.cut_short()
        self.connection.wake()

    def cut_short(self) -> None:
        """End the file or the wait under way, by which way it may be."""
        if self.audio is not None and self.audio.running:
            self.audio.end()
        else:
            self.connection.interrupt()

    def _deaf(self) -> None:
        if self.audio is not None:
            self.audio.release()

    def _stop_play(self, playback: str) -> None:
        if not self._player.stop(playback):
            self._drop(lambda one: isinstance(one, Play) and one.playback == playback)

    def _drop(self, unwanted: Callable[[Command], bool]) -> None:
        """Take commands out of the queue; they are reported, but not inside `send`."""
        dropped = [one for one in self._queue if unwanted(one)]
        if dropped:
            self._queue = [one for one in self._queue if not unwanted(one)]
            self._owed += [_never_begun(one) for one in dropped]
            self.connection.call_soon(self._pay)

    def _pay(self) -> None:
        owed, self._owed = self._owed, []
        for event in owed:
            self.report(event)

    # --- in the greenlet

    def serve(self) -> None:
        """Carry out commands until the call is over; the session of its connection."""
        try:
            while not self.hanging_up and not self._goes_on:
                if not self._queue and self._patience:
                    self._pause()
                self._patience = 0.0
                if self._queue:
                    self._carry_out(self._queue.pop(0))
                elif not self.hanging_up:
                    self._listen()
            if self._goes_on and not self.hanging_up:
                self._finish(Cause.NORMAL, By.SERVER)
                return
            self._end()
        except LegGone:
            if self.joining and self._is_taken():
                self.ended = True
                self._forget(self)
                self._taken()
            self._finish(self._far_cause(), self._by)
            raise
        except (TelephonyError, AGIException):
            self._finish(Cause.TEMPORARY_FAILURE, By.UNKNOWN)
            raise
        finally:
            self._finish(Cause.TEMPORARY_FAILURE, By.UNKNOWN)  # by a fault of ours

    def _pause(self) -> None:
        """Wait for a command without hearing keys."""
        self._pausing = True
        try:
            self.connection.park(self._patience)
        finally:
            self._pausing = False

    def _listen(self) -> None:
        """Wait for a key, or for the next command."""
        self._listening = True
        try:
            heard = self.hears()
            if self._queue or self.hanging_up:  # since: that interrupted what made it ready, not what follows
                return
            if heard:
                assert self.audio is not None
                digit = self.audio.hear(WAIT_SECONDS)
            else:
                self.connection.lasts = WAIT_SECONDS
                digit = self.agi.wait_for_digit(int(WAIT_SECONDS * 1000))
        except RequestFailed as error:
            raise LegGone("the call is over") from error
        finally:
            self._listening = False
        self.pressed(digit)

    def hears(self) -> bool:
        """Whether the far side is to be heard, and can be."""
        if self.audio is None or not self.audio.wanted or not self.answered or self.music:
            return False  # a recognition would end the music
        return self.audio.ready()

    def pressed(self, digit: str) -> None:
        """Report a key, if it is one."""
        if digit and digit in KEYS:
            self.report(contract.Key(digit))

    def _carry_out(self, command: Command) -> None:
        try:
            if isinstance(command, Play):
                self._player.play(command)
            elif isinstance(command, Task):
                self._task = command
                command.run(self)
                self._task = None
            else:
                self._do(command)
        except RequestFailed as error:
            self.check_alive()
            self._failed(command, error)
            if self._task is not None:
                task, self._task = self._task, None
                task.dropped()

    def _failed(self, command: Command, error: RequestFailed) -> None:
        if isinstance(command, Record):
            self.report(contract.Recorded(command.recording, error.code))
        else:
            self.report(contract.Failed(command, error.code, error.status))

    def check_alive(self) -> None:
        """Raise `LegGone` if a command failed because the call is over. A key pressed now is heard."""
        if self.agi.hung_up:
            raise LegGone("the call is over")
        try:
            self.pressed(self.agi.wait_for_digit(1))
        except RequestFailed as error:
            raise LegGone("the call is over") from error

    def _do(self, command: Command) -> None:
        match command:
            case contract.Answer():
                self.agi.answer()
                self.answered = True
                self.report(contract.Answered())
                self.command_follows()
            case contract.Ring():
                self.agi.appexec("Ringing")
            case contract.StartMusic(music):
                self.music = music
                self.music_again()
            case contract.StopMusic():
                self.stop_music()
            case Record():
                self.report(contract.Recorded(command.recording, RequestFailed.code))
            case contract.GoOn(result=result):
                self.agi.set_variable(variables.RESULT, result)
                self.go_on()

    def music_again(self) -> None:
        """Let the far side hear its music, if it is to; what else it heard has ended that."""
        if self.music:
            self.agi.execute("SET MUSIC ON", self.music)

    def stop_music(self) -> None:
        """End the music if there is some."""
        if self.music:
            self.music = ""
            self.agi.execute("SET MUSIC OFF")

    def stay_in_dialplan(self) -> None:
        """Have Asterisk's dialplan go on behind our line when the session ends, wherever it was sent."""
        self.agi.goto_on_exit(priority=line_behind(self.connection.environment))

    # --- the end

    def _end(self) -> None:
        """Hang up, as the owner wants it."""
        assert self._hang_up is not None
        with contextlib.suppress(RequestFailed):  # so it answers; the cause is set
            self.agi.appexec("Hangup", str(self._hang_up))
        self.agi.hangup()
        self._finish(self._hang_up, By.SERVER)

    def _is_taken(self) -> bool:
        """Whether Asterisk took the channel into a bridge, and left us what it put in its place."""
        self.connection.lasts = END_SECONDS
        try:
            name: str = self.agi.get_full_variable("${CHANNEL(name)}")
            return name.startswith(SURROGATE)
        except (TelephonyError, AGIException):
            return False

    def _far_cause(self) -> int:
        """Ask why the call ended: Asterisk still knows."""
        if self.hanging_up or self.ended or self.connection.lost:
            return Cause.NORMAL
        self.connection.lasts = END_SECONDS
        try:
            cause = self.agi.get_variable("HANGUPCAUSE")
        except (TelephonyError, AGIException):
            return Cause.NORMAL
        known = cause.isascii() and cause.isdigit() and 0 < int(cause) < Cause.INTERWORKING
        return int(cause) if known else Cause.NORMAL

    def _finish(self, cause: int, by: By, since: float | None = None) -> None:
        """The leg is gone: report what is open, then its end."""
        if self.ended:
            return
        if self._hang_up is not None:
            cause, by = self._hang_up, By.SERVER
        self.ended = True
        self._deaf()
        self._pay()
        self._player.over(PromptEnd.STOPPED)
        waiting, self._queue = self._queue, []
        tasks = [one for one in (self._task, *waiting) if isinstance(one, Task)]
        for command in waiting:
            if isinstance(command, Play | Record):
                self.report(_never_begun(command))
        self._forget(self)
        self.report(contract.Ended(cause, by, since))
        for task in tasks:
            task.dropped()

    def report(self, event: LegEvent) -> None:
        """Tell the owner."""
        if self._given_back:
            return
        try:
            self._owner(event)
        except Exception:  # one call's owner must not end the driver's others
            log.exception("the owner of %s raised on %s", self.id, type(event).__name__)


def line_behind(environment: Mapping[str, str]) -> str:
    """Give the priority of Asterisk's dialplan behind ours, by what the session began with."""
    priority = environment.get("agi_priority", "1")
    return str(int(priority) + 1 if priority.isascii() and priority.isdigit() else 1)


def _never_begun(command: Command) -> LegEvent:
    """Give what is told of a command that was dropped before it began."""
    if isinstance(command, Play):
        return contract.PlayEnded(command.playback, PromptEnd.STOPPED)
    assert isinstance(command, Record)
    return contract.Recorded(command.recording, RequestFailed.code)
