"""Where plugins come from: entry points of the group ``ivrcore`` and the Python files of a site's folder.

Each one is loaded on its own, so that a broken one is named (with file and line) and the rest loads. Must
not know what a plugin does: :mod:`ivrcore.plugin_manager` checks and calls them.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import stat
import sys
import traceback
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from ivrcore.errors import PLUGIN_FAULTS, PluginError
from ivrcore.location import Location

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

GROUP = "ivrcore"
"""The entry point group."""

_PACKAGE = "ivrcore_site_plugins"
_FRAMES = 12
"""Innermost frames that are logged: endless recursion has a thousand."""


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin object (module, class instance), or the error why it could not be loaded."""

    name: str
    origin: str
    """For people: the distribution, or the file."""
    plugin: object | None = None
    error: PluginError | None = None


def installed() -> Iterator[Found]:
    """Give the plugins of installed packages, the built-in ones among them, in order of name."""
    for point, origin in _points(tuple(sys.path)):
        try:
            yield Found(point.name, origin, point.load())
        except PLUGIN_FAULTS as error:  # a package's import may raise anything; it is reported
            yield Found(point.name, origin, error=broken(point.name, origin, error))


@functools.cache
def _points(_path: tuple[str, ...]) -> tuple[tuple[EntryPoint, str], ...]:
    """Give the entry points by name, each with its origin; read once, as each distribution's files are."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return tuple((point, point.dist.name if point.dist is not None else point.value) for point in points)


def in_folder(folder: Path) -> Iterator[Found]:
    """Give the plugins of a site's folder: every ``*.py`` that does not begin with ``_``, by name.

    A file is executed once per process, as any import is.
    """
    if not folder.is_dir():
        missing = PluginError(f"the plugin folder {folder} is not there", hint=f"mkdir {folder}")
        yield Found(folder.name, str(folder), error=missing)
        return
    for file in sorted(folder.glob("*.py")):
        if file.name.startswith("_"):
            continue
        try:
            yield Found(file.stem, str(file), _load(file))
        except PluginError as error:
            yield Found(file.stem, str(file), error=error)
        except PLUGIN_FAULTS as error:  # a site's file may raise anything; it is reported
            yield Found(file.stem, str(file), error=broken(file.stem, str(file), error))


def _load(file: Path) -> ModuleType:
    if file.stat().st_mode & stat.S_IWOTH:
        raise PluginError(
            f"plugin {file.stem}: anybody may write {file}, so it is not run",
            plugin=file.stem,
            location=Location(str(file), 1),
            hint=f"chmod o-w {file}",
        )
    name = f"{_PACKAGE}.{file.stem}"
    known = sys.modules.get(name)
    if known is not None and known.__file__ == str(file):
        return known
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise PluginError(f"plugin {file.stem}: {file} is not a Python file", plugin=file.stem)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and msgspec look their module up by name
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def broken(name: str, origin: str, error: BaseException) -> PluginError:
    """Give the problem of a plugin whose loading raised; with the error's text: no call was seen yet."""
    return PluginError(
        f"plugin {name} cannot be loaded from {origin}: {type(error).__name__}: {_text(error)}",
        plugin=name,
        location=place(error),
        hint=_hint(error),
    )


def _text(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return error.msg
    try:
        return str(error)
    except PLUGIN_FAULTS:  # the error's class is the plugin's code, too
        return "(its text cannot be had)"


def _hint(error: BaseException) -> str:
    if isinstance(error, ImportError):
        return "install the package that it imports"
    return "a plugin must not end the process" if isinstance(error, SystemExit) else ""


def place(error: BaseException) -> Location | None:
    """Give the file and line where an error arose: the innermost frame, or the line of a syntax error."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return Location(error.filename, error.lineno, error.offset or 1)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.lineno and not frame.filename.startswith("<") and "importlib" not in frame.filename
    ]
    ours = [frame for frame in frames if frame.filename != __file__]
    if not ours:
        return None
    return Location(ours[-1].filename, ours[-1].lineno or 1)


def written(function: object) -> Location | None:
    """Give the place where a function is written; None if it is not written in Python."""
    code = getattr(inspect.unwrap(function) if callable(function) else function, "__code__", None)
    return Location(code.co_filename, code.co_firstlineno) if code else None


def frames(error: BaseException) -> str:
    """Give the way to an error without its text: ``file:line function``, one to a line, innermost last."""
    way = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return "".join(f"\n  {frame.filename}:{frame.lineno} {frame.name}" for frame in way)
