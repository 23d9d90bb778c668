"""Legs that an earlier life of the server had: Asterisk kept their channels while nobody of us looked.

Such a leg is known by its channel's id alone. What became of it is seen once the link is up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.model.names import By, Cause
from ivrcore.telephony import leg as contract
from ivrcore.telephony.ari.leg import AriLeg
from ivrcore.telephony.ari.reconcile import UP, Snapshot

if TYPE_CHECKING:
    from ivrcore.telephony.ari.server import AriServer
    from ivrcore.telephony.leg import LegEvent, Remembered

RINGING = "Ringing"
RING_SECONDS = 2.0
"""How long a phone may take from the dial to its ringing."""
OUTSIDE_SECONDS = 10.0
"""The same of a number that a trunk has to find."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of an earlier life: ``life`` tells this life's names from those of earlier ones (0: there
    was none); ``callers`` are the channels of callers who came to us shortly before."""

    life: int = 0
    callers: Collection[str] = field(default=frozenset(), repr=False)


class AdoptedLeg(AriLeg):
    """See :meth:`ivrcore.telephony.leg.Switch.adopt`."""

    def __init__(
        self,
        server: AriServer,
        known: Remembered,
        life: int,
        *,
        owner: Callable[[LegEvent], None],
        forget: Callable[[AriLeg], None],
    ) -> None:
        super().__init__(server, known.leg, known.channel, dialled=known.dialled, owner=owner, forget=forget)
        self.found = False
        """Whether Asterisk has it; False until it was asked."""
        self.exists.set_result(True)
        self._since = known.since
        self.answered = known.answered
        if known.answered:
            self.settled.set()
        self._music = known.music
        self._audio_part = f"a{life}-"  # the parts of an earlier stream may still be there
        self._rings_within = OUTSIDE_SECONDS if known.outside else RING_SECONDS
        if known.playback:
            self.player.adopt(known.playback)
        if known.recording:
            self.recorder.adopt(known.recording)
        if known.playback or known.recording:
            self._start(self._watch_earlier(), "what an earlier life began")

    async def _watch_earlier(self) -> None:
        async with self.turn:
            await self._server.ready()
            await self.player.watch()
            await self.recorder.watch()

    def look(self, snapshot: Snapshot) -> None:
        """Compare with what Asterisk has: report :class:`Found` and what was missed, or the end."""
        channel = snapshot.channels.get(self.channel)
        playing = self.player.playing
        if playing is not None and playing.play.playback not in snapshot.playing:
            self.player.missing()
        if channel is None or self.channel not in snapshot.ours:
            self.finish(since=self._since)
            return
        self.found = True
        self._report(contract.Found(self.answered or channel.state == UP))
        self.compare(channel)
        recording = self.recorder.recording
        if recording is not None and recording.record.recording not in snapshot.playing:
            self.recorder.missing()
        if self.dialled and channel.state not in (UP, RINGING):
            self._start(self._watch_ringing(), "earlier dial")

    async def _watch_ringing(self) -> None:
        """End a phone that was made and does not ring: whether it was dialled cannot be seen."""
        await asyncio.sleep(self._rings_within)
        if not (self.ringing or self.answered or self.ended):
            self.send(contract.HangUp(Cause.TEMPORARY_FAILURE))

    def _by(self) -> By:
        """Who ended it while nobody looked is not known."""
        return super()._by() if self.found else By.UNKNOWN
