"""One decision in the making: the state as it will be, and what was decided so far. Verbs run on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from ivrcore.dialplan.commands import (
    Command,
    DoAnswer,
    DoAsk,
    DoHangUp,
    DoPlay,
    DoStopAsking,
    DoStopListening,
    DoStopPlay,
    Prompt,
    Recorded,
    Spoken,
)
from ivrcore.dialplan.emergency import emergency_block
from ivrcore.dialplan.fold import apply
from ivrcore.dialplan.notices import EMERGENCY, due, played
from ivrcore.dialplan.scope import CallScope
from ivrcore.dialplan.state import DIALPLAN_COMMAND, Private, State
from ivrcore.dialplan.texts import worded
from ivrcore.expressions.text import value_of
from ivrcore.expressions.values import Result, Value, written
from ivrcore.model import events as ev
from ivrcore.model.names import Cause, Scalar, Service

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Block, Plan
    from ivrcore.dialplan.step import Step
    from ivrcore.dialplan.texts import Wording
    from ivrcore.dialplan.world import World
    from ivrcore.expressions.syntax import Expression
    from ivrcore.expressions.text import Template
    from ivrcore.model.announcement import Announcement
    from ivrcore.model.event import Event
    from ivrcore.problems import Rule

MOST_TYPED = 40
"""Keys kept for questions ahead; more are dropped."""
STALE = 60.0
"""Seconds after the last of them from which they are not taken to be meant for a question."""


class Place(Struct, frozen=True, gc=False):
    """Where a call goes on: a step of a block."""

    block: str
    index: int = 0


class Walk:
    """Collects events and commands; `state` is always the fold of what was emitted.

    What a verb uses: `value`, `judge`, `worded`, `set`, `ask`, `wait`, `play`, `next`, `to`, `emit`.
    """

    def __init__(
        self, plan: Plan, state: State, now: float, world: World, facts: Sequence[Event] = ()
    ) -> None:
        self._began = state
        self._facts = facts
        self._supposed = False
        self.plan = plan
        self.state = state
        self.now = now
        self.world = world
        self.contact = state.contact
        self.typed = state.private.typed
        self.entered = state.private.entered
        self.caller = state.private.caller
        self.spare = state.private.spare
        self.typed_at = state.private.typed_at
        self.secrets: dict[str, Scalar] = dict(state.private.secrets)
        self.events: list[Event] = []
        self.commands: list[Command] = []

    @property
    def private(self) -> Private:
        """What the state keeps beside the fold."""
        return Private(self.typed, self.entered, self.caller, self.secrets, self.spare, self.typed_at)

    # --- where the call is --------------------------------------------------------------------------

    def block(self, name: str) -> Block | None:
        """Find a block of the plan, or the one that an emergency puts in its place."""
        if self.state.emergency is not None and name == EMERGENCY:
            return emergency_block(self.plan, self.state.emergency)
        return self.plan.blocks.get(name)

    @property
    def step(self) -> Step | None:
        """The present step; None before the first."""
        block = self.block(self.state.block)
        at = self.state.index
        return block.steps[at] if block is not None and 0 <= at < len(block.steps) else None

    @property
    def next(self) -> Place:
        """The step after the present one."""
        return Place(self.state.block, self.state.index + 1)

    def at(self, block: str, index: int) -> Place:
        """Go to a step of a block."""
        return Place(block, index)

    def to(self, target: str) -> Place:
        """Go to a block or menu."""
        return Place(target)

    def come_back(self) -> Place | None:
        """Go on after the `do` step that was left last; without one the call is ended normally."""
        if not self.state.stack:
            self.hang_up(Cause.NORMAL)
            return None
        block, index = self.state.stack[-1]
        self.emit(ev.BlockReturned(at=self.now, contact=self.contact))
        return Place(block, index + 1)

    # --- values -------------------------------------------------------------------------------------

    @property
    def language(self) -> str:
        """What the caller is spoken to in."""
        return self.state.language or self.plan.language

    @property
    def scope(self) -> CallScope:
        """What names mean now."""
        return CallScope(self.plan, self.state, self.caller, self.secrets, self.world, self.now)

    def value(self, given: Expression | Template) -> Result:
        """Give a value that was written in the dialplan; it never raises."""
        return value_of(given, self.scope, _as_written)

    def scalar(self, given: Expression | Template | None) -> Scalar:
        """Give a value as something that a service may be told; a list or nothing is None."""
        value = None if given is None else self.value(given).value
        return None if isinstance(value, tuple) else value

    def shown(self, given: Expression | Template | None) -> Scalar:
        """Give a value that may stand in an event; one made from a secret is None."""
        secret = given is not None and self.value(given).secret
        return None if secret else self.scalar(given)

    def worded(self, wording: Wording) -> Prompt:
        """Put values into texts, in the call's language."""
        return worded(wording, self.language, self.scope, self.plan.zone)

    def set(self, values: Mapping[str, Scalar], *, secret: bool = False) -> None:
        """Set variables; secret ones are kept, but are in no event."""
        plain = {} if secret else dict(values)
        hidden = sorted(values) if secret else []
        for name in values:
            self.secrets.pop(name, None)
        if secret:
            self.secrets.update(values)
        self.emit(ev.VariablesSet(at=self.now, contact=self.contact, values=plain, secret=hidden))

    # --- events and commands ------------------------------------------------------------------------

    def emit(self, event: Event) -> None:
        """Decide that this happened."""
        self.events.append(event)
        self.state = apply(self.state, event)

    def suppose(self, fact: Event) -> None:
        """Take into account what the session journals itself: what it gave, else ``fact`` in its place."""
        facts: Sequence[Event] = (fact,)
        if self._facts and not self.events:
            facts, self._facts = self._facts, ()
        else:
            self._supposed = True
        for one in facts:
            self.state = apply(self.state, one)

    @property
    def folded(self) -> bool:
        """Whether `state` is the fold of the facts and then the events, so that nobody has to do it again."""
        return not self._supposed and all(apply(self._began, one) is self._began for one in self._facts)

    def do(self, command: Command) -> None:
        """Ask the session for something."""
        self.commands.append(command)

    def type(self, digit: str) -> None:
        """Keep a key until a question uses it."""
        self.typed_at = self.now
        if len(self.typed) < MOST_TYPED:
            self.typed += digit

    def due(self) -> list[Announcement]:
        """Give the announcements that this caller is to hear and has not heard yet."""
        return due(self.world, self.state, self.now)

    def play(self, prompt: Prompt, name: str, due: Sequence[Announcement] | None = None) -> None:
        """Play what the event just emitted has announced, after the announcements that are ``due``."""
        before: list[Spoken | Recorded] = []
        for one in self.due() if due is None else due:
            before += self._announce(one)
        self.do(DoPlay(self.state.prompt, (*before, *prompt), name, must=bool(before)))

    def _announce(self, one: Announcement) -> Prompt:
        self.emit(played(one, self.world, self.state, self.now, self.state.prompt))
        return announcement_prompt(one, self.language)

    def ask(self, service: Service, name: str, payload: Mapping[str, Scalar], timeout: float) -> None:
        """Ask a service; the step goes on with `Step.told`. ``timeout`` in seconds."""
        if service not in (Service.LOOKUP, Service.IDENTIFY):
            self.typed = ""  # what comes after a conversation or a message is not what was typed for
        request = f"{self.contact}.s{self.state.requests + 1}"
        until = self.now + timeout
        self.emit(
            ev.ServiceAsked(
                at=self.now, contact=self.contact, request=request, service=service, name=name, until=until
            )
        )
        self.do(DoAsk(request, service, name, payload, timeout))

    def stop_asking(self) -> None:
        """The answer of the service that is asked is not wanted any more."""
        if self.state.asked is not None:
            self.do(DoStopAsking(self.state.asked.request))

    def wait(self, seconds: float) -> None:
        """Do nothing for so long; then the next step runs."""
        self.emit(ev.WaitStarted(at=self.now, contact=self.contact, until=self.now + seconds))

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


def announcement_prompt(one: Announcement, language: str) -> Prompt:
    """Give what is said: the recording, or the text of the language, else the first text."""
    if one.recording:
        return (Recorded(one.recording),)
    tag = language if language in one.texts else next(iter(one.texts), "")
    return (Spoken(one.texts[tag], tag),) if tag else ()


def _as_written(value: Value, _kind: str, _argument: str) -> str:
    return written(value)
