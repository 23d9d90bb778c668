"""What is said on one connection: messages and audio in, answers out. No socket, no clock.

Whatever comes in is answered or passed over, never raised.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ivrcore.speech.audio import seconds_of
from ivrcore.speech.doubling import Doubling
from ivrcore.telephony.aeap import wire
from ivrcore.telephony.aeap.claims import PREFIX
from ivrcore.telephony.aeap.figures import Refusal
from ivrcore.telephony.aeap.grammars import UnknownGrammar
from ivrcore.telephony.aeap.recognition import nothing
from ivrcore.telephony.aeap.settings import NotSet
from ivrcore.telephony.aeap.turns import Turns

if TYPE_CHECKING:
    from ivrcore.telephony.aeap.claims import Claim
    from ivrcore.telephony.aeap.settings import Settings
    from ivrcore.telephony.aeap.turns import Site

log = logging.getLogger("ivrcore.aeap")

SETUP_SECONDS = 5.0
"""A connection that has not said what it wants by then is closed."""
MOST_BAD = 20
"""Messages that cannot be read, or audio that nobody wants, before the connection is closed."""
BURST = 2.5
"""Seconds of audio that may come at once; more is dropped, since no recogniser could keep up."""
MOST_DROPPED = 60.0
ANEW = frozenset({"grammar", "language", "dtmf"})
"""What is set of another recognition, or after one, also where the dialplan was told that speech began."""
POLICY = 1008  # RFC 6455, 7.4.1: a message that violates the endpoint's policy


class Conversation:
    """``send`` takes a text, ``close`` a close code and a reason; times are seconds of any steady clock."""

    def __init__(
        self, site: Site, send: Callable[[str], None], close: Callable[[int, str], None], now: float
    ) -> None:
        self._site = site
        self._send = send
        self._close = close
        self._now = self._opened = now
        self._settings: Settings | None = None
        self._claim: Claim | None = None
        self._rate = Doubling()
        self._turns = Turns(site, self._say, self._taken)
        self._closed = False
        self.ended: float | None = None
        """When we closed the connection, if we did."""
        self._bad = 0
        self._room = BURST
        self._dropped = 0.0

    # --- what comes in ----------------------------------------------------------------------------

    def text(self, raw: str, now: float) -> None:
        """Take a text message."""
        if self._closed:
            return
        self._at(now)
        try:
            message = wire.read_message(raw)
        except wire.BadMessage as error:
            log.warning("%s", error)
            self._send(wire.refused(error.request, error.id, error.why))
            self._misbehaved()
            return
        match message:
            case wire.Answered():
                self._turns.answered(message)
            case wire.Setup():
                self._setup(message)
            case wire.Set() if self._settings is not None:
                self._set(message, self._settings)
            case wire.Get() if self._settings is not None:
                self._get(message, self._settings)
            case wire.Set(id=id) | wire.Get(id=id):
                self._send(wire.refused(type(message).__name__.lower(), id, "a setup comes first"))
                self._misbehaved()

    def audio(self, pcm: bytes, now: float) -> None:
        """Take audio as Asterisk sends it; what comes faster than it can be spoken is dropped."""
        if self._closed:
            return
        self._at(now)
        if self._settings is None:
            self._misbehaved()
            return
        length = seconds_of(pcm, wire.RATE)
        self._site.figures.audio += length
        if length > self._room:
            self._dropped += length
            if self._dropped > MOST_DROPPED:
                self._end(Refusal.FLOOD, "audio comes faster than anybody speaks")
            return
        self._room -= length
        if self._claim is not None:
            self._claim.audio(self._rate.convert(pcm))
        else:
            self._turns.audio(pcm, self._settings, self._now)

    def tick(self, now: float) -> None:
        """Look at the time; to be called a few times a second."""
        if self._closed:
            return
        self._at(now)
        if self._settings is None and now - self._opened > SETUP_SECONDS:
            self._end(Refusal.SILENT, "a setup comes first")
        self._turns.tick(self._now)

    def over(self) -> None:
        """The connection is gone: nothing is sent any more."""
        self._closed = True
        self._turns.leave()
        claim, self._claim = self._claim, None
        if claim is not None:
            claim.lost()

    # --- requests ---------------------------------------------------------------------------------

    def _setup(self, setup: wire.Setup) -> None:
        """Begin, or end at once: an Asterisk that was refused keeps the connection for ever otherwise."""
        why = "there was a setup already" if self._settings is not None else ""
        if wire.CODEC not in setup.codecs:
            why = why or f"the codec must be {wire.CODEC}: codecs=!all,{wire.CODEC} in aeap.conf"
        settings = self._site.settings
        for name, value in setup.params.items():
            try:
                settings = settings.having(name, value)
            except NotSet as error:
                why = why or f"@{name} in aeap.conf: {error}"
        if why:
            log.warning("a connection of Asterisk is refused: %s", wire.unnumbered(why))
            self._send(wire.refused("setup", setup.id, why))
            self._end(Refusal.CODEC if "codec" in why else Refusal.MESSAGES, why)
            return
        self._settings = settings
        self._send(wire.set_up(setup.id))

    def _set(self, wanted: wire.Set, settings: Settings) -> None:
        """Take settings: all of them, or none."""
        try:
            for name, value in wanted.params.items():
                if name != "dtmf":  # keys that ended a recognition: Asterisk has them as the result already
                    settings = settings.having(name, value)
            if "grammar" in wanted.params:
                self._choose(settings)
        except (NotSet, UnknownGrammar) as error:
            log.warning("Asterisk's dialplan sets what cannot be: %s", wire.unnumbered(str(error)))
            self._send(wire.refused("set", wanted.id, str(error)))
            return
        self._settings = settings
        if not (self._turns.restarting and ANEW.isdisjoint(wanted.params)):
            self._turns.leave()
        self._send(wire.done("set", wanted.id))

    def _choose(self, settings: Settings) -> None:
        """Take another grammar; where there is none, the one of before does not count any more."""
        self._settings = settings
        before = self._claim
        if before is not None and before.connected and before.grammar == settings.grammar:
            return
        self._claim = None
        if before is not None:
            before.lost()
        self._turns.leave()
        if not settings.grammar.startswith(PREFIX):
            self._site.grammars.find(settings)
            return
        claim = self._site.claims.find(settings.grammar)
        if claim is None:
            raise UnknownGrammar("nobody waits for the audio of that name")
        self._claim, self._rate = claim, Doubling()
        claim.connect(lambda: self._turns.push([nothing("claim")]))

    def _get(self, asked: wire.Get, settings: Settings) -> None:
        try:
            found: dict[str, object] = {
                name: wire.as_json(self._turns.latest) if name == "results" else settings.text(name)
                for name in asked.params
            }
        except NotSet as error:
            self._send(wire.refused("get", asked.id, str(error)))
            return
        self._send(wire.told(asked.id, found))

    def _taken(self) -> None:
        if self._claim is not None:
            self._claim.answered()

    def _say(self, text: str) -> None:
        if not self._closed:
            self._send(text)

    # --- who breaks the rules ---------------------------------------------------------------------

    def _at(self, now: float) -> None:
        self._room = min(BURST, self._room + 1.25 * max(0.0, now - self._now))
        self._now = max(self._now, now)

    def _misbehaved(self) -> None:
        self._bad += 1
        self._site.figures.bad_messages += 1
        if self._bad >= MOST_BAD:
            self._end(Refusal.MESSAGES, "too many messages that cannot be read")

    def _end(self, why: Refusal, reason: str) -> None:
        if self._closed:
            return
        self._closed = True
        self.ended = self._now
        self._site.figures.refused[why] += 1
        self._close(POLICY, reason)
