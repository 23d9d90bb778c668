"""What a line of a call test is, and what it plays on. Must not know of any particular line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ivrcore.dialplan.state import Phase
from ivrcore.location import Location
from ivrcore.tryout.conversation import Kind, Line

if TYPE_CHECKING:
    from ivrcore.dialplan.keys import Key
    from ivrcore.dialplan.model import Plan
    from ivrcore.problems import Problems, Rule
    from ivrcore.tryout.line_fields import LineFields
    from ivrcore.tryout.trial import TrialCall


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a line failed: which rule, what was expected and what came, and a hint."""

    rule: Rule
    message: str
    hint: str = ""


class Scene:
    """A trial call, and how far the test has looked at it.

    ``acted`` is the first line after the caller's last act, ``looked`` the first that no `hears` has taken.
    """

    def __init__(self, call: TrialCall) -> None:
        self.call = call
        self.acted = 0
        self.looked = 0

    def act(self) -> None:
        """What is heard from now on comes of what the caller does now."""
        self.acted = self.looked = len(self.call.lines)

    def step(self) -> bool:
        """Go on a little, as the call does by itself; False if it waits for somebody."""
        if self.call.go_on():
            return True
        return self.call.keys_wait and self.call.wait_for_timer()

    def ready(self) -> None:
        """Go on until the call waits for somebody."""
        self.call.settle()
        while self.call.keys_wait and self.call.wait_for_timer():
            self.call.settle()

    def heard(self, since: int) -> list[Line]:
        """Give the prompts from a line on."""
        return [line for line in self.call.lines[since:] if line.kind is Kind.HEARS]

    def now(self) -> str:
        """Say in words what the call waits for."""
        call = self.call
        if call.ended is not None:
            return "the call has ended"
        if call.visit is not None:
            doing = "talks to an agent of" if call.visit.talking is not None else "waits in"
            return f"the caller {doing} queue {call.visit.queue}"
        where, _ = call.narrator.where(call.state)
        match call.state.phase:
            case Phase.SERVICE if call.asked is not None:
                return f"{call.asked.service} {call.asked.name} is asked (at {where})"
            case Phase.MENU:
                return f"the call is in {where}"
            case _:
                return f"the call is at {where}"


@dataclass(frozen=True)
class ScriptLine:
    """One thing that a caller or the world does, or that must follow; the base of every line."""

    verb: ClassVar[str] = ""
    keys: ClassVar[Mapping[str, Key]] = {}
    """The line's own key first, then its options."""
    virtual: ClassVar[bool] = False
    """Whether it can be played in a trial only, not in a real call."""

    location: Location

    @classmethod
    def read(cls, given: LineFields) -> ScriptLine | None:
        """Make a line of what was written; None, reported, if it cannot be one."""
        raise NotImplementedError

    def check(self, plan: Plan, problems: Problems) -> None:
        """Report what it names and the dialplan does not have."""

    def play(self, scene: Scene) -> Failure | None:
        """Do it, or look whether it came; None if all is well."""
        raise NotImplementedError

    def written(self) -> dict[str, object]:
        """Give it as it is written in a file."""
        return {self.verb: None}


def as_written(verb: str, value: object, **options: object) -> dict[str, object]:
    """Put a line together as a file has it; options that say nothing are left out."""
    return {verb: value, **{name: option for name, option in options.items() if option}}
