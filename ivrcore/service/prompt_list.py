"""All prompts of a site made now, and what of them is recorded: for who prepares a site, without a server.

Must not know calls.
"""

from __future__ import annotations

import wave
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.dialplan.commands import Prompt, Recorded, Spoken
from ivrcore.service.spoken import of_site
from ivrcore.session.prompts import Prompts
from ivrcore.speech.audio import level, trimmed

if TYPE_CHECKING:
    from ivrcore.config import Config
    from ivrcore.dialplan.model import Plan
    from ivrcore.plugin_manager import Plugins

WANTED = -20.0
"""Level of spoken prompts, in dB below full scale."""
MUCH = 6.0
"""A recording that is so many dB louder or softer is heard as loud or soft among them."""


@dataclass(frozen=True, slots=True)
class LanguagePrompts:
    """What callers of one language hear. Recordings are by the name that dialplans use."""

    language: str
    voice: str
    """Who speaks its texts; empty if nobody can."""
    texts: tuple[str, ...]
    """What no recording says."""
    recorded: tuple[str, ...]
    general: tuple[str, ...]
    """Recordings that are there, but not in this language's own folder."""
    missing: tuple[str, ...]
    """Recordings that are not in the site's folder: Asterisk may have a sound of that name."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """A recording whose level (dB below full scale, without the silence around) is far off."""

    file: str
    level: float


@dataclass(frozen=True, slots=True)
class PromptList:
    """All of them."""

    languages: tuple[LanguagePrompts, ...]
    made: int
    """Texts that were spoken now; the others were in the cache."""
    problems: tuple[str, ...]
    """Why texts could not be spoken."""
    loudness: tuple[Loudness, ...]


def make_prompts(config: Config, plugins: Plugins, plans: Iterable[Plan]) -> PromptList:
    """Speak every text that is not in the cache (blocks), and look for every recording."""
    wanted = list(_by_language(config, plans))
    prompts = Prompts(
        config.prompts, config.cache, config.speech.languages, plugins.voice, lambda call: call()
    )
    before = _cached(config)
    problems = prompts.prepare_now(prompt for _, prompt in wanted)
    made = len(_cached(config) - before)
    languages = sorted({language for language, _ in wanted})
    return PromptList(
        tuple(
            _of_language(each, [prompt for language, prompt in wanted if language == each], prompts, config)
            for each in languages
        ),
        made,
        tuple(str(problem) for problem in problems),
        tuple(_far_off(config.prompts)),
    )


def _by_language(config: Config, plans: Iterable[Plan]) -> Iterator[tuple[str, Prompt]]:
    """Give every prompt that is the same in all calls, with its callers' language."""
    for plan in plans:
        for language in plan.languages:
            yield from ((language, prompt) for prompt in plan.prompts_in(language))
    of_queues = {voice.language for voice in config.queue_voices.values()}
    for prompt in of_site(config):
        spoken = {part.language for part in prompt if isinstance(part, Spoken)}
        yield from ((language, prompt) for language in spoken or of_queues)


def _of_language(language: str, prompts: Sequence[Prompt], made: Prompts, config: Config) -> LanguagePrompts:
    parts = list(dict.fromkeys(part for prompt in prompts for part in prompt))
    names = sorted({part.path for part in parts if isinstance(part, Recorded)})
    found = {name: made.recording(name, language) for name in names}
    own = config.prompts.absolute() / language
    return LanguagePrompts(
        language,
        made.voice_name(language),
        tuple(part.text for part in parts if isinstance(part, Spoken)),
        tuple(name for name, path in found.items() if path and path.is_relative_to(own)),
        tuple(name for name, path in found.items() if path and not path.is_relative_to(own)),
        tuple(name for name, path in found.items() if path is None),
    )


def _cached(config: Config) -> set[str]:
    return {path.name for path in (config.cache / "prompts").glob("*.wav")}


def _far_off(folder: Path) -> Iterator[Loudness]:
    """Measure the recordings that are wavs; other formats are left to who made them."""
    for path in sorted(folder.rglob("*")):
        heard = None if path.relative_to(folder).parts[0] == "music" else _level(path)
        if heard is not None and abs(heard - WANTED) > MUCH:
            yield Loudness(str(path), round(heard, 1))


def _level(path: Path) -> float | None:
    if path.suffix not in (".wav", ".wav16") or not path.is_file():
        return None
    try:
        with wave.open(str(path)) as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                return None
            rate = file.getframerate()
            return level(trimmed(file.readframes(file.getnframes()), rate))
    except (wave.Error, EOFError, OSError):
        return None
