"""A phone that was dialled on a caller's channel: it rings, then has a session of its own, then talks.

While it rings there is nothing of it here but its id. When it answers, Asterisk runs it through a context
that calls us back, so it becomes a leg like any other: a prompt can be played to it, its keys are heard.
Joined, it has no session any more: what becomes of it is told by the caller's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from ivrcore.errors import RequestFailed
from ivrcore.model.capability import AGI_CAN
from ivrcore.model.names import By, Cause
from ivrcore.telephony import leg as contract
from ivrcore.telephony.agi.connection import Connection
from ivrcore.telephony.agi.leg import AgiLeg
from ivrcore.telephony.agi.wire import Request
from ivrcore.telephony.leg import AudioSink, Capability, Command, Dial, LegEvent

log = logging.getLogger(__name__)


class Stage(Enum):
    """Where a dialled leg is."""

    RINGING = auto()
    UP = auto()
    JOINED = auto()
    OVER = auto()


class DialledLeg:
    """See :class:`ivrcore.telephony.leg.Leg`. ``forget`` is called once, when the leg is gone."""

    def __init__(
        self,
        dial: Dial,
        caller: AgiLeg,
        owner: Callable[[LegEvent], None],
        forget: Callable[[DialledLeg], None],
    ) -> None:
        self.id = dial.leg
        self.channel = dial.channel
        self.dial = dial
        self.caller = caller
        self.stage = Stage.RINGING
        self.hang_up: int | None = None
        """The cause with which its owner gave it up."""
        self.name = ""
        """Asterisk's name of its channel, once it is up."""
        self.bridge = ""
        """The bridge that it is in, or is being put into."""
        self.session: AgiLeg | None = None
        self._owner = owner
        self._forget = forget
        self._waiting: list[Command] = []
        self._dialling = True
        """Whether Asterisk's Dial is still at it, on the caller's channel: to its end it uses the phone's.
        A phone that is hung up before is freed under it: Asterisk may crash, or loop for ever."""
        self._alarm: Any = None

    @property
    def capabilities(self) -> frozenset[Capability]:
        """See `AGI_CAN`."""
        return AGI_CAN

    @property
    def joined(self) -> bool:
        """Whether it talks with the caller."""
        return self.stage is Stage.JOINED

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.stage is Stage.OVER

    def own(self, owner: Callable[[LegEvent], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        self._owner = owner

    def send(self, command: Command) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`. AGI cannot end a phone that rings or talks."""
        if self.ended or self.hang_up is not None:
            return
        if isinstance(command, contract.HangUp):
            self.hang_up = int(command.cause)
        if self.stage is Stage.UP and self.session is not None:
            self._pass_on(self.session, command)
        elif self.stage is Stage.RINGING:
            self._waiting.append(command)

    def _pass_on(self, session: AgiLeg, command: Command) -> None:
        if self._dialling and isinstance(command, contract.HangUp):
            self._waiting.append(command)
        else:
            session.send(command)

    def command_follows(self) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        if self.session is not None:
            self.session.command_follows()

    def open_audio(self, sink: AudioSink) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`: there is none of it."""
        self.caller.connection.call_soon(lambda: sink.audio_lost(RequestFailed.code))

    def close_audio(self) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""

    # --- what becomes of it

    def expect(self, alarm: Any) -> None:
        """It answered, and its session should come before this alarm: else its context is missing."""
        if self.stage is Stage.RINGING:
            self._alarm = alarm
        else:
            alarm.cancel()

    def _came(self) -> None:
        if self._alarm is not None and self._alarm.active():
            self._alarm.cancel()
        self._alarm = None

    def answered(self, connection: Connection, request: Request) -> AgiLeg:
        """It picked up: this connection is its session."""
        self._came()
        self.stage, self.name = Stage.UP, request.channel_name
        self.session = AgiLeg(
            connection,
            self.id,
            request.channel_id,
            owner=self._told,
            forget=lambda _: None,
            by=By.AGENT,
            taken=self._taken,
        )
        self.session.answered = True
        self._report(contract.Answered())
        self._do_waiting(self.session)
        return self.session

    def dial_over(self) -> None:
        """Asterisk's Dial is done with it: the phone may be hung up."""
        self._dialling = False
        if self.session is not None:
            self._do_waiting(self.session)

    def _do_waiting(self, session: AgiLeg) -> None:
        waiting, self._waiting = self._waiting, []
        for command in waiting:
            self._pass_on(session, command)

    def _told(self, event: LegEvent) -> None:
        """Pass on what its session tells."""
        if isinstance(event, contract.Ended):
            self.over(event.cause, event.by)
        else:
            self._report(event)

    def _taken(self) -> None:
        """Asterisk took it out of its session: it is joined."""
        self.stage, self.session = Stage.JOINED, None
        self._report(contract.Joined(self.bridge))
        self.caller.tell(contract.Joined(self.bridge))

    def not_joined(self) -> None:
        """It could not be put into the bridge."""
        self.bridge = ""
        if self.session is not None:
            self.session.joining = False
        if not self.ended:
            self._report(contract.Failed(None, RequestFailed.code))

    def fail(self, code: str) -> None:
        """It could not be dialled."""
        if not self.ended:
            self._report(contract.Failed(None, code))
            self.over(Cause.TEMPORARY_FAILURE, By.UNKNOWN)

    def over(self, cause: int, by: By) -> None:
        """It is gone. What its owner wanted counts before what Asterisk says of it."""
        if self.ended:
            return
        self._came()
        self.stage, self.session = Stage.OVER, None
        if self.hang_up is not None:
            cause, by = self.hang_up, By.SERVER
        self._forget(self)
        self._report(contract.Ended(cause, by))

    def caller_gone(self) -> None:
        """The caller is gone, and with them whatever their channel did: Asterisk has ended this one."""
        if self.stage in (Stage.RINGING, Stage.JOINED):
            self.over(Cause.NORMAL, By.SERVER)

    def _report(self, event: LegEvent) -> None:
        try:
            self._owner(event)
        except Exception:  # one call's owner must not end the driver's others
            log.exception("the owner of %s raised on %s", self.id, type(event).__name__)
