"""One stretch of an extension in translation: what applications are given to make steps with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.importing import rules
from ivrcore.importing.draft import Draft, Entry, Step, Steps, Value, step
from ivrcore.importing.extensions.arguments import jump, split
from ivrcore.importing.extensions.dialplan import Dialplan, Extension, Include, Priority, written_out
from ivrcore.importing.extensions.expressions import calculate, condition
from ivrcore.importing.extensions.pieces import Literal, Untold, Variable, pieces
from ivrcore.importing.extensions.times import read_times
from ivrcore.importing.extensions.values import Told, Values, Variables
from ivrcore.problems import Problems, Rule, quoted

if TYPE_CHECKING:
    from ivrcore.location import Location


@dataclass(slots=True)
class Settings:
    """What Asterisk's settings say for the questions that follow, in seconds; None for its own."""

    response: str = "10s"
    digit: str = ""


@dataclass(slots=True)
class Ground:
    """What all passages of one import share."""

    plan: Dialplan
    draft: Draft
    problems: Problems
    variables: Variables
    settings: Settings = field(default_factory=Settings)
    places: dict[tuple[Extension, int], str] = field(default_factory=dict)
    recordings: dict[str, Location] = field(default_factory=dict)
    hours: dict[str, str] = field(default_factory=dict)
    pressed: set[Extension] = field(default_factory=set)
    constants: dict[str, str] = field(default_factory=dict)

    def when(self, times: str, line: Location) -> str:
        """Give the condition for a time specification; its opening hours become the dialplan's."""
        read = read_times(times)
        self.variables.timed = True
        if read.open is None:
            return read.dates or "true"
        mark = f"{read.open}{read.zone}"
        if mark not in self.hours:
            self.hours[mark] = name = self.free_hours(read.name)
            zone = {"zone": read.zone} if read.zone else {}
            self.draft.hours[name] = Entry({**zone, "open": dict(read.open)})
        entry = self.draft.hours[self.hours[mark]]
        if line not in entry.origins:
            entry.origins.append(line)
        opened = f"hours.{self.hours[mark]} == 'open'"
        return f"{opened} and {read.dates}" if read.dates else opened

    def free_hours(self, wanted: str) -> str:
        """Give a name for opening hours that is not taken."""
        name, count = wanted, 2
        while name in self.draft.hours:
            name, count = f"{wanted}_{count}", count + 1
        return name

    def all_of(self, timed: tuple[Include, ...]) -> str:
        """Give the condition under which includes hold."""
        parts = [self.when(one.times, one.line.location) for one in timed]
        return " and ".join(dict.fromkeys(parts))


