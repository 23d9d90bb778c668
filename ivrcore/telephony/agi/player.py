"""What a leg plays, one playback at a time. A key ends the file in Asterisk: it goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.errors import LegGone, RequestFailed
from ivrcore.model.names import PromptEnd
from ivrcore.telephony.agi.audio import length
from ivrcore.telephony.agi.wire import KEYS
from ivrcore.telephony.leg import Play, PlayEnded

if TYPE_CHECKING:
    from ivrcore.telephony.agi.leg import AgiLeg

SOUND = "sound:"


class Player:
    """Plays to one leg's channel, in its session."""

    def __init__(self, leg: AgiLeg) -> None:
        self.playing: Play | None = None
        """What is under way."""
        self._leg = leg
        self._stopping = self._early = False

    def stop(self, playback: str) -> bool:
        """Stop this playback if it is the one under way; whether it is. From anywhere."""
        if self.playing is None or self.playing.playback != playback:
            return False
        if not self._stopping:
            self._stopping = True
            self._leg.cut_short()
        return True

    @property
    def _ends(self) -> bool:
        """Whether what is under way is not to go on."""
        return self._stopping or self._leg.hanging_up

    def play(self, play: Play) -> None:
        """Play and wait for the end, which is reported."""
        self.playing, self._stopping = play, False
        self._leg.music = ""  # Asterisk ends it for a file, for good
        how = PromptEnd.FAILED
        for media in play.media:
            how = self._play_one(media)
            if how is not PromptEnd.FINISHED:
                break
        self.over(how)

    def over(self, how: PromptEnd) -> None:
        """Report the end of the playback under way, if there is one."""
        play, self.playing = self.playing, None
        if play is not None:
            self._leg.report(PlayEnded(play.playback, how))

    def _play_heard(self, name: str, seconds: float, rate: int) -> int:
        """Play while the caller is heard; give -1 at the file's end, else the sample where it stopped."""
        leg, clock = self._leg, self._leg.connection
        assert leg.audio is not None
        done = 0.0
        while not self._ends and leg.hears() and not self._ends:  # it may have been stopped meanwhile
            began = clock.now
            digit = leg.audio.play(name, seconds - done, round(done * rate))
            leg.pressed(digit)
            if leg.agi.hung_up:
                raise LegGone("the call is over")
            done += clock.now - began
            if done >= seconds:
                return -1
        return round(done * rate)

    def _play_one(self, media: str) -> PromptEnd:
        leg = self._leg
        if not media.startswith(SOUND):
            return PromptEnd.FAILED
        if not (leg.answered or self._early):
            self._early = True
            leg.agi.appexec("Progress")
        name, offset = media.removeprefix(SOUND), 0
        if leg.hears() and (known := length(name)) is not None:
            offset = self._play_heard(name, *known)
            if offset < 0:
                return PromptEnd.FINISHED
        while not self._ends:
            try:
                digit, end = leg.agi.stream(name, KEYS, offset)
            except RequestFailed:
                leg.check_alive()
                return PromptEnd.FAILED
            leg.pressed(digit)
            if not (digit or leg.agi.interrupted):
                return PromptEnd.FINISHED if offset or end else PromptEnd.FAILED
            offset = end or offset
        return PromptEnd.STOPPED
