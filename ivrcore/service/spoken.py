"""The texts of dialplans and of the configuration, spoken before anybody meets them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from ivrcore.session.waiting import queue_prompts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivrcore.config import Config
    from ivrcore.dialplan.commands import Prompt
    from ivrcore.dialplan.model import Plan
    from ivrcore.session.prompts import Prompts

log = logging.getLogger("ivrcore")

PREPARE_SECONDS = 60.0
"""How long a new version of a dialplan, or a new roster, waits for its prompts to be spoken."""


def texts(plans: Iterable[Plan]) -> list[Prompt]:
    """Give every prompt of these dialplans."""
    return [prompt for plan in plans for prompt in plan.prompts()]


def of_site(config: Config) -> list[Prompt]:
    """Give what waiting callers and agents hear, whatever the dialplan."""
    voices = config.queue_voices.values()
    wanted = [prompt for voice in voices for prompt in queue_prompts(voice)]
    if any(agent.confirm is not None for agent in config.agents):
        wanted += [config.agent_rules.confirmation.prompt(voice.language) for voice in voices]
    wanted += [one.keys_only for one in config.speech.languages.values() if one.recognisers and one.keys_only]
    return [*wanted, *config.feature_codes.prompts(config.agent_rules)]


async def speak(prompts: Prompts, wanted: Iterable[Prompt], loop: asyncio.AbstractEventLoop) -> None:
    """Speak what is new before it takes effect; a voice that hangs delays that for a while."""
    try:
        spoken = prompts.prepare(wanted).asFuture(loop)
        for problem in await asyncio.wait_for(spoken, PREPARE_SECONDS):
            log.error("prompts: %s", problem)
    except TimeoutError:
        log.error("prompts: not all were spoken after %.0f s; what needs them takes effect", PREPARE_SECONDS)  # noqa: TRY400 - says all
