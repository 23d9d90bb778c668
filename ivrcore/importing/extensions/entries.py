"""Which numbers callers dial, and where each begins.

Asterisk keeps that elsewhere (a trunk's ``context=``), so it is told from the dialplan: a context that no
other one leads to is one that calls come into.
"""

from __future__ import annotations

from ivrcore.importing import rules
from ivrcore.importing.draft import Entry, Value, hang_up
from ivrcore.importing.extensions.dialplan import Context, Extension, parts, written_out
from ivrcore.importing.extensions.durations import seconds
from ivrcore.importing.extensions.flow import Flow
from ivrcore.importing.extensions.passage import Ground
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.problems import quoted

_SILENT = ("noop", "verbose", "log", "set")
LEAST = 3
"""Digits that make a number rather than a key, where there is an ``s`` too."""


def numbers(ground: Ground, led_to: set[str]) -> None:
    """Write the numbers of every context that calls come into."""
    contexts = [one for one in ground.plan.contexts.values() if one.extensions or one.includes]
    roots = [one for one in contexts if one.name not in led_to] or contexts[:1]
    for context in roots:
        _context(ground, context)


def _context(ground: Ground, context: Context) -> None:
    visible = list(ground.plan.visible(context.name))
    named = {one.name for _, one in visible}
    for _, extension in visible:
        if not extension.priorities or extension.caller:
            continue
        if extension.name == "s":
            _without_number(ground, context, extension)
        elif extension.digits and ("s" not in named or len(parts(extension.name)) >= LEAST):
            _number(ground, context, extension)


def _without_number(ground: Ground, context: Context, extension: Extension) -> None:
    number = "0" if "0" not in ground.draft.numbers else context.name
    place = extension.priorities[0].line.location
    where = f"'s' of context {quoted(context.name)}"
    message = f"calls begin at {where}: the number that they dial is not in the source"
    ground.problems.report(
        rules.SET_NUMBER, place, message, f"write the number in the place of {quoted(number)} under numbers:"
    )
    _add(ground, context, extension, number)


def _number(ground: Ground, context: Context, extension: Extension) -> None:
    found = written_out(extension.name) if extension.pattern else [extension.name]
    if found is None:
        place = extension.priorities[0].line.location
        one = "".join(part[0] if part else "" for part in parts(extension.name)) or "0"
        message = f"calls may dial any number of {quoted(extension.name)}"
        hint = f"{quoted(one)} is written as one of them; write those that are yours under numbers:"
        ground.problems.report(rules.NO_PATTERN, place, message, hint)
        found = [one]
    for number in found:
        _add(ground, context, extension, number)


def _add(ground: Ground, context: Context, extension: Extension, number: str) -> None:
    answering = ground.plan.matches(context.name, "s" if extension.name == "s" else number) or [
        ((), extension)
    ]
    if number in ground.draft.numbers:
        return
    flow = Flow(ground, extension)
    flow.priority = extension.priorities[0]
    found = [(ground.all_of(timed) if timed else "", one, 0, number) for timed, one in answering]
    origins = [one.priorities[0].line.location for _, one in answering if one.priorities]
    if len(found) == 1 and not found[0][0]:
        value = _start(ground, found[0][1])
    else:
        value = {"start": _switch(ground, flow, found, context, number)}
    if "start" not in value:
        origins += [one.line.location for one in answering[0][1].priorities[1:]]
    ground.draft.numbers[number] = Entry(value, origins)


def _switch(
    ground: Ground, flow: Flow, found: list[tuple[str, Extension, int, str]], context: Context, number: str
) -> str:
    """Make the block that chooses between includes that hold at times."""
    from ivrcore.importing.draft import Block

    name = ground.draft.fresh(f"{context.name}.{number}.times")
    steps = flow.lead(found)
    if steps.goes_on:
        steps.append(hang_up("unallocated"))
    ground.draft.blocks[name] = Block(name, steps)
    return name


def _start(ground: Ground, extension: Extension) -> dict[str, Value]:
    """Say how a number is answered: at once, after ringing, or refused."""
    value: dict[str, Value] = {"start": ground.places[extension, 0]}
    ringing = False
    for priority in extension.priorities:
        name = priority.name.casefold()
        if name in ("busy", "congestion") and not ringing:
            ground.draft.passing.add(ground.places[extension, 0])
            return {"answer": name}
        if name == "ringing":
            ringing = True
            value["answer"] = "ring"
        elif name == "wait" and ringing:
            try:
                value["ring"] = seconds(priority.arguments or "1", "the wait", 0.5)
            except Untold:
                return value  # told where the line itself is translated
        elif name not in _SILENT:
            break
    return value
