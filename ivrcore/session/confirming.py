"""Is it the agent who picked up? A prompt played again and again to the agent alone, until the key comes.

Knows the agent's leg and the prompt; how long it may take is routing's business. Must not know of the caller.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.names import PromptEnd
from ivrcore.session.clock import Alarm
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from ivrcore.model.event import Event
    from ivrcore.routing.commands import RingAgent
    from ivrcore.session.exchange import Exchange

PAUSE = 1.5
"""Seconds between two times that the prompt is heard."""


class Confirming:
    """The asking for the key in one offer."""

    def __init__(self, exchange: Exchange, offer: RingAgent, leg: str, language: str) -> None:
        self._exchange = exchange
        self._offer = offer
        self._leg_id = leg
        self._language = language
        self._leg: legs.Leg | None = None
        self._playing = ""
        self._times = 0
        self._asks = False
        self._again = Alarm(exchange.ports.clock, partial(exchange.enter, self._ask))

    def begin(self, leg: legs.Leg) -> None:
        """Ask for the first time; what an earlier life of the server asked, and is heard yet, is enough."""
        self._leg = leg
        self._asks = True
        if not self._playing:
            self._ask()

    def take_up(self, times: int, playing: str) -> None:
        """Know how often an earlier life of the server asked, and what of it is heard yet."""
        self._times, self._playing = times, playing

    def pressed(self, digit: str) -> bool:
        """Tell whether this is the key; then no more is asked, and what is heard falls silent."""
        if not self._asks or digit != self._exchange.ports.agent_rules.confirmation.key:
            return False
        self.end()
        if self._playing and self._leg is not None:
            self._exchange.record((), partial(self._leg.send, legs.StopPlay(self._playing)))
        return True

    def end(self) -> None:
        """Ask no more; what is heard goes on until the leg ends."""
        self._asks = False
        self._again.cancel()

    def heard(self, playback: str, how: PromptEnd) -> list[Event]:
        """Give what is to be journalled of a prompt's end, nothing if it is not ours; play it again later."""
        if not self._playing or playback != self._playing:
            return []
        over = self._over(how)
        if self._asks:
            self._again.set(self._exchange.ports.clock.now() + PAUSE)
        return [over]

    def silenced(self) -> list[Event]:
        """The leg is gone: end the asking, and say that the prompt ended where nothing else said so."""
        self.end()
        return [self._over(PromptEnd.STOPPED, inferred=True)] if self._playing else []

    def _ask(self) -> None:
        confirmation = self._exchange.ports.agent_rules.confirmation
        media = self._exchange.ports.prompts.media(confirmation.prompt(self._language), self._language)
        if not (self._asks and media) or self._leg is None:
            return  # a key that nobody was asked for counts all the same
        self._times += 1
        self._playing = f"{self._offer.offer}.k{self._times}"
        started = events.PromptStarted(
            at=self._exchange.ports.clock.now(),
            contact=self._offer.contact,
            leg=self._leg_id,
            playback=self._playing,
            name="confirm",
        )
        self._exchange.record([started], partial(self._leg.send, legs.Play(self._playing, media)))

    def _over(self, how: PromptEnd, *, inferred: bool = False) -> Event:
        playback, self._playing = self._playing, ""
        return events.PromptEnded(
            at=self._exchange.ports.clock.now(),
            contact=self._offer.contact,
            playback=playback,
            how=how,
            inferred=inferred,
        )
