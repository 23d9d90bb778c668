"""Background and WaitExten as menus: what callers may press is what the context answers to.

As in Asterisk (main/pbx.c, `__ast_pbx_run` and `pbx_builtin_waitexten`): silence goes on with the next
priority if there is one, else to ``t``, else to ``e``, else the call ends; a key that nothing answers to goes
to ``i``, else to ``e``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.importing import rules
from ivrcore.importing.draft import Choice, Menu, Part, Steps, Value, hang_up, note, plain_name, played, step
from ivrcore.importing.extensions.applications import APPLICATIONS
from ivrcore.importing.extensions.arguments import Arguments
from ivrcore.importing.extensions.dialplan import (
    KEYS,
    LONGEST_CALLED,
    Dialplan,
    Extension,
    Include,
    written_out,
)
from ivrcore.importing.extensions.durations import seconds
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.problems import quoted

if TYPE_CHECKING:
    from ivrcore.importing.extensions.flow import Flow

_HEARD = ("background", "playback", "saydigits", "saynumber")
_BESIDE = ("noop", "verbose", "log", "set", "answer", "progress", "wait")
SHORTEST = "500ms"
"""The silence of a menu that does not wait: Background without WaitExten."""


def keys(plan: Dialplan, context: str) -> list[tuple[str, Extension]]:
    """Give what can be pressed in a context, with the extension that answers first."""
    found: dict[str, Extension] = {}
    for _, extension in plan.visible(context):
        if extension.digits and not extension.caller:
            numbers = (written_out(extension.name) or []) if extension.pattern else [extension.name]
            for number in numbers:
                if len(number) <= LONGEST_CALLED and all(letter in KEYS for letter in number):
                    found.setdefault(number, extension)
    return list(found.items())


def begins(plan: Dialplan, extension: Extension, place: int) -> bool:
    """Whether a question begins at this place: Background or WaitExten, where something can be pressed."""
    name = extension.priorities[place].name.casefold()
    if name not in ("background", "waitexten"):
        return False
    return bool(keys(plan, _context(extension, place)))


def _context(extension: Extension, place: int) -> str:
    priority = extension.priorities[place]
    given = Arguments(priority.arguments)[3] if priority.name.casefold() == "background" else ""
    return given or extension.context


@dataclass(slots=True)
class _Run:
    """The priorities of one question: from its first recording to WaitExten, or to where it stops."""

    first: int
    last: int
    waits: bool
    leads_on: bool


def _run_of(flow: Flow, place: int) -> _Run:
    priorities, places = flow.extension.priorities, flow.ground.places
    for at in range(place, len(priorities)):
        if at > place and (flow.extension, at) in places:
            return _Run(place, at - 1, waits=False, leads_on=_waits_later(flow.extension, at))
        name = priorities[at].name.casefold()
        if name == "waitexten":
            return _Run(place, at, waits=True, leads_on=False)
        if name not in _HEARD + _BESIDE:
            break
    last = place
    while last + 1 < len(priorities) and priorities[last + 1].name.casefold() == "background":
        if (flow.extension, last + 1) in places:
            break
        last += 1
    return _Run(place, last, waits=False, leads_on=False)


def _waits_later(extension: Extension, place: int) -> bool:
    for priority in extension.priorities[place:]:
        name = priority.name.casefold()
        if name == "waitexten":
            return True
        if name not in _HEARD + _BESIDE:
            return False
    return False


def ask(flow: Flow, place: int) -> tuple[Steps, int]:
    """Translate a question; gives the steps and how many priorities were taken."""
    run = _run_of(flow, place)
    if run.leads_on:
        return without_keys(flow, place), 1
    extension = flow.extension
    menu = Menu(flow.ground.draft.fresh(f"{_named(flow)}.menu"), [])
    before = _prompt(flow, menu, run)
    flow.priority = extension.priorities[place]
    context = _context(extension, place)
    menu.timeout = _timeout(flow, run)
    if not menu.prompt:
        menu.prompt = ["Please choose."]
        flow.warn(rules.DIFFERENT, f"menu {menu.name} has no recording of its own; a text was put")
    flow.ground.draft.menus[menu.name] = menu
    _choices(flow, menu, context)
    menu.silence = _silence(flow, run, context)
    menu.misfit = _special(flow, context, "i")
    before.append(step("menu", menu.name, flow.line))
    return before, len(extension.priorities)  # what follows is what silence leads to


def _named(flow: Flow) -> str:
    from ivrcore.importing.extensions.flow import name_of

    return name_of(flow.extension)


def _prompt(flow: Flow, menu: Menu, run: _Run) -> Steps:
    """Collect what is heard; what is not heard stands before the menu."""
    before = Steps()
    for at in range(run.first, run.last + 1):
        flow.priority = flow.extension.priorities[at]
        name = flow.priority.name.casefold()
        if name == "waitexten":
            menu.origins.append(flow.line)
        elif name in _HEARD:
            menu.prompt += _heard(flow, name)
            menu.origins.append(flow.line)
        else:
            before += flow.one(at)[0]
    return before


def _heard(flow: Flow, name: str) -> list[Part]:
    assert flow.priority is not None
    given = Arguments(flow.priority.arguments)
    if name in ("background", "playback"):
        return played(flow.sounds(given[0]))
    said = APPLICATIONS[name].run(flow, flow.priority.arguments)[0].fields["say"]
    return [said] if isinstance(said, str) else []


def _timeout(flow: Flow, run: _Run) -> str:
    last = flow.extension.priorities[run.last]
    if not run.waits:
        ends = run.last + 1 >= len(flow.extension.priorities) and not flow.ground.plan.falls_through
        return flow.ground.settings.response if ends else SHORTEST
    written = Arguments(last.arguments)[0]
    return seconds(written, "the time-out", 0.5) if written else flow.ground.settings.response


def _choices(flow: Flow, menu: Menu, context: str) -> None:
    """Make a choice of everything that can be pressed; what is too much is listed."""
    plan = flow.ground.plan
    by_extension: dict[Extension, list[str]] = {}
    for number, extension in keys(plan, context):
        by_extension.setdefault(extension, []).append(number)
    for extension, numbers in by_extension.items():
        ways = [numbers] if extension not in flow.ground.pressed else [[number] for number in numbers]
        for way in ways:
            steps = flow.lead(_ways(flow, context, way[0]))
            name = plain_name(f"key-{way[0].replace('*', 'star').replace('#', 'hash')}")
            taken = {choice.name for choice in menu.choices}
            menu.choices.append(Choice(name if name not in taken else f"{name}-{len(taken)}", steps, way))
    for _, extension in plan.visible(context):
        if extension.pattern and written_out(extension.name) is None:
            _too_wide(flow, menu, extension)


def _ways(flow: Flow, context: str, number: str) -> list[tuple[str, Extension, int, str]]:
    found: list[tuple[tuple[Include, ...], Extension]] = flow.ground.plan.matches(context, number)
    if found and found[-1][0]:  # only at times; at others the key means nothing
        found = [*found]
    return [(flow.ground.all_of(timed) if timed else "", one, 0, number) for timed, one in found]


def _too_wide(flow: Flow, menu: Menu, extension: Extension) -> None:
    place = extension.priorities[0].line.location
    message = f"menu {menu.name}: callers could press any number of {quoted(extension.name)}"
    hint = "ask for the number with 'collect', or write out the keys that you need"
    flow.ground.problems.report(rules.NO_PATTERN, place, message, hint)
    text = f"not translated ({rules.NO_PATTERN.code}): keys {extension.name}"
    if text not in menu.notes:
        menu.notes.append(text)


def _silence(flow: Flow, run: _Run, context: str) -> Steps:
    """Give what silence leads to."""
    if run.last + 1 < len(flow.extension.priorities):
        return flow.rest(run.last + 1)
    if not run.waits and flow.ground.plan.falls_through:
        return Steps([hang_up()])
    return _special(flow, context, "t")


def _special(flow: Flow, context: str, name: str) -> Steps:
    """Go to ``i`` or ``t``, else to ``e``; else the call ends."""
    for wanted in (name, "e"):
        found = flow.ground.plan.matches(context, wanted)
        if found:
            return flow.lead(
                [(flow.ground.all_of(timed) if timed else "", one, 0, "") for timed, one in found]
            )
    return Steps([hang_up()])


def without_keys(flow: Flow, place: int) -> Steps:
    """Translate Background and WaitExten where nothing can be pressed, or a question follows."""
    priority = flow.extension.priorities[place]
    given = Arguments(priority.arguments)
    if priority.name.casefold() == "background":
        files = flow.sounds(given[0])
        if not files:
            raise Untold("there is no recording to play")
        return Steps([step("play", files[0] if len(files) == 1 else list[Value](files), flow.line)])
    waited = seconds(given[0], "the time-out", most=60) if given[0] else flow.ground.settings.response
    steps = Steps([step("pause", waited, flow.line)] if waited != "0s" else [note("no wait", flow.line)])
    if place + 1 >= len(flow.extension.priorities):
        steps += _special(flow, flow.extension.context, "t")
    return steps
