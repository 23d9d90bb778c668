"""Reads a dialplan for a trial call; what is wrong with it is told as `ivrcore check` tells it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from ivrcore.config.plans import read_plans
from ivrcore.dialplan.model import Plan, plain_number
from ivrcore.errors import ConfigError
from ivrcore.problems import Problem, did_you_mean, quoted
from ivrcore.tryout.files import trial_site
from ivrcore.tryout.setting import CALLER, Setting
from ivrcore.tryout.terminal import Conversation
from ivrcore.tryout.testfile import read_at


def open_call(
    file: Path, *, number: str = "", at: str = "", language: str = "", caller: str = ""
) -> tuple[Conversation, Sequence[Problem]]:
    """Begin a call of a dialplan's number; give it with the dialplan's warnings.

    Raises :class:`~ivrcore.errors.ProblemsFound` for a dialplan with errors, :class:`ConfigError` for a
    number, time or language that cannot be.
    """
    plans, problems = read_plans([file], trial_site(file.parent))
    problems.raise_errors()
    plan = plans[0]
    setting = Setting(_number(plan, number), _at(plan, at), caller or CALLER, _language(plan, language))
    return Conversation(plan, setting), problems.warnings


def _number(plan: Plan, number: str) -> str:
    wanted = plain_number(number) or next(iter(plan.numbers), "")
    if wanted not in plan.numbers:
        hint = did_you_mean(wanted, plan.numbers)
        raise ConfigError(f"the dialplan {quoted(plan.name)} has no number {quoted(wanted)}", hint=hint)
    return wanted


def _at(plan: Plan, at: str) -> float:
    if not at:
        return time.time()
    local = read_at(at)
    if local is None:
        raise ConfigError(f"{quoted(at)} is no time", hint="write it as 2026-12-24 10:00")
    return local.replace(tzinfo=plan.zone).timestamp()


def _language(plan: Plan, language: str) -> str:
    if language and language not in plan.languages:
        hint = did_you_mean(language, plan.languages)
        raise ConfigError(f"the dialplan {quoted(plan.name)} has no {quoted(language)}", hint=hint)
    return language
