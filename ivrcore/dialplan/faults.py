"""The boundary to a verb's own code, which may be a plugin's: what it does wrong costs its own step only.

The next step runs, and `PluginFailed` says whose fault it was, by kind: an error's text may hold personal
values. A verb that waits for nothing is at fault too: its caller would hear silence for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ivrcore.dialplan.commands import DoPlay
from ivrcore.dialplan.state import Phase
from ivrcore.dialplan.step import Step
from ivrcore.dialplan.walk import Place, Walk
from ivrcore.errors import PLUGIN_FAULTS
from ivrcore.model import events as ev

WAITS_FOR_NOTHING = "WaitsForNothing"
NO_PLACE = "NoPlace"
"""What `PluginFailed.error` says of a verb that neither goes on nor waits, or gives something else."""

Answer = TypeVar("Answer")


def asked(walk: Walk, step: Step, ask: Callable[[Step], Answer], default: Answer) -> Answer:
    """Ask a step something; ``default`` is what holds if it raises."""
    try:
        return ask(step)
    except PLUGIN_FAULTS as error:
        _tell(walk, step, type(error).__name__)
        return default


def safely(walk: Walk, step: Step, do: Callable[[Step], Place | None]) -> Place | None:
    """Let a step do its part; give where the call goes on, or None if it waits."""
    try:
        place = do(step)
    except PLUGIN_FAULTS as error:
        return _skipped(walk, step, type(error).__name__)
    if _is_ending(walk):
        return None
    if place is None:
        return None if _waits(walk) else _skipped(walk, step, WAITS_FOR_NOTHING)
    return place if isinstance(place, Place) else _skipped(walk, step, NO_PLACE)


def _skipped(walk: Walk, step: Step, error: str) -> Place | None:
    _tell(walk, step, error)
    if walk.state.phase is Phase.SERVICE:
        walk.stop_asking()
    return None if _is_ending(walk) else walk.next


def _tell(walk: Walk, step: Step, error: str) -> None:
    failed = ev.PluginFailed(
        at=walk.now, plugin=step.verb, hook="ivrcore_verbs", error=error, contact=walk.contact
    )
    walk.emit(failed)


def _is_ending(walk: Walk) -> bool:
    return walk.state.phase in (Phase.ENDING, Phase.ENDED)


def _waits(walk: Walk) -> bool:
    """Whether something will come that moves the call on."""
    state = walk.state
    if state.phase is Phase.PROMPT:
        played = [one.prompt_id for one in walk.commands if isinstance(one, DoPlay)]
        return bool(state.prompt) and state.prompt in played
    return state.phase is not Phase.STEP
