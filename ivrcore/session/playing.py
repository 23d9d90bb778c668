"""What one caller's dialplan plays: prompts as media, and each told to have ended exactly once.

Must not know why something is played.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ivrcore.dialplan.commands import DoPlay
from ivrcore.dialplan.state import playback_id
from ivrcore.model import events
from ivrcore.model.names import PromptEnd
from ivrcore.session.speaking import Speaking, is_personal
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.dialplan.commands import Command
    from ivrcore.model.event import Event
    from ivrcore.session.ports import Call, Ports


class Playing:
    """The prompts of one call; ``tell`` is given the end of those that Asterisk never gets."""

    def __init__(self, ports: Ports, call: Call, tell: Callable[[legs.LegEvent], None]) -> None:
        self._ports = ports
        self._call = call
        self._tell = tell
        self._open: set[str] = set()
        self._speaking = Speaking(ports.prompts, ports.clock, call, self._send)

    # --- what the journal is told -----------------------------------------------------------------

    def announce(self, commands: Iterable[Command], now: float) -> list[events.PromptStarted]:
        """Give the intents of the prompts among these commands, and count them as open."""
        started = [
            events.PromptStarted(
                at=now,
                contact=self._call.contact,
                leg=self._call.leg.id,
                playback=self._playback(command.prompt_id),
                name=command.name,
            )
            for command in commands
            if isinstance(command, DoPlay)
        ]
        self._open.update(one.playback for one in started)
        return started

    def began(self, playback: str) -> None:
        """Count as open what somebody else plays to the caller."""
        self._open.add(playback)

    def over(self, playback: str) -> int | None:
        """Count one as ended; give its number among the dialplan's prompts, None if it is none of them."""
        self._open.discard(playback)
        number = playback.removeprefix(f"{self._call.contact}.p")
        return int(number) if number.isdigit() else None

    def silenced(self, now: float) -> list[Event]:
        """Say of what was asked to be played, and never reported, that it ended with the leg."""
        silenced: list[Event] = [
            events.PromptEnded(
                at=now,
                contact=self._call.contact,
                playback=playback,
                how=PromptEnd.STOPPED,
                inferred=True,
            )
            for playback in sorted(self._open)
        ]
        self._open.clear()
        return silenced

    # --- what the leg is told ---------------------------------------------------------------------

    def play(self, wanted: DoPlay, language: str) -> None:
        """Play it; what holds values of the call, or must be heard, is waited for until it is spoken.

        So is everything that is missing while a server that has just started speaks its prompts.
        """
        prompts = self._ports.prompts
        personal = is_personal(wanted.prompt)
        media = () if personal else prompts.media(wanted.prompt, language)
        missing = len(media) < len(wanted.prompt)
        if personal or (missing and (wanted.must or prompts.preparing)):
            self._speaking.begin(wanted.prompt_id, wanted.prompt, language)
        else:
            self._send(wanted.prompt_id, media)

    def stop(self, number: int) -> None:
        """Silence a prompt, whether it is heard already or still being spoken."""
        if self._speaking.stop(number):
            self._tell(legs.PlayEnded(self._playback(number), PromptEnd.STOPPED))
        else:
            self._call.leg.send(legs.StopPlay(self._playback(number)))

    def halt(self) -> None:
        """Let time stand still: the server stops."""
        self._speaking.halt()

    def end(self) -> None:
        """The call is over: what was spoken for it is erased."""
        self._speaking.end()

    def _send(self, number: int, media: tuple[str, ...]) -> None:
        playback = self._playback(number)
        if media:
            self._call.leg.send(legs.Play(playback, media))
        else:
            # Nothing to be heard must not hold the caller up: it counts as a prompt that failed.
            self._tell(legs.PlayEnded(playback, PromptEnd.FAILED))

    def _playback(self, number: int) -> str:
        return playback_id(self._call.contact, number)
