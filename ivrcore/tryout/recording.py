"""Makes a call test of what a tester did in a conversation, and of what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

import yaml

from ivrcore.dialplan.model import HangUpCause
from ivrcore.dialplan.state import Phase
from ivrcore.errors import ConfigError
from ivrcore.location import NOWHERE
from ivrcore.problems import Problems
from ivrcore.tryout.acts import Now
from ivrcore.tryout.conversation import Kind
from ivrcore.tryout.ends import Ends
from ivrcore.tryout.expectations import Hears, InMenu
from ivrcore.tryout.outcomes import InQueue
from ivrcore.tryout.setting import CALLER
from ivrcore.tryout.testfile import is_test_file, read_tests

if TYPE_CHECKING:
    from pathlib import Path

    from ivrcore.tryout.script import Scene, ScriptLine
    from ivrcore.tryout.setting import Setting
    from ivrcore.tryout.visit import Visit

HEADER = "# Call tests: `ivrcore test` plays them, docs/testing-dialplans.md says what they can do.\n"


class Recording:
    """What was done so far, each with what followed."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._done: list[tuple[int, ScriptLine]] = []
        """Lines, each with where the conversation stood before it."""

    def did(self, line: ScriptLine) -> None:
        """Note something that was done."""
        call = self._scene.call
        self._done.append((len(call.lines) if isinstance(line, Now) else self._scene.acted, line))
        if not isinstance(line, Now) and call.visit is not None and call.visit.talking is None:
            self._done.append((len(call.lines), _waits(call.visit)))

    def lines(self) -> list[ScriptLine]:
        """Give what was done, and what followed each of it, as lines of a test."""
        call = self._scene.call
        lines: list[ScriptLine] = []
        heard_to = 0
        for at, line in self._done:
            lines += _heard(self._scene, heard_to, at)
            heard_to = max(heard_to, at)
            lines.append(line)
        return [*lines, *_heard(self._scene, heard_to, len(call.lines)), *_is_now(self._scene)]


def _heard(scene: Scene, start: int, end: int) -> Iterator[ScriptLine]:
    lines = scene.call.lines[start:end]
    texts = [line.text for line in lines if line.kind is Kind.HEARS and line.text == line.said]
    if texts:
        yield Hears(NOWHERE, tuple(texts))


def _waits(visit: Visit) -> ScriptLine:
    return InQueue(NOWHERE, visit.queue, visit.priority, visit.skills, visit.tier)


def _is_now(scene: Scene) -> Iterator[ScriptLine]:
    """Tell where the call is at last."""
    call = scene.call
    if call.ended is not None:
        known = [word for word in HangUpCause if word.code == call.ended.cause]
        yield Ends(NOWHERE, call.ended.outcome, known[0] if known else None)
    elif call.state.phase is Phase.MENU and call.state.turn is not None:
        yield InMenu(NOWHERE, call.state.turn.menu)


def as_test(name: str, setting: Setting, zone: tzinfo, lines: list[ScriptLine]) -> dict[str, object]:
    """Give a test as it is written in a file."""
    at = datetime.fromtimestamp(setting.at, zone)
    test: dict[str, object] = {"name": name, "number": setting.number, "at": f"{at:%Y-%m-%d %H:%M:%S}"}
    if setting.caller != CALLER:
        test["caller"] = setting.caller
    if setting.language:
        test["language"] = setting.language
    if setting.variables:
        test["given"] = {"variables": dict(setting.variables)}
    return test | {"call": [_short(line.written()) for line in lines]}


def _short(line: dict[str, object]) -> object:
    """Write `hang_up` for ``hang_up: null``."""
    if len(line) == 1 and next(iter(line.values())) is None:
        return next(iter(line))
    return line


def save(test: dict[str, object], file: Path) -> None:
    """Write a test into a new file of tests, or behind those of a file; raises :class:`ConfigError`."""
    item = yaml.safe_dump([test], allow_unicode=True, sort_keys=False, width=100)
    try:
        old = file.read_text(encoding="utf-8") if file.exists() else ""
        if old and not is_test_file(old):
            raise ConfigError(f"{file} is no file of call tests", hint="name another file")
        before = f"{old.rstrip()}\n\n" if old else f"{HEADER}tests:\n"
        text = before + _indented(item, old)
        problems = Problems()
        read_tests(text, str(file), problems)
        if old and problems.errors:
            raise ConfigError(f"the test does not fit behind those of {file}", hint="name a new file")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"{file} cannot be written: {why}") from error


def _indented(item: str, old: str) -> str:
    """Indent a list's item as those that are there."""
    first = next((line for line in old.splitlines() if line.lstrip().startswith("- name")), "  - ")
    margin = " " * (len(first) - len(first.lstrip()))
    return "".join(f"{margin}{line}\n" if line else "\n" for line in item.splitlines())
