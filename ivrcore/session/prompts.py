"""Prompts as Asterisk can play them: recorded files found, texts spoken once and kept as files.

Everything a dialplan says is made at the start, or before it (`prepare`, `prepare_now`), so that no caller
waits for a voice and a voice that is missing is told; who calls meanwhile (`preparing`) waits for their own
prompts, which are then spoken before the rest. Knows nothing of calls; Asterisk only reads the
files, so its user must be able to read the cache folder.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
import threading
import wave
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from ivrcore.dialplan.commands import Prompt, Recorded, Spoken
from ivrcore.errors import PLUGIN_FAULTS, ConfigError, IvrError, ModelMissing, SpeechError
from ivrcore.plugin_manager import describe
from ivrcore.session.workers import Lane, Workers
from ivrcore.speech.audio import normalised, resampled, trimmed

if TYPE_CHECKING:
    from ivrcore.config import LanguageSpeech
    from ivrcore.speech.voice import Voice

LoadVoice = Callable[[str, Mapping[str, str]], "Voice"]
"""Takes (name, options), as ``Plugins.voice``; may raise."""

log = logging.getLogger(__name__)

PERSONAL = "personal"
"""The folder of prompts that hold one call's own values."""
FORM = "2"
"""Part of the cache's key: change it when the audio made from the same text changes."""

RATES = {".wav": 8000, ".wav16": 16000}
"""What is written, by Asterisk's file endings: it picks the one nearest to the call's codec."""


POSSIBLE_RATES = range(4000, 192_001)
"""Samples per second that a voice may give."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A language's voice; ``mark`` tells apart voices of other names and options."""

    voice: Voice
    mark: str


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a call's own prompts are: a folder that nobody can guess, and the lane that writes there."""

    folder: Path
    lane: Lane


