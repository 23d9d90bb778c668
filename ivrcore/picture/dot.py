"""A picture as text for Graphviz (https://graphviz.org/doc/info/lang.html). Pure.

Readable on light and dark ground: dark text in light boxes, lines of a grey between. What matters is told by
words, width and dashes as well as by colour, for printing in black and white.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ivrcore.picture.model import ASKING, Edge, Kind, Lead, Node, Picture

if TYPE_CHECKING:
    from ivrcore.picture.counts import Figures, Traffic

INK = "#1f2328"
LINE = "#6e7781"
SOFT = "#57606a"
BAD = "#b3261e"
FAIR = "#9a6700"
BAD_SHARE = 0.25
"""Share of misses, or of callers lost, from which on a node is marked as bad."""
FAIR_SHARE = 0.1
WIDEST = 5.0
"""Points by which the line is wider that all contacts took."""
FEWEST = 5
"""Callers without whom a share says nothing."""

_LOOKS: dict[Kind, tuple[str, str]] = {
    Kind.NUMBER: ("oval", "#eaeef2"),
    Kind.MENU: ("box", "#ddf4ff"),
    Kind.DIGITS: ("box", "#ddf4ff"),
    Kind.CONFIRM: ("box", "#ddf4ff"),
    Kind.BRANCH: ("hexagon", "#fff8c5"),
    Kind.BLOCK: ("box", "#ffffff"),
    Kind.QUEUE: ("box", "#dafbe1"),
    Kind.TRANSFER: ("box", "#dafbe1"),
    Kind.CALL_BACK: ("box", "#dafbe1"),
    Kind.RECORD: ("box", "#fbefff"),
    Kind.HANG_UP: ("box", "#eaeef2"),
    Kind.END: ("circle", "#eaeef2"),
    Kind.UNIVERSALS: ("note", "#f6f8fa"),
    Kind.MISSING: ("box", "#ffebe9"),
}
"""Shape and ground."""
_FORBIDDEN = re.compile("[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0, production 2, without the control characters that it advises against."""
_ESCAPE = re.compile(r"\\(?=[NGETHLnlr])")
_SERVING = frozenset({Kind.QUEUE, Kind.TRANSFER, Kind.CALL_BACK, Kind.RECORD})
_DASHED = {Lead.OTHERWISE: "dashed", Lead.FAILED: "dashed", Lead.DO: "dashed", Lead.UNIVERSAL: "dashed"}


def dot(picture: Picture) -> str:
    """Write the whole picture; every text in it is escaped."""
    lines = [
        f"digraph {quoted(picture.name)} {{",
        'graph [rankdir=TB, bgcolor="transparent", nodesep=0.35, ranksep=0.45, fontname="Helvetica", '
        f'fontsize=11, fontcolor="{LINE}", labelloc=t, labeljust=l, label={_caption(picture)}]',
        f'node [fontname="Helvetica", fontsize=11, fontcolor="{INK}", color="{SOFT}", margin="0.12,0.07"]',
        f'edge [fontname="Helvetica", fontsize=10, fontcolor="{LINE}", color="{LINE}", arrowsize=0.7]',
    ]
    most = picture.traffic.contacts if picture.traffic else 0
    lines += [_node(node) for node in picture.nodes]
    lines += [_edge(edge, most, number) for number, edge in enumerate(picture.edges)]
    return "\n".join([*lines, "}", ""])


# --- nodes ----------------------------------------------------------------------------------------------


def _node(node: Node) -> str:
    shape, ground = _LOOKS[node.kind]
    style = "filled,rounded" if node.kind in ASKING else "filled"
    style = f"{style},dashed" if node.kind is Kind.MISSING else style
    values = {
        "id": quoted(node.id),
        "class": f'"{node.kind.value}"',
        "shape": shape,
        "style": f'"{style}"',
        "fillcolor": f'"{ground}"',
        "label": _label(node),
    }
    if node.line:
        values["URL"] = f'"#line-{node.line}"'
        values["tooltip"] = quoted(f"{node.name or node.kind.value}, line {node.line}")
    if node.kind is Kind.END:
        values |= {"margin": "0.02", "fontsize": "9"}
    values |= _trouble(node)
    return f"{quoted(node.id)} [{_written(values)}]"


def _label(node: Node) -> str:
    if node.kind is Kind.END:
        return quoted(node.name)
    lines = [f"<B>{markup(node.name)}</B>"] if node.name else []
    strong = node.kind.value.replace("_", " ") if node.kind in _SERVING else ""
    lines += [_row(row, strong) for row in node.rows if row]
    lines += [f'<FONT POINT-SIZE="10">{text}</FONT>' for text in _figures(node)]
    if not lines:
        return quoted(node.kind.value)
    if node.kind in (Kind.NUMBER, Kind.BRANCH) or len(lines) == 1:
        return f"<{'<BR/>'.join(lines)}>"
    return "<" + "".join(f'{line}<BR ALIGN="LEFT"/>' for line in lines) + ">"


def _row(row: str, strong: str) -> str:
    """A row; bold if it is the one that the node is there for."""
    return f"<B>{markup(row)}</B>" if strong and row.startswith(f"{strong} ") else markup(row)


