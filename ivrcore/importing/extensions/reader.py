"""Asterisk's configuration syntax with line numbers: sections, templates, ``#include``, comments.

Why not ``asterisk.config.Config`` of pyst2: it raises on ``[name](!)`` (a section's last letter must be ``]``
for it), on ``#include`` and on anything without ``=``; it cuts values at ``\\;``, takes block comments
(``;-- … --;``) for statements, reads in the machine's own encoding and takes over from no template. So this
is a reader of our own, by what `process_text_line` of Asterisk's main/config.c does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ivrcore.importing import rules
from ivrcore.importing.source import Line, read_text
from ivrcore.location import Location
from ivrcore.problems import Problems, quoted

_SECTION = re.compile(r"\[([^\]]*)\]\s*(?:\((.*)\))?\s*")
_DIRECTIVE = re.compile(r"#\s*(\w+)\s*(.*)")
MOST_FILES = 200
"""Files that one import reads, over all ``#include``."""
MOST_COPIES = 20_000
"""Statements that sections may take over from templates."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One ``key => value`` (or ``key = value``); `comments` stand above or beside it in the file."""

    key: str
    value: str
    line: Line


@dataclass(slots=True)
class Section:
    """One ``[name]``, also if it is written in several places."""

    name: str
    lines: list[Line] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    template: bool = False


@dataclass(slots=True)
class Files:
    """Everything read: sections in order, every line that is not blank, and the comments among them."""

    sections: dict[str, Section] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    comments: list[Line] = field(default_factory=list)
    directives: list[Line] = field(default_factory=list)


def read_files(path: Path, problems: Problems) -> Files | None:
    """Read a file and what it includes; None, reported, if it cannot be read."""
    text = read_text(path, problems)
    if text is None:
        return None
    reader = _Reader(path.resolve().parent, problems)
    reader.read(text, path)
    return reader.files


class _Reader:
    def __init__(self, folder: Path, problems: Problems) -> None:
        self.folder = folder
        self.problems = problems
        self.files = Files()
        self.section: Section | None = None
        self.open: list[Path] = []
        self.count = 0
        self.copied = 0

    def read(self, text: str, path: Path) -> None:
        """Read one file's text; what it includes is read where it stands."""
        self.open.append(path.resolve())
        self.count += 1
        in_comment = False
        for number, raw in enumerate(re.split(r"\r\n|\n|\r", text), 1):
            line = Line(Location(str(path), number), raw)
            code, in_comment = without_comment(raw, in_comment)
            if raw.strip():
                self.files.lines.append(line)
            if code.strip():
                self.statement(code.strip(), line)
            elif raw.strip():
                self.files.comments.append(line)
        self.open.pop()

    def statement(self, code: str, line: Line) -> None:
        if code.startswith("["):
            self.begin(code, line)
        elif code.startswith("#"):
            self.directive(code, line)
        elif "=" not in code:
            self.complain(line, "there is no '=' in this line", "write key => value")
        elif self.section is None:
            self.complain(line, "this line stands before the first [section]", "move it below one")
        else:
            key, _, value = code.partition("=")
            value = value.removeprefix(">")
            statement = Statement(key.strip().rstrip("+").rstrip(), value.strip(), line)
            self.section.statements.append(statement)

    def complain(self, line: Line, message: str, hint: str) -> None:
        self.problems.report(
            rules.NO_STATEMENT, line.location, f"{message}: {quoted(line.text.strip())}", hint
        )

    def begin(self, code: str, line: Line) -> None:
        match = _SECTION.fullmatch(code)
        if not match:
            self.complain(
                line, "a section is not written right", "write [name], [name](!) or [name](template)"
            )
            self.section = None
            return
        name = match[1].strip()
        options = [option.strip() for option in (match[2] or "").split(",") if option.strip()]
        known = self.files.sections.setdefault(name, Section(name))
        known.lines.append(line)
        known.template = known.template or "!" in options
        self.section = known
        for option in options:
            if option not in ("!", "+"):
                self.take_over(option, known, line)

    def take_over(self, template: str, section: Section, line: Line) -> None:
        source = self.files.sections.get(template)
        if source is None or source is section:
            hint = "a template stands before the sections that take over from it"
            self.problems.report(
                rules.NO_TARGET, line.location, f"there is no template {quoted(template)} above", hint
            )
            return
        self.copied += len(source.statements)
        if self.copied > MOST_COPIES:
            self.problems.report(rules.NOT_INCLUDED, line.location, "templates are taken over too often")
            return
        section.statements += source.statements

    # --- other files --------------------------------------------------------------------------------------

    def directive(self, code: str, line: Line) -> None:
        match = _DIRECTIVE.fullmatch(code)
        word = match[1].casefold() if match else ""
        if match and word in ("include", "tryinclude"):
            self.include(match[2].strip().strip("\"<>'").strip(), line, needed=word == "include")
        else:
            hint = "run it yourself and import what it writes" if word == "exec" else ""
            self.problems.report(
                rules.NOT_INCLUDED, line.location, f"{quoted(code)} is not carried out", hint
            )

    def include(self, name: str, line: Line, *, needed: bool) -> None:
        paths = list(self.found(name))
        if not paths and needed:
            message = f"the included file {quoted(name)} is not in {self.folder}"
            hint = "put it beside the first file; nothing outside that folder is read"
            self.problems.report(rules.NOT_INCLUDED, line.location, message, hint)
            return
        self.files.directives.append(line)
        for path in paths:
            self.read_included(path, line)

    def found(self, name: str) -> Iterator[Path]:
        """Give the files of that name or pattern within the first file's folder."""
        if not name or name.startswith(("/", "~")) or "\0" in name or ".." in name:
            name = Path(name).name  # Asterisk's own folder is most often what is meant: look beside the file
        if not name or "**" in name or name in (".", ".."):
            return
        for path in sorted(self.folder.glob(name)):
            if path.is_file() and path.resolve().is_relative_to(self.folder):
                yield path

    def read_included(self, path: Path, line: Line) -> None:
        if path.resolve() in self.open or self.count >= MOST_FILES:
            why = "includes itself" if path.resolve() in self.open else "is one file too many"
            self.problems.report(rules.NOT_INCLUDED, line.location, f"{path.name} {why}")
            return
        text = read_text(path, self.problems)
        if text is not None:
            shown = Path(line.location.file).parent / path.relative_to(self.folder)
            self.read(text, shown)


def without_comment(raw: str, in_comment: bool) -> tuple[str, bool]:
    """Cut comments off a line; tell whether a block comment (``;-- … --;``) is open at its end."""
    code: list[str] = []
    place = 0
    while place < len(raw):
        if in_comment:
            end = raw.find("--;", place)
            if end < 0:
                return "".join(code), True
            place, in_comment = end + 3, False
        elif raw.startswith("\\;", place):
            code.append(";")
            place += 2
        elif raw.startswith(";--", place) and not raw.startswith(";---", place):
            place, in_comment = place + 3, True
        elif raw[place] == ";":
            break
        else:
            code.append(raw[place])
            place += 1
    return "".join(code), in_comment
