"""A scenario's layers put over one another: what a variant says over what all say over the site. Pure.

Works on nodes, so that a problem is still told at the place where its value was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.yamltree import Entry, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Collection

    from ivrcore.location import Location


def merged(base: Node | None, over: Node | None) -> Node | None:
    """Give ``base`` with what ``over`` says; mappings key by key, an empty value takes a key away."""
    if over is None or base is None:
        return base if over is None else over
    if not isinstance(base, MapNode) or not isinstance(over, MapNode):
        return over
    entries = {entry.key: entry for entry in base.entries}
    for entry in over.entries:
        before = entries.get(entry.key)
        if isinstance(entry.value, ScalarNode) and entry.value.is_null and before is not None:
            del entries[entry.key]
            continue
        value = merged(before.value if before else None, entry.value)
        entries[entry.key] = Entry(entry.location, entry.key, value or entry.value)
    return MapNode(over.location, tuple(entries.values()))


def section(node: Node | None, key: str) -> Node | None:
    """Give the value of a key, if there is one."""
    entry = node.get(key) if isinstance(node, MapNode) else None
    return entry.value if entry else None


def without(node: MapNode, keys: Collection[str]) -> MapNode:
    """Leave keys out."""
    return MapNode(node.location, tuple(entry for entry in node.entries if entry.key not in keys))


def with_text(node: MapNode, key: str, text: str) -> MapNode:
    """Set a key that is not there to a text."""
    if node.get(key):
        return node
    return MapNode(node.location, (*node.entries, Entry(node.location, key, ScalarNode(node.location, text))))


def mapping(location: Location, **values: Node | None) -> MapNode:
    """Make a mapping of what is there."""
    return MapNode(location, tuple(Entry(node.location, key, node) for key, node in values.items() if node))
