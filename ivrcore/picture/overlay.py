"""Callers' ways on a picture: counts on its nodes and edges. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivrcore.picture.counts import Counts, Figures, Traffic
from ivrcore.picture.model import ASKING, Edge, Kind, Node, Picture

if TYPE_CHECKING:
    from collections.abc import Sequence


def overlay(picture: Picture, counts: Counts, versions: Sequence[str] = ()) -> Picture:
    """Put counts on a picture; ``versions`` are those of the dialplan that were counted."""
    nodes = tuple(replace(node, figures=_figures(node, counts)) for node in picture.nodes)
    came = {node.id: node.figures.came for node in nodes if node.figures}
    edges = tuple(_counted(edge, counts, came.get(edge.source, 0)) for edge in picture.edges)
    traffic = Traffic(counts.contacts, counts.since, counts.until, tuple(versions), counts.of("emergency"))
    return replace(picture, nodes=nodes, edges=edges, traffic=traffic)


def _counted(edge: Edge, counts: Counts, came: int) -> Edge:
    count = sum(counts.ways.get(way, 0) for way in edge.ways)
    return replace(edge, count=count, share=count / came if came else None)


def _figures(node: Node, counts: Counts) -> Figures:
    asked = node.kind in ASKING
    totals = {
        kind: counts.total(kind, node.places)
        for kind in (
            "asked",
            "no_input",
            "no_match",
            "hung_up",
            "failed",
            "ended",
            "answered",
            "abandoned",
            "away",
            "back",
            "present",
        )
    }
    return Figures(came=_came(node, counts, asked), **totals)


def _came(node: Node, counts: Counts, asked: bool) -> int:
    if node.kind is Kind.NUMBER:
        return counts.of("number", node.name)
    if node.kind is Kind.UNIVERSALS:
        return sum(count for way, count in counts.ways.items() if way[0] == "everywhere")
    first = node.places[:1]
    return counts.total("menu" if asked else "step", first)
