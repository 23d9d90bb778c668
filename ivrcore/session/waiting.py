"""What a caller hears while waiting: music, now and then the place in the queue, and what is announced.

All of it is in the language of the call. An announcement that is new interrupts the music; it never
interrupts itself or the position. So does an emergency that closes the hotline or forwards its calls: the
caller then leaves the queue, and goes on in the dialplan. While a phone rings for the caller the offer is
withdrawn; an agent who has answered comes first.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ivrcore.config.model import MINUTES
from ivrcore.dialplan.notices import due, played, sends_away
from ivrcore.dialplan.walk import announcement_prompt
from ivrcore.model import events
from ivrcore.model.names import LeftQueue
from ivrcore.routing.commands import LeaveQueue
from ivrcore.session.clock import Alarm
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from ivrcore.config import QueueVoice
    from ivrcore.dialplan.commands import Prompt
    from ivrcore.model.announcement import Announcement
    from ivrcore.model.event import Event
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.session import Session


SETTLE = 0.5
"""Seconds of music before something new is announced: the ear needs a moment, and so do several changes."""
RETRY = 2.0
"""Seconds until announcements are tried again that no voice has spoken yet."""


class Waiting:
    """Keeps one waiting caller company from the joining of a queue to the end of the visit."""

    def __init__(
        self, exchange: Exchange, session: Session, visit: str, voice: QueueVoice, exits: tuple[str, ...] = ()
    ) -> None:
        self._exits = exits
        self.pressed = ""
        """The key with which the caller leaves the queue."""
        self._exchange = exchange
        self._session = session
        self._leg = session.leg
        self._visit = visit
        self._voice = voice
        clock = exchange.ports.clock
        self._alarm = Alarm(clock, partial(exchange.enter, self._announce, session.broken))
        self._news = Alarm(clock, partial(exchange.enter, self._announce_news, session.broken))
        self._announcements = 0
        self._greeting: Prompt = ()
        self._turn = 0
        """How many times the queue's own words were said."""
        self._playing = ""
        self._on = False

    def start(self) -> None:
        """Begin (or go on) with music; announcements follow at their times."""
        self._on = True
        if self._greeting:
            self._music(SETTLE)
            return
        self._music(self._voice.announce_first if not self._announcements else self._voice.announce_every)

    def take_up(self, announcements: int, turns: int, playing: str) -> None:
        """Know what an earlier life of the server said to the caller; ``playing`` may be heard yet."""
        self._announcements, self._turn, self._playing = announcements, turns, playing

    def go_on(self) -> None:
        """Wait on as before: after what is heard, or with music."""
        if self._playing:
            self._on = True
        else:
            self.start()

    def stop(self) -> None:
        """Be silent: the caller leaves the queue or is about to be joined to an agent."""
        if not self._on:
            return
        self._on = False
        self._alarm.cancel()
        self._news.cancel()
        hush = legs.StopPlay(self._playing) if self._playing else legs.StopMusic()
        self._playing = ""
        self._exchange.record((), partial(self._leg.send, hush))

    def welcome_back(self) -> None:
        """Have it said before all else that the caller has the place again."""
        self._greeting = self._voice.welcomed(self._session.language)

    @property
    def visit(self) -> str:
        """The visit that it is about."""
        return self._visit

    def leaves(self, digit: str) -> bool:
        """Tell whether the caller leaves the queue by this key, and see to it.

        An agent who has answered comes first: then nothing comes of it.
        """
        if digit not in self._exits:
            return False
        self.pressed = digit
        self._exchange.route(LeaveQueue(self._session.contact, LeftQueue.BY_KEY, digit))
        return True

    def moved(self, visit: str, voice: QueueVoice) -> None:
        """Wait on in another queue: its music and words follow, once what is said now is over."""
        self._visit, self._voice = visit, voice
        if self._on and not self._playing:
            self._exchange.record((), self._changed)

    def _changed(self) -> None:
        if self._on and not self._playing:
            self._music(self._voice.announce_every)

    def prompt_over(self, playback: str) -> None:
        """An announcement ended: music again."""
        if playback == self._playing:
            self._playing = ""
            if self._on:
                self._music(self._voice.announce_every)

    def news(self) -> None:
        """There may be a new announcement, or an emergency: see to it soon."""
        if self._on and not self._playing:
            self._hear_news_in(SETTLE)

    def _hear_news_in(self, seconds: float) -> None:
        if self._sent_away or self._unheard():
            self._news.set(self._exchange.ports.clock.now() + seconds)

    def _music(self, pause: float) -> None:
        self._leg.send(legs.StartMusic(self._voice.music))
        self._hear_news_in(SETTLE)
        if self._voice.speaks or self._greeting:
            self._alarm.set(self._exchange.ports.clock.now() + pause)

    def _prompt(self) -> Prompt:
        """Put together what is said now: place and expected wait, and the queue's own announcements."""
        exchange, voice, language = self._exchange, self._voice, self._session.language
        place = exchange.position(self._visit)
        return (
            *(voice.placed(place, language) if place else ()),
            *voice.waits(exchange.waits_at_most(self._visit), language),
            *voice.announced(language),
            *voice.comforted(self._turn, language),
        )

    def _announce(self) -> None:
        if not self._on or self._playing:
            return
        greeting, self._greeting = self._greeting, ()
        prompt = greeting or self._prompt()
        media = self._exchange.ports.prompts.media(prompt, self._session.language) if prompt else ()
        if not media:
            self._alarm.set(self._exchange.ports.clock.now() + self._voice.announce_every)
            return
        self._turn += not greeting
        self._play("position", media)

    def _announce_news(self) -> None:
        if not self._on or self._playing:
            return
        if self._sent_away:
            self._exchange.route(LeaveQueue(self._session.contact, LeftQueue.EMERGENCY))
            return
        language = self._session.language
        for new in self._unheard():
            media = self._exchange.ports.prompts.media(announcement_prompt(new, language), language)
            if media:
                self._alarm.cancel()  # set anew when the music is back
                self._play(f"announcement {new.name}", media, self._heard(new))
                return
        self._hear_news_in(RETRY)

    @property
    def _sent_away(self) -> bool:
        return sends_away(self._exchange.ports.world, self._session.state)

    def _unheard(self) -> list[Announcement]:
        return due(self._exchange.ports.world, self._session.state, self._exchange.ports.clock.now())

    def _heard(self, new: Announcement) -> Event:
        ports = self._exchange.ports
        event = played(new, ports.world, self._session.state, ports.clock.now())
        self._session.fold(event)
        return event

    def _play(self, name: str, media: tuple[str, ...], *why: Event) -> None:
        self._announcements += 1
        self._playing = f"{self._visit}.a{self._announcements}"
        started = events.PromptStarted(
            at=self._exchange.ports.clock.now(),
            contact=self._session.contact,
            leg=self._leg.id,
            playback=self._playing,
            name=name,
        )
        self._session.started_playing(self._playing)
        self._exchange.record([*why, started], partial(self._say, self._playing, media))

    def _say(self, playback: str, media: tuple[str, ...]) -> None:
        if self._on and self._playing == playback:
            self._leg.send(legs.StopMusic())
            self._leg.send(legs.Play(playback, media))


FARTHEST = 30
"""Places in a queue that are announced; who is behind them hears music until they move up."""


def queue_prompts(voice: QueueVoice) -> list[Prompt]:
    """Give every prompt that a queue's callers and agents may hear, so that voices can prepare them."""
    places = [
        voice.placed(place, language) for language in voice.position for place in range(1, FARTHEST + 1)
    ]
    waits = [voice.waits(60.0 * m, language) for language in voice.expected for m in MINUTES]
    messages = [prompt for message in voice.comfort for prompt in message.values()]
    messages += [voice.welcomed(language) for language in voice.welcome_back]
    said = (*voice.whispers, *voice.announce.values(), *messages, *places, *waits)
    return [prompt for prompt in said if prompt]