class Prompts:
    """All prompts of a site. `media` is for the reactor's thread; the rest says where it may run."""

    def __init__(
        self,
        recorded: Path,
        cache: Path,
        languages: Mapping[str, LanguageSpeech],
        load_voice: LoadVoice,
        call_soon: Callable[[Callable[[], None]], object],
        *,
        threads: int = 2,
    ) -> None:
        if "," in f"{recorded}{cache}":
            raise ConfigError(
                "the folders of prompts and of the cache must not have a comma in their names",
                hint="Asterisk takes it for the end of a file's name",
            )
        self._recorded = recorded.absolute()
        self._cache = cache.absolute() / "prompts"
        self._languages = languages
        self._load_voice = load_voice
        self._call_soon = call_soon
        self._threads = threads
        self._workers: Workers | None = None
        self._voices: dict[str, _Chosen | IvrError] = {}
        self._personal = cache.absolute() / PERSONAL
        self._spots: dict[str, _Spot] = {}
        self._tried: set[Spoken | Recorded] = set()
        self._found: dict[tuple[str, str], Path] = {}
        self._under_way = 0

    # --- before the first call --------------------------------------------------------------------

    def prepare_now(self, prompts: Iterable[Prompt]) -> tuple[IvrError, ...]:
        """Make every file that is missing; blocks (for a worker). Gives the problems."""
        return self._make_all(prompts)

    def _make_all(self, prompts: Iterable[Prompt], personal: Path | None = None) -> tuple[IvrError, ...]:
        parts = {part: None for prompt in prompts for part in prompt if isinstance(part, Spoken)}
        problems: dict[str, IvrError] = {}
        for part in parts:
            try:
                self._make(part, personal)
            except IvrError as error:
                problems.setdefault(str(error), error)
        return tuple(problems.values())

    def prepare(self, prompts: Iterable[Prompt]) -> Deferred[tuple[IvrError, ...]]:
        """Do the same on a worker thread; fires with the problems, never fails."""
        wanted = list(prompts)
        self._under_way += 1
        return self._on_worker(lambda: self.prepare_now(wanted)).addCallback(self._prepared)

    def _prepared(self, problems: tuple[IvrError, ...]) -> tuple[IvrError, ...]:
        self._under_way -= 1
        return problems

    # --- in a call --------------------------------------------------------------------------------

    @property
    def preparing(self) -> bool:
        """Whether texts are being spoken that a dialplan says, so that one that is missing comes soon."""
        return self._under_way > 0

    def media(self, prompt: Prompt, language: str = "") -> tuple[str, ...]:
        """Give the URIs of what is there.

        A text that was not prepared (such as a place far back in a queue) is left out, and made in the
        background for the next time; `fetch` waits for it.
        """
        found = [(part, self._media_of(part, language)) for part in prompt]
        self._make_later({part for part, uri in found if not uri} - self._tried)
        return tuple(uri for _, uri in found if uri)

    def fetch(self, prompt: Prompt, language: str = "") -> Deferred[tuple[str, ...]]:
        """Give the URIs, making what is missing on a worker thread: for texts known only in the call."""
        if all(self._media_of(part, language) for part in prompt):
            ready: Deferred[tuple[str, ...]] = Deferred()
            ready.callback(self.media(prompt, language))
            return ready
        return self._on_worker(lambda: self.prepare_now([prompt])).addCallback(
            lambda _: self.media(prompt, language)
        )

    def personal(self, prompt: Prompt, language: str, place: str) -> Deferred[tuple[str, ...]]:
        """Give the URIs of a prompt, making what is missing; values of one call are in a folder of its own.

        Never fails; what cannot be spoken is left out, and told in the log without its text.
        """
        spot = self._spots.get(place)
        if spot is None:
            spot = self._spots[place] = _Spot(self._personal / secrets.token_hex(16), self._lane())
        folder = spot.folder

        def work() -> tuple[IvrError, ...]:
            return self._make_all([prompt], folder)

        return self._in_lane(spot.lane, work).addCallback(
            lambda problems: self._personal_media(problems, prompt, language, folder)
        )

    def erase(self, place: str) -> None:
        """Delete what was spoken for a call, after all that is still being made for it."""
        spot = self._spots.pop(place, None)
        if spot is not None:
            self._in_lane(spot.lane, partial(_remove, spot.folder)).addCallback(_log_problems)

    def forget_calls(self) -> None:
        """Delete what an earlier run of the server left (blocks; for the start)."""
        _log_problems(_remove(self._personal))

    def stop(self) -> bool:
        """End the threads; False if a voice still hangs in one."""
        return self._workers is None or self._workers.stop()

    # --- looking ----------------------------------------------------------------------------------

    def voice_name(self, language: str) -> str:
        """Name the voice that speaks a language's texts, "" if there is none (may block: it is loaded)."""
        try:
            return self._voice(language).voice.name
        except IvrError:
            return ""

    def recording(self, name: str, language: str) -> Path | None:
        """Give the file (without ending) that is played for a recorded name; None for Asterisk's own."""
        return self._find(name, language)

    # --- inside -----------------------------------------------------------------------------------

    def _personal_media(
        self, problems: tuple[IvrError, ...], prompt: Prompt, language: str, folder: Path
    ) -> tuple[str, ...]:
        for problem in problems:  # by its code: a voice's own words may hold what it was to say
            log.warning("%s a prompt with a call's own values could not be made", problem.code)
        found = [self._media_of(part, language, folder) for part in prompt]
        return tuple(uri for uri in found if uri)

    def _lane(self) -> Lane:
        if self._workers is None:
            self._workers = Workers(self._threads, spares=0, name="ivrcore-prompts")
        return self._workers.lane()

    def _on_worker(self, work: Callable[[], tuple[IvrError, ...]]) -> Deferred[tuple[IvrError, ...]]:
        return self._in_lane(self._lane(), work)

    def _in_lane(
        self, lane: Lane, work: Callable[[], tuple[IvrError, ...]]
    ) -> Deferred[tuple[IvrError, ...]]:
        done: Deferred[tuple[IvrError, ...]] = Deferred()

        def job() -> None:
            try:
                problems = work()
            except PLUGIN_FAULTS as error:  # told to the caller; a thread must not end of it
                problems = (SpeechError(f"prompts could not be made: {describe(error)}"),)
            self._call_soon(lambda: done.callback(problems))

        lane.submit(job)
        return done

    def _make_later(self, parts: set[Spoken | Recorded]) -> None:
        if not parts:
            return
        self._tried |= parts
        self._on_worker(lambda: self.prepare_now([tuple(parts)])).addCallback(_log_problems)

    def _media_of(self, part: Spoken | Recorded, language: str, personal: Path | None = None) -> str:
        if isinstance(part, Recorded):
            return f"sound:{self._find(part.path, language) or part.path}"
        chosen = self._voices.get(part.language)
        if not isinstance(chosen, _Chosen):
            return ""
        path = self._path(part, chosen, personal)
        return f"sound:{path}" if _complete(path) else ""

    def _find(self, name: str, language: str) -> Path | None:
        """Look in the site's folder, the language's subfolder first; None for a name of Asterisk's own."""
        if known := self._found.get((name, language)):
            return known  # looked for once: a disk that is slow must not hold up every call
        for folder in (self._recorded / language, self._recorded):
            path = folder / name
            inside = path.resolve().is_relative_to(self._recorded.resolve())
            if inside and path.parent.is_dir() and any(path.parent.glob(f"{escape(path.name)}.*")):
                self._found[name, language] = path
                return path
        return None

    def _make(self, part: Spoken, personal: Path | None) -> None:
        chosen = self._voice(part.language)
        path = self._path(part, chosen, personal)
        if _complete(path):
            return
        rate, pcm = _spoken(chosen.voice, part)
        spoken = normalised(trimmed(pcm, rate))
        if not spoken:
            raise SpeechError(f"the voice {chosen.voice.name} said nothing for a prompt in {part.language}")
        for ending, wanted in RATES.items():
            _write(path.with_name(path.name + ending), wanted, resampled(spoken, rate, wanted))

    def _path(self, part: Spoken, chosen: _Chosen, personal: Path | None = None) -> Path:
        key = "\0".join((FORM, chosen.mark, part.language, part.text))
        folder = personal if personal is not None and part.personal else self._cache
        return folder / hashlib.sha256(key.encode()).hexdigest()[:32]

    def _voice(self, language: str) -> _Chosen:
        known = self._voices.get(language)
        if known is None:
            known = self._voices[language] = self._choose(language)
        if isinstance(known, IvrError):
            raise known
        return known

    def _choose(self, language: str) -> _Chosen | IvrError:
        """Take the first voice of the language that can be had."""
        speech = self._languages.get(language)
        problem: IvrError | None = None
        for choice in speech.voices if speech else ():
            try:
                voice = self._load_voice(choice.name, choice.options)
            except IvrError as error:
                problem = error
                continue
            if language in voice.languages:
                return _Chosen(voice, f"{voice.name} {sorted(choice.options.items())}")
            problem = ModelMissing(f"the voice {voice.name} does not speak {language}")
        return problem or ModelMissing(
            f"prompts are given as text in {language}, but no voice is configured for it",
            hint=f"set speech: languages: {language}: voices: [espeak]",
        )


