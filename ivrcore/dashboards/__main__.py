"""Writes the dashboards: python -m ivrcore.dashboards monitoring/dashboards docs/dashboards.md."""

import sys
from pathlib import Path

from ivrcore.dashboards.boards import BOARDS
from ivrcore.dashboards.grafana import as_json
from ivrcore.dashboards.page import write_panels

if __name__ == "__main__":
    folder, page = map(Path, sys.argv[1:])
    for board in BOARDS:
        (folder / f"{board.name}.json").write_text(as_json(board))
    write_panels(page)
