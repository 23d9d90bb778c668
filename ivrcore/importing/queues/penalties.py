"""queuerules.conf: ``penaltychange => seconds,max,min,raise`` into the relaxation ``penalty_rules``."""

from __future__ import annotations

import re
from pathlib import Path

from ivrcore.importing import rules
from ivrcore.importing.draft import Value
from ivrcore.importing.extensions.reader import Files, Section, Statement, read_files
from ivrcore.importing.queues.roster import Part, Roster
from ivrcore.importing.source import Line
from ivrcore.problems import quoted

FILE = "queuerules.conf"
_CHANGE = re.compile(r"[+-]?\d{1,4}")


class Penalties:
    """The rules beside a queues.conf; read when the first queue names one."""

    def __init__(self, folder: Path, roster: Roster) -> None:
        self._path = folder / FILE
        self._roster = roster
        self.files: Files | None = None
        """What was read, None if nothing was."""
        self._used: set[str] = set()
        self._read = False

    def use(self, queue: Part, statement: Statement) -> None:
        """Give a queue the rules that it names."""
        name = statement.value
        if not self._read and self._path.is_file():
            self.files = read_files(self._path, self._roster.problems)
        self._read = True
        section = self.files.sections.get(name) if self.files else None
        if section is None:
            message = f"the rule {quoted(name)} is not in {FILE} beside the file"
            self._roster.report(rules.NO_TARGET, statement.line, message, f"put {FILE} there")
            queue.note(f"not translated ({rules.NO_TARGET.code})", statement.line)
            return
        self._used.add(name)
        steps = [step for one in section.statements if (step := self._step(queue, one)) is not None]
        steps.sort(key=lambda step: int(str(step["after"])[:-1]))
        if not steps:
            for line in (statement.line, *section.lines):
                queue.note("no rule is left of it", line)
        else:
            written: list[Value] = [*steps]
            options: Value = {"name": "penalty_rules", "options": {"rules": written}}
            queue.put("relaxation", options, statement.line, *_lines(section))

    def _step(self, queue: Part, one: Statement) -> dict[str, Value] | None:
        after, *changes = [field.strip() for field in one.value.split(",")]
        if one.key.casefold() != "penaltychange" or not after.isdigit() or len(changes) > 3:
            self._untold(queue, one)
            return None
        step: dict[str, Value] = {"after": f"{int(after)}s"}
        for name, change in zip(("max", "min", "raise"), changes, strict=False):
            if change and not _CHANGE.fullmatch(change):
                self._untold(queue, one)
                return None
            if change:
                step[name] = change if change[0] in "+-" else int(change)
        return step

    def _untold(self, queue: Part, one: Statement) -> None:
        message = f"{quoted(one.line.text.strip())} is no rule that is known here"
        self._roster.report(rules.NO_SETTING, one.line, message, "penaltychange => seconds,max,min,raise")
        queue.note(f"not translated ({rules.NO_SETTING.code})", one.line)

    def unused(self) -> list[Section]:
        """Give the rules that no queue named."""
        sections = self.files.sections.values() if self.files else ()
        return [section for section in sections if section.name not in self._used]


def _lines(section: Section) -> list[Line]:
    return [*section.lines, *(one.line for one in section.statements)]
