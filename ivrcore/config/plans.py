"""The dialplans of a site's folder: read, checked against its configuration, and against each other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from ivrcore.collecting import uncollected
from ivrcore.config.rules import NO_FILE
from ivrcore.dialplan.check import Site, check_together, load_plan
from ivrcore.dialplan.checks.site import HandedOver
from ivrcore.dialplan.commands import Spoken
from ivrcore.dialplan.graph import reachable
from ivrcore.location import Location
from ivrcore.model.capability import AGI_CAN, Capability
from ivrcore.problems import Problems

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ivrcore.config.hearing import Heard
    from ivrcore.config.model import Config, QueueVoice
    from ivrcore.dialplan.model import Plan

ENDINGS = (".yaml", ".yml")
SOUND_ENDINGS = (".wav", ".wav16", ".sln", ".sln16", ".ulaw", ".alaw", ".gsm", ".g722", ".ogg")


SUPERVISORS = "supervisors"
"""The lookup that every site has: who may use the emergency switch."""
ASTERISK_CAN = frozenset(str(one) for one in Capability)
"""What Asterisk's REST interface can do: all of it."""
RING_SEVERAL = ("ring_all", "progressive")
"""Strategies that ring several phones for one caller."""


class PlansRead(NamedTuple):
    """The usable plans, and what is wrong with all of them."""

    plans: tuple[Plan, ...]
    problems: Problems


def plan_files(folder: Path) -> list[Path]:
    """Give the dialplan files of a folder, in order of name; hidden ones are an editor's own."""
    return sorted(
        path for path in folder.glob("*") if path.suffix in ENDINGS and not path.name.startswith(".")
    )


def read_plans(files: Iterable[Path], site: Site) -> PlansRead:
    """Read dialplans, going on after problems."""
    problems = Problems()
    plans: list[Plan] = []
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            problems.report(NO_FILE, Location(str(file), 1), f"cannot be read: {why}")
            continue
        plan, found = read_plan(text, str(file), site)
        problems.extend(found)
        if plan is not None:
            plans.append(plan)
    check_together(plans, problems)
    return PlansRead(tuple(plans), problems)


def read_plan(text: str, file: str, site: Site) -> tuple[Plan | None, Problems]:
    """Parse and check one dialplan, as `ivrcore.dialplan.check.load_plan`, but in half the time."""
    with uncollected():
        return load_plan(text, file, site)


def site_of(config: Config, heard: Heard | None = None) -> Site:
    """Tell what the site has that a dialplan may name; ``heard`` is what its recognisers know."""
    asked = {skill for queue in config.queues for skill in queue.skills}
    skills = asked | {skill for agent in config.agents for skill in agent.skills}
    return Site(
        queues=[queue.name for queue in config.queues],
        skills=skills,
        recordings=recordings(config.prompts),
        lookups={*(lookup.name for lookup in config.lookups), SUPERVISORS},
        mailboxes=config.mailboxes,
        verbs=config.verbs,
        capabilities=ASTERISK_CAN,
        lexicons={} if heard is None else heard.lexicons,
        pronouncing={} if heard is None else heard.pronouncing,
        today=datetime.now(UTC).date(),
        wordless=wordless(config),
        reads=[config.speech.keep.consent] if config.speech.keep else (),
        handed_over=handed_over(config),
    )


def handed_over(config: Config) -> HandedOver | None:
    """Tell which numbers come by AGI, and what cannot be done for their callers; None if none do."""
    agi = config.fastagi
    if agi is None or not agi.numbers:
        return None
    can = {str(one) for one in AGI_CAN}
    if config.asterisk.ari:  # which rings phones that are for nobody yet
        can.add(Capability.DIAL_ALONE)
    if config.aeap is not None:  # by which Asterisk lets us hear them
        can.add(Capability.AUDIO)
    return HandedOver(agi.numbers, can, _ring_several(config))


def _ring_several(config: Config) -> dict[str, str]:
    """Give the queues that ring several phones, or overflow into one that does, with the strategy."""
    leads = {queue.name: [one.to for one in queue.overflow] for queue in config.queues}
    several = {queue.name: queue.strategy for queue in config.queues if queue.strategy in RING_SEVERAL}
    found = {name: sorted(reachable(leads, [name]) & several.keys()) for name in leads}
    return {name: several.get(name, several[first[0]]) for name, first in found.items() if first}


def wordless(config: Config) -> dict[str, set[str]]:
    """Tell the languages of the site that a queue speaks to its callers, but not in them."""
    spoken = [language for language, speech in config.speech.languages.items() if speech.voices]
    lacking = {
        name: {language for language in spoken if _is_foreign(voice, language)}
        for name, voice in config.queue_voices.items()
    }
    return {name: languages for name, languages in lacking.items() if languages}


def _is_foreign(voice: QueueVoice, language: str) -> bool:
    """Whether a caller of a language hears anything of the queue in another one."""
    messages = [part for turn in range(len(voice.comfort)) for part in voice.comforted(turn, language)]
    heard = (*voice.placed(1, language), *voice.waits(0.0, language), *voice.announced(language), *messages)
    return any(isinstance(part, Spoken) and part.language != language for part in heard)


def recordings(folder: Path) -> set[str]:
    """Give the recorded files of a prompt folder, relative to it and without their ending."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.suffix in SOUND_ENDINGS)
    return {path.with_suffix("").as_posix() for path in found}


def skills_asked(plans: Iterable[Plan]) -> set[str]:
    """Give the skills that queue steps ask for beside the queues' own."""
    return {
        name.text
        for plan in plans
        for block in plan.blocks.values()
        for refers in block.refers
        for kind, name in refers.site
        if kind == "skill"
    }