def _spoken(voice: Voice, part: Spoken) -> tuple[int, bytes]:
    try:
        return _audio(voice.speak(part.text, part.language))
    except IvrError:
        raise
    except PLUGIN_FAULTS as error:
        raise SpeechError(f"the voice {voice.name} failed: {describe(error)}") from error


def _audio(answer: tuple[int, bytes]) -> tuple[int, bytes]:
    """Refuse what is no audio, while it is known whose it is."""
    rate, pcm = answer
    if not (isinstance(rate, int) and isinstance(pcm, bytes)):
        raise TypeError("a voice gives samples per second and bytes")
    if rate not in POSSIBLE_RATES or len(pcm) % 2:
        raise ValueError("not 16 bit samples at a possible rate")
    return rate, pcm


def _log_problems(problems: tuple[IvrError, ...]) -> None:
    for problem in problems:
        log.warning("a prompt could not be made: %s", problem)


def _remove(folder: Path) -> tuple[IvrError, ...]:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return ()
    except OSError as error:
        return (SpeechError(f"a call's own prompts cannot be deleted: {error.strerror}"),)
    return ()


def _complete(path: Path) -> bool:
    return all(path.with_name(path.name + ending).exists() for ending in RATES)


def _write(path: Path, rate: int, pcm: bytes) -> None:
    """Write a wav; it appears whole or not at all, also when two processes make the same prompt."""
    _make_folder(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    with draft.open("wb") as target, wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    draft.chmod(0o644)
    draft.replace(path)


def _make_folder(folder: Path) -> None:
    """Make the folder and what is missing above it, readable for Asterisk's user whatever our umask is."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    # Asterisk knows the names of what is one call's own; nobody else is to list them.
    folder.chmod(0o711 if folder.name == PERSONAL else 0o755)
