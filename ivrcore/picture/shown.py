"""A picture as plain values for JSON. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivrcore.picture.model import Edge, Node, Picture


def shown(picture: Picture) -> dict[str, object]:
    """Give nodes, edges and, if there is any, traffic; see docs/graph.md."""
    value: dict[str, object] = {
        "name": picture.name,
        "version": picture.version,
        "nodes": [_node(node) for node in picture.nodes],
        "edges": [_edge(edge) for edge in picture.edges],
    }
    if picture.traffic is not None:
        value["traffic"] = asdict(picture.traffic)
    return value


def _node(node: Node) -> dict[str, object]:
    value: dict[str, object] = {
        "id": node.id,
        "line": node.line,
        "kind": node.kind.value,
        "name": node.name,
        "rows": node.rows,
    }
    if node.figures is not None:
        value["figures"] = asdict(node.figures)
    return value


def _edge(edge: Edge) -> dict[str, object]:
    value: dict[str, object] = {
        "from": edge.source,
        "to": edge.target,
        "lead": edge.lead.value,
        "label": " ".join(edge.label),
        "line": edge.line,
    }
    if edge.count is not None:
        value |= {"count": edge.count, "share": edge.share}
    return value
