"""Problems as text for people, JSON for programs, and annotations for GitHub's pull requests.

Must not know where the problems come from.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ivrcore.problems import Problem, Problems


class Format(StrEnum):
    """How problems are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def formatted(problems: Problems, form: Format) -> str:
    """Write problems in the order of their places; without a line break at the end."""
    return _WRITERS[form](problems)


def _text(problems: Problems) -> str:
    counts = f"{_count(len(problems.errors), 'error')}, {_count(len(problems.warnings), 'warning')}"
    return "\n".join([*(str(problem) for problem in problems), counts])


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _json(problems: Problems) -> str:
    found = [
        {
            "file": problem.location.file,
            "line": problem.location.line,
            "column": problem.location.column,
            "severity": str(problem.severity),
            "code": problem.code,
            "message": problem.message,
            "hint": problem.hint,
        }
        for problem in problems
    ]
    return json.dumps(found, indent=2, ensure_ascii=False)


# https://docs.github.com/actions/reference/workflow-commands-for-github-actions; what must be escaped is in
# actions/toolkit, packages/core/src/command.ts: of a message %, CR and LF, of a property : and , as well.


def _github(problems: Problems) -> str:
    return "\n".join(_annotation(problem) for problem in problems)


def _annotation(problem: Problem) -> str:
    place = problem.location
    properties = {"file": place.file, "line": place.line, "col": place.column, "title": problem.code}
    written = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = f"{problem.message}\nhint: {problem.hint}" if problem.hint else problem.message
    return f"::{problem.severity} {written}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


_WRITERS: Mapping[Format, Callable[[Problems], str]] = {
    Format.TEXT: _text,
    Format.JSON: _json,
    Format.GITHUB: _github,
}

JSON_SCHEMA: Mapping[str, object] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "What `ivrcore check --format json` prints",
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["file", "line", "column", "severity", "code", "message", "hint"],
        "properties": {
            "file": {
                "type": "string",
                "description": "as named on the command line, or found from that",
            },
            "line": {"type": "integer", "minimum": 1},
            "column": {"type": "integer", "minimum": 1, "description": "in characters"},
            "severity": {"enum": ["error", "warning"]},
            "code": {"type": "string", "pattern": "^[A-Z]{2,3}[0-9]{3}$"},
            "message": {"type": "string"},
            "hint": {"type": "string", "description": "what to do about it; may be empty"},
        },
    },
}
"""The shape of `Format.JSON`; docs/errors.md shows it."""
