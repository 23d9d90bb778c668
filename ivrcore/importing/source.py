"""Lines of a source, and the account of them: each is named in the YAML, or listed, or the import says it
was lost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ivrcore.importing import rules
from ivrcore.importing.emit import file_name
from ivrcore.location import Location
from ivrcore.problems import Problems

LARGEST = 4_000_000
"""Largest file that is read, in bytes."""
SHOWN = 100
"""How much of a line a comment quotes, in characters."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a source that says something."""

    location: Location
    text: str

    @property
    def shown(self) -> str:
        """The line for a comment, cut short."""
        text = self.text.strip()
        return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def read_text(path: Path, problems: Problems) -> str | None:
    """Read a file as UTF-8, or as Latin-1 with a warning; None, reported, if it cannot be read."""
    place = Location(str(path), 1)
    try:
        if path.stat().st_size > LARGEST:
            problems.report(rules.UNREADABLE, place, f"the file is larger than {LARGEST:,} bytes")
            return None
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        problems.report(rules.UNREADABLE, place, f"cannot be read: {why}")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.report(
            rules.DIFFERENT, Location(str(path), line), "this is not UTF-8; it is read as Latin-1"
        )
        return data.decode("latin-1")


_NAMED = re.compile(r"([^\s#,:]+):(\d+(?:,\d+)*)(?=\s|$)")


def lost(lines: Iterable[Line], text: str, problems: Problems) -> list[Line]:
    """Give the lines that neither a comment of the YAML nor a problem names."""
    named = {(file_name(one.location.file), one.location.line) for one in problems}
    for written in text.splitlines():
        _, sign, comment = written.partition("# ")
        for file, numbers in _NAMED.findall(comment) if sign else ():
            named |= {(file, int(number)) for number in numbers.split(",")}
    return [line for line in lines if (file_name(line.location.file), line.location.line) not in named]
