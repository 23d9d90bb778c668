"""A picture as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html). Pure.

Every sign that Mermaid could take for its own is written as ``#NN;``, its code point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.picture.dot import plain
from ivrcore.picture.model import Kind, Lead

if TYPE_CHECKING:
    from ivrcore.picture.model import Edge, Node, Picture

_SHAPES: dict[Kind, tuple[str, str]] = {
    Kind.NUMBER: ("([", "])"),
    Kind.MENU: ("(", ")"),
    Kind.DIGITS: ("(", ")"),
    Kind.CONFIRM: ("(", ")"),
    Kind.BRANCH: ("{{", "}}"),
    Kind.END: ("((", "))"),
}
_BOX = ("[", "]")
_DASHED = frozenset({Lead.OTHERWISE, Lead.FAILED, Lead.DO, Lead.UNIVERSAL})
_LOOKS = {
    "asking": (("menu", "digits", "confirm"), "fill:#ddf4ff,stroke:#57606a,color:#1f2328"),
    "served": (("queue", "transfer", "call_back"), "fill:#dafbe1,stroke:#57606a,color:#1f2328"),
    "judging": (("branch",), "fill:#fff8c5,stroke:#57606a,color:#1f2328"),
    "missing": (("missing",), "fill:#ffebe9,stroke:#b3261e,color:#1f2328,stroke-dasharray:4"),
}
_KEPT = frozenset(" .,:!?…“”[]()+-*/=%·×_'")
"""Signs that mean nothing within a quoted label."""


def mermaid(picture: Picture) -> str:
    """Write the whole picture."""
    lines = ["flowchart TB"]
    lines += [_node(node) for node in picture.nodes]
    lines += [_edge(edge) for edge in picture.edges]
    most = picture.traffic.contacts if picture.traffic else 0
    for number, edge in enumerate(picture.edges):
        if edge.count and most:
            lines.append(f"  linkStyle {number} stroke-width:{1 + 6 * edge.count / most:.1f}px")
    for name, (kinds, style) in _LOOKS.items():
        members = [identifier(node.id) for node in picture.nodes if node.kind.value in kinds]
        if members:
            lines += [f"  classDef {name} {style}", f"  class {','.join(members)} {name}"]
    lines += [
        f'  click {identifier(node.id)} href "#line-{node.line}"' for node in picture.nodes if node.line
    ]
    return "\n".join([*lines, ""])


def _node(node: Node) -> str:
    opening, closing = _SHAPES.get(node.kind, _BOX)
    rows = [*([node.name] if node.name else []), *node.rows]
    figures = node.figures
    if figures is not None and figures.came:
        rows.append(f"{figures.came} came")
        misses = figures.no_input + figures.no_match
        rows += [f"{misses} times not understood or silent"] if misses else []
        rows += [f"{figures.hung_up} hung up here"] if figures.hung_up else []
        rows += [f"{figures.failed} broke off here"] if figures.failed else []
    text = "<br/>".join(escaped(row) for row in rows) or escaped(node.kind.value)
    return f'  {identifier(node.id)}{opening}"{text}"{closing}'


def _edge(edge: Edge) -> str:
    arrow = "-.->" if edge.lead in _DASHED else "-->"
    rows = [*edge.label]
    if edge.count is not None:
        rows.append(f"{edge.count}" + (f" · {edge.share:.0%}" if edge.share is not None else ""))
    label = "<br/>".join(escaped(row) for row in rows)
    middle = f'|"{label}"|' if label else ""
    return f"  {identifier(edge.source)} {arrow}{middle} {identifier(edge.target)}"


def escaped(text: str) -> str:
    """Text within a quoted label."""
    return "".join(
        sign if sign.isalnum() or sign in _KEPT else f"#{ord(sign)};"
        for sign in plain(text.replace("\n", " "))
    )


def identifier(name: str) -> str:
    """An id that Mermaid takes, another one for every name."""
    return "".join(sign if sign.isascii() and sign.isalnum() else f"_{ord(sign):x}_" for sign in name)
