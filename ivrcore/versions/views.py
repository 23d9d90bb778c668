"""The dialplans as programs and people see them. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from ivrcore.problems import Problem
from ivrcore.versions.store import Publication


class ProblemView(msgspec.Struct, frozen=True, kw_only=True):
    """A problem that the check found; ``file`` is the name within the site's folder of dialplans."""

    file: str
    line: int
    column: int
    severity: str
    code: str
    message: str
    hint: str

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}:{self.column}: {self.severity} {self.code}: {self.message}"
        return f"{text}\n    hint: {self.hint}" if self.hint else text


class DialplanView(msgspec.Struct, frozen=True, kw_only=True):
    """A dialplan that new calls get. ``calls`` are those in progress, by version; old ones end by and by."""

    name: str
    version: str
    file: str
    numbers: tuple[str, ...]
    calls: Mapping[str, int]
    published: Publication | None = None
    problems: tuple[ProblemView, ...] = ()
    """What keeps the file as it is saved now from taking effect."""


class BrokenFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that does not take effect as it is saved now; ``serving`` is what is served instead."""

    file: str
    serving: str
    """A version, or ""."""
    problems: tuple[ProblemView, ...]


class DialplansView(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    dialplans: tuple[DialplanView, ...]
    broken: tuple[BrokenFile, ...]


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What a change did: what took effect, the files that did not, and the warnings of what was read."""

    published: tuple[Publication, ...] = ()
    broken: tuple[BrokenFile, ...] = ()
    warnings: tuple[ProblemView, ...] = ()


def shown(problems: Iterable[Problem]) -> tuple[ProblemView, ...]:
    """Give problems as values, errors and warnings alike."""
    return tuple(
        ProblemView(
            file=Path(problem.location.file).name,
            line=problem.location.line,
            column=problem.location.column,
            severity=str(problem.severity),
            code=problem.code,
            message=problem.message,
            hint=problem.hint,
        )
        for problem in problems
    )
