"""What the site says to its callers beside the dialplan: announcements, and the emergency switch.

Both take effect on calls in progress, without a new version of a dialplan. Pure values: where they are kept
and who changes them is :mod:`ivrcore.announcements`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivrcore.model.names import EmergencyAction

EVERYWHERE = "all"
"""The scope of every number."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something that callers must hear at their next prompt, such as a warning of fraud.

    ``texts`` by language, ``recording`` as a path in the prompt folder (then no text is needed). Times are
    UTC seconds. A new ``version`` is heard again by those who heard the one before.
    """

    name: str
    version: int
    texts: Mapping[str, str] = field(default_factory=dict)
    recording: str = ""
    numbers: tuple[str, ...] = ()
    """Only calls to these; empty: all."""
    whole: bool = True
    """Cannot be cut short by keys or speech."""
    starts: float = 0.0
    ends: float | None = None

    def holds(self, number: str, now: float) -> bool:
        """Whether a call to this number is to hear it now."""
        in_time = self.starts <= now and (self.ends is None or now < self.ends)
        return in_time and (not self.numbers or number in self.numbers)


@dataclass(frozen=True, slots=True)
class Emergency:
    """The emergency switch of a called number (or of all: `EVERYWHERE`), when it is not `OPEN`."""

    scope: str
    action: EmergencyAction
    texts: Mapping[str, str] = field(default_factory=dict)
    number: str = ""
    """Where `FORWARD` goes."""
