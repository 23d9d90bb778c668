"""``if`` and ``branch``: what happens depends on variables, opening hours, live figures of queues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ivrcore.dialplan.keys import Key, Kind, table
from ivrcore.dialplan.reading import read_condition
from ivrcore.dialplan.step import Refers, Step
from ivrcore.expressions.evaluate import evaluate
from ivrcore.expressions.syntax import Expression
from ivrcore.expressions.values import Value, is_true
from ivrcore.fields import Fields
from ivrcore.model import events as ev
from ivrcore.yamltree import ListNode, Node

if TYPE_CHECKING:
    from ivrcore.dialplan.reading import Reading
    from ivrcore.dialplan.walk import Place, Walk
    from ivrcore.model.names import Scalar

ELSE = Key("else", "list of steps", "the next step", "what happens if no condition holds", Kind.STEPS)


@dataclass(frozen=True)
class Branch(Step):
    """Take the steps of the first condition that holds, else the others; then go on after this step."""

    verb: ClassVar[str] = "branch"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key(
            "branch",
            "list of `{if: condition, go: steps}`",
            "needed",
            "the steps of the first condition that holds",
            Kind.CASES,
        ),
        ELSE,
    )
    cases: tuple[tuple[Expression, str], ...]
    """Condition -> block."""
    otherwise: str = ""

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read the conditions and their steps."""
        entry = reading.fields.entry("branch", required=True)
        otherwise = reading.steps("else")
        if entry is None:
            return None
        items = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
        cases = [cls._case(reading, item, number) for number, item in enumerate(items, 1)]
        return cls(reading.location, tuple(case for case in cases if case), otherwise)

    @staticmethod
    def _case(reading: Reading, node: Node, number: int) -> tuple[Expression, str] | None:
        fields = Fields(node, reading.problems, reading.fields.what)
        asked = fields.entry("if", required=True)
        go = fields.entry("go", required=True)
        fields.finish()
        condition = read_condition(asked.value, fields) if asked else None
        address = reading.steps_at(go.value, f"case{number}") if go else ""
        return (condition, address) if condition else None

    def run(self, walk: Walk) -> Place | None:
        """Judge the conditions in their order."""
        facts: dict[str, Value] = {}
        for condition, go in self.cases:
            result = evaluate(condition, walk.scope)
            facts |= result.facts
            if is_true(result.value):
                return self._take(walk, go, facts)
        return self._take(walk, self.otherwise, facts)

    def _take(self, walk: Walk, to: str, facts: Mapping[str, Value]) -> Place:
        known: dict[str, Scalar] = {
            name: value for name, value in facts.items() if not isinstance(value, tuple)
        }
        walk.emit(
            ev.BranchTaken(
                at=walk.now,
                contact=walk.contact,
                block=walk.state.block,
                index=walk.state.index,
                to=to,
                facts=known,
            )
        )
        return walk.to(to) if to else walk.next

    def refers(self) -> Refers:
        """Tell the conditions and the blocks; without `else` the next step may run."""
        nested = tuple(go for _, go in self.cases if go)
        return Refers(
            nested=(*nested, self.otherwise) if self.otherwise else nested,
            through=not self.otherwise,
            reads=tuple(condition for condition, _ in self.cases),
        )


@dataclass(frozen=True)
class If(Branch):
    """One condition."""

    verb: ClassVar[str] = "if"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("if", "condition", "needed", "whether `then` happens", Kind.CONDITION),
        Key("then", "list of steps", "needed", "what happens if it holds", Kind.STEPS),
        ELSE,
    )

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read the condition and its steps."""
        condition = reading.condition()
        then = reading.steps("then", required=True)
        otherwise = reading.steps("else")
        return cls(reading.location, ((condition, then),), otherwise) if condition else None
