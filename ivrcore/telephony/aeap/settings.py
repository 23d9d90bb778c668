"""What a dialplan sets of its recognitions: `SPEECH_ENGINE(name)`, or aeap.conf (``@name=value``). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ivrcore.durations import parse_duration
from ivrcore.problems import did_you_mean, quoted

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_YES = dict.fromkeys(("yes", "true", "1", "on"), True) | dict.fromkeys(("no", "false", "0", "off"), False)


class NotSet(Exception):
    """A setting that there is not, or a value that it cannot have; says so to a person."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Of one connection. None: as the grammar, or the site, has it; durations in seconds."""

    grammar: str = ""
    language: str = ""
    """Empty: the grammar's own."""
    accept: float | None = None
    confirm: float | None = None
    end_silence: float | None = None
    longest: float | None = None
    no_input: float = 0.0
    """A recognition ends as `no_input` when nobody says anything for so long; 0: the dialplan's affair."""
    barge_in: bool = False
    """Tell the beginning of speech by a result of its own, so that the prompt stops then."""
    nbest: bool = False
    """Give the less likely choices too."""

    def having(self, name: str, value: str) -> Settings:
        """Give these settings with another one; raises :class:`NotSet`."""
        read = _READERS.get(name)
        if read is None:
            hint = did_you_mean(name, _READERS)
            raise NotSet(f"there is no setting {quoted(name)}" + (f"; {hint}" if hint else ""))
        changed: dict[str, Any] = {_FIELDS.get(name, name): read(value.strip())}
        return replace(self, **changed)

    def text(self, name: str) -> str:
        """Give a setting as it would be written; raises :class:`NotSet`."""
        if name not in _READERS:
            raise NotSet(f"there is no setting {quoted(name)}")
        if name == "results_type":
            return "nbest" if self.nbest else "normal"
        value = getattr(self, name)
        if isinstance(value, bool):
            return "yes" if value else "no"
        return value if isinstance(value, str) else "" if value is None else f"{value:g}"


SITES_OWN = Settings()
"""Where nothing is set."""


def _language(text: str) -> str:
    if text and not _LANGUAGE.fullmatch(text):
        raise NotSet(f"{quoted(text)} is no language, such as en")
    return text


def _confidence(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise NotSet(f"a confidence is from 0 to 1, not {quoted(text)}")
    return value


def _seconds(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = parse_duration(text)
        if value is None or not (least <= value <= most):
            raise NotSet(f"a duration from {least:g}s to {most:g}s is needed, not {quoted(text)}")
        return value

    return read


def _yes(text: str) -> bool:
    if text.lower() not in _YES:
        raise NotSet(f"yes or no is needed, not {quoted(text)}")
    return _YES[text.lower()]


def _results_type(text: str) -> bool:
    if text.lower() not in ("normal", "nbest"):
        raise NotSet(f"the results are normal or nbest, not {quoted(text)}")
    return text.lower() == "nbest"


_READERS: dict[str, Callable[[str], object]] = {
    "grammar": str,
    "language": _language,
    "accept": _confidence,
    "confirm": _confidence,
    "end_silence": _seconds(0.2, 3.0),
    "longest": _seconds(1.0, 60.0),
    "no_input": _seconds(0.0, 600.0),
    "barge_in": _yes,
    "results_type": _results_type,
}
_FIELDS = {"results_type": "nbest"}
