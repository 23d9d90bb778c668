"""One decision in the making: the state as it will be, and what was decided so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.dialplan.commands import (
    Command,
    DoAnswer,
    DoHangUp,
    DoPlay,
    DoStopListening,
    DoStopPlay,
    Prompt,
)
from ivrcore.dialplan.state import DIALPLAN_COMMAND, State, apply
from ivrcore.model import events as ev
from ivrcore.model.names import Cause

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Plan
    from ivrcore.model.event import Event
    from ivrcore.problems import Rule

MOST_TYPED = 20
"""Keys kept for menus ahead; more are dropped."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call goes on: a step of a block."""

    block: str
    index: int = 0


class Walk:
    """Collects events and commands; `state` is always the fold of what was emitted."""

    def __init__(self, plan: Plan, state: State, now: float) -> None:
        self.plan = plan
        self.state = state
        self.now = now
        self.contact = state.contact
        self.typed = state.typed
        self.events: list[Event] = []
        self.commands: list[Command] = []

    def emit(self, event: Event) -> None:
        """Decide that this happened."""
        self.events.append(event)
        self.state = apply(self.state, event)

    def suppose(self, fact: Event) -> None:
        """Take a fact into account that the session journals itself."""
        self.state = apply(self.state, fact)

    def do(self, command: Command) -> None:
        """Ask the session for something."""
        self.commands.append(command)

    def type(self, digit: str) -> None:
        """Keep a key until a menu uses it."""
        if len(self.typed) < MOST_TYPED:
            self.typed += digit

    def play(self, prompt: Prompt, name: str) -> None:
        """Play what the event just emitted has announced."""
        self.do(DoPlay(self.state.prompt, prompt, name))

    def hush(self) -> None:
        """Stop the prompt and the listening; the event emitted next must tell the state so."""
        if self.state.prompt:
            self.do(DoStopPlay(self.state.prompt))
        self.stop_listening()

    def stop_listening(self) -> None:
        """Stop the listening; as `hush`."""
        turn = self.state.turn
        if turn and turn.listening:
            self.do(DoStopListening(turn.number))

    def answer(self) -> None:
        """Pick up."""
        self.emit(ev.AnswerRequested(at=self.now, contact=self.contact, leg=self.state.leg))
        self.do(DoAnswer())

    def hang_up(self, cause: Cause) -> None:
        """End the call."""
        self.hush()
        self.typed = ""
        self.emit(ev.HangUpRequested(at=self.now, contact=self.contact, leg=self.state.leg, cause=cause))
        self.do(DoHangUp(cause))

    def fail(self, rule: Rule) -> None:
        """End a call whose dialplan cannot go on."""
        leg = self.state.leg
        self.emit(
            ev.CommandFailed(
                at=self.now, contact=self.contact, leg=leg, command=DIALPLAN_COMMAND, code=rule.code
            )
        )
        self.hang_up(Cause.TEMPORARY_FAILURE)
