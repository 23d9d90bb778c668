"""Speech at the start: load the engines, and tell the admin what callers will not be able to say."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ivrcore.dialplan.grammars import IMPATIENT, grammars

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twisted.internet.defer import Deferred

    from ivrcore.dialplan.model import Plan
    from ivrcore.session.listening import LanguageStatus, SpeechService
    from ivrcore.speech.recogniser import Grammar, Phrase

    Place = tuple[str, Grammar]

log = logging.getLogger("ivrcore.speech")


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


def warn_unheard(speech: SpeechService, plans: Iterable[Plan]) -> Deferred[None]:
    """Tell the log of phrases that can never be heard, with engines that are loaded. Never fails."""
    places = [(f"dialplan {plan.name}, {where}", asked) for plan in plans for where, asked in grammars(plan)]

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
    problems = "; ".join(problem.message for problem in status.problems)
    if status.engine:
        return f"{status.engine} ({problems})" if problems else status.engine
    return problems or "none configured"
