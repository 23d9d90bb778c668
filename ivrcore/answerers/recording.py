"""One message of a caller: recorded on their leg, fetched from Asterisk, kept encrypted, erased there.

Owns the caller's leg while it records. What was said until a hang-up is kept. Must not know how messages are
stored: `Keep` does that, off the reactor's thread.
"""

from __future__ import annotations

import io
import logging
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from ivrcore.answerers.on_the_way import OnTheWay
from ivrcore.errors import IvrError, RequestFailed
from ivrcore.model import events
from ivrcore.model.names import Owner, Told
from ivrcore.plugin_manager import describe
from ivrcore.session.unkept import Unkept
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from ivrcore.config import MailboxConfig
    from ivrcore.session.clock import Clock
    from ivrcore.session.ports import Call, Done

log = logging.getLogger(__name__)

SHORTEST = 0.5
"""Seconds: less is no message."""


class Keep(Protocol):
    """Keeps messages, on a worker."""

    def __call__(
        self, mailbox: str, contact: str, at: float, seconds: float, subject: str, audio: bytes, request: str
    ) -> Deferred[str]:
        """Give the message's id once it is on the disk. The same request again is the same message."""


@dataclass(frozen=True)
class Tape:
    """What all recordings share. ``full`` tells whether a mailbox takes no more, on a worker."""

    mailboxes: Mapping[str, MailboxConfig]
    clock: Clock
    switch: legs.Switch
    keep: Keep
    full: Callable[[str, int], Deferred[bool]]
    on_the_way: OnTheWay = field(default_factory=OnTheWay)
    put_off: Callable[[Unkept], object] = lambda _: None
    """Takes what was said and cannot be fetched or kept now; it lies in Asterisk."""


class Recording:
    """One message on its way. ``forget`` is called when nothing of it is left."""

    def __init__(
        self,
        tape: Tape,
        mailbox: str,
        order: legs.Record,
        call: Call,
        done: Done,
        forget: Callable[[], object],
    ) -> None:
        self._tape = tape
        self._mailbox = mailbox
        self._order = order
        self._call = call
        self._done = done
        self._forgotten = forget
        self._owns = self._stopped = False
        self._at = tape.clock.now()

    def start(self, *, is_full: bool) -> None:
        """Begin to record, unless the mailbox takes no more or nobody waits any more."""
        if self._stopped or self._call.ended:
            self._forget()
            return
        if is_full:
            log.warning("the mailbox %s is full: messages are refused", self._mailbox)
            self._forget()
            self._done(Told.REFUSED, {"why": "full"})
            return
        self._at = self._tape.clock.now()
        handed = events.LegHandedOver(
            at=self._at, contact=self._call.contact, leg=self._call.leg.id, owner=Owner.SERVICE
        )
        self._owns = True
        self._call.hand_over(self)
        self._call.record([handed], partial(self._call.leg.send, self._order))

    def stop(self) -> None:
        """Nobody waits: end it; what was said comes as a message all the same."""
        self._stopped = True
        if self._owns and not self._call.ended:
            self._call.leg.send(legs.StopRecord(self._order.recording))  # `recorded` gives the leg back

    def failed(self, why: Failure) -> None:
        """It cannot be kept."""
        error = why.value
        log.error("a message for %s was not kept: %s", self._mailbox, words_of(why))
        self._forget()
        self._done(Told.FAILED, code=error.code if isinstance(error, IvrError) else IvrError.code)

    def from_caller(self, event: legs.LegEvent) -> None:
        """See :class:`ivrcore.session.ports.LegOwner`."""
        match event:
            case legs.Recorded():
                self.recorded(event)
            case legs.Answered():
                self._call.leg_answered()
            case legs.Ended():
                self._owns = False
                self._call.take_back(talked=False, ended=event)
            case legs.Failed():
                self._command_failed(event)
            case _:
                pass

    def recorded(self, event: legs.Recorded) -> None:
        """It is over: fetch it, and give the leg back."""
        self._tape.on_the_way.add(self._order.recording)
        self._give_back()
        if event.code:
            self._forget()
            self._done(Told.FAILED, code=event.code)
            return
        self._tape.switch.fetch_recording(
            event.recording, lambda audio: self._call.enter(partial(self._fetched, audio))
        )

    def _fetched(self, audio: legs.Fetched) -> None:
        if isinstance(audio, legs.Unfetched):
            if audio is legs.Unfetched.NOT_NOW:
                self._put_off()
            self._forget()
            self._done(Told.FAILED, code=RequestFailed.code)
            return
        seconds = seconds_of(audio)
        if seconds < SHORTEST:
            self._erase()
            self._done(Told.NO_ANSWER)
            return
        kept = self._tape.keep(
            self._mailbox,
            self._call.contact,
            self._tape.clock.now(),
            seconds,
            self._call.subject,
            audio,
            self._order.recording,
        )
        kept.addCallbacks(
            lambda message: self._call.enter(partial(self._kept, message, seconds)),
            lambda why: self._call.enter(partial(self._not_kept, why)),
        )

    def _not_kept(self, why: Failure) -> None:
        self._put_off()
        self.failed(why)

    def _put_off(self) -> None:
        subject, request = self._call.subject, self._order.recording
        self._tape.put_off(Unkept(self._call.contact, request, self._mailbox, subject, self._at, begun=True))

    def _kept(self, message: str, seconds: float) -> None:
        recorded = events.MessageRecorded(
            at=self._tape.clock.now(),
            contact=self._call.contact,
            message=message,
            mailbox=self._mailbox,
            seconds=seconds,
        )
        self._call.record([recorded], self._erase)  # until that is durable, the next start may look for it
        self._done(Told.DONE, {"message": message, "seconds": round(seconds, 1)})

    def _erase(self) -> None:
        self._tape.switch.erase_recording(self._order.recording)
        self._forget()

    def _forget(self) -> None:
        self._tape.on_the_way.discard(self._order.recording)
        self._forgotten()

    def _give_back(self) -> None:
        if self._owns:
            self._owns = False
            if not self._call.ended:
                self._call.take_back(talked=False)

    def _command_failed(self, event: legs.Failed) -> None:
        failed = events.CommandFailed(
            at=self._tape.clock.now(),
            contact=self._call.contact,
            leg=self._call.leg.id,
            command=type(event.command).__name__,
            code=event.code,
            status=event.status,
        )
        self._call.record([failed])


def words_of(why: Failure) -> str:
    """Say what went wrong, without the text of what is no error of ours: that may hold personal values."""
    error: BaseException | None = why.value
    assert error is not None
    return str(error) if isinstance(error, IvrError) else describe(error)


def seconds_of(audio: bytes) -> float:
    """Give the length of a wav; 0 for what is none."""
    try:
        with wave.open(io.BytesIO(audio)) as file:
            return float(file.getnframes() / file.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        return 0.0
