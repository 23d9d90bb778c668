"""A leg on ARI: one Asterisk channel, its queue of commands, and what Asterisk tells of it.

One command at a time; hanging up and stopping a playback overtake. A playback counts as under way until it
ended, so nothing that would wait behind it in Asterisk is sent while it runs. Every `Play` gets exactly one
`PlayEnded`, all of them before the `Ended`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from ivrcore.errors import IvrError, LinkLost, RequestFailed, TelephonyError
from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.telephony import leg as contract
from ivrcore.telephony.ari import requests, wire
from ivrcore.telephony.ari.audio import CallerAudio
from ivrcore.telephony.ari.player import END_SECONDS, Player
from ivrcore.telephony.ari.recorder import Recorder
from ivrcore.telephony.ari.server import AriServer
from ivrcore.telephony.leg import AudioSink, Capability, Command, LegEvent, Play, Record

log = logging.getLogger(__name__)

HANG_UP_TRIES = 6
"""How often hanging up is tried while somebody waits for the end; then it goes on without them."""

CANCELLED = 487
"""SIP status of an INVITE that its sender took back; Asterisk makes cause 127 of it."""


class AriLeg:
    """See :class:`ivrcore.telephony.leg.Leg`. ``forget`` is called once, when the leg is gone."""

    def __init__(
        self,
        server: AriServer,
        leg: str,
        channel: str,
        *,
        dialled: bool,
        owner: Callable[[LegEvent], None],
        forget: Callable[[AriLeg], None],
    ) -> None:
        self.id = leg
        self.channel = channel
        self.dialled = dialled
        self.answered = self.ringing = self.ended = False
        self.turn = asyncio.Lock()
        """Held by the command that is being carried out."""
        self.free = asyncio.Event()
        """Cleared while the channel is leaving a bridge: commands wait."""
        self.free.set()
        self.exists: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        """Whether Asterisk has the channel, or may have it; known from the start for a caller's."""
        self._server = server
        self._owner = owner
        self._forget = forget
        self._queue: deque[tuple[Command, float]] = deque()
        self._pump: asyncio.Task[Any] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.player = Player(server, channel, self._report, self._start)
        self.recorder = Recorder(server, channel, self._report, self._start)
        self._over = asyncio.Event()
        self.settled = asyncio.Event()
        """Set once it was answered or is over."""
        self._hang_up: int | None = None
        self._far_cause: int | None = None
        self._ending = self._soft = False
        self._music = False
        self._owed: list[LegEvent] = []
        self.holds = 0
        """How often its phone began or ended a hold."""
        self._audio: CallerAudio | None = None
        self._audio_count = 0
        self._audio_part = "a"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Everything, but audio only where Asterisk can send it."""
        return frozenset(Capability) - (frozenset() if self._server.abilities.audio else {Capability.AUDIO})

    @property
    def hanging_up(self) -> bool:
        """Whether we were told to end it."""
        return self._hang_up is not None

    def own(self, owner: Callable[[LegEvent], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        self._owner = owner

    def send(self, command: Command) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        if self.ended or self.hanging_up:
            return
        match command:
            case contract.HangUp(cause):
                self._hang_up = int(cause)
                self._start(self._end(int(cause)), "hang up")
            case contract.StopPlay(playback):
                self._stop_play(playback)
            case contract.StopRecord(recording):
                self._stop_record(recording)
            case _:
                self._queue.append((command, asyncio.get_running_loop().time()))
                if self._pump is None or self._pump.done():
                    self._pump = self._start(self._work(), "commands")

    def command_follows(self) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`: nothing would be begun."""

    def open_audio(self, sink: AudioSink) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        if self.ended:
            return
        if self._audio is not None and not self._audio.closed:
            self._audio.sink = sink
            return
        self._audio_count += 1
        name = f"{self.id}.{self._audio_part}{self._audio_count}"
        self._audio = CallerAudio(self._server, self.channel, name, sink)
        self._audio.open()

    def close_audio(self) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        if self._audio is not None:
            self._audio.close()

    # --- commands, one at a time

    def _start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        task = self._server.tasks.start(work, f"{name} of {self.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _work(self) -> None:
        while self._queue and not self.ended:
            async with self.turn:
                await self._server.ready()
                await self.free.wait()
                if self._queue:
                    await self._next()

    async def _next(self) -> None:
        command, since = self._queue.popleft()
        if asyncio.get_running_loop().time() - since > self._server.config.command_seconds:
            self._failed(command, LinkLost.code)
            return
        try:
            if isinstance(command, Play):
                await self.player.play(command)
            elif isinstance(command, Record):
                await self.recorder.record(command)
            else:
                await self._do(command)
        except RequestFailed as error:
            if not await self._found_gone(error):
                self._failed(command, error.code, error.status)
        except TelephonyError as error:
            if not (self.answered and isinstance(command, contract.Answer)):  # it is up, whoever said so
                self._failed(command, error.code)

    async def _do(self, command: Command) -> None:
        match command:
            case contract.Answer() if self.answered:
                self._report(contract.Answered())  # every command is told its outcome
            case contract.Answer():
                await self._server.insist(requests.answer(self.channel))
                self._up()
            case contract.Ring():
                await self._server.insist(requests.ring(self.channel))
            case contract.StartMusic(music):
                self._music = True
                await self._server.insist(requests.start_music(self.channel, music))
            case contract.StopMusic():
                await self.stop_music()
            case contract.GoOn(context, extension):
                self._soft = True  # so its end is told as ours
                await self._server.insist(requests.go_on(self.channel, context, extension))
            case contract.PressKey(key):
                await self._server.insist(requests.press(self.channel, key))

    def _failed(self, command: Command, code: str, status: int = 0) -> None:
        if isinstance(command, Play):
            self._report(contract.PlayEnded(command.playback, PromptEnd.FAILED))
        elif isinstance(command, Record):
            self._report(contract.Recorded(command.recording, code))
        else:
            self._report(contract.Failed(command, code, status))

    async def _found_gone(self, error: RequestFailed) -> bool:
        """Whether a refusal only says that the leg is over; then it is reported as that."""
        if error.status not in (404, 409):
            return False
        if await self.wait_over(END_SECONDS):
            return True
        if error.status == 404:
            self.finish()
        return error.status == 404

    async def wait_over(self, seconds: float) -> bool:
        """Wait for the leg's end; whether it came."""
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return False
        return True

    async def stop_music(self) -> None:
        """End the music if there is some."""
        if self._music:
            self._music = False
            await self._server.insist(requests.stop_music(self.channel))

    # --- playing

    def _stop_play(self, playback: str) -> None:
        if not self.player.stop(playback):
            self._queue = deque(entry for entry in self._queue if not self._drop(entry[0], playback))

    def _drop(self, command: Command, playback: str | None = None) -> bool:
        """Whether a queued command is this playback (any if None), which then counts as stopped."""
        if not isinstance(command, Play) or playback not in (None, command.playback):
            return False
        self._owed.append(contract.PlayEnded(command.playback, PromptEnd.STOPPED))
        asyncio.get_running_loop().call_soon(self._pay)
        return True

    def _stop_record(self, recording: str) -> None:
        if self.recorder.stop(recording):
            return
        kept = deque(one for one in self._queue if getattr(one[0], "recording", None) != recording)
        if len(kept) < len(self._queue):
            self._queue = kept
            self._owed.append(contract.Recorded(recording, RequestFailed.code))
            asyncio.get_running_loop().call_soon(self._pay)

    def _pay(self) -> None:
        """Report what came up inside `send`, which never reports itself."""
        owed, self._owed = self._owed, []
        for event in owed:
            self._report(event)

    async def silence(self) -> None:
        """Stop the playback under way and drop those that wait: before a bridge."""
        self._queue = deque(entry for entry in self._queue if not self._drop(entry[0]))
        await self.player.silence()

    # --- the end

    async def _end(self, cause: int) -> None:
        if not await self.exists:
            self.finish(cause)
            return
        if self._audio is not None:
            await self._audio.asked()
        request = requests.hang_up(self.channel, cause, by_name=not self._server.abilities.cause_codes)
        for _ in range(HANG_UP_TRIES):
            try:
                existed = await self._server.done_or_gone(request)
            except TelephonyError as error:
                log.warning("hanging up %s: %s", self.id, error)
                existed = True
            patience = self._server.config.request_seconds if existed else END_SECONDS
            if await self.wait_over(patience) or not existed:
                self.finish()
                return
        log.error("%s does not end: it is given up here, and Asterisk goes on being asked", self.id)
        self._server.owned.add(self.channel)
        self._server.cleaning.start(self._server.undo(request, self.channel), f"end of {self.channel}")
        self.finish()

    def finish(self, cause: int | None = None, since: float | None = None, by: By | None = None) -> None:
        """The leg is gone: report what is open, then its end."""
        if self.ended:
            return
        self.ended = True
        if not self.exists.done():
            self.exists.set_result(False)
        self._pay()
        waiting = [command for command, _ in self._queue]
        self._queue.clear()
        self.player.end(inferred=since is not None)
        self.recorder.missing()
        for command in waiting:
            if isinstance(command, Play):
                self._report(contract.PlayEnded(command.playback, PromptEnd.STOPPED))
            elif isinstance(command, Record):
                self._report(contract.Recorded(command.recording, RequestFailed.code))
        self.close_audio()
        self._over.set()
        self.settled.set()
        self._forget(self)
        self._report(contract.Ended(self._cause() if cause is None else cause, by or self._by(), since))
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()

    def _cause(self) -> int:
        if self._hang_up is not None:
            return self._hang_up
        if self._far_cause is not None:
            return self._far_cause
        if self.dialled and not self.answered and self._soft:
            return Cause.NO_ANSWER if self.ringing else Cause.NO_USER_RESPONSE
        return Cause.NORMAL

    def _by(self) -> By:
        if self.hanging_up or (self._soft and (self.answered or not self.dialled)):
            return By.SERVER
        return By.AGENT if self.dialled else By.CALLER

    def dial_failed(self, error: IvrError) -> None:
        """It could not be dialled: say so, and end what there is of it."""
        status = error.status if isinstance(error, RequestFailed) else 0
        if self.ended or self.hanging_up:
            return
        self._report(contract.Failed(None, error.code, status))
        if self.exists.done() and self.exists.result():
            self.send(contract.HangUp(Cause.TEMPORARY_FAILURE))
        else:
            self.finish(Cause.TEMPORARY_FAILURE)

    # --- what Asterisk tells

    def take(self, event: wire.Event) -> None:
        """Take an event about this channel."""
        match event:
            case wire.ChannelDtmfReceived(_, digit):
                self._report(contract.Key(digit))
            case wire.ChannelHold() | wire.ChannelUnhold():
                self.holds += 1
                self._report(contract.Held() if isinstance(event, wire.ChannelHold) else contract.Resumed())
            case wire.ChannelStateChange(channel):
                self.compare(channel)
            case wire.Dial(_, status):
                self._dialling(status)
            case wire.ChannelHangupRequest():
                self._hanging_up(event)
            case wire.StasisEnd():
                self.finish()
            case wire.ChannelDestroyed(_, cause):
                if not self._ending and self._far_cause is None:
                    self._far_cause = cause or None
                self.finish()
            case _:
                pass  # entering and leaving bridges is the switch's business

    def compare(self, channel: wire.Channel) -> None:
        """Take over what Asterisk says of the channel's state."""
        if channel.state == "Up":
            self._up()
        elif channel.state == "Ringing":
            self._dialling("RINGING")

    def _dialling(self, status: str) -> None:
        if status == "ANSWER":
            self._up()
        elif status == "RINGING" and not self.ringing and not self.answered:
            self.ringing = True
            self._report(contract.Ringing())

    def _up(self) -> None:
        if not self.answered and not self.ended:
            self.answered = True
            self.settled.set()
            self._report(contract.Answered())

    def _hanging_up(self, event: wire.ChannelHangupRequest) -> None:
        if self._ending:
            return
        self._ending, self._soft = True, event.soft
        if not event.soft:
            # older releases tell no SIP status: who leaves before being answered has taken the call back
            untold = not (event.tech_cause or self.dialled or self.answered)
            cancelled = event.tech_cause == CANCELLED or (untold and event.cause == Cause.INTERWORKING)
            self._far_cause = Cause.NORMAL if cancelled or not event.cause else event.cause

    def sent_on(self, channel: str) -> None:
        """The phone sent its conversation on: this leg goes on as another channel."""
        self.channel = channel
        self._report_unless_ended(contract.SentOn())

    def playback_finished(self, playback: wire.Playback) -> None:
        """A playback of this channel is over, says Asterisk."""
        self.player.finished(playback, cut_short=self._ending or self.hanging_up)

    def joined(self, bridge: str) -> None:
        """The channel is in a bridge."""
        self._report_unless_ended(contract.Joined(bridge))

    def join_failed(self, code: str, status: int) -> None:
        """The channel could not be put into a bridge."""
        self._report_unless_ended(contract.Failed(None, code, status))

    def _report_unless_ended(self, event: LegEvent) -> None:
        if not self.ended:
            self._report(event)

    def _report(self, event: LegEvent) -> None:
        try:
            self._owner(event)
        except Exception:  # one call's owner must not end the link of all calls
            log.exception("the owner of %s raised on %s", self.id, type(event).__name__)