def _figures(node: Node) -> list[str]:
    figures = node.figures
    if figures is None:
        return []
    word = "times used" if node.kind is Kind.UNIVERSALS else "came"
    told = [f"{_number(figures.came)} {word}"] if node.kind is not Kind.END else []
    if figures.answered or figures.abandoned:
        told.append(f"{_number(figures.answered)} answered")
    if figures.away:
        told.append(f"{_number(figures.away)} left by a universal")
    texts = [f"<I>{', '.join(told)}</I>"] if told else []
    texts += [_marked(text, share, figures) for text, share in _losses(figures)]
    return texts


def _losses(figures: Figures) -> list[tuple[str, float]]:
    found = []
    misses = figures.no_input + figures.no_match
    if misses:
        found.append(
            (f"{_percent(figures.missed)} not understood or silent ({_number(misses)})", figures.missed)
        )
    if figures.hung_up:
        share = figures.hung_up / figures.came if figures.came else 0.0
        found.append((f"{_number(figures.hung_up)} hung up here ({_percent(share)})", share))
    if figures.failed:
        found.append((f"{_number(figures.failed)} broke off here", 1.0))
    return found


def _marked(text: str, share: float, figures: Figures) -> str:
    level = _level(share, figures)
    if level is None:
        return markup(text)
    sign, colour = level
    return f'<FONT COLOR="{colour}"><B>{sign} {markup(text)}</B></FONT>'


def _level(share: float, figures: Figures) -> tuple[str, str] | None:
    if figures.came < FEWEST or share < FAIR_SHARE:
        return None
    return ("!!", BAD) if share >= BAD_SHARE else ("!", FAIR)


def _trouble(node: Node) -> dict[str, str]:
    """A thick or double line around nodes where callers fail or leave."""
    if node.figures is None:
        return {"color": quoted(BAD)} if node.kind is Kind.MISSING else {}
    level = _level(max(node.figures.missed, node.figures.lost), node.figures)
    if level is None:
        return {}
    sign, colour = level
    return {"color": quoted(colour), "penwidth": "3" if sign == "!!" else "2"}


# --- edges ----------------------------------------------------------------------------------------------


def _edge(edge: Edge, most: int, number: int) -> str:
    lines = [*edge.label]
    width = 1 + WIDEST * (edge.count or 0) / most if most else 1.0
    if edge.count is not None:
        share = f" · {_percent(edge.share)}" if edge.share and edge.count else ""
        lines.append(f"{_number(edge.count)}{share}")
    values = {"id": f'"edge-{number}"', "class": f'"{edge.lead.value}"'}
    if lines:
        values["label"] = quoted("\n".join(f"  {line}  " for line in lines))  # off the line
    if edge.tip:
        values |= {"edgetooltip": quoted(edge.tip), "labeltooltip": quoted(edge.tip)}
    style = _DASHED.get(edge.lead)
    if edge.count is not None:
        values["penwidth"] = f"{width:.1f}"
        style = "dotted" if edge.count == 0 else style
    if style:
        values["style"] = style
    return f"{quoted(edge.source)} -> {quoted(edge.target)} [{_written(values)}]"


# --- the caption ----------------------------------------------------------------------------------------


def _caption(picture: Picture) -> str:
    lines = [f"<B>{markup(picture.name) or '-'}</B> · {markup(picture.version)}", *map(markup, picture.notes)]
    if picture.traffic is not None:
        lines += _legend(picture.traffic)
    return "<" + "".join(f'{line}<BR ALIGN="LEFT"/>' for line in lines) + ">"


def _legend(traffic: Traffic) -> list[str]:
    versions = f", versions {', '.join(traffic.versions)}" if len(traffic.versions) > 1 else ""
    count = f"{_number(traffic.contacts)} contacts"
    lines = [f"{count} that arrived {when(traffic.since)} to {when(traffic.until)} UTC{markup(versions)}"]
    lines.append("Edges: how many went this way, and their share of those who came to where it begins.")
    lines.append("The thicker a line, the more of all contacts; nobody took a dotted one.")
    levels = f"! from {_percent(FAIR_SHARE)}, !! from {_percent(BAD_SHARE)}"
    lines.append(f"{levels} of answers not understood or missing, or of callers who hung up.")
    if traffic.emergency:
        lines.append(f"{_number(traffic.emergency)} times the emergency switch led a call elsewhere")
    return lines


def when(at: float) -> str:
    """A time to the minute, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def _number(count: int) -> str:
    return f"{count:,}"


def _percent(share: float) -> str:
    if 0 < share < 0.01:
        return "<1 %"
    return f"{share * 100:.0f} %"


# --- escaping -------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Leave out what no XML file may hold, so that the SVG is one; breaks stay."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def quoted(text: str) -> str:
    """A quoted string of DOT. Graphviz reads character references and escapes in it: none are left."""
    safe = plain(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return '"' + safe.replace("\n", "\\n") + '"'


def markup(text: str) -> str:
    """Text within an HTML-like label.

    There Graphviz puts a node's name in the place of ``\\N`` (and so on), however it is written: an invisible
    sign between the two keeps them apart.
    """
    apart = _ESCAPE.sub("\\\\\N{WORD JOINER}", plain(text.replace("\n", " ")))
    safe = apart.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace('"', "&quot;")


def _written(values: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())
