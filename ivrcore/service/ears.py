"""Speech at the start: load the engines, and tell the admin what callers will not be able to say."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ivrcore.dialplan.grammars import IMPATIENT, grammars
from ivrcore.kept.model import NOTHING_HELD
from ivrcore.metrics.rows import EngineNow, SpeechNow
from ivrcore.session.listening import SpeechService
from ivrcore.telephony.aeap.figures import Figures

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Mapping, Sequence

    from twisted.internet.defer import Deferred

    from ivrcore.config import Config, SpeechConfig
    from ivrcore.dialplan.model import Plan
    from ivrcore.plugin_manager import Plugins
    from ivrcore.service.incidents import Incidents
    from ivrcore.service.kept import LiveKept
    from ivrcore.session.clock import SteadyTime
    from ivrcore.session.engines import EngineStatus, LanguageStatus
    from ivrcore.speech.recogniser import Grammar, Phrase, ServerNow

    Place = tuple[str, Grammar]

log = logging.getLogger("ivrcore.speech")


def make_speech(
    config: Config,
    plugins: Plugins,
    clock: SteadyTime,
    loop: asyncio.AbstractEventLoop,
    incidents: Incidents,
) -> SpeechService:
    """Make it as configured; what befalls it is journalled."""
    return SpeechService(
        clock,
        loop.call_soon_threadsafe,
        plugins.recogniser,
        config.speech,
        report=incidents.recogniser_failed,
        changed=incidents.recogniser_changed,
    )


def load_speech(speech: SpeechService, plans: Iterable[Plan]) -> Deferred[None]:
    """Load every language's engine in the background; what is wrong goes to the log, a line each.

    Fires when all is told, never fails.
    """
    wanted = list(plans)

    def loaded(languages: Mapping[str, LanguageStatus]) -> Deferred[None]:
        for status in languages.values():
            _tell(status)
        return warn_unheard(speech, wanted)

    return speech.load().addCallback(loaded)


def change_speech(
    speech: SpeechService, kept: LiveKept | None, config: SpeechConfig, plans: Iterable[Plan]
) -> Deferred[None]:
    """Take other bounds and times, and load other recognisers for calls that are to come.

    What became of these goes to the log. Never fails.
    """
    wanted = list(plans)
    speech.tune(config)
    if kept is not None:
        kept.tune(config.keep)

    def loaded(changed: Mapping[str, LanguageStatus]) -> Deferred[None]:
        for status in changed.values():
            _tell(status)
            log.info("speech in %s changed: %s", status.language, in_words(status))
        return warn_unheard(
            speech, [plan for plan in wanted if not changed.keys().isdisjoint(plan.languages)]
        )

    return speech.take(config.languages).addCallback(loaded)


def warn_unheard(speech: SpeechService, plans: Iterable[Plan]) -> Deferred[None]:
    """Tell the log of phrases that can never be heard, with engines that are loaded. Never fails."""
    return warn_of(
        speech,
        [(f"dialplan {plan.name}, {where}", asked) for plan in plans for where, asked in grammars(plan)],
    )


def warn_of(speech: SpeechService, places: Sequence[Place]) -> Deferred[None]:
    """Do so for grammars, each with where it is written."""

    def unheard(found: tuple[tuple[Phrase, ...], ...]) -> None:
        for (place, asked), phrases in zip(places, found, strict=True):
            for phrase in phrases:
                if phrase.choice == IMPATIENT:
                    continue  # built in for many models; `check` tells of those that a person wrote
                log.warning(
                    "%s: %r can never be heard: the model for %s does not know all of its words",
                    place,
                    phrase.text,
                    asked.language,
                )

    return speech.unheard([asked for _, asked in places]).addCallback(unheard)


def _tell(status: LanguageStatus) -> None:
    instead = f"{status.engine} is used" if status.engine else "menus take keys only"
    for problem in status.problems:
        hint = f"; {problem.hint}" if problem.hint else ""
        log.warning(
            "speech in %s: %s (%s)%s; %s", status.language, problem.message, problem.code, hint, instead
        )


def in_words(status: LanguageStatus) -> str:
    """Say how hearing a language is going, for the health page."""
    if status.loading:
        return "loading"
    problems = [problem.message for problem in status.problems]
    problems += ["others are being loaded"] if status.changing else []
    if not status.engines:
        return "; ".join(problems) or "none configured"
    out = [f"{one.name} is out, {_until(one)}" for one in status.engines if not one.serves]
    behind = [one.name for one in status.engines if one.serves and one.name != status.engine]
    notes = [*out, *(f"then {name}" for name in behind), *problems]
    said = f" ({'; '.join(notes)})" if notes else ""
    return f"{status.engine or 'keys only'}{said}"


def _until(one: EngineStatus) -> str:
    return f"tried again in {one.out_for:.0f} s" if one.out_for else "tried with the next utterance"


def _server_in_words(one: ServerNow) -> str:
    now = "full" if one.full else "in service" if one.serves else "out of service"
    took = f", {1000 * one.seconds / one.heard:.0f} ms each" if one.heard else ""
    counts = f"{one.streams} streams; answered {one.heard}{took}; failed {one.failed}"
    return f"{now}, {counts}, full {one.refused} times"


def speech_now(speech: SpeechService, kept: LiveKept | None = None, aeap: Figures | None = None) -> SpeechNow:
    """Give what metrics show of it at this moment; ``aeap`` of what Asterisk's own dialplans ask."""
    admission = speech.admission
    engines = [
        EngineNow(one.name, each.language, one.rank, one.serves, one.cost, one.servers)
        for each in speech.status().values()
        for one in each.engines
    ]
    room = admission.room
    return SpeechNow(
        engines,
        admission.streams,
        admission.cores,
        room.cores,
        room.streams,
        admission.admitted,
        kept.held if kept else NOTHING_HELD,
        speech.threads,
        aeap or Figures(),
    )


def words_of(speech: SpeechService) -> dict[str, str]:
    """Say how hearing each language is going, and how many are listened to, for the health page."""
    said: dict[str, str] = {}
    for tag, status in speech.status().items():
        said[tag] = in_words(status)
        for one in (server for engine in status.engines for server in engine.servers):
            said[f"{tag}, {one.address}"] = _server_in_words(one)
    if said:
        now = speech_now(speech)
        room = f"{now.cores:.2f} of {now.budget:.2f} cores if all spoke, {now.most} at most"
        said["callers listened to"] = f"{now.streams} ({room})"
    return said
