"""The folds of a journal as bytes, and back: what a snapshot holds.

By :mod:`pickle`, since a fold is a web of objects that share parts, and hundreds of thousands of counts are
back in a tenth of a second. Only what is known to be sealed with the site's key is thawed, only classes of
ours and a few containers are made, and only if they have the same fields as when it was frozen. What belongs
to the process (plugins, chance, the zone) is not in it: it is put in its place by name. Must not know of
files.
"""

from __future__ import annotations

import importlib
import io
import itertools
import pickle
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from ivrcore.errors import JournalError

PROTOCOL = 5
OURS = "ivrcore."


def unchangeable(kept: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """Make a view that nobody can change: their own class has no name to be found by."""
    return MappingProxyType(kept)


CONTAINERS: dict[tuple[str, str], Any] = {
    ("collections", "Counter"): Counter,
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "defaultdict"): defaultdict,
    ("collections", "deque"): deque,
    ("itertools", "count"): itertools.count,
    (__name__, "unchangeable"): unchangeable,
}
"""What may be in a fold beside our classes."""
HELPERS = frozenset(
    {
        ("array", "array"),
        ("array", "_array_reconstructor"),
        ("builtins", "set"),
        ("builtins", "frozenset"),
        ("msgspec._utils", "rebuild"),
        ("copyreg", "_reconstructor"),
        ("builtins", "object"),
        ("sortedcontainers.sortedlist", "SortedList"),
        ("sortedcontainers.sortedlist", "SortedKeyList"),
    }
)
"""What makes them: none of these calls what it is not given as a class."""

Known = Mapping[str, object]
"""What belongs to the process, by name: the same names when it is frozen and thawed."""
Layout = dict[str, list[str]]
"""Class -> its fields."""


def freeze(state: object, known: Known) -> tuple[bytes, Layout]:
    """Give a fold as bytes, and what classes are in it. It is thawed once, so what comes of it is known to
    come back; raises :class:`JournalError` for what would not."""
    file = io.BytesIO()
    try:
        _Freezer(file, known).dump(state)
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
        raise JournalError(f"the state cannot be kept: {error}") from error
    data = file.getvalue()
    thawer = _Thawer(data, known)
    thawer.all()
    return data, {name: layout(found) for name, found in sorted(thawer.found.items())}


def thaw(data: bytes, known: Known, classes: Layout) -> Any:
    """Make the fold again; raises :class:`JournalError` where that cannot be, or a class is another by now.

    ``data`` must be known to be ours: see above.
    """
    thawer = _Thawer(data, known)
    for name, before in classes.items():
        module, _, cls = name.partition(":")
        if layout(thawer.find_class(module, cls)) != before:
            raise JournalError(f"{name} has other fields in this release")
    return thawer.all()


def layout(found: type) -> list[str]:
    """Give the fields of a class, in order; of one that declares none the names that its making uses, of a
    set of words nothing: one that is gone is noticed when it is met."""
    if issubclass(found, Enum):
        return []
    if is_dataclass(found):
        return [one.name for one in fields(found)]
    for declared in ("__struct_fields__", "_fields", "__slots__"):
        names = getattr(found, declared, None)
        if names:
            return list(names)
    return list(found.__init__.__code__.co_names) if hasattr(found.__init__, "__code__") else []


class _Freezer(pickle.Pickler):
    dispatch_table = {
        MappingProxyType: lambda proxy: (unchangeable, (dict(proxy),)),
        itertools.count: lambda counted: (itertools.count, (int(repr(counted)[6:-1]),)),
    }

    def __init__(self, file: io.BytesIO, known: Known) -> None:
        super().__init__(file, PROTOCOL)
        self._names = {id(one): name for name, one in known.items()}

    def persistent_id(self, obj: Any) -> str | None:
        """Name what belongs to the process."""
        return self._names.get(id(obj))


class _Thawer(pickle.Unpickler):
    def __init__(self, data: bytes, known: Known) -> None:
        super().__init__(io.BytesIO(data))
        self._known = known
        self.found: dict[str, type] = {}
        """Those of our classes that were met."""

    def all(self) -> Any:
        try:
            return self.load()
        except JournalError:
            raise
        except Exception as error:  # whatever a class of another release says to what it is given
            raise JournalError(f"the state cannot be taken up: {type(error).__name__}: {error}") from error

    def persistent_load(self, pid: str) -> object:
        """Put what belongs to the process in its place."""
        if pid not in self._known:
            raise JournalError(f"the state needs {pid!r}, which is not there")
        return self._known[pid]

    def find_class(self, module: str, name: str) -> Any:
        """Give a class of ours, or of the few containers; raises :class:`JournalError` for any other."""
        if (module, name) in CONTAINERS:
            return CONTAINERS[module, name]
        if (module, name) in HELPERS:
            return super().find_class(module, name)
        if not module.startswith(OURS):
            raise JournalError(f"the state has a {module}.{name}, which no fold has")
        try:
            found: Any = importlib.import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
                _check_class(found, module, name)
        except (AttributeError, ImportError) as error:
            raise JournalError(f"the state has a {module}.{name}, which this release has not") from error
        self.found[f"{module}:{name}"] = found
        return found


def _check_class(found: object, module: str, name: str) -> None:
    """Refuse what is no class, and what the module has only imported: by that way everything can be had."""
    if not isinstance(found, type):
        raise JournalError(f"the state has {module}.{name}, which is no class")
    if found.__module__ != module:
        raise JournalError(f"the state has {module}.{name}, which is a class of {found.__module__}")