class Passage:
    """Translates the priorities of one extension; `line` is the place of the one at hand."""

    def __init__(self, ground: Ground, extension: Extension) -> None:
        self.ground = ground
        self.extension = extension
        self.priority: Priority | None = None
        self.nested = 0

    @property
    def line(self) -> Location:
        """Where the priority at hand was written."""
        assert self.priority is not None
        return self.priority.line.location

    @property
    def values(self) -> Values:
        """The translator of texts here."""
        return Values(self.ground.variables, calculate, self.known(), self.line)

    def known(self) -> dict[str, Told]:
        """Give the variables that Asterisk itself sets."""
        if not self.extension.pattern:
            number = Told(f"'{self.extension.name}'") if "'" not in self.extension.name else Told("''")
        elif self.extension in self.ground.pressed:
            number = Told(self.ground.variables.set("dialled"))
        else:
            number = Told("call.number")
        return {"EXTEN": number}

    def warn(self, rule: Rule, message: str, hint: str = "") -> None:
        """List something about the priority at hand."""
        self.ground.problems.report(rule, self.line, message, hint)

    def condition(self, text: str) -> str:
        """Translate a condition."""
        return condition(self.values, text)

    def fixed(self, text: str, what: str) -> str:
        """Give a text that is known before any call; raise :class:`Untold` for one that is computed."""
        known = dict(self.ground.constants)
        if not self.extension.pattern:
            known["EXTEN"] = self.extension.name
        found = ""
        for piece in pieces(text):
            if isinstance(piece, Literal):
                found += piece.text
            elif (
                isinstance(piece, Variable)
                and piece.name in known
                and piece.arguments is None
                and not piece.cut
            ):
                found += known[piece.name]
            else:
                why = f"{what} {quoted(text)} is computed in the call"
                raise Untold(why, "write out the cases with 'if'", rules.NO_TARGET)
        return found.strip()

    # --- recordings ---------------------------------------------------------------------------------------

    def sounds(self, text: str) -> list[str]:
        """Give the recordings of ``a&b``, without their ending."""
        names = [self.fixed(name, "the recording") for name in split(text, "&") if name]
        found = [name.strip("/").removesuffix(".wav").removesuffix(".gsm") for name in names]
        for name in found:
            self.ground.recordings.setdefault(name, self.line)
        return [name for name in found if name]

    # --- going elsewhere ----------------------------------------------------------------------------------

    def find(self, target: str) -> list[tuple[str, Extension, int, str]]:
        """Find where ``[[context,]extension,]priority`` leads: condition, extension, place, number
        dialled."""
        context, name, priority = jump(target.strip())
        context = self.fixed(context, "the context") or self.extension.context
        priority = self.fixed(priority, "the priority")
        if name == "${EXTEN}" and self.extension.pattern:
            return self.by_number(context, priority, target)
        name = self.fixed(name, "the target")
        if context not in self.ground.plan.contexts:
            raise Untold(
                f"there is no context {quoted(context)}", "import the file that has it too", rules.NO_TARGET
            )
        if not name:
            return [("", self.extension, self.place_of(self.extension, priority, target), "")]
        found = self.ground.plan.matches(context, name)
        if not found:
            raise Untold(
                f"there is no extension {quoted(name)} in context {quoted(context)}", "", rules.NO_TARGET
            )
        return [
            (self.ground.all_of(timed) if timed else "", one, self.place_of(one, priority, target), name)
            for timed, one in found
        ]

    def by_number(self, context: str, priority: str, target: str) -> list[tuple[str, Extension, int, str]]:
        """Find where each number of this pattern leads, if it stands for few of them."""
        groups: dict[tuple[Extension, int], list[str]] = {}
        for number in written_out(self.extension.name) or ():
            for timed, one in self.ground.plan.matches(context, number):
                if not timed:
                    groups.setdefault((one, self.place_of(one, priority, target)), []).append(number)
        if not groups:
            raise Untold(
                "the number that was dialled is the target", "write out the cases with 'if'", rules.NO_TARGET
            )
        dialled = self.known()["EXTEN"].text
        return [
            (
                f"{dialled} in [{', '.join(repr(number) for number in numbers)}]",
                one,
                place,
                "{" + dialled + "}",
            )
            for (one, place), numbers in groups.items()
        ]

    @staticmethod
    def place_of(extension: Extension, priority: str, target: str) -> int:
        """Find a priority by number or label."""
        place = extension.find(priority)
        if place is None:
            message = (
                f"{quoted(target)}: extension {quoted(extension.name)} has no priority {quoted(priority)}"
            )
            raise Untold(message, "", rules.NO_TARGET)
        return place

    def go(self, target: str, verb: str = "goto") -> Steps:
        """Make the steps that go where a target leads."""
        return self.lead(self.find(target), verb)

    def lead(self, found: list[tuple[str, Extension, int, str]], verb: str = "goto") -> Steps:
        """Make the steps for what `find` gave: a branch where includes hold at times only."""
        timed = [(condition, self.enter(one, place, number, verb)) for condition, one, place, number in found]
        always = next((steps for condition, steps in timed if not condition), Steps())
        some = [(condition, steps) for condition, steps in timed if condition]
        if not some:
            return always
        if len(some) == 1:
            return Steps([either(some[0][0], some[0][1], always)])
        branches: list[Value] = [{"if": condition, "go": steps} for condition, steps in some]
        fields: dict[str, Value] = {"branch": branches}
        return Steps([Step(fields | {"else": always} if always else fields)])

    def enter(self, extension: Extension, place: int, number: str, verb: str) -> Steps:
        """Make the steps into an extension, with the number that was dialled if it is a pattern's."""
        steps = Steps()
        if extension.pattern and extension in self.ground.pressed and number:
            steps.append(step("set", {self.ground.variables.set("dialled"): number}))
        steps.append(step(verb, self.ground.places[extension, place]))
        return steps


def either(condition: str, then: Steps, otherwise: Steps) -> Step:
    """Make an ``if``; a ``then`` that does nothing turns the condition round."""
    if not then.real and otherwise.real:
        return Step({"if": f"not ({condition})", "then": Steps([*then, *otherwise])})
    fields: dict[str, Value] = {"if": condition, "then": then}
    if otherwise.real:
        fields["else"] = otherwise
    return Step(fields)


Application = Callable[[Passage, str], Steps]
"""Translates one application, given its arguments; raises :class:`Untold`."""
