"""A part of a picture: what is near one node. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from ivrcore.errors import RequestRefused
from ivrcore.problems import did_you_mean, quoted

if TYPE_CHECKING:
    from ivrcore.picture.model import Picture

MOST_BEFORE = 12
"""Nodes that lead to the one in the middle, at most."""


def near(picture: Picture, name: str, depth: int = 2) -> Picture:
    """Keep a node, what leads to it, and what can be come to from it by ``depth`` edges.

    Raise RequestRefused where there is no node of that name. Nodes with more ways than are shown say so.
    """
    middle = picture.node(name)
    if middle is None:
        names = [node.id.partition(":")[2] or node.id for node in picture.nodes]
        raise RequestRefused(
            f"there is no menu or block {quoted(name)} in {picture.name}", hint=did_you_mean(name, names)
        )
    onward: dict[str, list[str]] = defaultdict(list)
    for edge in picture.edges:
        onward[edge.source].append(edge.target)
    kept, front = {middle.id}, {middle.id}
    for _ in range(depth):
        front = {target for source in front for target in onward[source]} - kept
        kept |= front
    before = dict.fromkeys(edge.source for edge in picture.edges if edge.target == middle.id)
    shown = kept | set(list(before)[:MOST_BEFORE])
    edges = tuple(
        edge
        for edge in picture.edges
        if edge.source in shown and edge.target in shown and (edge.source in kept or edge.target == middle.id)
    )
    left = {name: len(onward[name]) - sum(edge.source == name for edge in edges) for name in shown}
    nodes = tuple(
        replace(node, rows=(*node.rows, f"({left[node.id]} more ways on)")) if left[node.id] else node
        for node in picture.nodes
        if node.id in shown
    )
    note = f"near {middle.name or middle.id}: {len(nodes)} of {len(picture.nodes)} places"
    return replace(picture, nodes=nodes, edges=edges, notes=(*picture.notes, note))
