"""Runs a function of the lab in a process of its own: what it leaves in memory, or costs, is its alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from ivrcore.lab.packages import LabError

P = ParamSpec("P")
T = TypeVar("T")


def apart(function: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Call a module's function there, and give its result; what it raises is raised here.

    :class:`LabError` if the process ends before it answers.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        try:
            return process.submit(function, *given, **named).result()
        except BrokenProcessPool as error:
            raise LabError(f"the process of {function.__name__} ended before its answer") from error
