"""What went wrong lately, in words, for who looks at the server's health: a fold of the journal. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import singledispatch

from ivrcore.journal.record import Record
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import FAULTS, EngineChange, EngineFault, PromptEnd
from ivrcore.web.view import Problem

KEPT_PROBLEMS = 20


class RecentProblems:
    """Remembers the last things that went wrong; subscribe `observe` to the journal, for `PROBLEMS`.

    ``unplayable`` is told in words of every prompt that fails, once per name: nothing else logs those.
    """

    def __init__(self, unplayable: Callable[[str], None] = lambda _: None) -> None:
        self._last: deque[Problem] = deque(maxlen=KEPT_PROBLEMS)
        self._unplayable = unplayable
        self._playing: dict[str, str] = {}
        """Playback -> the prompt's name."""
        self._failed: set[str] = set()

    def observe(self, record: Record) -> None:
        """Take a record; of other events than `PROBLEMS` there is none."""
        event = record.event
        if isinstance(event, events.PromptStarted):
            self._playing[event.playback] = event.name
            return
        words = self._of_prompt(event) if isinstance(event, events.PromptEnded) else _in_words(event)
        if words:
            self._last.appendleft(Problem(at=event.at, what=words))

    def _of_prompt(self, event: events.PromptEnded) -> str:
        name = self._playing.pop(event.playback, event.playback)
        if event.how is not PromptEnd.FAILED or name in self._failed:
            return ""
        self._failed.add(name)
        words = f"Prompt {name} could not be played: no such file, or Asterisk cannot read it"
        self._unplayable(words)
        return words

    def newest_first(self) -> tuple[Problem, ...]:
        """Give them."""
        return tuple(self._last)


@singledispatch
def _in_words(_event: Event) -> str:
    return ""


@_in_words.register
def _(event: events.LinkWentDown) -> str:
    return f"Link to Asterisk ({event.driver}) lost: {event.reason}"


@_in_words.register
def _(event: events.CommandFailed) -> str:
    return f"Command {event.command} failed ({event.code}{f', {event.status}' if event.status else ''})"


@_in_words.register
def _(event: events.PluginFailed) -> str:
    return f"Plugin {event.plugin} failed in {event.hook}: {event.error}"


@_in_words.register
def _(event: events.RecogniserGaveUp) -> str:
    return f"Recogniser {event.engine} gave up ({event.code}); the menu went on with keys"


@_in_words.register
def _(event: events.RecogniserChanged) -> str:
    if event.change is not EngineChange.OUT or not isinstance(event.fault, EngineFault):
        return ""
    left_out = f"left out for {event.seconds:.0f} s"
    return f"Recogniser {event.engine} ({event.language}) is {left_out}: it {FAULTS[event.fault]}"


@_in_words.register
def _(event: events.DialplanRefused) -> str:
    errors = "1 error" if event.errors == 1 else f"{event.errors} errors, the first"
    return f"Dialplan {event.name} did not take effect: {errors} {event.code} at {event.place}"


@_in_words.register
def _(event: events.RosterRefused) -> str:
    errors = "1 error" if event.errors == 1 else f"{event.errors} errors, the first"
    return f"The configuration did not take effect: {errors} {event.code} at {event.place}"


@_in_words.register
def _(event: events.OrphanEnded) -> str:
    return f"A {event.what} that nobody owned: {event.action}"


@_in_words.register
def _(event: events.AnnouncementRefused) -> str:
    return f"Announcement {event.name} was not taken: {event.problem.partition(chr(10))[0]}"


@_in_words.register
def _(event: events.ClockJumped) -> str:
    return f"The machine's clock jumped by {event.seconds:+.1f} s"


@_in_words.register
def _(event: events.ClockSetBack) -> str:
    return f"The machine's clock was set back by {event.seconds:.1f} s while the server was down"


PROBLEMS: tuple[type[Event], ...] = (
    events.PromptStarted,
    events.PromptEnded,
    *(kind for kind in _in_words.registry if kind is not object),
)
"""Classes of the events that tell of what went wrong, or are needed to say it."""
