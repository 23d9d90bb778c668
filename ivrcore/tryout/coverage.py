"""Which choices and branches of a dialplan calls have taken, menu by menu. Pure: a fold over their events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ivrcore.dialplan.model import Digits, Menu, Plan, Question
from ivrcore.dialplan.step import Step
from ivrcore.dialplan.verbs.branch import Branch
from ivrcore.location import Location
from ivrcore.model import events as ev
from ivrcore.model.event import Event

Way = tuple[str, ...]
"""What identifies a way: its kind, and where."""


@dataclass(frozen=True, slots=True)
class Item:
    """One way that a call may take; ``what`` names it for a person."""

    way: Way
    what: str
    location: Location


@dataclass(frozen=True, slots=True)
class Group:
    """The ways of one menu, or of one block with branches."""

    dialplan: str
    name: str
    location: Location
    items: tuple[Item, ...]
    missed: tuple[Item, ...]

    @property
    def total(self) -> int:
        """How many ways there are."""
        return len(self.items)

    @property
    def covered(self) -> int:
        """How many were taken."""
        return self.total - len(self.missed)


@dataclass
class Coverage:
    """The ways of dialplans, and those taken."""

    plans: Sequence[Plan]
    universals: bool = False
    taken: dict[str, set[Way]] = field(default_factory=dict)
    """By dialplan."""

    @classmethod
    def of(cls, plans: Sequence[Plan], *, universals: bool = False) -> Coverage:
        """Begin with nothing taken. ``universals`` counts each of them in each menu too."""
        return cls(plans, universals, {plan.name: set() for plan in plans})

    def take(self, plan: Plan, events: Iterable[Event]) -> None:
        """Note what a call took."""
        self.taken[plan.name] |= {way for event in events for way in _ways(event)}

    def groups(self) -> Iterator[Group]:
        """Give every menu, and every block with branches."""
        for plan in self.plans:
            taken = self.taken[plan.name]
            for name, items in _grouped(plan, self.universals).items():
                missed = tuple(item for item in items if item.way not in taken)
                yield Group(plan.name, name, _location(plan, name), tuple(items), missed)

    @property
    def total(self) -> int:
        """How many ways there are."""
        return sum(group.total for group in self.groups())

    @property
    def covered(self) -> int:
        """How many were taken."""
        return sum(group.covered for group in self.groups())

    @property
    def percent(self) -> float:
        """Of the ways, how many in a hundred were taken; 100 where there are none."""
        total = self.total
        return 100 * self.covered / total if total else 100.0


def _ways(event: Event) -> Iterator[Way]:
    match event:
        case ev.ChoiceMade(menu=menu, choice=choice):
            yield "choice", menu, choice
        case ev.NoInput(menu=menu):
            yield "no input", menu
        case ev.NoMatch(menu=menu):
            yield "no match", menu
        case ev.MenuGaveUp(menu=menu):
            yield "otherwise", menu
        case ev.DigitsCollected(menu=menu):
            yield "digits", menu
        case ev.UniversalUsed(menu=menu, universal=universal):
            yield "universal", menu, universal
        case ev.BranchTaken(block=block, index=index, to=to):
            yield "branch", block, str(index), to
        case ev.StepStarted(block=block):
            yield "steps", block


# --- what there is ------------------------------------------------------------------------------


def _root(address: str) -> str:
    return address.partition("/")[0]


def _location(plan: Plan, name: str) -> Location:
    question = plan.question(name)
    if question is not None:
        return question.location
    block = plan.blocks.get(name)
    return block.location if block is not None else plan.location


def _grouped(plan: Plan, universals: bool) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = {name: [] for name in plan.menus if "/" not in name}
    for question in (*plan.menus.values(), *plan.digits.values()):
        groups.setdefault(_root(question.name), []).extend(_of_question(question, universals))
    asked = {*plan.menus, *plan.digits}
    for block in plan.blocks.values():
        for index, step in enumerate(block.steps):
            items = list(_of_step(plan, step, block.name, index, asked))
            if items:
                groups.setdefault(_root(block.name), []).extend(items)
    return groups


def _of_question(question: Question, universals: bool) -> Iterator[Item]:
    name, here = question.name, question.location
    label = f"{name}: " if "/" in name else ""
    if isinstance(question, Menu):
        for choice in question.choices:
            yield Item(("choice", name, choice.name), f"{label}choice {choice.name}", choice.location)
    if isinstance(question, Digits):
        what = f"digits for {question.variable}" if question.variable else "digits"
        yield Item(("digits", name), f"{label}{what}", here)
    for kind in ("no input", "no match", "otherwise"):
        yield Item((kind, name), f"{label}{kind}", here)
    for universal in question.universals if universals else ():
        yield Item(("universal", name, universal), f"{label}universal {universal}", here)


def _of_step(plan: Plan, step: Step, block: str, index: int, asked: set[str]) -> Iterator[Item]:
    if isinstance(step, Branch):
        for condition, to in step.cases:
            what = f"{step.verb} {condition.text}"
            yield Item(("branch", block, str(index), to), what, _location(plan, to) if to else step.location)
        yield Item(("branch", block, str(index), step.otherwise), "else", step.location)
        return
    if f"{block}/{index}" in asked:
        return
    for nested in step.refers().nested:
        kind = nested.rpartition(".")[2]
        yield Item(("steps", nested), f"{step.verb}: {kind}", _location(plan, nested))
