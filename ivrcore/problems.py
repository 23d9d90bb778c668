"""What is wrong with something that a person wrote: collected, so that all of it is shown at once.

Must not know what was written (configuration, dialplan) or how it is shown.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ivrcore.errors import ProblemsFound
from ivrcore.location import Location

QUOTED = 40
"""Longest quotation of a value in a problem, in characters."""


class Severity(StrEnum):
    """Whether a problem keeps the file from being used."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of problem: a stable ``code`` such as ``DP101``, and its meaning in one line, for the docs."""

    code: str
    summary: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule at one place."""

    rule: Rule
    location: Location
    message: str
    hint: str = ""

    @property
    def code(self) -> str:
        """The rule's stable code."""
        return self.rule.code

    @property
    def severity(self) -> Severity:
        """The rule's severity."""
        return self.rule.severity

    def __str__(self) -> str:
        text = f"{self.location}: {self.severity} {self.code}: {self.message}"
        return f"{text}\n    hint: {self.hint}" if self.hint else text


class Problems:
    """A growing collection; iterating gives them in the order of their places."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def report(self, rule: Rule, location: Location, message: str, hint: str = "") -> None:
        """Note one; the same one twice counts once."""
        problem = Problem(rule, location, message, hint)
        if problem not in self._found:
            self._found.append(problem)

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(self._found, key=lambda problem: (problem.location, problem.code)))

    def __len__(self) -> int:
        return len(self._found)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Those that forbid use."""
        return tuple(problem for problem in self if problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Those that only deserve a look."""
        return tuple(problem for problem in self if problem.severity is Severity.WARNING)

    def extend(self, others: Iterable[Problem]) -> None:
        """Take over problems found elsewhere."""
        for other in others:
            self.report(other.rule, other.location, other.message, other.hint)

    def raise_errors(self) -> None:
        """Raise :class:`ProblemsFound` with everything found if any of it is an error."""
        if self.errors:
            raise ProblemsFound([str(problem) for problem in self])


def quoted(text: str) -> str:
    """Quote what a person wrote: its beginning is enough to find it by, and a file is not printed whole."""
    return repr(text if len(text) <= QUOTED else text[: QUOTED - 1] + "…")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give a hint for a word that is none of ``known``: the nearest one, or the whole list if it is short."""
    names = sorted(set(known))
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {quoted(near[0])}?"
    if not names:
        return ""
    shown = ", ".join(names[:12])
    return f"known: {shown}" + (", …" if len(names) > 12 else "")
