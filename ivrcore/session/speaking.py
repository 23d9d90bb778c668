"""Prompts that hold values of one call: spoken when they are needed, and erased when the call is over.

A voice takes a moment, on a thread of its own; a prompt that is stopped meanwhile is never heard, and a voice
that hangs makes it a prompt that failed. Must not know what is said.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.dialplan.commands import Prompt, Spoken
from ivrcore.session.clock import Alarm

if TYPE_CHECKING:
    from ivrcore.session.clock import Clock
    from ivrcore.session.ports import Call, Prompts

LONGEST = 5.0
"""Seconds that a caller waits for a voice."""


def is_personal(prompt: Prompt) -> bool:
    """Whether a prompt holds values of the call."""
    return any(isinstance(part, Spoken) and part.personal for part in prompt)


class Speaking:
    """The personal prompts of one call. ``play`` is given the media of each, nothing if there are none."""

    def __init__(
        self, prompts: Prompts, clock: Clock, call: Call, play: Callable[[int, tuple[str, ...]], None]
    ) -> None:
        self._prompts = prompts
        self._clock = clock
        self._call = call
        self._play = play
        self._waiting: dict[int, Alarm] = {}
        self._used = False

    def begin(self, number: int, prompt: Prompt, language: str) -> None:
        """Have it spoken; `play` is called when it is."""
        alarm = Alarm(self._clock, partial(self._call.enter, partial(self._spoken, number, ())))
        self._waiting[number] = alarm
        self._used = True
        alarm.set(self._clock.now() + LONGEST)
        done = self._prompts.personal(prompt, language, self._call.contact)
        done.addCallback(lambda media: self._call.enter(partial(self._spoken, number, media)))

    def stop(self, number: int) -> bool:
        """Do not play it any more; whether it was still being made."""
        alarm = self._waiting.pop(number, None)
        if alarm is None:
            return False
        alarm.cancel()
        return True

    def halt(self) -> None:
        """Let time stand still: the server stops."""
        for alarm in self._waiting.values():
            alarm.cancel()

    def end(self) -> None:
        """The call is over: nothing more is spoken, and what was is erased."""
        for number in list(self._waiting):
            self.stop(number)
        if self._used:
            self._prompts.erase(self._call.contact)

    def _spoken(self, number: int, media: tuple[str, ...]) -> None:
        if self.stop(number):
            self._play(number, media)
