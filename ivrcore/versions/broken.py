"""The files that do not take effect as they are saved, and what is told of them: once, until they change.

Must not know why a file was looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.versions.views import BrokenFile, shown

if TYPE_CHECKING:
    from ivrcore.model.event import Event
    from ivrcore.problems import Problems
    from ivrcore.versions.change import Order
    from ivrcore.versions.edition import Edition

MOST_LOGGED = 10
"""Problems of one file; `ivrcore check` tells them all."""

log = logging.getLogger("ivrcore.dialplans")


class BrokenFiles:
    """Those of one folder. The name "" stands for the folder itself, where nothing is left in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Problems] = {}

    def has(self, file: str) -> bool:
        """Tell whether the file does not take effect as it is saved."""
        return file in self._known

    def mended(self, file: str) -> None:
        """Forget a file: it has just been written."""
        self._known.pop(file, None)

    def note(
        self,
        broken: Mapping[str, Problems],
        served: Mapping[str, Edition],
        order: Order,
        owners: Mapping[str, str],
        now: float,
    ) -> list[Event]:
        """Take what is broken now; log what is new and what is over, and give the events of what is new.

        ``owners`` are the authors by file, in place of the order's; ``served`` is what goes on instead.
        """
        before, self._known = self._known, dict(broken)
        for file in before.keys() - broken.keys():
            log.info("%s is mended", self._folder / file)
        refused: list[Event] = []
        for file, problems in broken.items():
            if file in before and list(before[file]) == list(problems):
                continue
            edition = served.get(file)
            _log(self._folder / file, problems, edition)
            name = edition.name if edition else Path(file).stem
            author = owners.get(file, order.author)
            refused.append(self.refusal(name, problems, order, now, author))
        return refused

    def refusal(
        self, name: str, problems: Problems, order: Order, now: float, author: str | None = None
    ) -> events.DialplanRefused:
        """Give the event of a change that did not pass."""
        errors = problems.errors
        place = errors[0].location
        return events.DialplanRefused(
            at=now,
            name=name,
            author=order.author if author is None else author,
            how=order.how,
            errors=len(errors),
            code=errors[0].code,
            place=f"{Path(place.file).name}:{place.line}:{place.column}",
        )

    def view(self, served: Mapping[str, Edition]) -> tuple[BrokenFile, ...]:
        """Show them, with what is served instead of each."""
        return tuple(
            BrokenFile(
                file=file or self._folder.name,
                serving=served[file].version if file in served else "",
                problems=shown(problems),
            )
            for file, problems in sorted(self._known.items())
        )


def _log(path: Path, problems: Problems, edition: Edition | None) -> None:
    instead = (
        f"version {edition.version} of {edition.name} is served" if edition else "nothing of it is served"
    )
    lines = [str(problem) for problem in problems][:MOST_LOGGED]
    more = len(problems) - len(lines)
    told = "\n".join([*lines, f"and {more} more"] if more else lines)
    log.error("%s does not take effect, %s:\n%s", path, instead, told)
