"""The documentation of the dashboards: what each panel says."""

from __future__ import annotations

from pathlib import Path

from ivrcore.dashboards.boards import BOARDS
from ivrcore.dashboards.model import Board

MARK = "<!-- made by: python -m ivrcore.dashboards monitoring/dashboards docs/dashboards.md -->"


def markdown() -> str:
    """Make one section per board."""
    return "\n".join(line for board in BOARDS for line in _section(board))


def write_panels(path: Path) -> None:
    """Put the sections at the end of the page, in place of the old ones."""
    text = path.read_text()
    path.write_text(text[: text.index(MARK)] + MARK + "\n" + markdown())


def _section(board: Board) -> list[str]:
    lines = [f"## {board.title}", "", board.says, ""]
    if board.choices:
        chosen = " and ".join(f"`{choice.label}`" for choice in board.choices)
        lines += [f"On top of the board, {chosen} can be chosen.", ""]
    lines += ["| Row | Panel | What it says |", "| --- | --- | --- |"]
    for row in board.rows:
        lines += [f"| {row.title} | {panel.title} | {panel.says} |" for panel in row.panels]
    return [*lines, ""]
