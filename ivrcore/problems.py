"""What is wrong with something that a person wrote: collected, so that all of it is shown at once.

Must not know what was written (configuration, dialplan) or how it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

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
        self._found: dict[Problem, None] = {}

    def report(self, rule: Rule, location: Location, message: str, hint: str = "") -> None:
        """Note one; the same one twice counts once."""
        self._found.setdefault(Problem(rule, location, message, hint))

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
    return repr(str(text) if len(text) <= QUOTED else text[: QUOTED - 1] + "…")


NEAR = 60.0
"""Per cent of letters that a word must share with one to be taken for a slip of it."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give a hint for a word that is none of ``known``: the nearest one, or the whole list if it is short."""
    return Known(known).hint(word)


class Known:
    """Names that there are, to give hints for those that there are not. Sorted once, for where they are many.

    Comparing a word with thousands of names takes a millisecond; who has hundreds of words wrong is shown
    the way by the first `MOST_NEAR` hints.
    """

    MOST_NEAR = 300

    def __init__(self, names: Iterable[str]) -> None:
        self._names = names
        self._left = self.MOST_NEAR

    @cached_property
    def names(self) -> list[str]:
        """All of them in order: put so only when a hint is asked for."""
        return sorted(set(self._names))

    @cached_property
    def _last_first(self) -> list[str]:
        """Of names that are equally near, the first compared is taken: `BYE` is `BY` rather than `BE`."""
        return self.names[::-1]

    def hint(self, word: str) -> str:
        """Give the nearest name, or the whole list if it is short."""
        if self._left > 0:
            self._left -= 1
            from rapidfuzz import fuzz, process  # 47 modules, of which a start without mistakes has no use

            near = process.extractOne(word, self._last_first, scorer=fuzz.ratio, score_cutoff=NEAR)
            if near is not None:
                return f"did you mean {quoted(near[0])}?"
        if not self.names:
            return ""
        return f"known: {', '.join(self.names[:12])}" + (", …" if len(self.names) > 12 else "")
