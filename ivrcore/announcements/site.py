"""What a site has that announcements and the emergency switch must fit. Looks at files; knows no server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from ivrcore.announcements.drafts import Surroundings
from ivrcore.config.plans import SOUND_ENDINGS
from ivrcore.dialplan.model import Plan


def no_forwarding(_number: str) -> str | None:
    """Refuse every number: where no guard against toll fraud is configured, nothing may be dialled."""
    return "no transfers are configured"


def surroundings(
    plans: Iterable[Plan], prompts: Path, may_forward: Callable[[str], str | None] = no_forwarding
) -> Surroundings:
    """Tell it of the dialplans that new calls get, and of the prompt folder."""
    numbers = {number: plan.languages for plan in plans for number in plan.numbers}
    spoken = tuple(dict.fromkeys(tag for tags in numbers.values() for tag in tags))
    return Surroundings(numbers, partial(has_recording, prompts, spoken), may_forward)


def has_recording(prompts: Path, spoken: Iterable[str], name: str) -> bool:
    """Whether a recording is in the prompt folder, or in the folder of one of the languages in it."""
    if not name or name.startswith("/") or ".." in Path(name).parts or "\0" in name:
        return False
    folders = (prompts, *(prompts / language for language in spoken))
    return any((folder / f"{name}{ending}").is_file() for folder in folders for ending in SOUND_ENDINGS)
