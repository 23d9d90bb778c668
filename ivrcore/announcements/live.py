# mypy: untyped-calls-exclude=twisted
"""The board in a running server: changes come in, are spoken, journalled, and told to who must know.

A change takes effect once its texts are spoken, or after `LONGEST_SPEAKING` however slow the voice is. While
it waits, a newer change of the same thing overtakes it. Must not know of HTTP or of calls.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from ivrcore.announcements import board as boards
from ivrcore.announcements import changes, faults
from ivrcore.announcements.board import Board, Posted, Switched
from ivrcore.announcements.drafts import Draft, Fault, Surroundings, SwitchDraft, plain
from ivrcore.announcements.folder import Found, read_file
from ivrcore.dialplan.commands import Prompt, Spoken
from ivrcore.errors import IvrError, RequestRefused
from ivrcore.journal.record import Journal
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import EmergencyAction, Via
from ivrcore.problems import quoted
from ivrcore.session.clock import Alarm, Cancellable, Clock

log = logging.getLogger("ivrcore.announcements")

LONGEST_SPEAKING = 3.0
"""Seconds: then a change takes effect, spoken or not."""
LATE = f"the voice had not spoken every text after {LONGEST_SPEAKING:g} s: it is heard as soon as it has"
FOLDER = "the folder of announcements"
"""Author where a file is gone: nobody knows who removed it."""


class Speak(Protocol):
    """What makes texts ready to be played: :class:`ivrcore.session.prompts.Prompts`."""

    def prepare(self, prompts: Iterable[Prompt]) -> Deferred[tuple[IvrError, ...]]:
        """Make what is missing; fires with the problems, never fails."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a change. ``spoken`` is false where a voice had not done every text in time.

    ``changed`` is false where callers notice no difference: then nothing was recorded.
    """

    changed: bool
    spoken: bool
    warnings: tuple[str, ...]
    posted: Posted | None = None
    switched: Switched | None = None


class Overtaken(RequestRefused):
    """A newer change of the same announcement or switch came first (HTTP 409)."""

    code = "IVR604"


class LiveBoard:
    """The board, and the way to change it. On the reactor's thread.

    ``on_change`` is called whenever callers may have something new to hear.
    """

    def __init__(
        self,
        board: Board,
        journal: Journal,
        clock: Clock,
        speak: Speak,
        around: Callable[[], Surroundings],
    ) -> None:
        self.board = board
        self.around = around
        self.on_change: Callable[[], None] = lambda: None
        self._journal = journal
        self._clock = clock
        self._speak = speak
        self._alarm = Alarm(clock, self._begun)
        self._tickets: dict[str, object] = {}
        """What is about to change -> the newest change of it."""
        self._timeouts: set[Cancellable] = set()
        self._seen: dict[str, str] = {}
        """Name of a file -> its mark when it was looked at last."""
        self._wrong: dict[str, str] = {}
        """Name of a file that was refused -> why: told once."""
        self._set_alarm()

    def prompts(self) -> list[Prompt]:
        """Give every text that callers may hear now, for voices to prepare."""
        posted = (one.announcement.texts for one in self.board.posted.values())
        switched = (one.emergency.texts for one in self.board.switched.values())
        return [(Spoken(text, tag),) for texts in (*posted, *switched) for tag, text in texts.items()]

    def now(self) -> float:
        """Give the time by which announcements begin and end, UTC seconds."""
        return self._clock.now()

    def stop(self) -> None:
        """Let time stand still."""
        self._alarm.cancel()
        self._tickets.clear()
        for timeout in self._timeouts:
            timeout.cancel()
        self._timeouts.clear()

    # --- announcements --------------------------------------------------------------------------

    def post(self, draft: Draft, author: str, via: Via = Via.API, mark: str = "") -> Deferred[Change]:
        """Have callers hear it; raise :class:`RequestRefused`, or fail with `Overtaken`."""
        author = changes.checked_author(author)
        now = self._clock.now()
        found = faults.find_faults(draft, self.around(), self.board, now)
        changes.refuse(found)
        if draft.ends is not None and draft.ends <= now:
            raise RequestRefused(f"announcement {quoted(draft.name)} would be over already")
        changing = self._after_speaking(
            f"announcement {draft.name}",
            draft.texts,
            found,
            lambda at: changes.post(self.board, draft, author, via, at, mark),
        )
        return changing.addCallback(lambda change: replace(change, posted=self.board.posted.get(draft.name)))

    def withdraw(self, name: str, author: str, via: Via = Via.API) -> None:
        """Have nobody hear it any more; raise :class:`RequestRefused` (404) for an unknown one."""
        author = changes.checked_author(author)
        pending = self._tickets.pop(f"announcement {name}", None)
        if name in self.board.posted:
            self._record(
                events.AnnouncementWithdrawn(at=self._clock.now(), name=name, author=author, via=via)
            )
        elif pending is None:
            hint = "`ivrcore announce list` names them"
            raise RequestRefused(f"there is no announcement {quoted(name)}", status=404, hint=hint)

    # --- the emergency switch -------------------------------------------------------------------

    def switch(self, draft: SwitchDraft, author: str, via: Via = Via.API) -> Deferred[Change]:
        """Move the switch; raise :class:`RequestRefused`, or fail with `Overtaken`."""
        author = changes.checked_author(author)
        found = faults.switch_faults(draft, self.around(), self.board)
        changes.refuse(found)
        changing = self._after_speaking(
            f"emergency {draft.scope}",
            {} if draft.action is EmergencyAction.OPEN else draft.texts,
            found,
            lambda at: changes.switch(self.board, draft, author, via, at),
        )
        return changing.addCallback(
            lambda change: replace(change, switched=self.board.switched.get(draft.scope))
        )

    # --- files ----------------------------------------------------------------------------------

    def take_files(self, found: Sequence[Found]) -> None:
        """Take what changed in the folder; a broken file changes nothing and is told once."""
        first = {one.name: one for one in reversed(found)}
        for name, one in first.items():
            if one.mark != self._seen.get(name):
                self._seen[name] = one.mark
                self._tickets.pop(f"announcement {name}", None)
                if one.mark == self.board.marks.get(name):
                    self._wrong.pop(name, None)
                else:
                    self._take_file(one)
        for name in self.board.marks.keys() - first.keys():
            self._tickets.pop(f"announcement {name}", None)
            now = self._clock.now()
            self._record(events.AnnouncementWithdrawn(at=now, name=name, author=FOLDER, via=Via.FILE))
        self._seen = {name: mark for name, mark in self._seen.items() if name in first}
        self._wrong = {name: why for name, why in self._wrong.items() if name in first}

    def judge_again(self) -> None:
        """Have refused files taken at the next look: what they must fit has changed."""
        self._seen = {name: mark for name, mark in self._seen.items() if name not in self._wrong}

    def _take_file(self, found: Found) -> None:
        read = read_file(found, self.around(), self.board, self._clock.now())
        errors = read.problems.errors
        if errors and self._wrong.get(found.name) == str(errors[0]):
            return
        for problem in read.problems:
            log.log(logging.ERROR if problem in errors else logging.WARNING, "%s", problem)
        if read.draft is None:
            self._refuse_file(found.name, str(errors[0]))
            return
        self._wrong.pop(found.name, None)
        if read.draft.ends is not None and read.draft.ends <= self._clock.now():
            return
        changing = self.post(read.draft, found.author, Via.FILE, found.mark)
        changing.addErrback(_told_elsewhere)

    def _refuse_file(self, name: str, problem: str) -> None:
        self._wrong[name] = problem
        self._record(events.AnnouncementRefused(at=self._clock.now(), name=name, problem=problem))

    # --- inside ---------------------------------------------------------------------------------

    def _after_speaking(
        self,
        what: str,
        texts: Mapping[str, str],
        found: Iterable[Fault],
        decide: Callable[[float], Event | None],
    ) -> Deferred[Change]:
        """Decide once the texts are spoken, if nothing newer came; fires when the event is durable."""
        ticket = self._tickets[what] = object()
        warnings = tuple(fault.message for fault in found)

        def spoken(problems: tuple[str, ...]) -> Deferred[Change]:
            if self._tickets.get(what) is not ticket:
                raise Overtaken(f"a newer change of {what} came first", status=409, hint="look at it again")
            del self._tickets[what]
            event = decide(self._clock.now())
            change = Change(event is not None, not problems, (*warnings, *problems))
            done: Deferred[Change] = Deferred()
            self._record(event, lambda: done.callback(change))
            return done

        return self._speaking(texts).addCallback(spoken)

    def _speaking(self, texts: Mapping[str, str]) -> Deferred[tuple[str, ...]]:
        """Fire with what is wrong once everything is spoken, or time is up."""
        done: Deferred[tuple[str, ...]] = Deferred()
        if not texts:
            done.callback(())
            return done

        def over(problems: Iterable[object]) -> None:
            if timeout in self._timeouts:
                timeout.cancel()
                self._timeouts.remove(timeout)
                done.callback(tuple(str(problem) for problem in problems))

        def late() -> None:
            self._timeouts.discard(timeout)
            done.callback((LATE,))

        timeout = self._clock.call_later(LONGEST_SPEAKING, late)
        self._timeouts.add(timeout)
        self._speak.prepare([(Spoken(plain(text), tag),) for tag, text in texts.items()]).addCallback(over)
        return done

    def _record(self, event: Event | None, then: Callable[[], None] | None = None) -> None:
        self._journal.append([] if event is None else [event], then)
        if event is not None:
            self.board = boards.apply(self.board, event)
            self._begun()

    def _begun(self) -> None:
        """Tell who must know that there may be something new to hear."""
        self._set_alarm()
        self.on_change()

    def _set_alarm(self) -> None:
        self._alarm.set(self.board.next_change(self._clock.now()))


def _told_elsewhere(failure: Failure) -> None:
    """A newer change of the file's announcement came first: whoever made it is told."""
    failure.trap(Overtaken)
