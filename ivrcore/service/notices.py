"""What announcements and the emergency switch must fit, as the running server has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from ivrcore.announcements.drafts import Surroundings
from ivrcore.announcements.folder import has_recording
from ivrcore.dialplan.model import Plan


def surroundings(
    plans: Iterable[Plan], prompts: Path, may_forward: Callable[[str], str | None]
) -> Surroundings:
    """Tell it of the dialplans that new calls get now."""
    numbers = {number: languages(plan) for plan in plans for number in plan.numbers}
    spoken = dict.fromkeys(tag for tags in numbers.values() for tag in tags)
    return Surroundings(numbers, partial(_has_recording, prompts, tuple(spoken)), may_forward)


def _has_recording(prompts: Path, spoken: Iterable[str], name: str) -> bool:
    return has_recording(prompts, name, spoken)


def languages(plan: Plan) -> tuple[str, ...]:
    """Give the languages that callers of a dialplan may hear."""
    return (plan.language,)


def no_forwarding(_number: str) -> str | None:
    """Refuse every number: where no guard against toll fraud is configured, nothing may be dialled."""
    return "no transfers are configured"
