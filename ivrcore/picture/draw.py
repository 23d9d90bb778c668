"""A plan as nodes and edges. Pure.

A list of steps is one node as long as nothing branches: it is cut after a step with lists of its own, and
around questions and conditions, which are nodes by themselves. A choice that only leads somewhere is an edge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.dialplan.graph import edges as leads_of
from ivrcore.dialplan.graph import passes, reachable
from ivrcore.dialplan.model import Digits, Menu
from ivrcore.dialplan.verbs.branch import Branch
from ivrcore.dialplan.verbs.collect import Identify
from ivrcore.picture import words
from ivrcore.picture.model import Edge, Kind, Lead, Node, Picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivrcore.dialplan.model import Block, Plan, Question
    from ivrcore.dialplan.step import Name, Refers, Step
    from ivrcore.picture.counts import Way

_KINDS = {kind.value: kind for kind in (Kind.QUEUE, Kind.TRANSFER, Kind.CALL_BACK, Kind.RECORD)}
"""Verb -> what a node with such a step is, the first that is found."""
UNIVERSALS = "universals"

Place = tuple[str, int]


def draw(plan: Plan) -> Picture:
    """Draw a plan, also one with mistakes."""
    drawing = _Drawing(plan)
    drawing.run()
    nodes = sorted(drawing.nodes.values(), key=_as_written)
    order = {node.id: at for at, node in enumerate(nodes)}
    edges = sorted(drawing.edges, key=lambda edge: order[edge.source])
    return Picture(plan.name, plan.version, tuple(nodes), tuple(edges))


def _as_written(node: Node) -> tuple[bool, int]:
    """In the order of the file; ends, which nobody wrote, last."""
    return node.kind is Kind.END, node.line


class _Drawing:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.nodes: dict[str, Node] = {}
        self.edges: list[Edge] = []
        self._refers: dict[int, Refers] = {}
        visited = [
            name.text
            for block in plan.blocks.values()
            for step in block.steps
            for name in step.refers().visits
        ]
        self.coming_back = reachable(leads_of(plan), visited) if visited else set()

    def run(self) -> None:
        for number in self.plan.numbers.values():
            rows = words.number_rows(number)
            node = Node(f"number:{number.number}", Kind.NUMBER, number.number, number.location.line, rows)
            self.nodes[node.id] = node
            if number.start and number.answer.refusal is None:
                way = ("number", number.number)
                self.lead(node.id, self.target(number.start), Lead.START, (), node.line, way)
        self.universals()
        for menu in self.plan.menus.values():
            if "/" not in menu.name:
                self.question(menu, None)
        for block in self.plan.blocks.values():
            self.block(block)

    def refers(self, step: Step) -> Refers:
        """What a step refers to, asked once; the plan keeps its steps, so `id` tells them apart."""
        found = self._refers.get(id(step))
        if found is None:
            found = self._refers[id(step)] = step.refers()
        return found

    # --- where names and places lead ----------------------------------------------------------------

    def target(self, name: Name) -> str:
        """The node of a target as it is written; one that is not there is drawn too."""
        if name.text in self.plan.blocks or self.plan.question(name.text):
            return self.entry(name.text)
        missing = f"missing:{name.text}"
        self.nodes.setdefault(
            missing, Node(missing, Kind.MISSING, name.text, name.location.line, ("not there",))
        )
        return missing

    def entry(self, name: str) -> str:
        """The node where a block, a list of steps or a question begins."""
        if self.plan.question(name):
            return f"menu:{name}"
        return self.at((name, 0)) or self.end(name)

    def at(self, place: Place) -> str | None:
        """The node of a place, or of where it leads at once; None where the call ends."""
        seen: set[Place] = set()
        while (found := self.going_on(place)) is not None:
            block, index = found
            step = self.plan.blocks[block].steps[index]
            targets = self.refers(step).targets
            if self.is_node(place=found, step=step) or found in seen or not targets:
                return self.node_id(found)
            seen.add(found)
            target = targets[0]
            if target.text not in self.plan.blocks:
                return self.target(target)
            place = (target.text, 0)
        return None

    def is_node(self, place: Place, step: Step) -> bool:
        """Whether it is drawn; a lone `goto` or `menu` in a list within something is an edge only."""
        named = "/" not in place[0] and not place[0].startswith("@") and place[1] == 0
        return named or not step.last or not self.refers(step).targets

    def going_on(self, place: Place) -> Place | None:
        """The step that runs at a place: behind the end of a list it is the one after what it is part of."""
        block, index = place
        while block in self.plan.blocks:
            here = self.plan.blocks[block]
            if index < len(here.steps):
                return block, index
            if here.within is None:
                return None
            block, index = here.within[0], here.within[1] + 1
        return None

    def node_id(self, place: Place) -> str:
        address = f"{place[0]}/{place[1]}"
        if self.plan.question(address):
            return f"menu:{address}"
        return f"block:{address}" if place[1] else f"block:{place[0]}"

    def end(self, source: str) -> str:
        """A node for the end of a call that comes without a step."""
        node = f"end:{source}"
        name = "back" if source in self.coming_back or source.split("/")[0] in self.coming_back else "end"
        self.nodes.setdefault(node, Node(node, Kind.END, name, 0))
        return node

    def lead(
        self,
        source: str,
        target: str,
        lead: Lead,
        label: tuple[str, ...],
        line: int,
        *ways: Way,
        tip: str = "",
    ) -> None:
        self.edges.append(Edge(source, target, lead, label, tip, line, ways))

    # --- universals ---------------------------------------------------------------------------------

    def universals(self) -> None:
        """All of them in one node: an edge from every menu would hide the rest."""
        if not self.plan.universals:
            return
        rows = tuple(words.universal_row(self.plan, one) for one in self.plan.universals)
        line = min(way.location.line for way in self.plan.universals.values())
        self.nodes[UNIVERSALS] = Node(UNIVERSALS, Kind.UNIVERSALS, "in every menu", line, rows)
        for one, way in self.plan.universals.items():
            if way.go:
                counted = ("everywhere", one.value)
                self.lead(
                    UNIVERSALS, self.entry(way.go), Lead.UNIVERSAL, (one.value,), way.location.line, counted
                )

    # --- questions ----------------------------------------------------------------------------------

    def question(self, asked: Question, step: tuple[Place, Step] | None) -> None:
        """Draw a question and what its answers lead to; ``step`` is the one that asks it, if any."""
        kind = Kind.DIGITS if isinstance(asked, Digits) else Kind.CONFIRM if step else Kind.MENU
        name = asked.name
        if step is not None:
            name = words.row(step[1], self.refers(step[1]), self.plan.language)
            name = f"{step[0][0]}: {name}" if self.named(*step[0]) else name
        rows = words.question_rows(asked, self.plan)
        here = f"menu:{asked.name}"
        self.nodes[here] = Node(here, kind, name, asked.location.line, rows, (asked.name,))
        rest = (step[0][0], step[0][1] + 1) if step else None
        if isinstance(asked, Menu):
            for choice in asked.choices:
                self.lead(
                    here,
                    self.answer(choice.go, rest, asked.name),
                    Lead.CHOICE,
                    words.choice_label(choice, self.plan.language, spoken=kind is Kind.MENU),
                    choice.location.line,
                    ("choice", asked.name, choice.name),
                    tip=words.choice_tip(choice, asked),
                )
        elif rest:
            self.entered(here, asked, rest, isinstance(step[1], Identify) if step else False)
        if asked.otherwise or isinstance(asked, Menu):
            line = self.plan.blocks[asked.otherwise].location.line if asked.otherwise else asked.location.line
            target = self.answer(asked.otherwise, rest, asked.name)
            self.lead(here, target, Lead.OTHERWISE, ("otherwise",), line, ("gave_up", asked.name))

    def entered(self, here: str, asked: Question, rest: Place, judged: bool) -> None:
        """What comes after digits; without `otherwise` also after none."""
        good = "right" if judged else "entered"
        label = good if asked.otherwise else f"{good} or not"
        target, ways = self.onward(rest, asked.name)
        self.lead(here, target or self.end(asked.name), Lead.GO, (label,), asked.location.line, *ways)

    def answer(self, go: str, rest: Place | None, source: str) -> str:
        if go:
            return self.entry(go)
        return (self.at(rest) if rest else None) or self.end(source)

    def onward(self, rest: Place, source: str) -> tuple[str | None, tuple[Way, ...]]:
        """Where a call goes on from a place behind ``source``, and what counts that."""
        next_place = self.going_on(rest)
        if next_place is None:
            return None, (("ended", source),)
        return self.at(next_place), (("move", source, f"{next_place[0]}/{next_place[1]}"),)

    # --- blocks -------------------------------------------------------------------------------------

    def block(self, block: Block) -> None:
        for start, stop in self.pieces(block):
            step = block.steps[start]
            if not self.is_node((block.name, start), step):
                continue
            question = self.plan.question(f"{block.name}/{start}")
            if question is not None:
                self.question(question, ((block.name, start), step))
            elif isinstance(step, Branch):
                self.condition(block, start, step)
            else:
                self.steps(block, start, stop)

    def pieces(self, block: Block) -> Iterator[tuple[int, int]]:
        """Cut a block where its ways part; steps that never run are left out."""
        start = 0
        for index, step in enumerate(block.steps):
            alone = isinstance(step, Branch) or self.plan.question(f"{block.name}/{index}") is not None
            if alone and start < index:
                yield start, index
                start = index
            if alone or step.last or self.refers(step).nested:
                yield start, index + 1
                start = index + 1
            if step.last:
                return
        if start < len(block.steps):
            yield start, len(block.steps)

    def condition(self, block: Block, index: int, step: Branch) -> None:
        here = self.node_id((block.name, index))
        place = f"{block.name}/{index}"
        single = step.verb == "if" and len(step.cases) == 1
        rows = words.wrap(step.cases[0][0].text, 30, 4) if single else ()
        name = block.name if self.named(block.name, index) else ""
        self.nodes[here] = Node(here, Kind.BRANCH, name, step.location.line, rows, (place,))
        for condition, go in step.cases:
            label = ("yes",) if single else words.wrap(condition.text, 30, 3)
            if go:
                line = self.plan.blocks[go].location.line if go in self.plan.blocks else step.location.line
                way = ("branch", place, go)
                self.lead(here, self.entry(go), Lead.CONDITION, label, line, way, tip=condition.text)
        target = self.answer(step.otherwise, (block.name, index + 1), place)
        label = ("no",) if single else ("else",)
        way = ("branch", place, step.otherwise)
        self.lead(here, target, Lead.CONDITION, label, step.location.line, way)

    def steps(self, block: Block, start: int, stop: int) -> None:
        """Draw steps that run one after another, and where the call goes from them."""
        here = self.node_id((block.name, start))
        present = block.steps[start:stop]
        kind = next((_KINDS[step.verb] for step in present if step.verb in _KINDS), Kind.BLOCK)
        if kind is Kind.BLOCK and present[-1].verb == "hang_up":
            kind = Kind.HANG_UP
        rows = [
            words.row(step, self.refers(step), self.plan.language)
            for step in present
            if not self.refers(step).targets
        ]
        for index, step in enumerate(present, start):
            self.ways(here, f"{block.name}/{index}", step)
        last = present[-1]
        if passes(self.plan, last):
            source = f"{block.name}/{stop - 1}"
            target, ways = self.onward((block.name, stop), source)
            if target is not None and self.refers(last).through:
                self.lead(here, target, Lead.GO, (), last.location.line, *ways)
            elif target is None:
                rows.append("then back" if block.name in self.coming_back else "then the call ends")
        name = block.name if self.named(block.name, start) else ""
        places = tuple(f"{block.name}/{index}" for index in range(start, stop))
        self.nodes[here] = Node(here, kind, name, present[0].location.line, tuple(rows), places)

    def ways(self, here: str, place: str, step: Step) -> None:
        """Draw where one step may lead beside the next one."""
        refers = self.refers(step)
        line = step.location.line
        for name in refers.targets:
            self.lead(here, self.target(name), Lead.GO, (), line, ("step", place))
        for name in refers.visits:
            self.lead(here, self.target(name), Lead.DO, ("do",), line, ("step", place))
        for nested in refers.nested:
            label = nested.rpartition(".")[2].replace("_", " ")
            self.lead(here, self.entry(nested), Lead.FAILED, (label,), line, ("step", f"{nested}/0"))

    @staticmethod
    def named(block: str, index: int) -> bool:
        return index == 0 and "/" not in block and not block.startswith("@")
