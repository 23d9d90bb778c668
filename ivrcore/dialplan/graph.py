"""Which block or menu leads where: what check, picture and interpreter ask about the shape of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Plan, Question
    from ivrcore.dialplan.step import Step


def edges(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Give for every block, menu and question where it can go on, existing or not."""
    leads: dict[str, tuple[str, ...]] = {}
    for name, block in plan.blocks.items():
        found = [target for step in block.steps for target in _step_leads(step)]
        if block.within is not None and falls_through(plan, name):
            found.append(block.within[0])
        leads[name] = tuple(found)
    for menu in plan.menus.values():
        ways = (*(choice.go for choice in menu.choices), menu.otherwise)
        universal = (plan.universals[one].go for one in menu.universals)
        leads[menu.name] = tuple(way for way in (*ways, *universal) if way)
    return leads


def _step_leads(step: Step) -> Iterator[str]:
    refers = step.refers()
    yield from (name.text for name in refers.targets)
    yield from (name.text for name in refers.visits)
    yield from refers.nested


def falls_through(plan: Plan, name: str) -> bool:
    """Whether a call can come to the end of a block's steps."""
    return all(passes(plan, step) for step in plan.blocks[name].steps)


def passes(plan: Plan, step: Step) -> bool:
    """Whether the step after this one can run."""
    refers = step.refers()
    if step.last:
        return False
    return refers.through or any(
        nested in plan.blocks and falls_through(plan, nested) for nested in refers.nested
    )


def reachable(leads: Mapping[str, Iterable[str]], starts: Iterable[str]) -> set[str]:
    """Give everything that can be come to from ``starts``, these included."""
    found = {start for start in starts if start in leads}
    ahead = list(found)
    while ahead:
        for target in leads[ahead.pop()]:
            if target not in found and target in leads:
                found.add(target)
                ahead.append(target)
    return found


def reverse(leads: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Turn every edge round."""
    back: dict[str, list[str]] = {name: [] for name in leads}
    for name, targets in leads.items():
        for target in targets:
            if target in back:
                back[target].append(name)
    return back


def places_from(plan: Plan, block: str, index: int) -> Iterator[tuple[str, int, Step]]:
    """Give the steps that follow a place, through gotos and ends of nested lists; each place once."""
    seen: set[tuple[str, int]] = set()
    while block in plan.blocks and (block, index) not in seen:
        seen.add((block, index))
        here = plan.blocks[block]
        goto = ""
        for at, step in enumerate(here.steps[index:], index):
            yield block, at, step
            if step.last:
                targets = step.refers().targets
                goto = targets[0].text if targets else ""
                break
        else:
            if here.within is not None:
                block, index = here.within[0], here.within[1] + 1
                continue
        block, index = goto, 0


def question_ahead(plan: Plan, block: str, index: int) -> Question | None:
    """Give the question that only prompts, gotos and what nobody notices come before; None if none is."""
    for name, at, step in places_from(plan, block, index):
        targets = step.refers().targets
        if step.last and targets and targets[0].text in plan.menus:
            return plan.menus[targets[0].text]
        if step.asks:
            return plan.question(f"{name}/{at}")
        if not (step.says or step.unheard or (step.last and targets)):
            return None
    return None


def informs(plan: Plan, block: str, index: int) -> bool:
    """Whether what is said at this place is an answer rather than the way to a menu or queue.

    It is, if only prompts (and what nobody hears, as `disposition`) follow until the block (and what it is
    part of) ends, hangs up, or goes elsewhere by `goto`; not before a `menu`, a question or a queue, and not
    before a `goto` to where people are.
    """
    here = plan.blocks[block]
    for step in here.steps[index + 1 :]:
        if not step.says and not step.unheard:
            return step.last and not step.asks and not _goes_to_people(plan, step)
    if here.within is None:
        return True
    return informs(plan, *here.within) if here.within[0] in plan.blocks else True


def _goes_to_people(plan: Plan, step: Step) -> bool:
    """Whether a `goto` leads to a queue, a transfer or a call-back before anything is asked."""
    targets = step.refers().targets
    if not targets:
        return False
    for _, _, one in places_from(plan, targets[0].text, 0):
        if one.connects or one.asks:
            return one.connects
    return False
