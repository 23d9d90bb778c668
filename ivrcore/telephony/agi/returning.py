"""Callers whom Asterisk's dialplan hands over again: the server died, and with it the session of their call.

Such a leg is known by its channel's id. It takes commands at once, and carries them out once the dialplan has
come back with the channel; one that does not come in time, or is seen to be gone, has ended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from asterisk.agi import AGIException

from ivrcore.errors import TelephonyError
from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.telephony import leg as contract
from ivrcore.telephony.agi.connection import Connection
from ivrcore.telephony.agi.leg import AgiLeg

if TYPE_CHECKING:
    from ivrcore.telephony.agi.audio import CallerAudio
    from ivrcore.telephony.agi.leg import Task
    from ivrcore.telephony.agi.server import AgiServer
    from ivrcore.telephony.leg import LegEvent, Remembered

UP = "6"
"""What Asterisk calls the state of a channel that has been answered."""
THERE = "there "
"""How the answer of Asterisk begins that is asked about a channel (see `looking`); "" if it is gone."""


class ReturningLeg(AgiLeg):
    """See :meth:`ivrcore.telephony.leg.Switch.adopt`."""

    def __init__(
        self,
        server: AgiServer,
        known: Remembered,
        *,
        owner: Callable[[LegEvent], None],
        forget: Callable[[AgiLeg], None],
    ) -> None:
        super().__init__(Connection(server), known.leg, known.channel, owner=owner, forget=forget)
        self._known = known
        self._since = known.since
        self._server = server
        self._timer: Any = None
        self._back = False

    @property
    def expected(self) -> bool:
        """Whether its session is yet to come."""
        return not self._back and not self.ended

    def wait(self) -> None:
        """Begin to wait: from now on it can come."""
        self._timer = self._server.call_later(self._known.returns, self._not_back)

    def come_back(self, connection: Connection, audio: CallerAudio | None) -> None:
        """Go on with the session in which the dialplan has handed the call over again."""
        self.stop_waiting()
        self._back = True
        self.connection, self.agi, self.audio = connection, connection.agi, audio

    def stop_waiting(self) -> None:
        """Let time stand still."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def looked(self, answer: str) -> None:
        """Take what Asterisk said of its channel: see `THERE`; "" if that is gone."""
        if not self.expected:
            return
        if answer.startswith(THERE):
            self._since = self._server.utc()
        else:
            self._not_back()

    def give_back(self, word: Task | None = None) -> bool:
        """See :class:`AgiLeg`."""
        self.stop_waiting()
        return super().give_back(word)

    def serve(self) -> None:
        """Tell what was missed, then go on as any leg."""
        known = self._known
        try:
            self.answered = str(self.agi.channel_status()) == UP
        except (TelephonyError, AGIException):
            self._finish(Cause.NORMAL, By.UNKNOWN)
            raise
        self._silenced()
        self.report(contract.Found(self.answered))
        if self.answered and not known.answered:
            self.report(contract.Answered())
        super().serve()

    def _silenced(self) -> None:
        """What was played ended with the session."""
        if self._known.playback:
            self.report(contract.PlayEnded(self._known.playback, PromptEnd.STOPPED, inferred=True))

    def _not_back(self) -> None:
        self.stop_waiting()
        self._silenced()
        self._finish(Cause.NORMAL, By.UNKNOWN, self._since)
