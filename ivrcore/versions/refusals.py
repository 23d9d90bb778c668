"""Why a change of a dialplan is refused, with what an API caller must know about it."""

from __future__ import annotations

from collections.abc import Sequence

from ivrcore.errors import RequestRefused
from ivrcore.problems import Problem


class VersionConflict(RequestRefused):
    """The version that the change began from is not current: somebody else was faster (HTTP 409)."""

    code = "IVR605"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, status=409, hint=hint)


class NotPassed(RequestRefused):
    """The check found errors, so the text did not take effect (422); ``problems`` are all that it found."""

    code = "IVR606"

    def __init__(self, name: str, problems: Sequence[Problem], kind: str = "dialplan") -> None:
        errors = sum(problem.severity == "error" for problem in problems)
        count = "1 error" if errors == 1 else f"{errors} errors"
        super().__init__(
            f"the {kind} {name} does not take effect: {count}",
            status=422,
            hint="see the problems; callers go on as before",
        )
        self.problems = tuple(problems)


def no_dialplan(name: str) -> RequestRefused:
    """Make the refusal for a name that nothing has."""
    return RequestRefused(
        f"there is no dialplan {name!r}", status=404, hint="GET /api/v1/dialplans lists them"
    )


def no_version(name: str, version: str) -> RequestRefused:
    """Make the refusal for a version that was never published."""
    return RequestRefused(
        f"the dialplan {name!r} never had the version {version!r}",
        status=404,
        hint=f"`ivrcore dialplan log {name}` lists them",
    )
