"""An agent types the PIN on the phone that dialled the code to log in.

Digits are kept until they were judged and nowhere else: no event, log or trace has them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ivrcore.model.names import CodeAnswer
from ivrcore.pin_file import LONGEST_PIN
from ivrcore.session.clock import Alarm
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred

    from ivrcore.session.exchange import Exchange
    from ivrcore.session.ports import Pins

MOST_TRIES = 3
"""In one call."""
FIRST_KEY = 8.0
"""Seconds of silence after the question."""
NEXT_KEY = 4.0
"""Seconds of silence after a digit, which end the PIN as ``#`` does."""
DIGITS = frozenset("0123456789")


class PinEntry:
    """One call's tries; ``done`` is told what came of them, once. The leg is up."""

    def __init__(
        self, exchange: Exchange, leg: legs.Leg, pins: Pins, agent: str, done: Callable[[CodeAnswer], None]
    ) -> None:
        self._exchange = exchange
        self._leg = leg
        self._pins = pins
        self._agent = agent
        self._done = done
        self._silence = Alarm(exchange.ports.clock, partial(exchange.enter, self._silent))
        self._said = CodeAnswer.ENTER_PIN
        self._typed = ""
        self._tries = 0
        self._prompts = 0
        self._playing = ""
        self._listens = False
        self._over = False

    def begin(self) -> None:
        """Ask for the PIN, if the agent has one."""
        self._wait_for(self._pins.asked_of(self._agent))

    def stop(self) -> None:
        """Nobody is there any more, or the server stops."""
        self._over = True
        self._typed = ""
        self._silence.cancel()

    def hung_up(self) -> None:
        """The agent hung up before it was done."""
        self._finish(self._said)

    def from_leg(self, event: legs.LegEvent) -> None:
        """Take a key, or the end of a prompt."""
        match event:
            case legs.Key(digit) if self._listens:
                self._key(digit)
            case legs.PlayEnded(playback) if playback == self._playing:
                self._playing = ""
                if self._listens:
                    self._silence_in(NEXT_KEY if self._typed else FIRST_KEY)
            case _:
                pass

    def _key(self, digit: str) -> None:
        if self._playing:
            self._leg.send(legs.StopPlay(self._playing))
        if digit == "#" and self._typed:
            self._submit()
            return
        if digit == "*":  # begin anew
            self._typed = ""
        elif digit in DIGITS:
            self._typed = (self._typed + digit)[: LONGEST_PIN + 1]
        self._silence_in(NEXT_KEY)

    def _silent(self) -> None:
        if self._typed:
            self._submit()
        else:
            self._finish(self._said)

    def _submit(self) -> None:
        self._silence.cancel()
        self._listens = False
        self._tries += 1
        typed, self._typed = self._typed, ""
        self._wait_for(self._pins.judge(self._agent, typed))

    def _wait_for(self, answer: Deferred[CodeAnswer]) -> None:
        answer.addCallback(lambda found: self._exchange.enter(partial(self._answered, found)))

    def _answered(self, answer: CodeAnswer) -> None:
        if self._over:
            return
        if answer is CodeAnswer.ENTER_PIN:
            self._ask(answer)
        elif answer is CodeAnswer.WRONG_PIN and self._tries < MOST_TRIES:
            self._ask(answer, CodeAnswer.ENTER_PIN)
        else:
            self._finish(answer)

    def _ask(self, *answers: CodeAnswer) -> None:
        self._said, self._listens = answers[0], True
        ports = self._exchange.ports
        prompt = tuple(part for answer in answers for part in ports.codes.prompt(answer))
        media = ports.prompts.media(prompt, ports.codes.language)
        if media:
            self._prompts += 1
            self._playing = f"{self._leg.id}.p{self._prompts}"
            self._leg.send(legs.Play(self._playing, media))
        else:
            self._silence_in(FIRST_KEY)

    def _finish(self, answer: CodeAnswer) -> None:
        if not self._over:
            self.stop()
            self._done(answer)

    def _silence_in(self, seconds: float) -> None:
        self._silence.set(self._exchange.ports.clock.now() + seconds)
