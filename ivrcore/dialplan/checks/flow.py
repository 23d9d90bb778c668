"""Where calls can go, and where a caller who does nothing, or presses wrong keys, is taken.

One question is asked in two ways: of every caller, and of the *silent* one, for whom each question leads to
its `otherwise` only. What comes back from a `do` goes on after any `do`: fewer mistakes are found in this
way, and none is told that is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import msgspec

from ivrcore.dialplan.checks.survey import Survey
from ivrcore.dialplan.graph import reachable, reverse
from ivrcore.dialplan.model import Menu, Question
from ivrcore.dialplan.step import Refers, Step

EMERGENCY = "emergency"
CALL_BACK = "call_back"
BACK = ""
"""A node of its own: a call comes back from a `do`."""


class Lead(msgspec.Struct, frozen=True):
    """Where the steps of a block lead, up to the first that does not come back.

    ``falls``: a call can come to the end of the steps; ``stops`` is the index of the first step that never
    runs, or their number. ``alike``: it is the same for every caller and the silent one.
    """

    onward: tuple[str, ...]
    visits: tuple[str, ...]
    serves: bool
    person: bool
    returns: bool
    falls: bool
    stops: int
    alike: bool


class Flow:
    """The graph of blocks and questions: of every caller, or, given that, of the silent one."""

    def __init__(self, survey: Survey, every: Flow | None = None) -> None:
        self.survey = survey
        self.plan = survey.plan
        self.silent = every is not None
        self.blocks: dict[str, Lead] = {}
        known: dict[str, Lead] = every.blocks if every is not None else {}
        self.alike = {name: lead for name, lead in known.items() if lead.alike}
        """What need not be worked out again for the silent caller."""
        self.own = [name for name in self.plan.blocks if name not in self.alike]
        self.known: dict[str, list[str]] = every.direct if every is not None else {BACK: []}
        self.unending: set[str] = set()
        """What a `do` of the silent caller leads to and never comes back from."""
        self._lead_all()
        if self.silent:
            self._find_unending()
        self.visited = {to for lead in self.blocks.values() for to in lead.visits}
        self.direct: dict[str, list[str]] = self._edges()
        """Without coming back."""
        self.coming_back = set(self._coming_back())
        self.leads = self._with_back()
        self.starts = [number.start.text for number in self.plan.numbers.values() if number.start]

    @cached_property
    def reached(self) -> set[str]:
        """Everything that calls can come to."""
        return reachable(self.leads, self.starts)

    @cached_property
    def plain(self) -> set[str]:
        """Where a call may be that no `do` waits for."""
        return self._plain(self.starts)

    @cached_property
    def back(self) -> dict[str, list[str]]:
        """The graph turned round."""
        return reverse(self.leads)

    # --- what a block leads to --------------------------------------------------------------------------

    def _lead_all(self) -> None:
        self.blocks = dict(self.alike)
        for name in self.own:
            self.lead(name)

    def _find_unending(self) -> None:
        """Take every `do` to come back from nothing, then from what it is seen to come back from, and so on.

        Otherwise a menu whose silence leads to `do` of itself would seem to come to its end some time.
        """
        self.unending = {to for lead in self.blocks.values() for to in lead.visits}
        found = set(self.unending)
        while found:
            self._lead_all()
            found = self.unending & reachable(reverse(self._edges()), self._coming_back())
            self.unending -= found

    def lead(self, name: str) -> Lead:
        """Say where a block leads."""
        found = self.blocks.get(name)
        if found is None:
            found = self.blocks[name] = self._lead(name)
        return found

    def _lead(self, name: str) -> Lead:
        onward: list[str] = []
        visits: list[str] = []
        serves = person = returns = False
        alike = True
        block = self.plan.blocks[name]
        steps = block.steps
        for index, (step, refers) in enumerate(zip(steps, block.refers, strict=True)):
            question = self.plan.question(f"{name}/{index}") if step.asks and not step.last else None
            serves = serves or (step.serves and not (self.silent and step.verb == CALL_BACK))
            person = person or _reaches_a_person(step, refers)
            returns = returns or step.returns
            if question is not None or refers.nested or refers.visits or step.verb == CALL_BACK:
                alike = False
            if question is not None and self.silent:
                passes = self._silent(question, onward)
            else:
                if refers.targets:
                    onward += [target.text for target in refers.targets]
                onward += refers.nested
                if question is not None:
                    onward.append(question.name)
                passes = self._passes(step, refers)
                if refers.visits:
                    visited = [target.text for target in refers.visits]
                    visits += visited
                    passes = passes and self.unending.isdisjoint(visited)
            if not passes:
                return Lead(tuple(onward), tuple(visits), serves, person, returns, False, index + 1, alike)
        return Lead(tuple(onward), tuple(visits), serves, person, returns, True, len(steps), alike)

    def _silent(self, question: Question, onward: list[str]) -> bool:
        """A silent caller goes to the question's `otherwise`; without one the next step runs."""
        onward.append(question.name)
        return not question.otherwise or self._falls(question.otherwise)

    def _passes(self, step: Step, refers: Refers) -> bool:
        if step.last:
            return False
        return refers.through or any(self._falls(nested) for nested in refers.nested)

    def _falls(self, name: str) -> bool:
        return name in self.plan.blocks and self.lead(name).falls

    def _coming_back(self) -> list[str]:
        blocks = self.plan.blocks
        return [
            name
            for name, lead in self.blocks.items()
            if lead.returns or (lead.falls and blocks[name].within is None)
        ]

    # --- the graph --------------------------------------------------------------------------------------

    def _edges(self) -> dict[str, list[str]]:
        edges = dict(self.known)
        for name in self.own:
            lead = self.blocks[name]
            edges[name] = [*lead.onward, *lead.visits]
            within = self.plan.blocks[name].within
            if within is not None and lead.falls:
                edges[name].append(within[0])
        for question in (*self.plan.menus.values(), *self.plan.digits.values()):
            edges[question.name] = self._ways(question)
        return edges

    def _ways(self, question: Question) -> list[str]:
        ways = [question.otherwise]
        if not self.silent:
            if isinstance(question, Menu):
                ways += [choice.go for choice in question.choices]
            ways += [
                self.plan.universals[one].go for one in question.universals if one in self.plan.universals
            ]
        if not question.otherwise:  # the step after the one that asks it runs
            ways.append(question.name.rpartition("/")[0])
        return [way for way in ways if way]

    def _with_back(self) -> dict[str, list[str]]:
        """Let what comes back from a `do` go on in the blocks that have one."""
        if not self.visited:
            return self.direct
        inside = reachable(self.direct, self.visited)
        leads = dict(self.direct)
        for name in self.coming_back & inside:
            leads[name] = [*leads[name], BACK]
        leads[BACK] = [name for name, lead in self.blocks.items() if lead.visits]
        return leads

    def _plain(self, starts: Iterable[str]) -> set[str]:
        """Give where no `do` need be waiting: `agent` and `start_over` forget those that wait."""
        if not self.visited:
            return self.reached
        edges = dict(self.direct)
        for name, lead in self.blocks.items():
            if lead.visits:
                edges[name] = [to for to in edges[name] if to not in lead.visits]
        agents = [way.go for way in self.plan.universals.values() if way.go in self.reached]
        return reachable(edges, [*starts, *agents])

    # --- what is asked of it ----------------------------------------------------------------------------

    def ends(self) -> set[str]:
        """Give the blocks in which a call can end, or reach a person."""
        return {
            name
            for name, lead in self.blocks.items()
            if lead.serves or (name in self.coming_back and (name in self.plain or name not in self.reached))
        }

    def serves_all(self, name: str) -> bool:
        """Whether a block itself brings every caller to an end or a person, the silent one too."""
        lead = self.blocks.get(name)
        return lead is not None and lead.serves and lead.alike

    @cached_property
    def can_end(self) -> set[str]:
        """Everything from which an end can be reached."""
        return reachable(self.back, self.ends())

    def can_come_back(self) -> set[str]:
        """Give everything from which a `do` is come back from."""
        turned = self.back if self.leads is self.direct else reverse(self.direct)
        return reachable(turned, self.coming_back)

    def to_a_person(self) -> set[str]:
        """Give everything from which a person can be reached."""
        people = [name for name, lead in self.blocks.items() if lead.person]
        return reachable(self.back, people)

    def questions(self) -> Mapping[str, Question]:
        """Give all questions: menus, and those of steps."""
        return {**self.plan.menus, **self.plan.digits}


def _reaches_a_person(step: Step, refers: Refers) -> bool:
    """Whether a step leads to somebody: queue, transfer, call-back, or a message that somebody hears."""
    staff = step.verb == EMERGENCY  # who sets that switch is no customer
    if (step.serves and not step.last) or staff:
        return True
    return bool(refers.site) and any(kind == "mailbox" for kind, _ in refers.site)
