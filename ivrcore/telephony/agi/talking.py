"""Conversations that an earlier life of the server has left: two channels are joined, in Asterisk's hands.

Nothing tells of such a talk by itself: it is looked at by way of others' sessions (`looking`). It is over
when the caller's dialplan asks for us again (the phone hung up), or when the caller's channel is gone. Where
there is ARI too, it tells what the phone does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ivrcore.errors import RequestFailed
from ivrcore.model.capability import AGI_CAN
from ivrcore.model.names import By, Cause, Device
from ivrcore.model.pbx import at, pbx_of
from ivrcore.telephony import leg as contract
from ivrcore.telephony.agi.leg import AgiLeg
from ivrcore.telephony.agi.returning import THERE, ReturningLeg

if TYPE_CHECKING:
    from ivrcore.telephony.agi.audio import CallerAudio
    from ivrcore.telephony.agi.connection import Connection
    from ivrcore.telephony.agi.server import AgiServer
    from ivrcore.telephony.leg import AudioSink, Capability, Command, LegEvent, Remembered

ASKS_SECONDS = 1.5
"""After a phone is known to be down: a caller who is there has mostly asked for us again by then."""


class TalkingPhone:
    """The phone of such a talk: see :class:`ivrcore.telephony.leg.Leg`. All that it can is to end."""

    def __init__(self, server: AgiServer, known: Remembered, owner: Callable[[LegEvent], None]) -> None:
        self.id = known.leg
        self.channel = known.channel
        self.endpoint = known.home or at(pbx_of(known.leg), known.endpoint)
        """The phone, as those are named that ARI tells of."""
        self.ended = False
        self._server = server
        self._owner = owner

    @property
    def capabilities(self) -> frozenset[Capability]:
        """See `AGI_CAN`."""
        return AGI_CAN

    def own(self, owner: Callable[[LegEvent], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        self._owner = owner

    def send(self, command: Command) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`. Asterisk ends it with the caller's channel."""
        if isinstance(command, contract.HangUp):
            self._server.call_soon(lambda: self.over(By.SERVER))

    def command_follows(self) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""

    def open_audio(self, sink: AudioSink) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`: there is none of it."""
        self._server.call_soon(lambda: sink.audio_lost(RequestFailed.code))

    def close_audio(self) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""

    def tell(self, event: LegEvent) -> None:
        """Report what is known of it."""
        if not self.ended:
            self._owner(event)

    def over(self, by: By, since: float | None = None) -> None:
        """It is gone."""
        if not self.ended:
            self.tell(contract.Ended(Cause.NORMAL, by, since))
            self.ended = True


class TalkingLeg(ReturningLeg):
    """The caller of such a talk; ``phone`` is the other side."""

    def __init__(
        self,
        server: AgiServer,
        known: Remembered,
        *,
        owner: Callable[[LegEvent], None],
        forget: Callable[[AgiLeg], None],
    ) -> None:
        super().__init__(server, known, owner=owner, forget=forget)
        self.phone: TalkingPhone | None = None
        self.talks = True
        """Whether it does, as far as is known."""
        self._seen = False

    def wait(self) -> None:
        """Wait for the end of the talk, which Asterisk sees to after its longest time at the latest."""
        self._timer = self._server.call_later(self._server.config.longest_talk, self._not_back)

    def come_back(self, connection: Connection, audio: CallerAudio | None) -> None:
        """The dialplan asks again: the phone has hung up."""
        super().come_back(connection, audio)
        self._there()
        self._parted(By.AGENT)

    def serve(self) -> None:
        """Go on as any leg: it is known to be there."""
        AgiLeg.serve(self)

    def looked(self, answer: str) -> None:
        """See :class:`ReturningLeg`; the answer names the leg that it is joined with, too."""
        super().looked(answer)
        if self.ended or not self.talks:
            return
        self._there()
        if self.phone is None or answer.removeprefix(THERE).strip() != self.phone.id:
            self._parted(By.AGENT)
            self._after(self._known.returns, self._not_back)

    def heard_of(self, device: Device) -> None:
        """The phone does this now, as ARI says."""
        if not self.talks or self.ended:
            return
        if device is Device.IDLE:
            self._since = self._server.utc() if self._seen else self._since
            self._after(ASKS_SECONDS, self._alone)
        elif device is Device.BUSY:
            self._since = self._server.utc()
            self._there()

    def _there(self) -> None:
        """Tell both sides, once, that they were found; who was being joined is."""
        if not self._seen:
            self._seen = True
            self.answered = True
            self.report(contract.Found(up=True))
            if self.phone is not None:
                self.phone.tell(contract.Found(up=True))

    def join(self, bridge: str) -> None:
        """Both are in the bridge already."""
        if self.talks and self.phone is not None:
            self.phone.tell(contract.Joined(bridge))
            self.tell(contract.Joined(bridge))

    def _parted(self, by: By) -> None:
        self.talks = False
        if self.phone is not None:
            self.phone.over(by)

    def _alone(self) -> None:
        """Who hung up is taken to be the caller; one who comes yet, whose lines were held up, goes on."""
        self.talks = False
        if self.phone is not None:
            self.phone.over(By.CALLER, self._since)
        self._after(self._known.returns, self._not_back)

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        self.stop_waiting()
        self._timer = self._server.call_later(seconds, action)

    def _not_back(self) -> None:
        self.talks = False
        super()._not_back()
        if self.phone is not None:
            self.phone.over(By.SERVER, self._since)
