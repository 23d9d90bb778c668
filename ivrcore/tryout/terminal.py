"""A conversation with a dialplan, line by line: what is typed goes in, what is to be shown comes out.

Whatever is typed, the answer is text. Must not know of a terminal's streams, colours aside as `Shown.kind`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ivrcore.dialplan.model import Plan
from ivrcore.dialplan.state import Phase
from ivrcore.location import Location
from ivrcore.tryout.acts import Press, Say, Silence
from ivrcore.tryout.conversation import Kind, Line, clock, duration, place_text, tongue
from ivrcore.tryout.ear import typed
from ivrcore.tryout.recording import Recording
from ivrcore.tryout.script import Failure, Scene, ScriptLine
from ivrcore.tryout.setting import Setting
from ivrcore.tryout.trial import TrialCall

TYPED = Location("<typed>", 1)
PROBLEM = "problem"
PLAIN = "plain"
_KEYS = re.compile(r"[0-9*#]+")


@dataclass(frozen=True, slots=True)
class Shown:
    """A line to be shown; ``kind`` is a `Kind`'s word, `PROBLEM` or `PLAIN`."""

    kind: str
    text: str


class Conversation:
    """A trial call, and what was typed into it."""

    def __init__(self, plan: Plan, setting: Setting) -> None:
        self.plan = plan
        self.setting = setting
        self.over = False
        """Whether the tester wants no more."""
        self.begin()

    def begin(self) -> None:
        """Make the call (again)."""
        self.scene = Scene(TrialCall(self.plan, self.setting))
        self.recording = Recording(self.scene)
        self._shown = 0
        self._place = Location("", 0)
        self.scene.call.dial()
        self.settle()

    @property
    def call(self) -> TrialCall:
        """The call."""
        return self.scene.call

    # --- what is typed --------------------------------------------------------------------------

    def take(self, text: str) -> list[Shown]:
        """Take one line that was typed; give what it brought."""
        from ivrcore.tryout.terminal_commands import command

        text = text.strip()
        if text.startswith(":"):
            return [*command(self, text[1:]), *self.news()]
        return [*self.act(line_of(text)), *self.news()]

    def act(self, line: ScriptLine) -> list[Shown]:
        """Do what a line of a call test does, and keep it for `:save`; say why it cannot be done."""
        if self.call.ended is not None:
            return [Shown(PROBLEM, "The call has ended. :again calls again, :quit leaves.")]
        failure = line.play(self.scene)
        self.settle()
        if failure is not None:
            return [*self.news(), *_problem(failure, self._hint())]
        self.recording.did(line)
        return []

    def _hint(self) -> str:
        """Say what may be done while somebody else than the caller is waited for."""
        if self.call.visit is not None:
            return ":agent takes the call, then :back ends the talk; :back alone gives up waiting"
        if self.call.asked is not None:
            return ":lookup FIELD=VALUE or :service HOW answers, an empty line lets the time run out"
        return ""

    def settle(self) -> None:
        """Hear what is said without a question, and keep what came for `:save`."""
        self.call.settle()

    # --- what is shown --------------------------------------------------------------------------

    def news(self) -> list[Shown]:
        """Give what happened since this was asked last."""
        lines = self.call.lines[self._shown :]
        self._shown = len(self.call.lines)
        return [shown for line in lines for shown in self._line(line)]

    def _line(self, line: Line) -> Iterator[Shown]:
        where = place_text(line.location)
        match line.kind:
            case Kind.CALLER:
                return
            case Kind.HEARS:
                for one in line.utterances:
                    yield Shown(line.kind, f"   {tongue(one)} {one.text}")
            case Kind.PLACE:
                yield Shown(line.kind, f"{where}  {line.text}")
            case _:
                yield Shown(line.kind, f"  {line.text}" + (f"  ({where})" if where else ""))

    def question(self) -> str:
        """Say what the call waits for, as the prompt for the next line."""
        call = self.call
        at = clock(call.now - call.began)
        if call.ended is not None:
            return f"{at} ended> "
        if call.visit is not None:
            doing = "talking, queue" if call.visit.talking is not None else "queue"
            return f"{at} {doing} {call.visit.queue}> "
        if call.asked is not None:
            return f"{at} {call.asked.service} {call.asked.name}{self._timer()}> "
        turn = call.state.turn
        if call.state.phase is Phase.MENU and turn is not None:
            return f"{at} {turn.menu}{self._timer()}> "
        return f"{at} {call.state.block}{self._timer()}> "

    def _timer(self) -> str:
        call, turn = self.call, self.call.state.turn
        if call.timer is not None:
            return f" ({duration(call.timer - call.now)})"
        asks = call.state.phase is Phase.MENU and call.state.prompt and turn is not None
        return f" ({duration(turn.timeout)})" if asks and turn is not None else ""


def line_of(text: str) -> ScriptLine:
    """Read what the caller does: keys, words, or nothing; with ``!`` before it while the prompt plays."""
    interrupting = text.startswith("!") and len(text) > 1
    text = text.removeprefix("!").strip() if interrupting else text
    if not text:
        return Silence(TYPED)
    if _KEYS.fullmatch(text):
        return Press(TYPED, text, interrupting)
    return Say(TYPED, typed(text), interrupting)


def _problem(failure: Failure, better: str) -> Sequence[Shown]:
    said = better or failure.hint
    hint = [Shown(PROBLEM, f"    {said}")] if said else []
    return [Shown(PROBLEM, f"  {failure.message}"), *hint]
