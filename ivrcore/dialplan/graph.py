"""Which block or menu leads where: what check and interpreter ask about the shape of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ivrcore.dialplan.model import EnterMenu, Goto, HangUp, Plan, Play, Queue, Say, Step


def targets(step: Step) -> tuple[str, ...]:
    """Give the blocks or menus that a step goes to."""
    if isinstance(step, EnterMenu):
        return (step.menu.text,)
    return (step.target.text,) if isinstance(step, Goto) else ()


def edges(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Give for every block and menu where it can go on, existing or not."""
    leads = {
        name: tuple(target for step in block.steps for target in targets(step))
        for name, block in plan.blocks.items()
    }
    for menu in plan.menus.values():
        leads[menu.name] = (*(choice.go for choice in menu.choices), menu.otherwise)
    return leads


def reachable(leads: Mapping[str, Iterable[str]], starts: Iterable[str]) -> set[str]:
    """Give everything that can be come to from ``starts``, these included."""
    found: set[str] = set()
    waiting = [start for start in starts if start in leads]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [target for target in leads[name] if target in leads]
    return found


def ends(plan: Plan, name: str) -> bool:
    """Whether a call can end, or reach a queue, in this very block."""
    block = plan.blocks.get(name)
    if block is None:
        return False
    if any(isinstance(step, HangUp | Queue) for step in block.steps):
        return True
    return not any(targets(step) for step in block.steps)


def steps_from(plan: Plan, block: str, index: int) -> Iterator[Step]:
    """Give the steps that follow a place, through gotos, until a menu or the end; each place once."""
    seen: set[str] = set()
    while block in plan.blocks and block not in seen:
        seen.add(block)
        goto = None
        for step in plan.blocks[block].steps[index:]:
            yield step
            if isinstance(step, Goto):
                goto = step.target.text
                break
        block, index = goto or "", 0


def leads_to_menu(plan: Plan, block: str, index: int) -> bool:
    """Whether only prompts and gotos stand between this place and a menu: then keys may be typed ahead."""
    for step in steps_from(plan, block, index):
        if isinstance(step, EnterMenu):
            return True
        if isinstance(step, Goto) and step.target.text in plan.menus:
            return True
        if not isinstance(step, Say | Play | Goto):
            return False
    return False


def informs(plan: Plan, block: str, index: int) -> bool:
    """Whether what is said at this place is an answer rather than the way to a menu or queue.

    It is, if only prompts follow in the block until it ends, hangs up, or goes elsewhere by `goto`.
    """
    later = plan.blocks[block].steps[index + 1 :]
    after = next((step for step in later if not isinstance(step, Say | Play)), None)
    return after is None or isinstance(after, HangUp | Goto)
