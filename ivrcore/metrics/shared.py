"""Copying before changing, so that a snapshot of thousands of queues and agents costs next to nothing. Pure.

A snapshot holds the very objects that are counted on. Whoever is about to change one that a snapshot holds
changes a copy, and puts that in its place: what a snapshot holds never changes, and two snapshots that hold
the same object hold the same figures.
"""

from __future__ import annotations

import copy
from typing import Any, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


class Shared:
    """Names of what the last snapshot holds and nobody has changed since."""

    __slots__ = ("agents", "menus", "queues")

    def __init__(self) -> None:
        self.queues: set[str] = set()
        self.agents: set[str] = set()
        self.menus: set[tuple[str, str]] = set()


def copied(one: S) -> S:
    """Give a struct of counts that shares nothing with ``one`` that can change."""
    twin = copy.copy(one)
    for name in one.__struct_fields__:
        value = getattr(one, name)
        if isinstance(value, dict | list | msgspec.Struct):
            setattr(twin, name, _copied(value))
    for name, value in getattr(one, "__dict__", {}).items():
        setattr(twin, name, _copied(value))
    return twin


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return list(value)
    return copied(value) if isinstance(value, msgspec.Struct) else value
