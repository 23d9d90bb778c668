"""What ``ivrcore speech evaluate`` is asked for: a site's settings, and a dialplan's question.

Must not know of audio or figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from ivrcore.cli_options import recogniser_options
from ivrcore.errors import ConfigError, ProblemsFound
from ivrcore.speech.decide import Bounds

if TYPE_CHECKING:
    from pathlib import Path

    from ivrcore.config import Config, EngineChoice
    from ivrcore.dialplan.model import Plan, Question
    from ivrcore.plugin_manager import Plugins
    from ivrcore.speech.endpointing import Timing
    from ivrcore.speech.recogniser import Grammar


@dataclass(frozen=True, slots=True)
class Asked:
    """A menu, or a `collect` that may be answered by speech."""

    plan: Plan
    question: Question

    @property
    def bounds(self) -> Bounds:
        """Its confidences."""
        from ivrcore.dialplan.model import Digits, Menu

        match self.question:
            case Menu(accept=accept, confirm=confirm):
                return Bounds(accept, confirm)
            case Digits(bounds=bounds):
                return bounds
        return Bounds()

    def grammar(self, language: str, today: date | None) -> Grammar:
        """Give what may be said to it; dates are seen from ``today``, by default this day there."""
        from ivrcore.dialplan.grammars import question_grammar

        day = today or datetime.now(self.plan.zone).date()
        found = question_grammar(self.plan, self.question, language, confirming=False, today=day)
        if not found.phrases and found.slot is None:
            raise ConfigError(f"nothing can be said to {self.question.name} in {language}")
        return found

    def fits(self, value: str) -> bool:
        """Whether a value that is said has the right check digit."""
        from ivrcore.dialplan.asked import is_right
        from ivrcore.dialplan.model import Digits

        return not isinstance(self.question, Digits) or is_right(self.question, value)


def site_parts(site: Path | None) -> tuple[Plugins, Config | None]:
    """Give plugins and configuration, without a site the built-in plugins; raise what is wrong with it."""
    from ivrcore.config import read_site
    from ivrcore.plugin_manager import load_plugins

    if site is None:
        return load_plugins(), None
    reading = read_site(site.resolve())
    if reading.problems.errors:  # figures of other settings than those that are meant would mislead
        raise ProblemsFound([str(problem) for problem in reading.problems.errors])
    return reading.plugins, reading.config


def find(plan: Path | None, menu: str, config: Config | None, plugins: Plugins) -> Asked:
    """Find the question; raise :class:`ConfigError` where there is none, or several of that name."""
    from ivrcore.config.plans import plan_files, read_plans, site_of
    from ivrcore.dialplan.check import ANY_SITE

    if plan is None and config is None:
        raise ConfigError("it is not known where the menu is", hint="--plan or --site")
    files = [plan] if plan else plan_files(config.dialplans) if config else []
    around = site_of(config) if config else replace(ANY_SITE, verbs=plugins.verbs())
    plans, problems = read_plans(files, around)
    if problems.errors:
        raise ProblemsFound([str(problem) for problem in problems.errors])
    found = [Asked(one, question) for one in plans if (question := one.question(menu))]
    if len(found) != 1:
        known = ", ".join(sorted(name for one in plans for name in _spoken(one)))
        why = f"several dialplans have a menu {menu}" if found else f"there is no menu {menu!r}"
        raise ConfigError(why, hint="--plan says which dialplan" if found else f"there are: {known}")
    return found[0]


def _spoken(plan: Plan) -> list[str]:
    return [*plan.menus, *(name for name, digits in plan.digits.items() if digits.speech)]


def bounds_of(accept: Sequence[float], confirm: Sequence[float], asked: Asked | None) -> list[Bounds]:
    """Give every pair of bounds that is asked for."""
    usual = asked.bounds if asked else Bounds()
    pairs = [(high, low) for high in accept or (usual.accept,) for low in confirm or (usual.confirm,)]
    found = [Bounds(high, low) for high, low in pairs if low <= high]
    if not found:
        raise ConfigError(f"confirm ({pairs[0][1]:g}) is above accept ({pairs[0][0]:g})")
    return found


def timing_of(config: Config | None, asked: Asked | None, end_silence: float | None) -> Timing:
    """Give how an utterance ends: as the question says, else the site."""
    from ivrcore.speech.endpointing import USUAL, Timing

    speech = config.speech if config else None
    usual = Timing(hang_over=speech.end_silence, longest=speech.longest) if speech else Timing()
    own = (asked.question.taking if asked else USUAL).timing(usual)
    return own if end_silence is None else replace(own, hang_over=end_silence)


def choices_of(
    engine: str, options: Sequence[str], config: Config | None, language: str
) -> Sequence[EngineChoice]:
    """Give the recogniser that is named, else those of the site."""
    from ivrcore.config import EngineChoice

    if engine:
        return [EngineChoice(engine, recogniser_options(options))]
    known = config.speech.languages.get(language) if config else None
    if known is None or not known.recognisers:
        hint = "--engine, or --site of one that has" if config is None else "--engine, or --language"
        raise ConfigError(f"no recogniser of {language} is named", hint=hint)
    return known.recognisers
