"""What is said of plugins: how one failed, whose answer did not fit, and each call while hooks are traced."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ivrcore.errors import Misfit
from ivrcore.plugin_source import place, written

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger("ivrcore.plugins")


def describe(error: BaseException) -> str:
    """Say what went wrong without its text, which may hold personal values: ``KeyError at file.py:12``."""
    if isinstance(error, Misfit):
        return error.message
    where = place(error)
    return f"{type(error).__name__} at {where.file}:{where.line}" if where else type(error).__name__


def named(misfit: Misfit, plugin: str, hook: str, function: object) -> Misfit:
    """Say whose answer it was, and where that function is written."""
    return Misfit(
        f"plugin {plugin}: {hook} {misfit.message}",
        plugin=plugin,
        location=written(function),
        hint=misfit.hint,
    )


def traced(plugin: str, hook: str, arguments: Mapping[str, object]) -> None:
    """Log a call of a hook, with the kinds of its arguments: values may be personal."""
    kinds = ", ".join(f"{name}: {type(value).__name__}" for name, value in arguments.items())
    log.info("hook %s(%s) -> %s", hook, kinds, plugin)
